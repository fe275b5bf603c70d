"""The windows that a convolution or pool slides over an array, as one more axis per axis."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cnncalc import formulas
from cnncalc.arithmetic import both, first
from cnncalc.errors import CnncalcError
from cnncalc.layers.windows import ROUNDED

Array: TypeAlias = npt.NDArray[Any]
ArrayLike: TypeAlias = Any
"""What NumPy makes an array of: numbers in lists of lists, or an array."""

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's names for what the border is filled with, and NumPy's."""

MOST_VALUES = 10_000_000
"""Most values along one axis, windows and taps together: these are calculations on small arrays."""


class ArrayError(CnncalcError, ValueError):
    """Arrays or arguments do not go together."""


def numbers(values: ArrayLike) -> Array:
    """An array of numbers; refuses ragged lists and text."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ArrayError("the rows have different lengths") from None
    if array.dtype.kind not in "biuf":
        raise ArrayError(f"an array of numbers is needed, not of {array.dtype}")
    return array.astype(np.int64) if array.dtype.kind in "bu" else array


def each_axis(value: Any, rank: int, name: str) -> tuple[Any, ...]:
    """The value for every axis, or one value per axis as given."""
    if not isinstance(value, tuple | list):
        return (value,) * rank
    if len(value) != rank:
        raise ArrayError(f"{name} has {len(value)} values for {rank} axes")
    return tuple(value)


def pad(array: Array, padding: Any, rank: int, mode: str = "zeros", fill: float | None = None) -> Array:
    """The last ``rank`` axes with borders; ``fill`` overrides what zeros are."""
    if mode not in PADDING_MODES:
        raise ArrayError(f"no padding mode is called {mode!r}; there are {', '.join(PADDING_MODES)}")
    ends = [(first(p), both(p) - first(p)) for p in each_axis(padding, rank, "padding")]
    _check_borders(ends, array.shape[-rank:], mode)
    widths = [(0, 0)] * (array.ndim - rank) + ends
    if mode == "zeros":
        return np.pad(array, widths, constant_values=0 if fill is None else fill)
    return np.pad(array, widths, mode=PADDING_MODES[mode])  # type: ignore[call-overload, no-any-return]


def _check_borders(ends: list[tuple[int, int]], sizes: tuple[int, ...], mode: str) -> None:
    """NumPy would mirror again and again where PyTorch refuses."""
    for (before, after), size in zip(ends, sizes, strict=True):
        if min(before, after) < 0:
            raise ArrayError(f"padding must not be negative, but is {min(before, after)}")
        if mode == "reflect" and max(before, after) >= size:
            raise ArrayError(f"reflect needs padding below the size {size}, not {max(before, after)}")
        if mode == "circular" and max(before, after) > size:
            raise ArrayError(f"circular needs padding up to the size {size}, not {max(before, after)}")


def positions(
    size: int, kernel: int, stride: int, padding: Any, dilation: int, rounding: str = "floor"
) -> Array:
    """Which padded positions the windows of one axis read: one row per window, one column per tap."""
    for name, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        if value < 1:
            raise ArrayError(f"{name} must be at least 1, but is {value}")
    if rounding not in ROUNDED:
        raise ArrayError(f"no rounding is called {rounding!r}; there are {', '.join(ROUNDED)}")
    count = ROUNDED[rounding].unchecked(size, kernel, stride, padding, dilation)
    if count != int(count):
        raise ArrayError(f"the windows do not fit: {count} of them; choose rounding floor or ceil")
    if count * kernel > MOST_VALUES or size + both(padding) > MOST_VALUES:
        raise ArrayError(f"{count:,} windows of {kernel:,} are more than this is made for")
    if count < 1:
        extent = formulas.effective_kernel(kernel, dilation)
        raise ArrayError(f"kernel {extent} does not fit: input {size} + padding {both(padding)}")
    return np.arange(int(count))[:, None] * stride + np.arange(kernel) * dilation


def slides(
    sizes: tuple[int, ...],
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    rounding: str = "floor",
) -> list[Array]:
    """:func:`positions` for every axis; each argument is one value, or one per axis."""
    given = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    per_axis = [each_axis(value, len(sizes), name) for name, value in given.items()]
    axes = zip(sizes, *per_axis, strict=True)
    return [positions(n, k, s, p, d, rounding) for n, k, s, p, d in axes]


def gather(padded: Array, axes: list[Array]) -> Array:
    """The windows of the last axes: leading axes, then one axis per output, then one per tap."""
    rank = len(axes)
    index: list[Any] = []
    for axis, reads in enumerate(axes):
        shape = [1] * (2 * rank)
        shape[axis], shape[rank + axis] = reads.shape
        index.append(reads.reshape(shape))
    chosen: Any = (..., *index)
    return padded[chosen]  # type: ignore[no-any-return]
