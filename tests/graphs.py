"""Random networks in one to three dimensions, for comparing receptive fields with PyTorch."""

from random import Random

from cnncalc.errors import LayerError
from cnncalc.layers import find
from cnncalc.network import Builder

SIZES = {1: (7, 24), 2: (5, 11), 3: (3, 6)}


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


class Grower:
    """Adds layers at random; what a layer refuses is drawn again."""

    def __init__(self, seed):
        self.random = Random(seed)  # noqa: S311 - the same networks every time
        self.rank = self.random.choice([1, 1, 2, 2, 2, 3])
        self.build = Builder(f"random {seed}")
        low, high = SIZES[self.rank]
        sizes = [self.random.randint(low, high) for _ in range(self.rank)]
        self.nodes = [self.build.input("input", (self.random.randint(1, 3), *sizes))]

    def network(self):
        steps = [self.window, self.window, self.window, self.grow, self.resize, self.value, self.branch]
        for _ in range(self.random.randint(2, 7)):
            self.attempt(self.random.choice([*steps, self.gate, self.shift]))
        if self.random.random() < 0.3:
            self.attempt(self.head)
        return self.build.network()

    def attempt(self, step):
        before, nodes = len(self.build.nodes), list(self.nodes)
        for _ in range(20):
            try:
                step()
                if max(self.nodes[-1].output_shape[1:], default=1) <= 2 * SIZES[self.rank][1]:
                    return
            except LayerError:
                pass
            for node in self.build.nodes[before:]:
                self.build._names.discard(node.name)
            del self.build.nodes[before:]
            self.nodes = list(nodes)

    def add(self, kind, *inputs, **arguments):
        node = self.build.add(layer(kind, **arguments), *(inputs or self.nodes[-1:]))
        self.nodes.append(node)
        return node

    def per_axis(self, low, high):
        count = 1 if self.random.random() < 0.6 else self.rank
        drawn = tuple(self.random.randint(low, high) for _ in range(count))
        return drawn if len(drawn) == self.rank else drawn[0]

    def channels(self, groups=1):
        return groups * self.random.randint(1, 3)

    def window(self):
        self.random.choice([self.conv, self.conv, self.pool])()

    def conv(self):
        entering = self.nodes[-1].output_shape[0]
        groups = self.random.choice([g for g in (1, 1, 2, 3) if entering % g == 0])
        padding = self.per_axis(0, 3)
        if self.random.random() < 0.3:
            padding = tuple((self.random.randint(0, 2), self.random.randint(0, 2)) for _ in range(self.rank))
        mode = self.random.choice(["zeros"] * 6 + ["reflect", "replicate", "circular"])
        if mode != "zeros":
            padding = self.per_axis(0, min(2, min(self.nodes[-1].output_shape[1:]) - 1))
        self.add(
            "conv",
            out_channels=self.channels(groups),
            kernel_size=self.per_axis(1, 4),
            stride=self.per_axis(1, 3),
            padding=padding,
            dilation=self.per_axis(1, 3),
            groups=groups,
            padding_mode=mode,
        )

    def pool(self):
        kind = self.random.choice(["maxpool", "avgpool"])
        more = {"dilation": self.per_axis(1, 2)} if kind == "maxpool" else {}
        # PyTorch's AvgPool3d takes no window larger than the input, whatever the padding.
        most = min(4, *self.nodes[-1].output_shape[1:]) if self.rank == 3 else 4
        self.add(
            kind,
            kernel_size=self.per_axis(1, most),
            stride=self.per_axis(1, 3),
            padding=self.per_axis(0, 1),
            rounding=self.random.choice(["floor", "ceil"]),
            **more,
        )

    def grow(self):
        stride = self.random.randint(1, 3)
        self.add(
            "conv_transpose",
            out_channels=self.channels(),
            kernel_size=self.per_axis(1, 4),
            stride=stride,
            padding=self.per_axis(0, 2),
            dilation=self.per_axis(1, 2),
            output_padding=self.random.randint(0, stride - 1),
        )

    def resize(self):
        how = self.random.choice(["adaptive", "nearest", "linear", "size"])
        if how == "adaptive":
            kind = self.random.choice(["adaptive_avgpool", "adaptive_maxpool"])
            self.add(kind, output_size=self.per_axis(1, 8))
        elif how == "size":
            size = self.per_axis(2, 12)
            aligned = self.random.random() < 0.5
            self.add("upsample", size=size, mode="linear", align_corners=aligned)
        else:
            self.add("upsample", scale_factor=self.random.choice([2, 3]), mode=how)

    def value(self):
        kind = self.random.choice(["relu", "bn", "sigmoid", "dropout", "softmax", "lrn"])
        self.add(kind, **({"size": 3} if kind == "lrn" else {}))

    def shift(self):
        if self.random.random() < 0.5:
            mode = self.random.choice(["zeros", "reflect", "replicate"])
            self.add("pad", padding=self.per_axis(0, 2), mode=mode)
        else:
            self.add("crop", border=self.per_axis(0, 2))

    def gate(self):
        x = self.nodes[-1]
        squeezed = self.add("gap")
        excited = self.add("fc", squeezed, out_features=x.output_shape[0])
        self.add("mul", x, excited)

    def branch(self):
        """Two ways from one node, met by a sum or side by side, cropped where sizes differ."""
        start = self.nodes[-1]
        ends = []
        for _ in range(self.random.randint(2, 3)):
            self.nodes.append(start)
            for _ in range(self.random.randint(0, 2)):
                self.random.choice([self.conv, self.pool, self.value, self.grow])()
            ends.append(self.nodes[-1])
        if len({end.output_shape for end in ends}) == 1 and self.random.random() < 0.7:
            self.add("add", *ends)
        else:
            self.add("cat", *ends, fit="crop")

    def head(self):
        self.add("flatten")
        if self.random.random() < 0.5:
            self.add("relu")
        if self.random.random() < 0.7:
            self.add("fc", out_features=2)


