"""Sizes as lengths on paper: proportional, or by the root where they differ too much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from cnncalc.render.metrics import text_width
from cnncalc.render.scene import Item, Path, Text, polyline

TOO_FAR_APART = 24.0
"""Where the largest size is more than so many times the smallest above one, the root is drawn."""


class Scale(NamedTuple):
    """Turns a size into a length; nothing is shorter than ``floor``."""

    unit: float
    is_root: bool
    floor: float
    largest: int

    @property
    def kind(self) -> str:
        """What a legend says about it."""
        return "square root scale" if self.is_root else "to scale"

    def length(self, size: int) -> float:
        """The length of a size."""
        return max(self.floor, self.unit * (sqrt(size) if self.is_root else size))

    def share(self, part: int, whole: int) -> float:
        """How much of the length of ``whole`` a part of it takes."""
        return self.length(part) / self.length(whole) if whole else 1.0


def scale_for(sizes: Sequence[int], longest: float, floor: float, most: float) -> Scale:
    """The scale that gives the largest size the length ``longest``, but no size 1 more than ``most``."""
    largest = max(sizes, default=1)
    smallest = min((size for size in sizes if size > 1), default=1)
    is_root = largest > TOO_FAR_APART * smallest
    unit = longest / (sqrt(largest) if is_root else largest)
    return Scale(min(unit, most), is_root, floor, largest)


def scale_bar(scale: Scale, what: str, x: float, y: float) -> tuple[tuple[Item, ...], float]:
    """Bars of known sizes beside each other, and where they end."""
    items: list[Item] = []
    for size in _round_sizes(scale):
        length = scale.length(size)
        ends = [(x, y - 3), (x, y + 3), (x, y), (x + length, y), (x + length, y - 3), (x + length, y + 3)]
        items.append(Path(polyline(ends), stroke="ink"))
        items.append(Text(x + length + 5, y + 3.5, str(size), 10))
        x += length + 14 + text_width(str(size), 10)
    items.append(Text(x, y + 3.5, what, 10, color="muted"))
    return tuple(items), x + text_width(what, 10)


def _round_sizes(scale: Scale) -> Iterable[int]:
    """One size on a proportional scale, three on a root scale, powers of two."""
    quarter = 1
    while quarter * 4 <= scale.largest:
        quarter *= 2
    if not scale.is_root:
        return (quarter,)
    return sorted({max(1, quarter // 16), max(1, quarter // 4), quarter})
