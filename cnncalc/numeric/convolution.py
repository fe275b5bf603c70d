"""Cross-correlation (what every framework calls convolution), true convolution, and the transposed."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc import formulas
from cnncalc.arithmetic import first
from cnncalc.numeric.windows import Array, ArrayError, ArrayLike, each_axis, gather, numbers, pad, slides


def cross_correlate(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    bias: ArrayLike = 0,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Sum over each window of input times kernel: what ``torch.nn.Conv1d/2d/3d`` compute.

    ``kernel`` has as many axes as ``x`` for a single map, and one more for a layer with channels:
    ``x`` is then ``(channels, *sizes)`` and ``kernel`` is ``(filters, channels, *sizes)``.

    >>> cross_correlate([5.2, 5.3, 5.4, 5.1], [-0.5, 0, 0.5], padding=1).round(2).tolist()
    [2.65, 0.1, -0.1, -2.7]
    """
    image, weight, single = _layer(numbers(x), numbers(kernel), groups)
    windows = _windows(image, weight.shape[2:], stride, padding, dilation, padding_mode)
    rank = weight.ndim - 2
    grouped = windows.reshape(groups, -1, *windows.shape[1:])
    filters = weight.reshape(groups, -1, *weight.shape[1:])
    taps = (0, *range(rank + 1, 2 * rank + 1))
    parts = [
        np.tensordot(kernels, values, ((1, *range(2, rank + 2)), taps))
        for kernels, values in zip(filters, grouped, strict=True)
    ]
    return _biased(np.concatenate(parts), bias, single)


def convolve(x: ArrayLike, kernel: ArrayLike, **arguments: Any) -> Array:
    """True convolution: cross-correlation with the kernel flipped on every spatial axis.

    Takes the arguments of :func:`cross_correlate`.

    >>> convolve([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[10, 20], [30, 40]]).tolist()
    [[230, 330], [530, 630]]
    """
    array = numbers(kernel)
    rank = array.ndim if array.ndim == numbers(x).ndim else array.ndim - 2
    return cross_correlate(x, np.flip(array, tuple(range(-rank, 0))), **arguments)


def transposed_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    bias: ArrayLike = 0,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    output_padding: Any = 0,
) -> Array:
    """Each input value spreads the kernel over the output (``torch.nn.ConvTranspose1d/2d/3d``).

    ``kernel`` has as many axes as ``x``, or is ``(channels, filters, *sizes)`` for a layer.

    >>> transposed_convolve([1, 2], [10, 20, 30], stride=2).tolist()
    [10, 20, 50, 40, 60]
    """
    image, weight = numbers(x), numbers(kernel)
    single = weight.ndim == image.ndim
    if single:
        image, weight = image[None], weight[None, None]
    if weight.ndim != image.ndim + 1 or weight.shape[0] != image.shape[0]:
        raise ArrayError(f"a kernel of shape {weight.shape} does not go with an input of {image.shape}")
    spread = _spread(image, weight, stride, dilation)
    return _biased(_cut(spread, image, weight, (stride, padding, dilation, output_padding)), bias, single)


def _spread(image: Array, weight: Array, stride: Any, dilation: Any) -> Array:
    """The sum of all spread kernels, nothing cut off."""
    sizes = _uncut(image.shape[1:], weight.shape[2:], stride, dilation)
    axes = slides(sizes, weight.shape[2:], stride, 0, dilation)
    shape = (weight.shape[1], *sizes)
    spread = np.zeros(shape, np.result_type(image, weight))
    contributions = np.tensordot(weight, image, ((0,), (0,)))
    for tap in np.ndindex(*weight.shape[2:]):
        reads: Any = np.ix_(np.arange(shape[0]), *(r[:, t] for r, t in zip(axes, tap, strict=True)))
        of_tap: Any = (slice(None), *tap)
        spread[reads] += contributions[of_tap]
    return spread


def _uncut(sizes: tuple[int, ...], kernel: tuple[int, ...], stride: Any, dilation: Any) -> tuple[int, ...]:
    """Sizes of the transposed convolution without padding."""
    axes = zip(
        sizes,
        kernel,
        each_axis(stride, len(sizes), "stride"),
        each_axis(dilation, len(sizes), "dilation"),
        strict=True,
    )
    return tuple(formulas.transposed_output_size.unchecked(n, k, s, 0, d) for n, k, s, d in axes)


