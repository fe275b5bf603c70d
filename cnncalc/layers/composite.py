"""Layers made of several convolutions in a row, counted as the sum of their stages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, flag, number, paddings, rounding, sizes
from cnncalc.layers.base import Example, Layer, Saved, Site, per_axis, show
from cnncalc.layers.conv import Conv, DepthwiseConv
from cnncalc.layers.windows import Windowed
from cnncalc.taps import SAME, Anything, Taps, Window
from cnncalc.working import Nothing, Total, Worked, Working


class Stage(NamedTuple):
    """A layer within a layer, and where it stands."""

    name: str
    layer: Layer
    site: Site


class Composite(Windowed):
    """A window worked out in stages; its numbers are the sums of theirs."""

    @abstractmethod
    def stages(self, site: Site) -> tuple[Stage, ...]:
        """The stages, in order."""

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The tensors of all stages, each under its stage's name."""
        return {
            f"{stage.name}.{name}": shape
            for stage in self.stages(site)
            for name, shape in stage.layer.tensors(stage.site).items()
        }

    def _total(self, site: Site, facet: Callable[[Stage], Worked]) -> Worked:
        return Total({stage.name: facet(stage) for stage in self.stages(site)})

    def params(self, site: Site) -> Worked:
        """Those of all stages."""
        return self._total(site, lambda stage: stage.layer.params(stage.site))

    def macs(self, site: Site) -> Worked:
        """Those of all stages."""
        return self._total(site, lambda stage: stage.layer.macs(stage.site))

    def backward_macs(self, site: Site, *, weights: bool, inputs: bool) -> Worked:
        """Those of all stages; behind a trained stage, what enters needs a gradient as well."""
        trained = weights and bool(self.tensors(site))
        return self._total(
            site,
            lambda stage: stage.layer.backward_macs(
                stage.site, weights=trained, inputs=inputs or (trained and self.is_behind(stage))
            ),
        )

    def is_behind(self, stage: Stage) -> bool:
        """Whether what enters a stage comes from another one with weights."""
        return stage.name not in ("depthwise", "offset", "mask")

    def connections(self, site: Site) -> Worked:
        """Those of all stages."""
        return self._total(site, lambda stage: stage.layer.connections(stage.site))

    def operations(self, site: Site) -> Worked:
        """Those of all stages."""
        return self._total(site, lambda stage: stage.layer.operations(stage.site))

    def connections_inside(self, site: Site) -> Worked:
        """Those of all stages."""
        return self._total(site, lambda stage: stage.layer.connections_inside(stage.site))

    def saved(self, site: Site) -> Saved:
        """What the stages keep, one behind the other: each keeps the values before it."""
        first, *others = self.stages(site)
        kept = first.layer.saved(first.site)
        return kept._replace(elements=kept.elements + sum(map(_elements, others)))


def _elements(stage: Stage) -> Number:
    """Values that an inner stage keeps, those that enter it among them."""
    kept = stage.layer.saved(stage.site)
    return kept.elements + (formulas.element_count(stage.site.input) if kept.inputs else 0)


