"""Pooling of small arrays: largest, mean and L2, over space and over features; and its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.numeric.windows import Array, ArrayError, ArrayLike, gather, numbers, pad, slides


def max_pool(
    x: ArrayLike,
    kernel_size: Any,
    stride: Any = None,
    *,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "floor",
    rank: int | None = None,
) -> Array:
    """Largest value of each window, over the last ``rank`` axes (all of them unless given).

    >>> max_pool([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], 2).tolist()
    [[6, 8], [3, 4]]
    """
    array = numbers(x)
    windows = _windows(array, kernel_size, stride, padding, dilation, rounding, rank, _lowest(array))
    return windows.max(-1)  # type: ignore[no-any-return]


def max_pool_indices(
    x: ArrayLike,
    kernel_size: Any,
    stride: Any = None,
    *,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "floor",
    rank: int | None = None,
) -> Array:
    """Where each maximum stood, counted along the flattened axes, as PyTorch's ``return_indices``.

    >>> max_pool_indices([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], 2).tolist()
    [[5, 7], [8, 15]]
    """
    array = numbers(x)
    axes = _rank(array, rank)
    flat = np.arange(int(np.prod(array.shape[-axes:]))).reshape(array.shape[-axes:])
    arguments = (kernel_size, stride, padding, dilation, rounding, rank)
    best = _windows(array, *arguments, _lowest(array)).argmax(-1)
    reads = _windows(flat, *arguments[:-1], None, -1)
    places = np.broadcast_to(reads, (*best.shape, reads.shape[-1]))
    return np.take_along_axis(places, best[..., None], -1)[..., 0]


def avg_pool(
    x: ArrayLike,
    kernel_size: Any,
    stride: Any = None,
    *,
    padding: Any = 0,
    rounding: str = "floor",
    count_include_pad: bool = True,
    rank: int | None = None,
) -> Array:
    """Mean of each window; positions that a rounded-up window reads beyond the padding do not count.

    >>> avg_pool([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], 2).tolist()
    [[3.25, 5.25], [2.0, 2.0]]
    """
    array = numbers(x)
    axes = _rank(array, rank)
    counted = np.ones(array.shape[-axes:], np.int64)
    arguments = (kernel_size, stride, padding, 1, rounding)
    shares = _windows(counted, *arguments, None, int(count_include_pad)).sum(-1)
    return _windows(array, *arguments, rank, 0).sum(-1) / shares  # type: ignore[no-any-return]


def lp_pool(
    x: ArrayLike,
    kernel_size: Any,
    stride: Any = None,
    *,
    norm_type: float = 2,
    rank: int | None = None,
) -> Array:
    """The p-th root of the sum of p-th powers: L2 pooling for ``norm_type=2``.

    >>> lp_pool([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], 2).round(3).tolist()
    [[7.937, 11.533], [4.243, 5.099]]
    """
    array = numbers(x)
    powers = _windows(array, kernel_size, stride, 0, 1, "floor", rank, 0).astype(float) ** norm_type
    return np.maximum(powers.sum(-1), 0) ** (1 / norm_type)  # type: ignore[no-any-return]


def pool_over_features(x: ArrayLike, maps: int, stride: int | None = None, *, kind: str = "l2") -> Array:
    """Pooling over neighbouring maps at each position ("L2 pooling over features").

    ``x`` has its channels first; ``kind`` is ``max``, ``mean`` or ``l2``.

    >>> pool_over_features([[[3, 0]], [[4, 1]]], maps=2).tolist()
    [[[5.0, 1.0]]]
    """
    pools: dict[str, Any] = {"max": max_pool, "mean": avg_pool, "l2": lp_pool}
    if kind not in pools:
        raise ArrayError(f"no pooling is called {kind!r}; there are {', '.join(pools)}")
    channels_last = np.moveaxis(numbers(x), 0, -1)
    return np.moveaxis(pools[kind](channels_last, maps, stride, rank=1), -1, 0)


def max_unpool(values: ArrayLike, indices: ArrayLike, size: tuple[int, ...]) -> Array:
    """Each value back where its maximum stood, zeros elsewhere; ``size`` is what entered the pool.

    >>> max_unpool([[6, 8], [3, 4]], [[5, 7], [8, 15]], size=(4, 4)).tolist()
    [[0, 0, 0, 0], [0, 6, 0, 8], [3, 0, 0, 0], [0, 0, 0, 4]]
    """
    given, places = numbers(values), numbers(indices)
    rank, total = len(size), int(np.prod(size))
    if given.shape != places.shape:
        raise ArrayError(f"values have shape {given.shape} but indices {places.shape}")
    if places.size and (places.min() < 0 or places.max() >= total):
        raise ArrayError(f"an index points outside the {total} positions of {size}")
    leading = given.shape[: given.ndim - rank]
    flat = np.zeros((*leading, total), given.dtype)
    np.put_along_axis(flat, places.reshape(*leading, -1), given.reshape(*leading, -1), -1)
    return flat.reshape(*leading, *size)


def _rank(array: Array, rank: int | None) -> int:
    chosen = array.ndim if rank is None else rank
    if not 1 <= chosen <= array.ndim:
        raise ArrayError(f"cannot pool {chosen} axes of an array with {array.ndim}")
    return chosen


def _lowest(array: Array) -> float:
    """What padding holds so that it never wins."""
    return float("-inf") if array.dtype.kind == "f" else int(np.iinfo(array.dtype).min)


def _windows(
    array: Array,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    rounding: str,
    rank: int | None,
    fill: float,
) -> Array:
    """The windows with all their taps on the last axis; beyond the padding stand neutral values."""
    axes_ = _rank(array, rank)
    axes = slides(
        array.shape[-axes_:],
        kernel_size,
        kernel_size if stride is None else stride,
        padding,
        dilation,
        rounding,
    )
    padded = pad(array, padding, axes_, fill=fill)
    sizes = padded.shape[-axes_:]
    excess = [(0, max(0, int(reads[-1, -1]) + 1 - n)) for reads, n in zip(axes, sizes, strict=True)]
    windows = gather(pad(padded, excess, axes_, fill=min(0, fill)), axes)
    return windows.reshape(*windows.shape[:-axes_], -1)
