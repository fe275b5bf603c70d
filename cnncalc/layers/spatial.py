"""Layers that move values about in space without weights: padding, cropping, shuffling, unfolding."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, plain, prod
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, number, paddings, sizes
from cnncalc.layers.base import Elementwise, Example, Moving, Saved, Site, Weightless, per_axis, show, spatial
from cnncalc.layers.shape import View
from cnncalc.layers.windows import check_border, ends_per_axis
from cnncalc.taps import SAME, Blocks, Folded, Listed, Moved, Nearest, Taps, Window
from cnncalc.working import Worked, Working

if TYPE_CHECKING:
    from cnncalc.moves import Move


class Pad(Moving):
    """Borders on every side (PyTorch's ConstantPad, ReflectionPad, ReplicationPad, CircularPad)."""

    kind = "pad"
    aliases = ("padding", "zero_pad", "zeropad", "constant_pad")
    family = "shape"
    padding: Any = paddings(
        doc="Positions added: a number, one per axis, or (before, after) per axis.", rules=()
    )
    mode: str = choice(
        "zeros",
        "constant",
        "reflect",
        "replicate",
        "circular",
        default="zeros",
        doc="What the borders are filled with.",
        keyword=False,
    )
    value: float = number(0, doc="What mode=constant fills with.", keyword=True)
    examples = (
        Example({"padding": 1}, ((3, 4, 5),)),
        Example({"padding": ((1, 2),), "mode": "constant", "value": 0.5}, ((2, 6),)),
        Example({"padding": (1, 2), "mode": "reflect"}, ((2, 4, 5),)),
        Example({"padding": 2, "mode": "replicate"}, ((1, 3, 3, 3),)),
        Example({"padding": 3, "mode": "circular"}, ((1, 4),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The sizes with their borders; a mirrored or repeated border must find enough to copy."""
        shape = spatial(self.kind, inputs[0])
        for size, ends in zip(shape[1:], ends_per_axis(self.padding, shape), strict=True):
            check_border(self.mode, size, ends)
        return (shape[0], *(working.value for working in self._sizes(shape)))

    def shape_working(self, site: Site) -> tuple[Worked, ...]:
        """Size and border on each axis."""
        return self._sizes(site.input)

    def _sizes(self, shape: Shape) -> tuple[Worked, ...]:
        axes = zip(shape[1:], ends_per_axis(self.padding, shape), strict=True)
        return tuple(Working(formulas.padded_size, size=size, padding=ends) for size, ends in axes)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Where a position lay before, or what its border copies."""
        return (tuple(self._axis(*ends) for ends in ends_per_axis(self.padding, site.input)),)

    def _axis(self, before: int, after: int) -> Taps:
        window = Window(1, 1, before, after)
        return window if self.mode in ("zeros", "constant") else Folded(window, self.mode)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def saved(self, site: Site) -> Saved:
        """Nothing; the input where the border is a mirror image or a copy of the edge."""
        return Saved(inputs=(0,)) if self.mode in ("reflect", "replicate") else Saved()

    def label(self, site: Site) -> str:
        """The kind, and the mode unless it is zeros."""
        return self.kind if self.mode == "zeros" else f"{self.kind} {self.mode}"


class Crop(View):
    """The middle of each axis, or all but a given border.

    ``size`` is torchvision's CenterCrop (an odd leftover is cut behind), ``border`` Keras's
    Cropping1D/2D/3D.
    """

    kind = "crop"
    aliases = ("center_crop", "cropping")
    size: Any = sizes(None, doc="Positions kept in the middle.")
    border: Any = paddings(
        None, doc="Positions cut off: a number, one per axis, or pairs.", rules=(), keyword=True
    )
    examples = (
        Example({"size": 4}, ((3, 7, 8),)),
        Example({"border": ((1, 2), (0, 1))}, ((2, 6, 5),)),
        Example({"size": 5}, ((2, 9),)),
    )

    def validate(self) -> None:
        """Exactly one of size and border."""
        if (self.size is None) == (self.border is None):
            raise LayerError("E238", "crop needs size or border, and not both")

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """What is kept."""
        shape = spatial(self.kind, inputs[0])
        kept = []
        for size, (before, after) in zip(shape[1:], self.cuts(shape), strict=True):
            left = size - before - after
            require((before >= 0) & (left >= 1), partial(_nothing_to_crop, size, left))
            kept.append(left)
        return (shape[0], *kept)

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The same memory, with the same steps."""
        return site.input_strides

    def cuts(self, shape: Shape) -> tuple[tuple[Number, Number], ...]:
        """Positions cut off before and after on each axis."""
        if self.border is not None:
            return ends_per_axis(self.border, shape, "border")
        axes = zip(shape[1:], per_axis("size", self.size, shape), strict=True)
        return tuple(((size - kept) // 2, size - kept - (size - kept) // 2) for size, kept in axes)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Where a position lay before."""
        return (tuple(Window(1, 1, -before, -after) for before, after in self.cuts(site.input)),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)


class PixelShuffle(Moving):
    """Channels laid out as pixels: r x r of them make an r times larger image (PyTorch's PixelShuffle)."""

    kind = "pixel_shuffle"
    aliases = ("pixelshuffle", "depth_to_space")
    family = "upsample"
    upscale_factor: int = count(short=("r",), doc="How many times larger the image becomes.")
    examples = (Example({"upscale_factor": 2}, ((8, 3, 4),)), Example({"upscale_factor": 3}, ((9, 2, 2),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Fewer channels, more positions."""
        channels, *sizes_ = image(self.kind, inputs[0])
        square = self.upscale_factor**2
        fits = channels % square == 0
        require(fits, lambda: _indivisible(self.kind, f"{channels} channels", f"{square} pixels"))
        return (channels // square, *(size * self.upscale_factor for size in sizes_))

    def moves(self, site: Site) -> tuple[Move, ...]:
        """Rows and columns of pixels split off the channels, and joined to the positions."""
        from cnncalc.moves import Cut, Join, Reorder

        block = Cut(0, (site.output[0], self.upscale_factor, self.upscale_factor))
        return (block, Reorder((0, 3, 1, 4, 2)), Join(1, 2), Join(2, 3))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The pixel that each came from."""
        from fractions import Fraction

        factor = Fraction(1, plain(self.upscale_factor))
        return (tuple(Nearest(size, factor) for size in site.input[1:]),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels that became the pixels of one."""
        return (Blocks(self.upscale_factor**2, 1),)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind and the factor."""
        return f"{self.kind} {self.upscale_factor}"


class PixelUnshuffle(Moving):
    """Pixels laid out as channels, the reverse of pixel_shuffle (PyTorch's PixelUnshuffle)."""

    kind = "pixel_unshuffle"
    aliases = ("pixelunshuffle", "space_to_depth")
    family = "shape"
    downscale_factor: int = count(short=("r",), doc="How many times smaller the image becomes.")
    examples = (Example({"downscale_factor": 2}, ((3, 6, 4),)),)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """More channels, fewer positions."""
        channels, *sizes_ = image(self.kind, inputs[0])
        factor = self.downscale_factor
        for size in sizes_:
            fits = size % factor == 0
            require(fits, partial(_indivisible, self.kind, f"{size} positions", str(factor)))
        return (channels * factor**2, *(size // factor for size in sizes_))

    def moves(self, site: Site) -> tuple[Move, ...]:
        """Blocks split off the positions, and joined to the channels."""
        from cnncalc.moves import Cut, Join, Reorder

        columns, rows = (Cut(place, (site.output[place], self.downscale_factor)) for place in (2, 1))
        return (columns, rows, Reorder((0, 2, 4, 1, 3)), Join(0, 2))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The block of pixels that became one position."""
        block = Window(self.downscale_factor, self.downscale_factor)
        return ((block, block),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channel whose pixels became several."""
        return (Blocks(1, self.downscale_factor**2),)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind and the factor."""
        return f"{self.kind} {self.downscale_factor}"


class ChannelShuffle(Elementwise, Moving):
    """Channels of all groups interleaved (ShuffleNet; PyTorch's ChannelShuffle)."""

    kind = "channel_shuffle"
    aliases = ("channelshuffle",)
    family = "shape"
    groups: int = count(short=("g",), doc="Groups whose channels are interleaved.")
    examples = (Example({"groups": 2}, ((6, 3, 3),)), Example({"groups": 3}, ((6, 5),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape."""
        shape = spatial(self.kind, inputs[0])
        fits = shape[0] % self.groups == 0
        require(fits, lambda: _indivisible(self.kind, f"{shape[0]} channels", f"{self.groups} groups"))
        return shape

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """One channel of each group in turn."""
        each = site.channels // self.groups
        return (Listed([[i % self.groups * each + i // self.groups] for i in range(site.channels)]),)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()


class Unfold(Moving):
    """The windows of a convolution, laid out as columns (im2col; PyTorch's Unfold)."""

    kind = "unfold"
    aliases = ("im2col",)
    family = "shape"
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    padding: Any = sizes(0, at_least=0, short=("pad", "p"), doc="Zeros added at the borders.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    examples = (
        Example({"kernel_size": 2}, ((3, 4, 5),)),
        Example({"kernel_size": (3, 2), "stride": 2, "padding": 1, "dilation": 2}, ((2, 7, 8),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One column per window, one row per channel and tap."""
        shape = image(self.kind, inputs[0])
        positions = window_counts(self, shape[1:])
        kernel = per_axis("kernel_size", self.kernel_size, shape)
        return (shape[0] * prod(kernel), prod(positions))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Rows and columns become one axis."""
        return (tuple(Moved(size) for size in site.input[1:]),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """Each axis cut into windows; taps joined to the channels, and the windows of both axes."""
        from cnncalc.moves import Join, Reorder, Windows

        down, across = unfolded(self, site.input[1:])
        return (Windows(2, *across), Windows(1, *down), Reorder((0, 1, 3, 2, 4)), Join(3, 4), Join(0, 2))

    def saved(self, site: Site) -> Saved:
        """Nothing but the sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind and its window."""
        return f"{self.kind} {show(per_axis('kernel_size', self.kernel_size, site.input))}"


class Fold(Weightless):
    """Columns of windows added up to an image (col2im; PyTorch's Fold)."""

    kind = "fold"
    aliases = ("col2im",)
    family = "shape"
    output_size: Any = sizes(doc="Size of the image.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    padding: Any = sizes(0, at_least=0, short=("pad", "p"), doc="Borders cut off.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    examples = (
        Example({"output_size": (4, 5), "kernel_size": 2}, ((12, 12),)),
        Example({"output_size": 6, "kernel_size": 3, "stride": 2, "padding": 1}, ((9, 9),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Channels, and the size asked for; the columns must be those of its windows."""
        shape = inputs[0]
        if len(shape) != 2:
            message = f"fold takes rows x columns, as unfold makes them, but gets {show(shape)}"
            raise LayerError("E217", message)
        image_ = (1, *per_axis("output_size", self.output_size, (1, 1, 1)))
        taps = prod(per_axis("kernel_size", self.kernel_size, image_))
        fits = shape[0] % taps == 0
        require(fits, lambda: _indivisible(self.kind, f"{shape[0]} rows", f"{taps} taps"))
        windows = prod(window_counts(self, image_[1:]))
        require(windows == shape[1], lambda: _wrong_columns(shape[1], windows, image_))
        return (shape[0] // taps, *image_[1:])

    def operations(self, site: Site) -> Worked:
        """An addition for each value that enters."""
        return Working(formulas.element_count, shape=site.input)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """One axis becomes rows and columns."""
        return ((Moved(site.input[1]),),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """Taps split off the channels, and added up over the windows of both axes."""
        from cnncalc.moves import Cut, Overlap, Reorder

        (down, rows), (across, columns) = unfolded(self, site.output[1:])
        apart = (Cut(1, (rows, columns)), Cut(0, (site.output[0], down.kernel, across.kernel)))
        together = (Overlap(3, across, site.output[2]), Overlap(1, down, site.output[1]))
        return (*apart, Reorder((0, 1, 3, 2, 4)), *together)

    def saved(self, site: Site) -> Saved:
        """Nothing but the sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind and the size it makes."""
        return f"{self.kind} to {show(site.positions)}"


def image(kind: str, shape: Shape) -> Shape:
    """The shape itself, refused unless it has channels and two spatial axes."""
    if len(shape) != 3:
        message = f"{kind} takes channels x height x width, but its input is {show(shape)}"
        raise LayerError("E217", message, help="it exists in two dimensions only, as in PyTorch")
    return shape


def window_counts(layer: Any, sizes_: Shape) -> tuple[Number, ...]:
    """Windows that fit on each axis of a layer with kernel_size, stride, padding and dilation."""
    shape = (1, *sizes_)
    names = ("kernel_size", "stride", "padding", "dilation")
    values = (per_axis(name, getattr(layer, name), shape) for name in names)
    counts = tuple(formulas.output_size.unchecked(*axis) for axis in zip(sizes_, *values, strict=True))
    for size, found in zip(sizes_, counts, strict=True):
        require(found >= 1, partial(_no_window, layer.kind, size))
    return counts


def unfolded(layer: Any, sizes_: Shape) -> tuple[tuple[Window, Number], ...]:
    """The windows of such a layer on each axis of an image, and how many there are."""
    shape = (1, *sizes_)
    names = ("kernel_size", "stride", "padding", "padding", "dilation")
    values = (per_axis(name, getattr(layer, name), shape) for name in names)
    return tuple(
        zip((Window(*axis) for axis in zip(*values, strict=True)), window_counts(layer, sizes_), strict=True)
    )


def _no_window(kind: str, size: Number) -> LayerError:
    message = f"{kind}: not one window fits on an axis of {size} positions"
    return LayerError("E230", message, help="use a smaller kernel or more padding", argument="kernel_size")


def _nothing_to_crop(size: Number, left: Number) -> LayerError:
    message = f"crop cannot leave {left} of {size} positions"
    return LayerError("E239", message, help="keep at least 1, and at most all of them")


def _indivisible(kind: str, whole: str, parts: str) -> LayerError:
    message = f"{kind}: {whole} cannot be shared out among {parts}"
    return LayerError("E243", message, help="the one must be a multiple of the other")


def _wrong_columns(columns: Number, windows: Number, image_: Shape) -> LayerError:
    return LayerError(
        "E249",
        f"fold gets {columns} columns, but a {show(image_[1:])} image has {windows} windows",
        help="kernel_size, stride, padding and dilation must be those of the unfold",
    )
