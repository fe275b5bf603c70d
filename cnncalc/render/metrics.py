"""Widths of text in the sans-serif fonts that every system has, so that text fits its box.

Helvetica, Arial and Liberation Sans share these advance widths; a writer states the width of each
text, so that a machine with other fonts squeezes or spreads it instead of letting it overflow.
Source: Adobe Font Metrics for Helvetica and Helvetica-Bold, in thousandths of the size.
"""

from __future__ import annotations

import unicodedata

FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"

# fmt: off
_ASCII = {
    False: (
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
        611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
        667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
        222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ),
    True: (
        278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
        611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
        667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
        278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    ),
}
# fmt: on
_OTHERS = {"–": 556, "…": 1000, "×": 584, "·": 278, "−": 584, "²": 333, "³": 333}
_WIDE, _USUAL = 1000, 720


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text.

    >>> round(text_width("conv 3×3", 12, bold=True), 1)
    51.7
    """
    return sum(_advance(character, bold) for character in text) * size / 1000


def _advance(character: str, bold: bool) -> int:
    if " " <= character <= "~":
        return _ASCII[bold][ord(character) - 32]
    if character in _OTHERS:
        return _OTHERS[character]
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _USUAL


def fitted_end(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text itself, or as much of its end as fits: the end tells dotted names apart.

    >>> fitted_end("layer4.bottleneck1.conv1", 10, 60)
    '…ck1.conv1'
    """
    if text_width(text, size, bold=bold) <= room:
        return text
    return "…" + fitted(text[::-1], size, room, bold=bold)[-2::-1]


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text itself, or as much of its start as fits, with an ellipsis.

    >>> fitted("a_very_long_name", 10, 50)
    'a_very_l…'
    """
    if text_width(text, size, bold=bold) <= room:
        return text
    left = room - text_width("…", size, bold=bold)
    for count, character in enumerate(text):
        left -= text_width(character, size, bold=bold)
        if left < 0:
            return text[:count] + "…"
    return text
