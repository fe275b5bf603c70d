"""Numbers as pictures show them: three figures and a prefix, shapes with crosses."""

from __future__ import annotations

import re

from cnncalc.arithmetic import Shape
from cnncalc.layers import show

_PREFIXES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def short(number: int) -> str:
    """Three figures and a prefix; small numbers as they are.

    >>> short(9408), short(118013952), short(999999), short(840)
    ('9.41 k', '118 M', '1.00 M', '840')
    """
    for size, prefix in _PREFIXES:
        if number >= size * 0.9995:
            return f"{_three(number / size)} {prefix}"
    return str(number)


def _three(value: float) -> str:
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f}"


def share(part: int, whole: int) -> str:
    """A part in percent of the whole.

    >>> share(1, 3), share(5, 100000), share(0, 0)
    ('33.3 %', '<0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    percent = 100 * part / whole
    return f"{percent:.1f} %" if percent >= 0.05 else "<0.1 %"


def shape(sizes: Shape) -> str:
    """A shape with crosses.

    >>> shape((64, 56, 56))
    '64×56×56'
    """
    return crosses(show(sizes))


def crosses(text: str) -> str:
    """Every x between two digits as a cross.

    >>> crosses("maxpool 3x3 /2")
    'maxpool 3×3 /2'
    """
    return re.sub(r"(?<=\d)x(?=\d)", "×", text)
