"""Pooling: windows without weights, over each map by itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import flag, paddings, rounding, sizes
from cnncalc.layers.base import Example, Saved, Site, Weightless, per_axis, show, spatial
from cnncalc.layers.windows import Windowed
from cnncalc.taps import SAME, Bins, Taps, Whole, Window

_INDEX_BYTES = 8
"""PyTorch keeps where each maximum was found as an int64."""


class _Pool(Windowed, Weightless):
    """A pool's window: the stride is the kernel size unless given, padding at most half of it."""

    family = "pool"
    kernel_size: Any
    stride: Any

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Kernel size, stride (the kernel size by default) and no dilation."""
        return self.kernel_size, self.kernel_size if self.stride is None else self.stride, 1

    def output_channels(self, shape: Shape) -> Number:
        """As many as enter."""
        return shape[0]

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def check_window(self, size: Number, window: Window) -> None:
        """PyTorch refuses padding above half the kernel, the undilated one."""
        if isinstance(self.padding, str):
            return
        for padding in (window.before, window.after):
            require(2 * padding <= window.kernel, partial(_too_much_padding, padding, window.kernel))

    def pads_itself(self, window: Window) -> bool:
        """Where padding is even and not above half the kernel."""
        return super().pads_itself(window) and bool(2 * window.before <= window.kernel)


def _too_much_padding(padding: Number, kernel: Number) -> LayerError:
    return LayerError(
        "E233",
        f"padding {padding} is more than half of kernel {kernel}",
        help="a pool's padding may be at most half its kernel, as in PyTorch",
        argument="padding",
    )


class MaxPool(_Pool):
    """Largest value of each window (PyTorch's MaxPool1d/2d/3d)."""

    kind = "maxpool"
    aliases = ("pool", "max_pool", "max_pooling")

    kernel_size: Any = sizes(short=("kernel", "k"), doc="Size of the window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between windows; the kernel size if not given.")
    padding: Any = paddings(doc="Positions added at the borders; they never win.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    rounding: str = rounding()

    examples = (
        Example({"kernel_size": 2}, ((3, 8, 8),)),
        Example({"kernel_size": 3, "stride": 2, "padding": 1}, ((2, 9),)),
        Example({"kernel_size": 3, "stride": 2, "rounding": "ceil"}, ((2, 8, 10),)),
        Example({"kernel_size": (1, 2, 2)}, ((2, 4, 6, 6),)),
        Example({"kernel_size": 2, "stride": 1, "dilation": 3}, ((1, 7, 7),)),
        Example({"kernel_size": 3, "stride": 2, "padding": "same_upper"}, ((1, 7, 8),)),
    )

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """With dilation, which only max pooling has."""
        kernel, stride, _ = super().window_arguments()
        return kernel, stride, self.dilation

    def saved(self, site: Site) -> Saved:
        """The input, and where each maximum was."""
        indices = _INDEX_BYTES * formulas.element_count(site.output)
        return self.kept_input(site)._replace(bytes=indices)


class AvgPool(_Pool):
    """Mean of each window (PyTorch's AvgPool1d/2d/3d)."""

    kind = "avgpool"
    aliases = ("avg_pool", "average_pool", "average_pooling", "meanpool")

    kernel_size: Any = sizes(short=("kernel", "k"), doc="Size of the window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between windows; the kernel size if not given.")
    padding: Any = paddings(doc="Zeros added at the borders.")
    count_include_pad: bool = flag(True, doc="Whether the zeros count in the mean.", keyword=True)
    rounding: str = rounding()

    examples = (
        Example({"kernel_size": 2}, ((3, 8, 8),)),
        Example({"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, ((2, 9),)),
        Example({"kernel_size": (2, 3, 1), "stride": 2, "rounding": "ceil"}, ((2, 5, 6, 6),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input; where padding is uneven and not counted, what each mean is divided by as well."""
        kept = self.kept_input(site)
        if self.count_include_pad or kept.inputs:
            return kept
        return kept._replace(once=formulas.element_count(site.positions))


class _Adaptive(Weightless):
    """Pooling to a wanted size, whatever enters."""

    family = "pool"
    output_size: Any

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The wanted size on every axis."""
        shape = spatial(self.kind, inputs[0])
        return (shape[0], *per_axis("output_size", self.output_size, shape))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Bins of nearly equal width, overlapping where they do not divide the axis."""
        axes = zip(site.input[1:], site.positions, strict=True)
        return (tuple(_bins(size, bins) for size, bins in axes),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def label(self, site: Site) -> str:
        """The kind and the size it makes."""
        return f"{self.kind} {show(site.positions)}"


def _bins(size: int, bins: int) -> Taps:
    if bins == 1:
        return Whole(size)
    return SAME if size == bins else Bins(size, bins)


class AdaptiveAvgPool(_Adaptive):
    """Means over bins that cover the input (PyTorch's AdaptiveAvgPool1d/2d/3d)."""

    kind = "adaptive_avgpool"
    aliases = ("adaptivepool", "adaptive_avg_pool", "adaptiveavgpool")

    output_size: Any = sizes(short=("out",), doc="Wanted size.")

    examples = (
        Example({"output_size": 6}, ((3, 13, 13),)),
        Example({"output_size": (2, 3)}, ((3, 8, 9),)),
        Example({"output_size": 1}, ((3, 8),)),
        Example({"output_size": (7, 7)}, ((1, 3, 3),)),
        Example({"output_size": 2}, ((2, 4, 5, 6),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input; nothing for means over everything."""
        return Saved() if all(size == 1 for size in site.positions) else Saved(inputs=(0,))


class AdaptiveMaxPool(_Adaptive):
    """Maxima over bins that cover the input (PyTorch's AdaptiveMaxPool1d/2d/3d)."""

    kind = "adaptive_maxpool"
    aliases = ("adaptive_max_pool", "adaptivemaxpool")

    output_size: Any = sizes(short=("out",), doc="Wanted size.")

    examples = (
        Example({"output_size": 6}, ((3, 13, 13),)),
        Example({"output_size": 1}, ((3, 8),)),
        Example({"output_size": (1, 2, 3)}, ((2, 4, 5, 6),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input, and where each maximum was."""
        return Saved(inputs=(0,), bytes=_INDEX_BYTES * formulas.element_count(site.output))


class GlobalAvgPool(Weightless):
    """Mean of each map: one value per channel, flat."""

    kind = "gap"
    aliases = ("global_avgpool", "globalavgpool", "global_average_pooling", "global_avg_pool")
    family = "pool"

    examples = (
        Example({}, ((5, 7, 7),)),
        Example({}, ((5, 9),)),
        Example({}, ((2, 3, 4, 5),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One value per channel."""
        return (spatial(self.kind, inputs[0])[0],)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything."""
        return (tuple(Whole(size) for size in site.input[1:]),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def saved(self, site: Site) -> Saved:
        """Nothing but the sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """Its usual name."""
        return "global avg-pool"
