"""Convolution as a matrix: unfolded windows, and the weight matrix of the equal dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.numeric.convolution import cross_correlate
from cnncalc.numeric.windows import Array, ArrayError, ArrayLike, gather, numbers, pad, slides

MOST_CELLS = 10_000_000
"""Largest matrix that is written out."""


def unfold(
    x: ArrayLike,
    kernel_size: Any,
    stride: Any = 1,
    *,
    padding: Any = 0,
    dilation: Any = 1,
    rank: int | None = None,
) -> Array:
    """The windows of ``x``, one per row: ``Tensor.unfold``, ``sliding_window_view``, im2col.

    With ``rank`` the axes before the last ``rank`` are channels, and a row holds all of them.

    >>> unfold([1, 2, 3, 4, 5, 6, 7], 2, stride=2).tolist()
    [[1, 2], [3, 4], [5, 6]]
    """
    array = numbers(x)
    axes_ = array.ndim if rank is None else rank
    axes = slides(array.shape[-axes_:], kernel_size, stride, padding, dilation)
    windows = gather(pad(array, padding, axes_), axes)
    leading = array.ndim - axes_
    by_window = np.moveaxis(windows, range(leading), range(axes_, axes_ + leading))
    return by_window.reshape(int(np.prod(by_window.shape[:axes_])), -1)


def weight_matrix(
    kernel: ArrayLike,
    size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """The matrix W with ``W @ x.ravel()`` equal to the convolution: one row per output value.

    ``size`` is the shape of the input: a number or tuple for a single map, ``(channels, *sizes)``
    for a kernel ``(filters, channels, *sizes)``.

    >>> weight_matrix([1, 2, 3], 6, stride=2, padding=1).tolist()
    [[2, 3, 0, 0, 0, 0], [0, 1, 2, 3, 0, 0], [0, 0, 0, 1, 2, 3]]
    """
    shape = tuple(size) if isinstance(size, tuple | list) else (size,)
    inputs = int(np.prod(shape))
    if inputs * inputs > MOST_CELLS:
        raise ArrayError(f"the matrix of {inputs:,} inputs is too large to write out")
    arguments: dict[str, Any] = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }
    units = np.eye(inputs, dtype=numbers(kernel).dtype).reshape(inputs, *shape)
    columns = [cross_correlate(unit, kernel, **arguments).ravel() for unit in units]
    return np.stack(columns, axis=1)


def dense_layer(weight: ArrayLike, x: ArrayLike, bias: ArrayLike = 0) -> Array:
    """A fully connected layer: the matrix times the flattened input, plus the bias.

    >>> dense_layer([[1, 0, -1]], [4, 5, 6], bias=[10]).tolist()
    [8]
    """
    matrix, values = numbers(weight), numbers(x).ravel()
    if matrix.ndim != 2 or matrix.shape[1] != values.size:
        raise ArrayError(f"a matrix of shape {matrix.shape} does not go with {values.size} values")
    return matrix @ values + numbers(bias)
