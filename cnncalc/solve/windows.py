"""Kernel, stride, padding and dilation from the sizes that enter and leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeAlias

from cnncalc import formulas
from cnncalc.arithmetic import Padding, both
from cnncalc.layers.windows import ROUNDED, same_pads
from cnncalc.solve.solutions import Solutions, SolveError, at_least

Known: TypeAlias = "int | Iterable[int] | None"
"""A known value, candidates for it, or None where it is asked for."""

MOST_CANDIDATES = 300_000
"""Configurations that one search may try."""


class Setting(NamedTuple):
    """One configuration of a window on one axis; padding is one number, or (before, after)."""

    kernel: int
    stride: int = 1
    padding: Padding = 0
    dilation: int = 1

    def __str__(self) -> str:
        shown = {"k": self.kernel, "s": self.stride, "p": self.padding, "d": self.dilation}
        neutral = {"s": 1, "p": 0, "d": 1}
        return " ".join(f"{name}={value}" for name, value in shown.items() if neutral.get(name) != value)

    def output(self, size: int, rounding: str = "floor") -> Any:
        """Size that leaves."""
        return ROUNDED[rounding].unchecked(size, *self)

    @property
    def complexity(self) -> tuple[int, ...]:
        """Sorts simple configurations first: no dilation, even and little padding, small strides."""
        uneven = isinstance(self.padding, tuple)
        return (self.dilation, int(uneven), both(self.padding), self.stride, self.kernel)


def window(
    sizes: Sequence[tuple[int, int]],
    *,
    kernel: Known = None,
    stride: Known = None,
    padding: Known = None,
    dilation: Known = None,
    rounding: str = "floor",
    max_kernel: int = 11,
    max_stride: int = 8,
    max_dilation: int = 1,
) -> Solutions[Setting]:
    """Windows that take each first size to its second, all pairs by the same configuration.

    ``rounding`` is floor, ceil (PyTorch's), exact (the lectures'), or same (TensorFlow's, where the
    padding follows from the size). Padding is tried up to where a window would lie in it altogether.
    Dilation is 1 unless ``dilation`` or ``max_dilation`` says otherwise.

    >>> print(window([(7, 5)], kernel=3).text())
    underdetermined: 2 solutions, simplest first:
      k=3
      k=3 s=2 p=2
    """
    if rounding == "same":
        return _same(sizes, _range("kernel", kernel, max_kernel), _range("stride", stride, max_stride))
    _check(sizes, rounding)
    candidates = [
        *_candidates(
            _range("kernel", kernel, max_kernel),
            _range("stride", stride, max_stride),
            padding,
            _range("dilation", dilation, max_dilation),
        )
    ]
    misses = {setting: _miss(setting, sizes, rounding) for setting in candidates}
    found = [setting for setting, miss in misses.items() if miss == 0]
    found.sort(key=lambda setting: setting.complexity)
    nearest = sorted(misses, key=lambda setting: (misses[setting], setting.complexity))[:3]
    return Solutions(found, nearest=() if found else nearest)


def _same(sizes: Sequence[tuple[int, int]], kernels: list[int], strides: list[int]) -> Solutions[Setting]:
    """Under TensorFlow's rule the stride alone decides; the padding is that of the first size."""
    _check(sizes, "floor")
    fitting = [s for s in strides if all(formulas.same_output_size(n, s) == out for n, out in sizes)]
    found = []
    for kernel, stride in product(kernels, fitting):
        before, after = same_pads("same_upper", sizes[0][0], kernel, stride, 1)
        found.append(Setting(kernel, stride, before if before == after else (before, after)))
    found.sort(key=lambda setting: setting.complexity)
    return Solutions(found, notes=["under padding=same_upper the size tells nothing about the kernel"])


def _check(sizes: Sequence[tuple[int, int]], rounding: str) -> None:
    if not sizes:
        raise SolveError("at least one pair of sizes is needed")
    if rounding not in ROUNDED:
        raise SolveError(f"no rounding is called {rounding!r}; there are {', '.join(ROUNDED)}")
    for pair in sizes:
        for size in pair:
            at_least("a size", size)


def _range(name: str, known: Known, most: int) -> list[int]:
    """Candidates for one argument."""
    if known is None:
        return list(range(1, at_least(f"max_{name}", most) + 1))
    values = [known] if isinstance(known, int) else list(known)
    return [at_least(name, value) for value in values]


def _candidates(
    kernels: list[int], strides: list[int], padding: Known, dilations: list[int]
) -> Iterator[Setting]:
    windows = ((k, s, d) for k, s, d in product(kernels, strides, dilations) if d == 1 or k > 1)
    tried = 0
    for kernel, _, dilation in product(kernels, strides, dilations):
        tried += len(_paddings(padding, formulas.effective_kernel(kernel, dilation)))
        if tried > MOST_CANDIDATES:
            raise SolveError(f"more than {MOST_CANDIDATES:,} configurations to try: narrow the ranges down")
    for kernel, stride, dilation in windows:
        for pad in _paddings(padding, formulas.effective_kernel(kernel, dilation)):
            yield Setting(kernel, stride, pad, dilation)


def _paddings(known: Known, extent: int) -> Sequence[int]:
    """Candidates for padding: what is known, or all that leave each window in touch with the input."""
    if known is None:
        return range(min(extent, MOST_CANDIDATES + 1))
    return [at_least("padding", p, 0) for p in ([known] if isinstance(known, int) else known)]


def _miss(setting: Setting, sizes: Sequence[tuple[int, int]], rounding: str) -> Any:
    """How far the sizes that leave are from the wanted ones, all together."""
    return sum(abs(setting.output(size, rounding) - wanted) for size, wanted in sizes)
