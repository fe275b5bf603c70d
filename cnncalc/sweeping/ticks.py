"""Scales of a scatter plot: where a number lies, and which numbers are written beside the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

_RATIO = 30.0
"""Where the largest number is more than so many times the smallest, the scale is logarithmic."""

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


class Scale(NamedTuple):
    """Numbers from ``low`` to ``high`` on a stretch of paper from 0 to 1."""

    low: float
    high: float
    is_log: bool

    def place(self, value: float) -> float:
        """Where a number lies."""
        low, high, at = (self._height(x) for x in (self.low, self.high, value))
        return (at - low) / (high - low)

    def _height(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.is_log else value

    def ticks(self) -> list[float]:
        """Round numbers along the axis."""
        if self.is_log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1, 2, 5) if len(decades) <= 4 else (1,)
            found = [step * 10.0**decade for decade in decades for step in steps]
        else:
            step = _round_step((self.high - self.low) / 5)
            found = [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [tick for tick in found if self.low <= tick <= self.high]


def scale(values: Iterable[float]) -> Scale:
    """A scale with some room around the values."""
    known = list(values)
    low, high = min(known), max(known)
    if low > 0 and high > _RATIO * low:
        return Scale(low / 1.3, high * 1.3, is_log=True)
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.06
    return Scale(low - room, high + room, is_log=False)


def _round_step(step: float) -> float:
    """The next larger of 1, 2 and 5 times a power of ten.

    >>> _round_step(37), _round_step(0.3)
    (50.0, 0.5)
    """
    power = 10.0 ** math.floor(math.log10(step))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= step * (1 - 1e-9))


def short(value: float) -> str:
    """A number in few characters.

    >>> short(1_500_000), short(224), short(2e9)
    ('1.5M', '224', '2G')
    """
    for size, unit in _UNITS:
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.4g}"
