"""What a student wrote, as a number or a shape: any usual way of writing them is understood."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

from cnncalc.homework.questions import HomeworkError

LONGEST = 200
"""Characters that an answer may have."""

MOST_ROUNDED = Fraction(1, 100)
"""How far a rounded answer (``61M``) may be off, as a share of the right one."""

_SCALES = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "million": 10**6,
    "mio": 10**6,
    "g": 10**9,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_WORDS = re.compile(
    r"\b(params?|parameters?|weights?|macs?|flops?|operations?|connections?|neurons?|units?|bytes?|pixels?)\b"
)
_NUMBER = re.compile(r"([+-]?)(\d[\d,'_\u00a0\u202f ]*)(\.\d+)?(?:e\+?(\d{1,2}))?\s*([a-z]*)\.?")
_GROUPED = re.compile(r"\d{1,3}([,'_\u00a0\u202f ])\d{3}(\1\d{3})*")
_POINTS = re.compile(r"\d{1,3}(\.\d{3})+")
_SHAPE = re.compile(r"[\[(]?\s*(\d{1,15}(?:\s*(?:[x×*,;]|\s)\s*\d{1,15})+)\s*,?\s*[\])]?")


class Answer(NamedTuple):
    """A number, with how exactly it was written, or a tuple of numbers.

    ``slack`` is half a unit of the last digit written, where a unit or a decimal point shows that
    the number was rounded; 0 for whole numbers. ``grouped`` is the number if points separate its
    thousands (``1.516``), as much of Europe writes.
    """

    value: Any
    slack: Fraction = Fraction(0)
    grouped: int | None = None


def read(text: Any, *, is_shape: bool = False) -> Answer:
    """The answer in what a student wrote; raises :class:`HomeworkError` in words for the student.

    >>> read("1,516 parameters").value, read("60.97M").value, read("(16, 10, 10)", is_shape=True).value
    (1516, 60970000, (16, 10, 10))
    """
    if isinstance(text, tuple | list):
        return Answer(tuple(_whole(size) for size in text))
    if isinstance(text, int | float | Fraction) and not isinstance(text, bool):
        return Answer(_plain(text))
    written = str(text).strip().lower()
    if not written or len(written) > LONGEST:
        raise HomeworkError("there is no answer" if not written else "the answer is too long")
    return _shape(written) if is_shape else _number(written)


def _plain(value: float | Fraction) -> Any:
    if isinstance(value, float) and not abs(value) < 10**18:
        raise HomeworkError(f"{value} is not a usual number")
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def _whole(size: Any) -> int:
    if isinstance(size, int) and not isinstance(size, bool):
        return size
    raise HomeworkError(f"a shape has whole numbers, not {size!r}")


def _shape(written: str) -> Answer:
    match = _SHAPE.fullmatch(written)
    if match is not None:
        return Answer(tuple(int(size) for size in re.findall(r"\d+", match[1])))
    single = re.fullmatch(r"[\[(]?\s*(\d{1,15})\s*,?\s*[\])]?", written)
    if single is not None:
        return Answer((int(single[1]),))
    raise HomeworkError(f"{written!r} is no shape; write 16x10x10")


def _number(written: str) -> Answer:
    bare = _WORDS.sub("", written).strip()
    grouped = int(bare.replace(".", "")) if _POINTS.fullmatch(bare) else None
    if grouped is not None and bare.count(".") > 1:
        return Answer(grouped)
    match = _NUMBER.fullmatch(bare)
    if match is None:
        raise HomeworkError(f"{written!r} is no number; write 1516 or 1,516")
    sign, whole, fraction, exponent, unit = match.groups(default="")
    digits = whole.strip()
    if not digits.isdigit() and not _GROUPED.fullmatch(digits):
        raise HomeworkError(f"{written!r} has its separators in odd places; write 1516 or 1,516")
    if unit not in _SCALES:
        raise HomeworkError(f"the unit {unit!r} is not known; write the number in full")
    scale = Fraction(_SCALES[unit]) * 10 ** int(exponent or 0)
    value = Fraction(re.sub(r"\D", "", digits) + fraction) * scale * (-1 if sign == "-" else 1)
    is_rounded = bool(fraction or exponent or unit)
    slack = scale / 10 ** max(len(fraction) - 1, 0) / 2 if is_rounded else Fraction(0)
    return Answer(_plain(value), slack, grouped)


def agrees(answer: Answer, expected: Any, tolerance: float = 0) -> bool:
    """Whether an answer is the expected value: exactly, within ``tolerance``, or as it was rounded.

    ``tolerance`` is relative: 0.01 accepts one per cent.

    >>> agrees(read("61M"), 60_965_224), agrees(read("60M"), 60_965_224)
    (True, False)
    >>> agrees(read("60M"), 60_965_224, tolerance=0.02)
    True
    """
    if isinstance(expected, tuple):
        if isinstance(answer.value, tuple):
            return bool(answer.value == expected)
        return bool(len(set(expected)) == 1 and answer.value == expected[0])
    if isinstance(answer.value, tuple):
        return bool(answer.value == (expected,))
    size = abs(Fraction(expected))
    allowed = max(min(answer.slack, size * MOST_ROUNDED), size * Fraction(str(tolerance)))
    return bool(answer.grouped == expected or abs(Fraction(answer.value) - expected) <= allowed)