class SeparableConv(Composite):
    """A depthwise convolution, then a 1x1 convolution across channels (Keras's SeparableConv1D/2D).

    The depthwise stage has no bias.
    """

    kind = "separable_conv"
    aliases = ("sepconv", "separable")
    family = "conv"
    is_weight_layer = True

    out_channels: int = count(short=("out", "c"), doc="Number of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the depthwise window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = paddings(doc="Zeros added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    bias: bool = flag(True, doc="Whether each output map has a bias.")
    multiplier: int = count(1, doc="Depthwise filters per channel.", keyword=True)
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1}, ((4, 6, 6),)),
        Example({"out_channels": 3, "kernel_size": 3, "stride": 2, "bias": False}, ((2, 9),)),
        Example({"out_channels": 4, "kernel_size": 2, "multiplier": 2}, ((1, 3, 4, 5),)),
    )

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Of the depthwise stage."""
        return self.kernel_size, self.stride, self.dilation

    def output_channels(self, shape: Shape) -> Number:
        """As many as said."""
        return self.out_channels

    def stages(self, site: Site) -> tuple[Stage, ...]:
        """Depthwise, then pointwise."""
        depthwise = DepthwiseConv(
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            bias=False,
            multiplier=self.multiplier,
            rounding=self.rounding,
        )
        crossing: dict[str, Any] = {"out_channels": self.out_channels, "kernel_size": 1, "bias": self.bias}
        pointwise = Conv(**crossing)
        between = (site.channels * self.multiplier, *site.positions)
        return (
            Stage("depthwise", depthwise, Site(site.inputs, between)),
            Stage("pointwise", pointwise, Site((between,), site.output)),
        )


class Blur(Composite):
    """Smoothing with a fixed Gaussian, worked out one axis after the other, or at once.

    The weights are fixed: no parameters, but multiply-accumulates and connections.
    """

    kind = "blur"
    aliases = ("gaussian_blur", "gaussian")
    family = "pool"

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    sigma: float | None = number(None, low=1e-3, doc="Width of the Gaussian; from the size if not given.")
    stride: Any = sizes(1, short=("s",), doc="Distance between windows.")
    padding: Any = paddings("same_upper", doc="Zeros added at the borders.")
    separable: bool = flag(True, doc="Whether to go along one axis after the other.", keyword=True)
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"kernel_size": 5}, ((3, 8, 9),)),
        Example({"kernel_size": 3, "stride": 2, "separable": False}, ((3, 8, 8),)),
        Example({"kernel_size": 3, "padding": 0}, ((2, 9),)),
        Example({"kernel_size": (1, 3, 4), "sigma": 0.8}, ((2, 4, 5, 6),)),
    )

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Kernel size and stride."""
        return self.kernel_size, self.stride, 1

    def output_channels(self, shape: Shape) -> Number:
        """As many as enter."""
        return shape[0]

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """None: the Gaussian is a buffer."""
        return {}

    def params(self, site: Site) -> Worked:
        """None: the Gaussian is fixed."""
        return Nothing("the weights are fixed, not trained")

    def stages(self, site: Site) -> tuple[Stage, ...]:
        """One pass per axis that is not left alone, the first axis first; or one for all axes."""
        windows = self.windows(site.input)
        moving = tuple(axis for axis, window in enumerate(windows) if _moves(window)) or (0,)
        stages, shape = [], site.input
        for along in [(axis,) for axis in moving] if self.separable else [moving]:
            layer = self._along(along, windows)
            output = layer.output_shape((shape,))
            name = f"axis_{along[0] + 1}" if self.separable else "all_axes"
            stages.append(Stage(name, layer, Site((shape,), output)))
            shape = output
        return tuple(stages)

    def _along(self, along: tuple[int, ...], windows: tuple[Window, ...]) -> DepthwiseConv:
        """The pass along some axes, which leaves the others alone."""
        chosen = [window if axis in along else SAME for axis, window in enumerate(windows)]
        arguments: dict[str, Any] = {
            "kernel_size": tuple(window.kernel for window in chosen),
            "stride": tuple(window.stride for window in chosen),
            "padding": tuple((window.before, window.after) for window in chosen),
            "bias": False,
        }
        return DepthwiseConv(**arguments)


def _moves(window: Window) -> bool:
    """Whether a window does more than pass every position on."""
    return (window.kernel, window.stride, window.before, window.after) != (1, 1, 0, 0)


