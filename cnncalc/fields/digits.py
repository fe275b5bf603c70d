"""Where the positions of an axis lie once a layer has arranged values anew, as digits of their number.

A reshape cuts the number of a position into digits, of mixed radix, and lays these on other axes: behind
``unflatten`` into windows of 7, position 23 is place 2 of window 3. What is read along one digit
alone is a map of whole positions all the same; the maps here say which.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from cnncalc.taps import SAME, Anything, Period, Step, Taps, Whole, Window

CHANNEL, DIFFERING, UNITED = -1, -2, -3
"""Labels of what is no position of the reference.

Differing channels have other fields, and are told apart where that matters. United ones were positions,
or have been moved: which has which field is no longer known.
"""


SHIFTED, PARTIAL = 0, -1


class Digit(NamedTuple):
    """Part of the number of a position: ``number // low % size``, on the reference's axis ``label``.

    A digit with ``low`` :data:`SHIFTED` is a whole axis of the reference in some order, with other places
    in between; with :data:`PARTIAL` some of its units may be missing as well.
    """

    label: int
    size: int
    low: int

    @property
    def is_position(self) -> bool:
        """Whether it says where on an axis of the reference a unit lies."""
        return self.label >= 0

    @property
    def is_loose(self) -> bool:
        """Whether the order is lost."""
        return self.low <= 0

    @property
    def is_partial(self) -> bool:
        """Whether units may be missing."""
        return self.low == PARTIAL


class Alike(Window):
    """Each unit reads itself, but which units are there is not kept account of."""

    __slots__ = ()


LOOSE = Alike(1)


class Some(Anything):
    """Some units of an axis: all that is known is that nothing else is read."""

    __slots__ = ()


class Along(Taps):
    """A map of one digit of the units' numbers, whose other digits stay as they are.

    Units of the same other digits read each other by ``taps``: ``count`` of them before, ``outputs``
    after. ``is_top`` tells that no digit is higher, so that what lies beyond the end is padding.
    """

    __slots__ = ("count", "is_top", "low", "outputs", "taps")

    def __init__(self, taps: Taps, digit: Digit, outputs: int, *, is_top: bool) -> None:
        self.taps = taps
        self.low = digit.low
        self.count = digit.size
        self.outputs = outputs
        self.is_top = is_top

    def __repr__(self) -> str:
        return f"Along({self.taps}, {self.low}, {self.count}, {self.outputs})"

    def reads(self, index: int) -> Sequence[int]:
        """The units whose digit is read; beyond the ends at the highest digit alone."""
        if not self._reaches_out:
            return self._inside(index)
        digit, rest = divmod(index, self.low)
        return [read * self.low + rest for read in self.taps.reads(digit)]

    @property
    def _reaches_out(self) -> bool:
        return self.is_top and not isinstance(self.taps, Whole)

    def _inside(self, index: int) -> Sequence[int]:
        higher, lower = divmod(index, self.outputs * self.low)
        digit, rest = divmod(lower, self.low)
        start = higher * self.count * self.low + rest
        return [start + read * self.low for read in self.taps.inside(digit, self.count)]

    def inside(self, index: int, size: int) -> Sequence[int]:
        """The same, padding left out at every digit."""
        return self._inside(index)

    def step(self) -> Step | None:
        """Even movement where an end digit is read as a whole, or the highest moves one by one."""
        if isinstance(self.taps, Whole):
            return self._step_of_whole()
        inner = self.taps.step() if self.is_top else None
        if inner is None or inner.stride != 1:
            return None
        return Step(1, inner.lo * self.low, inner.hi * self.low)

    def _step_of_whole(self) -> Step | None:
        if self.outputs > 1 or not (self.low == 1 or self.is_top):
            return None
        return Step(1 if self.is_top else self.count, 0, (self.count - 1) * self.low)

    def period(self) -> Period | None:
        """That of the digit; from one number of the higher digits to the next, if there are such."""
        if not self._reaches_out:
            return Period(self.outputs * self.low, self.count * self.low)
        inner = self.taps.period()
        return inner and Period(inner.outputs * self.low, inner.inputs * self.low)


class Through(Taps):
    """Two maps one behind the other, ``middle`` units between them."""

    __slots__ = ("first", "middle", "second")

    def __init__(self, first: Taps, middle: int, second: Taps) -> None:
        self.first = first
        self.middle = middle
        self.second = second

    def __repr__(self) -> str:
        return f"Through({self.first}, {self.middle}, {self.second})"

    def reads(self, index: int) -> Sequence[int]:
        """What the units read that are read."""
        return sorted({place for between in self.second.reads(index) for place in self.first.reads(between)})

    def inside(self, index: int, size: int) -> Sequence[int]:
        """The same, padding left out twice."""
        between = self.second.inside(index, self.middle)
        return sorted({place for unit in between for place in self.first.inside(unit, size)})

    def step(self) -> None:
        """None; the period does as well."""
        return

    def period(self) -> Period | None:
        """When both have come round."""
        first, second = self.first.period(), self.second.period()
        if first is None or second is None:
            return None
        if first.inputs == 0 or second.inputs == 0:
            return Period(1, 0)
        common = gcd(first.outputs, second.inputs)
        return Period(second.outputs * (first.outputs // common), first.inputs * (second.inputs // common))


def behind(first: Taps, middle: int, second: Taps) -> Taps:
    """Two maps as one; what one of them does not know, both do not."""
    unknown = [taps for taps in (first, second) if isinstance(taps, Anything)]
    if unknown:
        return min(unknown, key=lambda taps: isinstance(taps, Some))
    if first is SAME or second is SAME:
        return second if first is SAME else first
    return Through(first, middle, second)
