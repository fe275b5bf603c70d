"""Pooling: windows without weights, over each map by itself."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, unchecked
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, flag, number, paddings, rounding, sizes
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless, per_axis
from cnncalc.layers.windows import ROUNDED, Windowed
from cnncalc.taps import SAME, Taps, Window
from cnncalc.working import Worked, Working

INDEX_BYTES = 8
"""PyTorch keeps where each maximum was found as an int64."""


class Pooling(Windowed):
    """A window over each map by itself: the stride is the kernel size unless given."""

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


class Pool(Pooling, Weightless):
    """A pool without weights: padding at most half of the window."""

    finish: ClassVar[int] = 0
    """Operations that each value takes besides those that join the window's taps."""

    def operations(self, site: Site) -> Worked:
        """A comparison or addition for each tap but the first, and what finishes each value."""
        windows = self.windows(site.input)
        taps = tuple(w.kernel * n for w, n in zip(windows, site.positions, strict=True))
        numbers = {"channels": site.channels, "taps": taps, "output": site.positions}
        return Working(formulas.pool_operations, **numbers, finish=self.finish)

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


def _too_small(kind: str, size: Number, kernel: Number) -> LayerError:
    return LayerError(
        "E230",
        f"kernel {kernel} does not fit: PyTorch's {kind} in 3 dimensions takes no axis of {size} for it",
        help="use a smaller kernel, or pad with a layer of its own",
        argument="kernel_size",
    )


class MaxPool(Pool):
    """Largest value of each window (PyTorch's MaxPool1d/2d/3d)."""

    kind = "maxpool"
    aliases = ("pool", "max_pool", "max_pooling")

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
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
        """The input, and where each maximum was; also of windows dropped after padding by hand."""
        kept = self.kept_input(site)
        maxima = site.output if kept.inputs else (site.channels, *self._positions_padded(site))
        return kept._replace(bytes=INDEX_BYTES * formulas.element_count(maxima))

    def _positions_padded(self, site: Site) -> tuple[Number, ...]:
        """Positions of the output if the padding were part of the input."""
        rounded = unchecked(ROUNDED["ceil" if self.rounding == "ceil" else "floor"])
        axes = zip(self.padded_shape(site)[1:], self.windows(site.input), strict=True)
        return tuple(rounded(size, w.kernel, w.stride, 0, w.dilation) for size, w in axes)


class _MeanPool(Pool):
    """A pool that adds up its windows; in three dimensions PyTorch wants inputs as large as they are."""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """As for other pools, with PyTorch's check of three-dimensional inputs."""
        shape = super().output_shape(inputs)
        if len(shape) == 4:
            windows = self.windows(inputs[0])
            by_hand = not all(map(self.pads_itself, windows))
            for size, window in zip(inputs[0][1:], windows, strict=True):
                there = size + window.before + window.after if by_hand else size
                require(there >= window.kernel, partial(_too_small, self.kind, size, window.kernel))
        return shape


class AvgPool(_MeanPool):
    """Mean of each window (PyTorch's AvgPool1d/2d/3d)."""

    kind = "avgpool"
    aliases = ("avg_pool", "average_pool", "average_pooling", "meanpool")

    finish = 1

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
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


class LPPool(_MeanPool):
    """The p-norm of each window: the p-th root of its sum of p-th powers (PyTorch's LPPool1d/2d/3d)."""

    kind = "lppool"
    aliases = ("lp_pool",)
    padding = 0

    norm_type: float = number(low=1e-6, doc="p: 1 is a sum, 2 the Euclidean norm.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between windows; the kernel size if not given.")
    rounding: str = rounding()

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"norm_type": 2, "kernel_size": 2}, ((3, 8, 8),)),
        Example({"norm_type": 3, "kernel_size": 3, "stride": 2, "rounding": "ceil"}, ((2, 8),)),
        Example({"norm_type": 1.5, "kernel_size": (1, 2, 2)}, ((2, 3, 4, 4),)),
    )

    def operations(self, site: Site) -> Worked:
        """A power for each tap, their sum, and its root."""
        kernel = formulas.element_count(per_axis("kernel_size", self.kernel_size, site.input))
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=2 * kernel)

    def saved(self, site: Site) -> Saved:
        """Worked out step by step in PyTorch: input, powers, and four stages of their mean."""
        return Saved(
            inputs=(0,),
            elements=formulas.element_count(site.input) + 4 * formulas.element_count(site.output),
        )


class L2Pool(LPPool):
    """The Euclidean norm of each window: lppool with p = 2."""

    kind = "l2pool"
    aliases = ("l2_pool",)
    norm_type = 2

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between windows; the kernel size if not given.")
    rounding: str = rounding()

    examples = (
        Example({"kernel_size": 2}, ((3, 8, 8),)),
        Example({"kernel_size": 3, "stride": 2}, ((2, 9),)),
    )


class FeatureL2Pool(Elementwise, Weightless):
    """L2 pooling over features: at each position, the Euclidean norm of neighbouring channels.

    Source: the lectures' sqrt(sum over j in N(i) of h_j(r, c)^2).
    """

    kind = "l2pool_features"
    aliases = ("feature_pool", "feature_pooling")
    family = "pool"

    size: int = count(short=("n",), doc="How many neighbouring channels are pooled.")
    stride: int | None = count(
        None, short=("s",), doc="Distance between neighbourhoods; their size if not given."
    )

    examples = (
        Example({"size": 2}, ((6, 5, 5),)),
        Example({"size": 3, "stride": 1}, ((6, 7),)),
        Example({"size": 4}, ((9,),)),
    )

    @property
    def step(self) -> Number:
        """Channels from one neighbourhood to the next."""
        return self.size if self.stride is None else self.stride

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """A channel for each neighbourhood that fits."""
        channels = inputs[0][0]
        require(channels >= self.size, lambda: _too_few_channels(self.size, channels))
        return (formulas.output_size.unchecked(channels, self.size, self.step), *inputs[0][1:])

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The neighbourhood."""
        return (Window(self.size, self.step),)

    def operations(self, site: Site) -> Worked:
        """A square for each channel of the neighbourhood, their sum, and its root."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=2 * self.size)

    def saved(self, site: Site) -> Saved:
        """The input and the norms."""
        return Saved(inputs=(0,), output=True)

    def label(self, site: Site) -> str:
        """Its usual name, and how many channels it pools."""
        return f"L2 over {self.size} features"


def _too_few_channels(size: Number, channels: Number) -> LayerError:
    message = f"l2pool_features pools {size} channels, but {channels} enter"
    return LayerError("E243", message, help=f"pool at most {channels}", argument="size")