def _cut(spread: Array, image: Array, weight: Array, arguments: tuple[Any, ...]) -> Array:
    """What padding leaves of the spread kernels, with zeros where output_padding reaches beyond."""
    rank = weight.ndim - 2
    names = ("stride", "padding", "dilation", "output_padding")
    per_axis = [each_axis(value, rank, name) for value, name in zip(arguments, names, strict=True)]
    result = spread
    for axis, (stride, padding, dilation, extra) in enumerate(zip(*per_axis, strict=True), 1):
        size, kernel = image.shape[axis], weight.shape[axis + 1]
        wanted = formulas.transposed_output_size.unchecked(size, kernel, stride, padding, dilation, extra)
        if wanted < 1:
            raise ArrayError(f"padding {padding} leaves nothing of the output")
        ends = [(0, extra) if other == axis else (0, 0) for other in range(result.ndim)]
        kept = range(first(padding), first(padding) + wanted)
        result = np.pad(result, ends).take(kept, axis)
    return result


def worked_sum(
    x: ArrayLike,
    kernel: ArrayLike,
    at: tuple[int, ...] | int,
    *,
    bias: ArrayLike = 0,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> str:
    """The sum behind one output of :func:`cross_correlate`, as text.

    ``at`` is the place of the output; for a layer its filter comes first: ``(filter, row, column)``.

    >>> worked_sum([5, 6, 7], [1, 0, -1], at=0, padding=1)
    '0*1 + 5*0 + 6*(-1) = 0 + 0 + (-6) = -6'
    """
    image, weight, single = _layer(numbers(x), numbers(kernel), 1)
    windows = _windows(image, weight.shape[2:], stride, padding, dilation, padding_mode)
    counts = (weight.shape[0], *windows.shape[1 : weight.ndim - 1])
    place = at if isinstance(at, tuple) else (at,)
    chosen = (0, *place) if single else place
    if len(chosen) != len(counts) or not all(0 <= i < n for i, n in zip(chosen, counts, strict=True)):
        raise ArrayError(f"there is no output at {place}; the output has shape {counts[single:]}")
    at_place: Any = (slice(None), *chosen[1:])
    values = windows[at_place].ravel().tolist()
    offsets = numbers(bias).ravel()
    offset = offsets[chosen[0] if len(offsets) > 1 else 0].item()
    return _sum(values, weight[chosen[0]].ravel().tolist(), [offset] if offset else [])


def _sum(values: list[float], weights: list[float], offset: list[float]) -> str:
    """Factors, products, result."""
    pairs = list(zip(values, weights, strict=True))
    products = [value * weight for value, weight in pairs] + offset
    factors = [f"{_shown(value)}*{_shown(weight)}" for value, weight in pairs]
    steps = [
        " + ".join(factors + [_shown(value) for value in offset]),
        " + ".join(_shown(product) for product in products),
        f"{_rounded(sum(products))}",
    ]
    return " = ".join(dict.fromkeys(steps))


def _rounded(value: float) -> float:
    """Without the dust of binary fractions."""
    return value if isinstance(value, int) else float(f"{value:.10g}")


def _shown(value: float) -> str:
    return f"({_rounded(value)})" if value < 0 else f"{_rounded(value)}"


def _layer(image: Array, weight: Array, groups: int) -> tuple[Array, Array, bool]:
    """Input and kernel as a layer has them, and whether they stood for a single map."""
    single = weight.ndim == image.ndim
    if single:
        image, weight = image[None], weight[None, None]
    if weight.ndim != image.ndim + 1:
        raise ArrayError(f"a kernel with {weight.ndim} axes does not go with an input of {image.ndim}")
    if groups < 1 or image.shape[0] % groups or weight.shape[0] % groups:
        raise ArrayError(f"groups={groups} must divide {image.shape[0]} and {weight.shape[0]} channels")
    if weight.shape[1] * groups != image.shape[0]:
        message = f"the kernel reads {weight.shape[1] * groups} channels but the input has {image.shape[0]}"
        raise ArrayError(message)
    return image, weight, single


def _windows(
    image: Array, kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, mode: str
) -> Array:
    axes = slides(image.shape[1:], kernel, stride, padding, dilation)
    return gather(pad(image, padding, len(kernel), mode), axes)


def _biased(output: Array, bias: ArrayLike, single: bool) -> Array:
    offset = numbers(bias)
    shaped = output + offset.reshape(-1, *(1,) * (output.ndim - 1)) if offset.any() else output
    return shaped[0] if single else shaped
