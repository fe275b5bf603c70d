"""Sliding windows: what convolutions and pools share, worked out once per axis."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, larger
from cnncalc.errors import LayerError, require
from cnncalc.layers.base import Layer, Saved, Site, per_axis, show, spatial
from cnncalc.taps import Taps, Window
from cnncalc.working import Worked, Working

ROUNDED = {
    "floor": formulas.output_size,
    "ceil": formulas.output_size_ceil,
    "exact": formulas.output_size_exact,
}
"""The output size by each way of rounding it."""


class Windowed(Layer):
    """A layer that slides a window over its input and keeps the number of axes."""

    padding: Any
    rounding: str

    @abstractmethod
    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Kernel size, stride and dilation, each one number or one per axis."""

    @abstractmethod
    def output_channels(self, shape: Shape) -> Number:
        """Channels that leave; raises :class:`LayerError` where the input's channels do not do."""

    def validate(self) -> None:
        """Refuse ``padding=same`` with a stride, which PyTorch has no meaning for."""
        _, stride, _ = self.window_arguments()
        strides = stride if isinstance(stride, tuple) else (stride,)
        if isinstance(self.padding, str) and self.padding == "same":
            require(
                _all_ones(strides),
                lambda: LayerError(
                    "E218",
                    "padding=same with stride > 1 is not defined in PyTorch (it raises an error); "
                    "TensorFlow pads unevenly",
                    help="choose padding=same_upper (TensorFlow's rule), or give numbers, e.g. padding=1",
                    argument="padding",
                ),
            )

    def windows(self, shape: Shape) -> tuple[Window, ...]:
        """The window on each spatial axis of an input, padding worked out."""
        kernel, stride, dilation = self.window_arguments()
        kernels = per_axis("kernel_size", kernel, shape)
        strides = per_axis("stride", stride, shape)
        dilations = per_axis("dilation", dilation, shape)
        axes = zip(shape[1:], kernels, strides, dilations, self.pads(shape), strict=True)
        found: list[Window] = []
        for size, k, s, d, ends in axes:
            window = Window(k, s, *(ends or same_pads(self.padding, size, k, s, d)), d)
            found.append(found[-1] if found and found[-1].is_like(window) else window)
        return tuple(found)

    def pads(self, shape: Shape) -> tuple[tuple[Number, Number] | None, ...]:
        """Padding before and after on each axis; None where a rule decides."""
        if self.padding == "valid":
            return ((0, 0),) * (len(shape) - 1)
        if isinstance(self.padding, str):
            return (None,) * (len(shape) - 1)
        return ends_per_axis(self.padding, shape)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Channels, and one size per axis by the rounding rule."""
        shape = spatial(self.kind, inputs[0])
        channels = self.output_channels(shape)
        windows = self.windows(shape)
        for size, window in zip(shape[1:], windows, strict=True):
            self.check_window(size, window)
        sizes: list[Number] = []
        for axis, (size, window) in enumerate(zip(shape[1:], windows, strict=True)):
            alike = axis and size is shape[axis] and window is windows[axis - 1]
            sizes.append(sizes[-1] if alike else self._checked_size(size, window))
        return (channels, *sizes)

    def _checked_size(self, size: Number, window: Window) -> Number:
        """Output size on one axis, refused where a window finds no place or does not end at the edge."""
        rounding = "floor" if self.rounding == "exact" else self.rounding
        output = self._size(size, window, rounding).value
        require(output >= 1, lambda: _does_not_fit(size, window))
        if self.rounding == "exact":
            left_over = (size + window.before + window.after - window.extent) % window.stride
            require(left_over == 0, lambda: _left_over(size, window, left_over))
        return output

    def check_window(self, size: Number, window: Window) -> None:
        """Refuse a window that no framework takes, whatever the size."""

    def shape_working(self, site: Site) -> tuple[Worked, ...]:
        """The output-size formula on each axis."""
        return self._sizes(site.input, self.windows(site.input))

    def _sizes(self, shape: Shape, windows: tuple[Window, ...]) -> tuple[Worked, ...]:
        axes = zip(shape[1:], windows, strict=True)
        return tuple(self._size(size, window, self.rounding) for size, window in axes)

    def _size(self, size: Number, window: Window, rounding: str) -> Worked:
        if self.padding in ("same_upper", "same_lower"):
            return Working(formulas.same_output_size, size=size, stride=window.stride)
        return Working(
            ROUNDED[rounding],
            size=size,
            kernel=window.kernel,
            stride=window.stride,
            padding=window.padding,
            dilation=window.dilation,
        )

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The windows themselves."""
        return (self.windows(site.input),)

    def kept_input(self, site: Site) -> Saved:
        """The input, or the copy that PyTorch makes where it has to pad by hand."""
        if all(map(self.pads_itself, self.windows(site.input))):
            return Saved(inputs=(0,))
        return Saved(elements=formulas.element_count(self.padded_shape(site)))

    def pads_itself(self, window: Window) -> bool:
        """Whether PyTorch's module takes the padding of an axis as it is."""
        return bool(window.before == window.after)

    def padded_shape(self, site: Site) -> Shape:
        """The input with its padding."""
        axes = zip(site.input[1:], self.windows(site.input), strict=True)
        return (site.channels, *(size + window.before + window.after for size, window in axes))

    def label(self, site: Site) -> str:
        """Kind, kernel, and stride and dilation where they are not 1."""
        windows = self.windows(site.input)
        sizes = ((window.kernel, window.stride, window.dilation) for window in windows)
        return window_label(self.kind, *zip(*sizes, strict=True))