def random_network(seed):
    return Grower(seed).network()


class Rearranger(Grower):
    """Puts layers in between that give values another arrangement, and some that read what comes of it."""

    @property
    def rank(self):
        return max(1, len(self.nodes[-1].output_shape) - 1) if self.nodes else self._rank

    @rank.setter
    def rank(self, value):
        self._rank = value
        self.nodes = []

    def network(self):
        arranged = [self.permute, self.split, self.flatten, self.flatten, self.windows, self.shuffle]
        others = [self.features, self.part, self.norm, self.mean, self.tokens, self.mixed]
        for _ in range(self.random.randint(4, 9)):
            steps = self.random.choice([arranged, arranged, others, [self.window, self.value, self.branch]])
            self.attempt(self.random.choice(steps))
        return self.build.network()

    def attempt(self, step):
        before, nodes = len(self.build.nodes), list(self.nodes)
        for _ in range(20):
            try:
                step()
                if 1 < size_of(self.nodes[-1].output_shape) <= 3000 and len(self.nodes[-1].output_shape) < 7:
                    return
            except (LayerError, ValueError, IndexError):
                pass
            for node in self.build.nodes[before:]:
                self.build._names.discard(node.name)
            del self.build.nodes[before:]
            self.nodes = list(nodes)

    def conv(self):
        super().conv()
        layer_ = self.nodes[-1].layer
        if layer_.dilation != 1 and 1 in tuple_of(layer_.kernel_size):
            # PyTorch 2.13 crashes on a 1-D convolution of one tap with a dilation behind a permutation.
            raise ValueError("left out")

    @property
    def shape(self):
        return self.nodes[-1].output_shape

    def axis(self):
        return self.random.randint(1, len(self.shape))

    def permute(self):
        order = list(range(1, len(self.shape) + 1))
        self.random.shuffle(order)
        self.add("permute", dims=(0, *order))

    def split(self):
        axis = self.axis()
        size = self.shape[axis - 1]
        parts = [part for part in range(2, size) if size % part == 0] or [1]
        self.add("unflatten", dim=axis, unflattened_size=(-1, self.random.choice(parts)))

    def flatten(self):
        first = self.axis()
        self.add("flatten", start_dim=first, end_dim=min(len(self.shape), first + self.random.randint(1, 2)))

    def windows(self):
        arguments = {"kernel_size": self.per_axis(1, 3), "stride": self.per_axis(1, 3)}
        image = self.shape
        self.add("unfold", **arguments)
        if self.random.random() < 0.5:
            if self.random.random() < 0.5:
                self.add("linear", out_features=self.shape[-1], in_features=self.shape[-1])
            self.add("fold", output_size=image[1:], **arguments)

    def shuffle(self):
        kind = self.random.choice(["pixel_shuffle", "pixel_unshuffle", "channel_shuffle"])
        name = {"pixel_shuffle": "upscale_factor", "pixel_unshuffle": "downscale_factor"}.get(kind, "groups")
        self.add(kind, **{name: 2})

    def features(self):
        self.add("linear", out_features=self.random.choice([self.shape[-1], 2]), in_features=self.shape[-1])

    def norm(self):
        self.add("ln", over=self.random.choice(["last", "channels"]))

    def mean(self):
        self.add("mean", dim=self.axis(), keepdim=self.random.random() < 0.3)

    def tokens(self):
        self.add("tokens", number=self.random.randint(1, 2))

    def part(self):
        self.add("slice", start=self.random.randint(0, 2), step=self.random.randint(1, 2), dim=self.axis())

    def mixed(self):
        x = self.nodes[-1]
        self.permute()
        self.add(self.random.choice(["add", "mul", "cat"]), x, self.nodes[-1])


