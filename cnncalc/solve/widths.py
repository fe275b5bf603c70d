"""Hidden widths of a fully connected network from its number of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import pairwise
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.solve.solutions import Solutions, at_least

MOST_TRIALS = 2_000_000
"""Widths that one search may try."""


class Widths(NamedTuple):
    """Sizes of all layers, input and output included, and the parameters between them."""

    sizes: tuple[int, ...]
    params: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} ({self.params:,} parameters)"

    @property
    def complexity(self) -> tuple[int, int, int, int]:
        """Sorts simple networks first: few layers, round widths, widths that do not grow."""
        hidden = self.sizes[1:-1]
        uneven = sum(not _is_round(width) for width in hidden)
        growth = sum(after > before for before, after in pairwise(hidden))
        return (len(hidden), uneven, growth, sum(hidden))


def mlp(
    params: int, inputs: int, outputs: int, *, hidden: int | None = None, bias: bool = True, keep: int = 10
) -> Solutions[Widths]:
    """Widths of the hidden layers that make exactly ``params`` parameters.

    ``hidden`` is the number of hidden layers; without it, up to three are tried. Usually there are
    very many solutions: the number alone does not tell the network.

    >>> print(mlp(308310, 3072, 10, hidden=1).text())
    one solution:
      3072-100-10 (308,310 parameters)
    """
    for name, value in (("params", params), ("inputs", inputs), ("outputs", outputs), ("keep", keep)):
        at_least(name, value)
    depths = range(4) if hidden is None else [at_least("hidden", hidden, 0)]
    search = _Search(params, inputs, outputs, int(bias))
    found: list[Widths] = []
    total = 0
    for depth in depths:
        new = list(search.solutions(depth))
        total += len(new)
        found = nsmallest(keep, found + new, key=lambda widths: widths.complexity)
    nearest = search.nearest(depths) if not found else []
    return Solutions(found, nearest=nearest, total=total, complete=search.left > 0)


class _Search:
    """Tries widths layer by layer; the last hidden width follows from the others."""

    def __init__(self, params: int, inputs: int, outputs: int, bias: int) -> None:
        self.params, self.inputs, self.outputs, self.bias = params, inputs, outputs, bias
        self.left = MOST_TRIALS
        self.close: dict[Widths, int] = {}

    def between(self, fan_in: int, fan_out: int) -> int:
        """Parameters between two layers."""
        return int(formulas.linear_params.unchecked(fan_in, fan_out, self.bias))

    def solutions(self, hidden: int) -> Iterator[Widths]:
        """All networks with this number of hidden layers."""
        if hidden == 0:
            exact = self.between(self.inputs, self.outputs)
            self._note((self.inputs, self.outputs), exact)
            if exact == self.params:
                yield Widths((self.inputs, self.outputs), exact)
            return
        yield from self._extend((self.inputs,), self.params, hidden)

    def _extend(self, sizes: tuple[int, ...], rest: int, hidden: int) -> Iterator[Widths]:
        """Add ``hidden`` more widths behind ``sizes`` and close with the outputs."""
        if hidden == 1:
            yield from self._close(sizes, rest)
            return
        least = self.between(1, self.outputs) + (hidden - 1) * self.between(1, 1)
        widest = (rest - least) // self.between(sizes[-1], 1)
        if hidden == 2:
            yield from self._last_two(sizes, rest, widest)
            return
        for width in range(1, widest + 1):
            if self.left <= 0:
                return
            yield from self._extend((*sizes, width), rest - self.between(sizes[-1], width), hidden - 1)

    def _last_two(self, sizes: tuple[int, ...], rest: int, widest: int) -> Iterator[Widths]:
        """Each width but one is tried, the last follows; the loop that takes the time."""
        per_width = self.between(sizes[-1], 1)
        rest -= self.between(0, self.outputs)
        beside = self.bias + self.outputs
        widest = min(widest, self.left)
        self.left -= max(widest, 0)
        for width in range(1, widest + 1):
            last, miss = divmod(rest - width * per_width, width + beside)
            if miss == 0 and last >= 1:
                yield Widths((*sizes, width, last, self.outputs), self.params)

    def _close(self, sizes: tuple[int, ...], rest: int) -> Iterator[Widths]:
        """A single hidden width: each unit costs its fan-in and one weight per output."""
        fixed = self.between(0, self.outputs)
        per_unit = self.between(sizes[-1], 1) + self.outputs
        width, miss = divmod(rest - fixed, per_unit)
        if miss == 0 and width >= 1:
            yield Widths((*sizes, width, self.outputs), self.params)
        for near in (max(width, 1), max(width, 0) + 1):
            self._note((*sizes, near, self.outputs), None)

    def _note(self, sizes: tuple[int, ...], params: int | None) -> None:
        total = sum(self.between(a, b) for a, b in pairwise(sizes)) if params is None else params
        self.close[Widths(sizes, total)] = abs(total - self.params)

    def nearest(self, depths: range | list[int]) -> list[Widths]:
        """What came closest, the simplest of them first."""
        return nsmallest(3, self.close, key=lambda widths: (self.close[widths], widths.complexity))


def _is_round(width: int) -> bool:
    return width % 10 == 0 or width & (width - 1) == 0