def check_border(mode: str, size: Number, ends: tuple[Number, Number]) -> None:
    """Refuse a border of copies that needs more positions than there are."""
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is not None:
        for end in ends:
            require(end <= size - spare, partial(_border_too_wide, mode, end, size - spare))


def _border_too_wide(mode: str, end: Number, most: Number) -> LayerError:
    return LayerError(
        "E239",
        f"padding {end} filled with mode {mode} needs more positions than there are",
        help=f"at most {most} is possible here",
        argument="padding",
    )


def ends_per_axis(padding: Any, shape: Shape, name: str = "padding") -> tuple[tuple[Number, Number], ...]:
    """Padding before and after on each axis of a shape; ``name`` is the argument that says so.

    >>> ends_per_axis((1, (0, 2)), (3, 8, 8))
    ((1, 1), (0, 2))
    """
    ends = per_axis(name, padding, shape)
    return tuple(end if isinstance(end, tuple) else (end, end) for end in ends)


def window_label(kind: str, kernels: Shape, strides: Shape, dilations: Shape) -> str:
    """Kind and kernel, with stride and dilation where they are not 1.

    >>> window_label("conv", (3, 5), (2, 2), (1, 1))
    'conv 3x5 /2'
    """
    return f"{kind} {show(kernels)}{_unless_ones(' /', strides)}{_unless_ones(' d', dilations)}"


def same_pads(
    rule: str, size: Number, kernel: Number, stride: Number, dilation: Number
) -> tuple[Number, Number]:
    """Padding before and after that the rules ``same``, ``same_upper`` and ``same_lower`` give.

    >>> same_pads("same_upper", 224, 7, 2, 1)
    (2, 3)
    """
    covered = (formulas.same_output_size(size, stride) - 1) * stride
    total = larger(covered + formulas.effective_kernel(kernel, dilation) - size, 0)
    less = total // 2
    return (total - less, less) if rule == "same_lower" else (less, total - less)


def _does_not_fit(size: Number, window: Window) -> LayerError:
    padding = window.before + window.after
    dilated = f" (dilated to {window.extent})" if window.extent != window.kernel else ""
    return LayerError(
        "E230",
        f"kernel {window.kernel}{dilated} does not fit: input {size} + padding {padding} = {size + padding}",
        help="use a smaller kernel, more padding, or one downsampling step fewer",
        argument="kernel_size",
    )


def _left_over(size: Number, window: Window, left_over: Number) -> LayerError:
    padding = window.before + window.after
    total = size + padding
    pads = (window.before, window.after)
    shown = float(formulas.output_size_exact(size, window.kernel, window.stride, pads, window.dilation))
    smaller, larger_size = size - left_over, size + window.stride - left_over
    return LayerError(
        "E231",
        f"stride does not fit exactly: ({size} - {window.extent} + {padding}) / {window.stride} + 1"
        f" = {shown:.2f}",
        detail=f"{left_over} of {total} positions left over",
        help=f"sizes {smaller} and {larger_size} fit; or use rounding=floor (PyTorch), "
        f"or pad so that N - F + 2P is a multiple of {window.stride}",
        argument="stride",
    )


def _all_ones(strides: tuple[Number, ...]) -> Any:
    ones: Any = True
    for stride in strides:
        ones = ones & (stride == 1)
    return ones


def _unless_ones(sign: str, sizes: Shape) -> str:
    """Strides or dilations as diagrams write them: `` /2``, `` /1x2``, or nothing for ones."""
    distinct = set(sizes)
    if distinct == {1}:
        return ""
    return sign + (str(sizes[0]) if len(distinct) == 1 else show(sizes))
