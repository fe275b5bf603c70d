"""Intervals of input positions that the units of a layer read, along one axis.

In a chain of windows, unit i reads from ``lo + i*jump`` to ``hi + i*jump``. Behind transposed
convolutions and upsampling the interval depends on the phase of i as well: S(i + period) is
S(i) moved by ``shift``. An :class:`Extent` holds one interval per phase; a chain has one phase.
Borders are left out of account here: intervals reach into the padding.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cnncalc import formulas
from cnncalc.arithmetic import Number, counted, exact_div, larger, smaller
from cnncalc.taps import SAME, Anything, Step, Taps

if TYPE_CHECKING:
    from fractions import Fraction

Span: TypeAlias = tuple[Number, Number] | None
"""First and last position read; None where a unit reads nothing."""

MAX_PHASES = 4096
"""More phases than this are not told apart; the sets on the given size still are exact."""


MAX_JUMP = 1 << 1024
"""Jumps beyond this are not followed; what units read on the given size still is told."""


class Extent(NamedTuple):
    """One interval per phase; after ``period`` units the intervals recur, moved by ``shift``.

    ``dense`` tells that every position of every interval is read, so that there are no holes.
    """

    period: int
    shift: Number
    spans: tuple[Span, ...]
    dense: Any = True

    @property
    def jump(self) -> Number:
        """Distance in the input between neighbouring units, on average: an int or a Fraction."""
        return self.shift if self.period == 1 else exact_div(self.shift, self.period)

    def at(self, unit: int) -> Span:
        """The interval of one unit."""
        cycle, phase = divmod(unit, self.period)
        span = self.spans[phase]
        return span and (span[0] + cycle * self.shift, span[1] + cycle * self.shift)


class Beyond(Enum):
    """What no interval per phase can describe."""

    EVERYWHERE = "every unit reads the whole axis"
    UNKNOWN = "what a unit reads is not known; it is at most the whole axis"
    IRREGULAR = "units move unevenly"


State: TypeAlias = Extent | Beyond | None
"""How the units of a layer read one axis of the reference; None where they read nothing of it."""

ITSELF = Extent(1, 1, ((0, 0),))
"""The reference read by itself."""


def through(state: State, taps: Taps) -> State:
    """What a layer reads of the reference, from what its input reads and how it reads its input."""
    if taps is SAME or state is None:
        return state
    repeat = taps.period()
    if repeat is not None and repeat.inputs == 0:
        return Beyond.UNKNOWN if state is Beyond.UNKNOWN or isinstance(taps, Anything) else Beyond.EVERYWHERE
    if isinstance(state, Beyond):
        return state
    step = taps.step()
    if step is not None and state.period == 1 and state.spans[0] is not None:
        return _evenly(state, taps, step)
    if repeat is None or repeat.outputs * state.period > MAX_PHASES:
        return Beyond.IRREGULAR
    return _by_phases(state, taps)


def _evenly(state: Extent, taps: Taps, step: Step) -> State:
    """The (jump, lo, hi) rule."""
    jump, span = state.shift, state.spans[0]
    assert span is not None
    if isinstance(jump, int) and jump > MAX_JUMP:
        return Beyond.IRREGULAR
    extent = formulas.field_span.unchecked(step.lo, step.hi)
    start = formulas.field_first.unchecked(span[0], jump, -step.lo)
    end = formulas.field_last.unchecked(span[1], jump, extent, -step.lo)
    dense = state.dense & _closes(jump * taps.gap(), span)
    return Extent(1, formulas.field_jump.unchecked(jump, step.stride), ((start, end),), dense)


def _closes(distance: Number, span: tuple[Number, Number]) -> Any:
    """Whether copies of an interval, this far apart, leave no hole between them."""
    return distance <= formulas.field_span.unchecked(*span)


def _by_phases(state: Extent, taps: Taps) -> Extent:
    repeat = taps.period()
    assert repeat is not None
    common = gcd(state.period, repeat.inputs)
    period = repeat.outputs * (state.period // common)
    shift = state.shift * (repeat.inputs // common)
    read = [[state.at(index) for index in taps.reads(unit)] for unit in range(period)]
    dense = state.dense and all(map(_touch, read))
    return simplest(Extent(period, shift, tuple(map(hull, read)), dense))


def hull(spans: Iterable[Span]) -> Span:
    """The smallest interval around all intervals."""
    present = [span for span in spans if span is not None]
    if not present:
        return None
    start, end = present[0]
    for first, last in present[1:]:
        start, end = smaller(start, first), larger(end, last)
    return start, end


def _touch(spans: Iterable[Span]) -> bool:
    """Whether the union of intervals has no holes."""
    present = sorted(span for span in spans if span is not None)
    end = present[0][1] if present else 0
    for first, last in present:
        if first > end + 1:
            return False
        end = max(end, last)
    return True


def simplest(extent: Extent) -> Extent:
    """The same intervals with the shortest period; holes may differ where intervals agree."""
    if extent.period == 1 or not extent.dense:
        return extent
    for period in range(1, extent.period):
        cycles, rest = divmod(extent.period, period)
        if rest == 0 and extent.shift % cycles == 0:
            shorter = Extent(period, extent.shift // cycles, extent.spans[:period], extent.dense)
            if all(shorter.at(unit) == span for unit, span in enumerate(extent.spans)):
                return shorter
    return extent


def join(states: Iterable[State]) -> State:
    """What is read where branches meet: the union, phase by phase."""
    met = list(dict.fromkeys(state for state in states if state is not None))
    if len(met) < 2:
        return met[0] if met else None
    for beyond in Beyond:
        if beyond in met:
            return beyond
    return _join_extents([state for state in met if isinstance(state, Extent)])


def _join_extents(extents: list[Extent]) -> State:
    period = lcm(*(extent.period for extent in extents))
    jump = extents[0].jump
    if any(extent.jump != jump for extent in extents) or period > MAX_PHASES:
        return Beyond.IRREGULAR
    read = [[extent.at(unit) for extent in extents] for unit in range(period)]
    dense = all(extent.dense for extent in extents) and all(map(_touch, read))
    shift = jump if period == 1 else counted(jump * period)
    return simplest(Extent(period, shift, tuple(map(hull, read)), dense))


def length(span: Span) -> int:
    """Positions from the first to the last one."""
    size: int = formulas.field_span.unchecked(*span) if span else 0
    return size


def center(span: tuple[Number, Number]) -> int | Fraction:
    """The middle of an interval, between two positions where its size is even."""
    middle: int | Fraction = exact_div(span[0] + span[1], 2)
    return middle