def tuple_of(value):
    return value if isinstance(value, tuple) else (value,)


def size_of(shape):
    size = 1
    for length in shape:
        size *= length
    return size


def rearranged_network(seed):
    return Rearranger(seed).network()


class Decoder(Grower):
    """Networks that go down and up again: U-Nets that crop or pad, hourglasses, pyramids, DeconvNets."""

    def network(self):
        levels, skips = self.random.randint(1, 3), []
        for _ in range(levels):
            self.attempt(self.conv)
            skips.append(self.nodes[-1])
            self.attempt(self.random.choice([self.pool, self.conv, self.halve]))
        self.attempt(self.conv)
        for skip in reversed(skips):
            self.attempt(self.up)
            self.attempt(lambda skip=skip: self.meet(skip))
            if self.random.random() < 0.6:
                self.attempt(self.random.choice([self.conv, self.value, self.shift, self.choose]))
        return self.build.network()

    def halve(self):
        self.add("maxpool", kernel_size=2, stride=2, rounding=self.random.choice(["floor", "ceil"]))

    def up(self):
        self.random.choice([self.grow, self.grow, self.resize, self.exact, self.unpool, self.shuffle])()

    def exact(self):
        kernel = self.random.choice([2, 3, 4])
        self.add(
            "conv_transpose",
            out_channels=self.channels(),
            kernel_size=kernel,
            stride=2,
            padding=kernel // 2 - 1,
        )

    def shuffle(self):
        self.add("conv", out_channels=4 * self.channels(), kernel_size=1)
        self.add("pixel_shuffle", upscale_factor=2)

    def unpool(self):
        """As a DeconvNet, but for the values that decide what is read."""
        before = self.nodes[-1]
        pooled = self.add("maxpool", kernel_size=2, stride=2)
        self.add("upsample", pooled, size=before.output_shape[1:], mode="nearest")

    def meet(self, skip):
        how, x = self.random.choice(["crop", "crop", "pad", "resize", "sum"]), self.nodes[-1]
        if how == "crop":
            self.add("cat", skip, x, fit="crop")
        elif how == "pad":
            ends = tuple(
                ((wide - narrow) // 2, wide - narrow - (wide - narrow) // 2)
                for wide, narrow in zip(skip.output_shape[1:], x.output_shape[1:], strict=True)
            )
            if any(before < 0 for before, _ in ends):
                raise LayerError("E239", "larger than the skip")
            self.add("pad", x, padding=ends)
            self.add("cat", skip, self.nodes[-1])
        else:
            if how == "resize":
                mode, aligned = self.random.choice([("nearest", False), ("linear", False), ("linear", True)])
                x = self.add("upsample", x, size=skip.output_shape[1:], mode=mode, align_corners=aligned)
            lateral = self.add("conv", skip, out_channels=x.output_shape[0], kernel_size=1)
            self.add("add", lateral, x)

    def choose(self):
        channels = self.nodes[-1].output_shape[0]
        self.add("slice", start=self.random.randint(0, channels - 1), stop=channels)


def decoder_network(seed):
    return Decoder(seed).network()
