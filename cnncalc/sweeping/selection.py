"""What is kept of the configurations that fulfil the condition: all, the best, or a Pareto front.

Records are rows of int64: the configuration's number, then its quantities. Every selection can be
made chunk by chunk: selecting from what was selected before gives what selecting from all at once
gives. Ties are decided by the configuration's number, so nothing depends on the order of work.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

from cnncalc.sweeping.axes import SweepError
from cnncalc.sweeping.quantities import QUANTITIES, check_names

_MANY = 1024
"""Records that are worth thinning out before they are sorted."""


class Goal(NamedTuple):
    """A quantity and the end of it that is wanted."""

    quantity: str
    more_is_better: bool

    def __str__(self) -> str:
        return f"{self.quantity}:{'max' if self.more_is_better else 'min'}"


def goals(texts: Sequence[str]) -> tuple[Goal, ...]:
    """Goals from names, with ``:min`` or ``:max`` where the usual end is not wanted.

    >>> [str(goal) for goal in goals(["macs", "field", "params:max"])]
    ['macs:min', 'field:max', 'params:max']
    """
    found = []
    for text in texts:
        name, colon, end = text.partition(":")
        check_names([name])
        if colon and end not in ("min", "max"):
            raise SweepError(f"{text!r}: write {name}:min or {name}:max")
        found.append(Goal(name, end == "max" if colon else QUANTITIES[name].more_is_better))
    names = [goal.quantity for goal in found]
    if len(set(names)) < len(names):
        raise SweepError(f"a goal is given twice: {', '.join(names)}")
    return tuple(found)


class Selection(NamedTuple):
    """Which records are kept; ``columns`` names the quantities in them."""

    columns: tuple[str, ...]
    pareto: tuple[Goal, ...] = ()
    sort: tuple[Goal, ...] = ()
    top: int | None = None

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is dropped, so that there may be very many."""
        return not self.pareto and self.top is None

    def reduce(self, records: Any) -> Any:
        """The records worth keeping until all are known."""
        if self.pareto:
            return front(records, self._costs(records, self.pareto))
        return records if self.top is None else self._sorted(records)[: self.top]

    def finish(self, records: Any) -> Any:
        """The records to show, in their order."""
        return records if self.keeps_all else self._sorted(records)[: self.top]

    def _sorted(self, records: Any) -> Any:
        order = self.sort or self.pareto
        costs = self._costs(records, order)
        return records[numpy.lexsort((records[:, 0], *costs.T[::-1]))]

    def _costs(self, records: Any, goals_: tuple[Goal, ...]) -> Any:
        """The goals' quantities, less being better."""
        places = [self.columns.index(goal.quantity) + 1 for goal in goals_]
        signs = numpy.array([-1 if goal.more_is_better else 1 for goal in goals_], dtype=numpy.int64)
        return records[:, places] * signs


def front(records: Any, costs: Any) -> Any:
    """Records that no other beats in one cost without losing in another; equal ones once."""
    left = _thinned(costs)
    records, costs = records[left], costs[left]
    if not len(records):
        return records
    order = numpy.lexsort((records[:, 0], *costs.T[::-1]))
    records, costs = records[order], costs[order]
    distinct = numpy.ones(len(costs), dtype=bool)
    distinct[1:] = (costs[1:] != costs[:-1]).any(axis=1)
    records, costs = records[distinct], costs[distinct]
    if costs.shape[1] <= 2:
        return records[_falling(costs[:, -1])] if costs.shape[1] == 2 else records[:1]
    return records[_undominated(costs)]


def _thinned(costs: Any) -> Any:
    """Places left when those are gone that one of a few good ones beats: quicker than sorting all."""
    left = numpy.arange(len(costs))
    if len(costs) < _MANY:
        return left
    some = costs[:: len(costs) // 256]
    good = some[numpy.argsort((some - some.mean(axis=0)) @ (1 / (some.std(axis=0) + 1)))[:8]]
    columns = list(numpy.ascontiguousarray(costs.T))
    for rival in (*costs[costs.argmin(axis=0)], *good):
        kept = ~_no_better(columns, rival)
        left, columns = left[kept], [column[kept] for column in columns]
    return left


def _no_better(columns: list[Any], rival: Any) -> Any:
    """Where no cost is below the rival's, and one is above."""
    above = functools.reduce(numpy.logical_and, map(numpy.greater_equal, columns, rival))
    equal = functools.reduce(numpy.logical_and, map(numpy.equal, columns, rival))
    return above & ~equal


def _falling(values: Any) -> Any:
    """Places where a value is below all before it."""
    before = numpy.minimum.accumulate(values)
    falls = numpy.ones(len(values), dtype=bool)
    falls[1:] = values[1:] < before[:-1]
    return falls


def _undominated(costs: Any) -> Any:
    """Places of the front among costs in lexicographic order: the first one left belongs to it."""
    left, found = numpy.arange(len(costs)), []
    while len(left):
        found.append(left[0])
        left = left[(costs[left] < costs[left[0]]).any(axis=1)]
    return numpy.array(found, dtype=numpy.int64)


def sample(records: Any, most: int) -> Any:
    """At most so many records, as good as drawn at random, and the same ones in whatever parts.

    Those whose scrambled numbers are smallest.
    """
    if len(records) <= most or not most:
        return records[:most]
    scrambled = _scramble(records[:, 0].astype(numpy.uint64))
    chosen = numpy.argpartition(scrambled, most)[:most]
    return records[numpy.sort(chosen)]


def _scramble(numbers: Any) -> Any:
    """SplitMix64 (Steele, Lea, Flood 2014): a permutation of the 64-bit numbers."""
    z = numbers + numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))
