"""Larger and smaller maps without weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.numeric.windows import Array, ArrayError, ArrayLike, each_axis, numbers


def upsample_nearest(x: ArrayLike, scale_factor: Any, *, rank: int | None = None) -> Array:
    """Each value repeated, by a whole factor per axis ("duplicate").

    >>> upsample_nearest([[6, 8], [3, 4]], 2).tolist()
    [[6, 6, 8, 8], [6, 6, 8, 8], [3, 3, 4, 4], [3, 3, 4, 4]]
    """
    array = numbers(x)
    for axis, factor in _axes(array, scale_factor, rank, "scale_factor"):
        array = np.repeat(array, factor, axis)
    return array


def downsample(x: ArrayLike, step: Any, *, rank: int | None = None) -> Array:
    """Every ``step``-th value per axis, the first included.

    >>> downsample([1, 2, 3, 4, 5], 2).tolist()
    [1, 3, 5]
    """
    array = numbers(x)
    for axis, every in _axes(array, step, rank, "step"):
        array = array.take(range(0, array.shape[axis], every), axis)
    return array


def _axes(array: Array, value: Any, rank: int | None, name: str) -> list[tuple[int, int]]:
    """Each of the last axes with its number, which must be at least 1."""
    count = array.ndim if rank is None else rank
    axes = list(zip(range(-count, 0), each_axis(value, count, name), strict=True))
    for _, number in axes:
        if not isinstance(number, int) or number < 1:
            raise ArrayError(f"{name} must be a whole number of at least 1, not {number}")
    return axes
