"""Normalisation."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, prod
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, flag, number, shown_value, sizes
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless, show, spatial
from cnncalc.taps import SAME, Blocks, Statistics, Taps, Window
from cnncalc.working import Nothing, Worked, Working


class Normalisation(Elementwise):
    """Values set to mean 0 and variance 1, then perhaps scaled and shifted by parameters."""

    family = "norm"

    @abstractmethod
    def affine_shapes(self, site: Site) -> dict[str, Shape]:
        """Shapes of scale and shift, as far as there are any."""

    def tensors(self, site: Site) -> dict[str, Shape]:
        """Scale and shift."""
        return self.affine_shapes(site)

    def params(self, site: Site) -> Worked:
        """Scale and shift."""
        shapes = self.affine_shapes(site)
        if not shapes:
            return Nothing("without scale and shift there are no parameters")
        values = formulas.element_count(shapes["weight"])
        return Working(formulas.affine_params, values=values, bias=len(shapes) - 1)

    def macs(self, site: Site) -> Worked:
        """None by convention: at inference a batch norm folds into the convolution before it."""
        return Nothing("normalisation is not counted as multiply-accumulates")

    def operations(self, site: Site) -> Worked:
        """Mean, deviations, their squares, their mean and the quotients, then scale and shift."""
        values = formulas.element_count(site.output)
        numbers = {"values": values, "rows": self.rows(site), "steps": 5 + len(self.affine_shapes(site))}
        return Working(formulas.normalisation_operations, **numbers)

    @abstractmethod
    def rows(self, site: Site) -> Number:
        """How many times statistics are taken in one sample."""

    def connections(self, site: Site) -> Worked:
        """None."""
        return Nothing("normalisation has no connections")


class _PerChannel(Normalisation):
    """A scale and a shift for each channel, where ``affine`` says so."""

    affine: bool

    def affine_shapes(self, site: Site) -> dict[str, Shape]:
        """One of each per channel."""
        return {"weight": (site.channels,), "bias": (site.channels,)} if self.affine else {}


class BatchNorm(_PerChannel):
    """Batch normalisation over each channel (PyTorch's BatchNorm1d/2d/3d).

    Scale and shift are parameters; the running mean and variance are buffers.
    """

    kind = "bn"
    aliases = ("batchnorm", "batch_norm", "batch_normalization")

    eps: float = number(1e-5, low=0, doc="Added to the variance.", keyword=True)
    momentum: float = number(0.1, low=0, high=1, doc="Weight of the newest statistics.", keyword=True)
    affine: bool = flag(True, doc="Whether there are a scale and a shift.", keyword=True)

    examples = (
        Example({}, ((64, 8, 8),)),
        Example({}, ((6, 9),)),
        Example({}, ((5,),)),
        Example({"affine": False}, ((3, 4, 4),)),
        Example({}, ((2, 3, 4, 5),)),
    )

    def validate(self) -> None:
        """PyTorch refuses to train with statistics of a batch that may be divided by zero."""
        if self.eps == 0:
            raise LayerError(
                "E219", "`eps` must be above 0, as PyTorch wants it for training", argument="eps"
            )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's, flat or with one to three spatial axes."""
        return spatial(self.kind, inputs[0]) if len(inputs[0]) > 1 else inputs[0]

    def operations(self, site: Site) -> Worked:
        """At inference one factor and one summand per channel stand for all of it."""
        return Working(formulas.per_value_operations, values=formulas.element_count(site.output), steps=2)

    def rows(self, site: Site) -> Number:
        """None: they are those of the training."""
        return 0

    def saved(self, site: Site) -> Saved:
        """The input, and each channel's mean and inverse deviation."""
        return Saved(inputs=(0,), once=2 * site.channels)


class InstanceNorm(_PerChannel):
    """Normalisation of each map of each sample by itself (PyTorch's InstanceNorm1d/2d/3d)."""

    kind = "instance_norm"
    aliases = ("instancenorm", "in")

    eps: float = number(1e-5, low=0, doc="Added to the variance.", keyword=True)
    momentum: float = number(0.1, low=0, high=1, doc="Weight of the newest statistics.", keyword=True)
    affine: bool = flag(False, doc="Whether there are a scale and a shift.", keyword=True)

    examples = (
        Example({}, ((4, 8, 8),)),
        Example({"affine": True}, ((6, 9),)),
        Example({"affine": True}, ((2, 3, 4, 5),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; a map of a single value cannot be normalised."""
        shape = spatial(self.kind, inputs[0])
        require(prod(shape[1:]) > 1, lambda: _single_value(self.kind, shape))
        return shape

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself, in proportion to the statistics of its map."""
        return (tuple(Statistics(size) for size in site.input[1:]),)

    def rows(self, site: Site) -> Number:
        """One for each map."""
        return site.channels

    def saved(self, site: Site) -> Saved:
        """The input, each map's mean and inverse deviation, and the scales repeated for each sample."""
        return Saved(inputs=(0,), elements=(3 if self.affine else 2) * site.channels)


class GroupNorm(_PerChannel):
    """Normalisation of groups of channels of each sample (PyTorch's GroupNorm)."""

    kind = "gn"
    aliases = ("groupnorm", "group_norm")

    num_groups: int = count(short=("groups", "g"), doc="Number of groups of channels.")
    eps: float = number(1e-5, low=0, doc="Added to the variance.", keyword=True)
    affine: bool = flag(True, doc="Whether there are a scale and a shift.", keyword=True)

    examples = (
        Example({"num_groups": 2}, ((4, 8, 8),)),
        Example({"num_groups": 3, "affine": False}, ((6, 9),)),
        Example({"num_groups": 1}, ((8,),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; the groups must divide the channels."""
        channels = inputs[0][0]
        require(channels % self.num_groups == 0, lambda: _groups_do_not_divide(self.num_groups, channels))
        return inputs[0]

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself, in proportion to the statistics of its group."""
        return (tuple(Statistics(size) for size in site.input[1:]),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels of its group."""
        depth = site.channels // self.num_groups
        return (Blocks(depth, depth),)

    def rows(self, site: Site) -> Number:
        """One for each group."""
        return self.num_groups

    def saved(self, site: Site) -> Saved:
        """The input, and each group's mean and inverse deviation."""
        return Saved(inputs=(0,), elements=2 * self.num_groups)


class _OverAxes(Normalisation):
    """Normalisation over some axes of each sample.

    ``normalized_shape`` says which by their sizes, as in PyTorch; ``over`` by name: the ``last`` axis
    (the features of tokens), the ``channels`` at each position (ConvNeXt), or ``all``.
    """

    normalized_shape: Any
    over: str | None
    statistics: ClassVar[int]

    def validate(self) -> None:
        """The axes may be given in one way only."""
        if self.normalized_shape is not None and self.over is not None:
            raise LayerError("E238", f"{self.kind} takes normalized_shape or over, not both", argument="over")

    def places(self, shape: Shape) -> tuple[int, ...]:
        """Where in ``shape`` the axes lie that are normalised over."""
        rank = len(shape)
        if self.normalized_shape is not None:
            wanted = self.normalized_shape
            wanted = wanted if isinstance(wanted, tuple) else (wanted,)
            if len(wanted) > rank:
                raise _wrong_normalized_shape(self.kind, wanted, shape)
            for one, size in zip(wanted, shape[rank - len(wanted) :], strict=True):
                require(one == size, lambda: _wrong_normalized_shape(self.kind, wanted, shape))
            return tuple(range(rank - len(wanted), rank))
        if self.over is None and rank > 2:
            raise _which_axes(self.kind, shape)
        return {"channels": (0,), "all": tuple(range(rank))}.get(self.over or "", (rank - 1,))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; the axes must be there."""
        self.places(inputs[0])
        return inputs[0]

    def normalised(self, site: Site) -> Shape:
        """Sizes of the axes normalised over."""
        return tuple(site.input[place] for place in self.places(site.input))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself, in proportion to the statistics of its axes."""
        across = self.places(site.input)
        axes = enumerate(site.input[1:], start=1)
        return (tuple(Statistics(size) if place in across else SAME for place, size in axes),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself, or normalised over the channels, their statistics."""
        return (Statistics(site.channels) if 0 in self.places(site.input) else SAME,)

    def rows(self, site: Site) -> Number:
        """How many times statistics are taken in one sample."""
        return formulas.element_count(site.input) // formulas.element_count(self.normalised(site))


class LayerNorm(_OverAxes):
    """Layer normalisation over some axes of each sample (PyTorch's LayerNorm)."""

    kind = "ln"
    aliases = ("layernorm", "layer_norm")

    normalized_shape: Any = sizes(None, short=("shape",), doc="Sizes of the last axes, normalised over.")
    eps: float = number(1e-5, low=0, doc="Added to the variance.", keyword=True)
    elementwise_affine: bool = flag(True, doc="Whether there is a scale.", keyword=True)
    bias: bool = flag(True, doc="Whether there is a shift as well.", keyword=True)
    over: str | None = choice("last", "channels", "all", default=None, doc="Axes normalised over, by name.")

    examples = (
        Example({}, ((5, 8),)),
        Example({"normalized_shape": (6, 7)}, ((4, 6, 7),)),
        Example({"over": "channels"}, ((4, 6, 7),)),
        Example({"over": "all", "bias": False}, ((4, 6, 7),)),
        Example({"elementwise_affine": False}, ((9,),)),
    )

    def affine_shapes(self, site: Site) -> dict[str, Shape]:
        """One of each per value normalised over."""
        shape = self.normalised(site)
        weight = {"weight": shape} if self.elementwise_affine else {}
        return {**weight, "bias": shape} if weight and self.bias else weight

    def saved(self, site: Site) -> Saved:
        """The input, and each row's mean and inverse deviation."""
        return Saved(inputs=(0,), elements=2 * self.rows(site))


class RMSNorm(_OverAxes):
    """Values divided by their root mean square (PyTorch's RMSNorm)."""

    kind = "rms_norm"
    aliases = ("rmsnorm",)

    normalized_shape: Any = sizes(None, short=("shape",), doc="Sizes of the last axes, normalised over.")
    eps: float | None = number(None, low=0, doc="Added to the mean square.", keyword=True)
    elementwise_affine: bool = flag(True, doc="Whether there is a scale.", keyword=True)
    over: str | None = choice("last", "channels", "all", default=None, doc="Axes normalised over, by name.")

    examples = (
        Example({}, ((5, 8),)),
        Example({"over": "channels"}, ((4, 6, 7),)),
        Example({"normalized_shape": 8, "elementwise_affine": False}, ((3, 4, 8),)),
    )

    def affine_shapes(self, site: Site) -> dict[str, Shape]:
        """One scale per value normalised over."""
        return {"weight": self.normalised(site)} if self.elementwise_affine else {}

    def operations(self, site: Site) -> Worked:
        """Squares, their mean and the quotients, then the scale."""
        values = formulas.element_count(site.output)
        numbers = {"values": values, "rows": self.rows(site), "steps": 3 + len(self.affine_shapes(site))}
        return Working(formulas.normalisation_operations, **numbers)

    def saved(self, site: Site) -> Saved:
        """The input, each row's inverse root mean square, and what the scale multiplies."""
        scaled = formulas.element_count(site.output) if self.elementwise_affine else 0
        upstream = Saved(inputs=(0,), elements=self.rows(site))
        return Saved(elements=scaled, weights_only=True, upstream=upstream)


class LocalResponseNorm(Elementwise, Weightless):
    """Local response normalisation across channels (AlexNet; PyTorch's LocalResponseNorm).

    One lecture deck calls it "local contrast normalisation", which is another thing.
    """

    kind = "lrn"
    aliases = ("local_response_norm", "localresponsenorm")
    family = "norm"

    size: int = count(5, short=("n",), doc="Neighbouring channels summed over.")
    alpha: float = number(1e-4, doc="Scale.", keyword=True)
    beta: float = number(0.75, doc="Exponent.", keyword=True)
    k: float = number(1.0, doc="Added constant.", keyword=True)

    examples = (
        Example({"size": 5}, ((8, 6, 6),)),
        Example({"size": 3, "alpha": 0.001, "k": 2}, ((4, 7),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; PyTorch takes no flat one."""
        return spatial(self.kind, inputs[0])

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels summed over."""
        return (Window(self.size, 1, self.size // 2, (self.size - 1) // 2),)

    def operations(self, site: Site) -> Worked:
        """A square for each value, sums over neighbours, scale, constant, power and quotient."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=self.size + 4)

    def saved(self, site: Site) -> Saved:
        """Worked out term by term in PyTorch: input, padded squares, their mean, and its power."""
        padded = (site.channels + self.size - 1, *site.positions)
        return Saved(
            inputs=(0,),
            elements=formulas.element_count(padded) + 2 * formulas.element_count(site.output),
        )


def _single_value(kind: str, shape: Shape) -> LayerError:
    message = f"{kind}: each map of a {show(shape)} input is a single value, which has no variance"
    return LayerError("E246", message, help="move it before the pool that leaves one value")


def _groups_do_not_divide(groups: Number, channels: Number) -> LayerError:
    message = f"num_groups={groups} does not divide {channels} channels"
    return LayerError("E232", message, help="choose a divisor of the channels", argument="num_groups")


def _wrong_normalized_shape(kind: str, wanted: Shape, shape: Shape) -> LayerError:
    message = f"{kind}: normalized_shape={shown_value(wanted)} is not how a {show(shape)} input ends"
    advice = "as in PyTorch it must be the sizes of the last axes; or leave it out and say over=..."
    return LayerError("E245", message, help=advice, argument="normalized_shape")


def _which_axes(kind: str, shape: Shape) -> LayerError:
    return LayerError(
        "E245",
        f"{kind} over which axes of a {show(shape)} input?",
        help="say over=channels (at each position, as ConvNeXt does), over=all, or over=last; "
        f"or PyTorch's normalized_shape={shown_value(shape)}",
    )
