"""What is swept: parameters with the values they run through."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError, UsageError
from cnncalc.spec.assembly import constant

MOST_VALUES = 1_000_000
"""Values of one parameter."""

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)

_DASHED = re.compile(r"[0-9]+-[0-9]+", re.ASCII)

INPUT, OPTIONAL = "input", "optional"
"""Names that stand for the input's size and for what a pattern marks with ``?``."""


class SweepError(UsageError):
    """A sweep is asked for that cannot be run."""


class SweepStopped(CnncalcError):
    """A sweep could not go on; what it had done is kept."""


class Axis(NamedTuple):
    """A parameter and its values, in order."""

    name: str
    values: tuple[Any, ...]

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers, which can be calculated with all at once."""
        return all(type(value) in (int, float) for value in self.values)

    @property
    def is_verbal(self) -> bool:
        """Whether there are words or shapes among the values."""
        return not all(isinstance(value, int | float) for value in self.values)

    @property
    def words(self) -> tuple[str, ...]:
        """The values as the command line writes them, where they are not all numbers."""
        return tuple(map(shown, self.values)) if self.is_verbal else ()


def axes(over: Mapping[str, Any] | Iterable[str]) -> tuple[Axis, ...]:
    """The axes of a sweep, from ``{"width": [0.5, 1.0], "depth": range(1, 7)}`` or from texts.

    >>> axes(["width=0.25:1:0.25", "depth=1..3", "k=3,5"])[0]
    Axis(name='width', values=(0.25, 0.5, 0.75, 1.0))
    """
    pairs = over.items() if isinstance(over, Mapping) else map(_pair, over)
    found = [axis(name, values) for name, values in pairs]
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise SweepError(f"{name!r} is swept twice")
    return tuple(found)


def axis(name: str, values: Any) -> Axis:
    """One axis; text is read as on the command line."""
    listed = tuple(parse_values(values) if isinstance(values, str) else map(frozen, values))
    if not listed:
        raise SweepError(f"no values to sweep {name!r} over")
    if any(isinstance(value, float) for value in listed) and all(map(_is_number, listed)):
        listed = tuple(float(value) for value in listed)
    repeated = len(set(listed)) < len(listed)
    if repeated:
        raise SweepError(f"a value of {name!r} is given twice")
    return Axis(name, listed)


def _pair(text: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals or not name.strip() or not values.strip():
        raise SweepError(f"{text!r} is not NAME=VALUES, such as width=0.25:2:0.25, depth=1..6 or k=3,5,7")
    return name.strip(), values.strip()


def parse_values(text: str) -> list[Any]:
    """Values as the command line gives them: ``1..6``, ``0.25:2:0.25`` (ends included), ``3,5,7``.

    >>> parse_values("1..4"), parse_values("8:32:8"), parse_values("relu,gelu"), parse_values("2")
    ([1, 2, 3, 4], [8, 16, 24, 32], ['relu', 'gelu'], [2])
    """
    values: list[Any] = []
    for part in _split(text):
        if ".." in part:
            low, high = (_number(end, text) for end in part.split("..", 1))
            values += _steps(low, high, Fraction(1), text)
        elif ":" in part:
            ends = [_number(end, text) for end in part.split(":")]
            if len(ends) not in (2, 3):
                raise SweepError(f"{text!r}: a range is FIRST:LAST or FIRST:LAST:STEP")
            values += _steps(ends[0], ends[1], ends[2] if len(ends) == 3 else Fraction(1), text)
        elif _DASHED.fullmatch(part):
            spread = part.replace("-", "..")
            raise SweepError(f"{part!r} would be a difference: a range is {spread}, or FIRST:LAST:STEP")
        else:
            values.append(_constant(part))
    return values


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _number(text: str, whole: str) -> Fraction:
    if not _DECIMAL.fullmatch(text.strip()):
        raise SweepError(f"{whole[:60]!r}: {text.strip()[:40]!r} is no number for the end of a range")
    return Fraction(text.strip())


def _steps(low: Fraction, high: Fraction, step: Fraction, text: str) -> Sequence[Any]:
    """From low to high, both included, exactly: no sum of rounded steps."""
    if step <= 0 or high < low:
        raise SweepError(f"{text!r}: a range runs upwards in steps above 0")
    count = math.floor((high - low) / step) + 1
    if count > MOST_VALUES:
        raise SweepError(f"{text!r} has {count:,} values; at most {MOST_VALUES:,} can be swept")
    is_whole = low.denominator == step.denominator == 1
    return [int(low + i * step) if is_whole else float(low + i * step) for i in range(count)]


def _constant(text: str) -> Any:
    try:
        return frozen(constant(text))
    except ValueError as error:
        raise SweepError(f"cannot read {text[:40]!r}: {error}") from None


def frozen(value: Any) -> Any:
    """A value as specs have them: ints, floats, booleans, words and tuples."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise SweepError(f"{value} is no value for a parameter")
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return str(value) if isinstance(value, str) else value


def shown(value: Any) -> str:
    """A value as the command line writes it.

    >>> shown((3, 96, 96)), shown(True), shown(0.5), shown("same")
    ('3x96x96', 'true', '0.5', 'same')
    """
    if isinstance(value, tuple):
        return "x".join(map(shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)