class DeformConv(Composite):
    """Deformable convolution: each tap is moved by an offset that a convolution of its own works out.

    With ``mask`` each tap is also weighted (version 2). Sources: Dai et al. 2017, Zhu et al. 2019;
    torchvision's DeformConv2d, with the convolutions that make offsets and weights included.
    """

    kind = "deform_conv"
    aliases = ("deformable_conv", "dcn")
    family = "conv"
    is_weight_layer = True

    out_channels: int = count(short=("out", "c"), doc="Number of filters, and so of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = sizes(0, at_least=0, short=("pad", "p"), doc="Zeros added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    groups: int = count(1, short=("g",), doc="Groups of channels convolved apart.")
    bias: bool = flag(True, doc="Whether each filter has a bias.")
    offset_groups: int = count(1, doc="Groups of channels with offsets of their own.", keyword=True)
    mask: bool = flag(False, doc="Whether taps are weighted as well.", keyword=True)
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"out_channels": 4, "kernel_size": 3, "padding": 1}, ((2, 6, 7),)),
        Example({"out_channels": 4, "kernel_size": 3, "stride": 2, "mask": True}, ((4, 7, 7),)),
        Example({"out_channels": 4, "kernel_size": (1, 2), "groups": 2, "offset_groups": 2}, ((4, 3, 4),)),
    )

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Of all its convolutions alike."""
        return self.kernel_size, self.stride, self.dilation

    def output_channels(self, shape: Shape) -> Number:
        """One map per filter; offset groups must divide the channels."""
        if len(shape) != 3:
            message = f"deform_conv takes channels x height x width, but its input is {show(shape)}"
            raise LayerError("E217", message, help="it exists in two dimensions only, as in torchvision")
        divides = shape[0] % self.offset_groups == 0
        require(divides, lambda: _offsets_do_not_divide(self.offset_groups, shape[0]))
        return self._conv(self.out_channels, groups=self.groups).output_channels(shape)

    def _conv(self, filters: Number, *, groups: int = 1, bias: bool = True) -> Conv:
        return Conv(
            out_channels=filters,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=groups,
            bias=bias,
            rounding=self.rounding,
        )

    def stages(self, site: Site) -> tuple[Stage, ...]:
        """Offsets, perhaps weights of taps, and the convolution itself."""
        taps = self.offset_groups * formulas.element_count(
            per_axis("kernel_size", self.kernel_size, site.input)
        )
        steps = [("offset", self._conv(2 * taps))]
        steps += [("mask", self._conv(taps))] if self.mask else []
        steps.append(("conv", self._conv(self.out_channels, groups=self.groups, bias=self.bias)))
        return tuple(
            Stage(name, conv, Site(site.inputs, (conv.out_channels, *site.positions))) for name, conv in steps
        )

    def tensors(self, site: Site) -> dict[str, Shape]:
        """Those of the convolution itself under their plain names."""
        tensors = super().tensors(site)
        return {name.removeprefix("conv."): shape for name, shape in tensors.items()}

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything: where a tap reads depends on the data."""
        return (tuple(Anything(size) for size in site.input[1:]),)

    def operations(self, site: Site) -> Worked:
        """Those of all stages, the moves of taps, the values between positions, and their weights."""
        total = super().operations(site)
        assert isinstance(total, Total)
        taps = formulas.element_count(per_axis("kernel_size", self.kernel_size, site.input))
        reads = taps * formulas.element_count(site.positions)
        steps = {"moves": 2 * self.offset_groups * reads, "between": 7 * site.channels * reads}
        if self.mask:
            steps["weights"] = (4 * self.offset_groups + site.channels) * reads
        more = {name: Working(formulas.per_value_operations, values=n, steps=1) for name, n in steps.items()}
        return Total({**total.parts, **more})

    def saved(self, site: Site) -> Saved:
        """The input, where each tap reads, its value there, and the weights of taps with their use."""
        taps = formulas.element_count(per_axis("kernel_size", self.kernel_size, site.input))
        reads = taps * formulas.element_count(site.positions)
        columns = site.channels * reads
        per_tap = self.offset_groups * reads
        return Saved(inputs=(0,), elements=columns + 2 * per_tap + ((columns + per_tap) if self.mask else 0))


def _offsets_do_not_divide(groups: Number, channels: Number) -> LayerError:
    message = f"offset_groups={groups} does not divide {channels} channels"
    return LayerError("E232", message, help="choose a divisor of the channels", argument="offset_groups")
