"""Boxes as they are seen from the left and above, and arrows between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnncalc.render.scene import Item, Path, Point, arrowhead, polyline
from cnncalc.render.theme import side, soft

SLANT = (0.44, -0.36)
"""Where one pixel of depth leads on paper."""


class Solid(NamedTuple):
    """A box on paper: lower left corner of its front, thickness, height and depth."""

    x: float
    y: float
    thickness: float
    height: float
    depth: float

    def at(self, across: float, up: float, back: float) -> Point:
        """A point by its shares of thickness, height and depth."""
        return (
            self.x + self.thickness * across + self.depth * back * SLANT[0],
            self.y - self.height * up + self.depth * back * SLANT[1],
        )

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height on paper."""
        return self.thickness + self.depth * SLANT[0], self.height - self.depth * SLANT[1]

    @property
    def middle(self) -> float:
        """Half way up, as it is seen."""
        return self.y - self.extent[1] / 2


def faces(box: Solid, role: str) -> Iterable[Item]:
    """Front, top and side of a box."""
    front = [box.at(0, 0, 0), box.at(1, 0, 0), box.at(1, 1, 0), box.at(0, 1, 0)]
    top = [box.at(0, 1, 0), box.at(1, 1, 0), box.at(1, 1, 1), box.at(0, 1, 1)]
    right = [box.at(1, 0, 0), box.at(1, 0, 1), box.at(1, 1, 1), box.at(1, 1, 0)]
    yield Path(polyline(front, closed=True), stroke=role, fill=soft(role))
    yield Path(polyline(top, closed=True), stroke=role, fill=soft(role))
    yield Path(polyline(right, closed=True), stroke=role, fill=side(role))


def arrow(source: Solid, target: Solid) -> Iterable[Item]:
    """From the right of one box to the left of another."""
    begin = (source.x + source.extent[0] + 4, source.middle)
    tip = (target.at(0, 0, 0)[0] - 3, target.middle)
    if abs(begin[1] - tip[1]) < 0.5:
        yield Path(polyline([begin, tip]), stroke="edge", thickness=1.1)
    else:
        middle = (begin[0] + tip[0]) / 2
        curve = ("C", ((middle, begin[1]), (middle, tip[1]), (tip[0] - 4, tip[1])))
        yield Path((("M", (begin,)), curve, ("L", (tip,))), stroke="edge", thickness=1.1)
    yield arrowhead(tip, "right")
