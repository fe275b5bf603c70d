"""Which values of a node belong to which unit along an axis of a reference."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.moves import Cut, Join, Move, Reorder


class Grouping(NamedTuple):
    """How values fall to units along an axis: every axis cut into digits, of which ``places`` count.

    The numbers of the digits at ``places``, the highest first, make up the number of the unit; where
    none counts there is one unit.
    """

    digits: tuple[Shape, ...]
    places: tuple[int, ...]

    @property
    def sizes(self) -> Shape:
        """All digits in a row."""
        return tuple(size for sizes in self.digits for size in sizes)

    @property
    def units(self) -> int:
        """How many units there are."""
        return prod(self.sizes[place] for place in self.places)

    def moves(self, shape: Shape) -> tuple[Move, ...]:
        """What brings a first axis to the front that numbers the units."""
        if not self.places:
            return (Cut(0, (1, shape[0])),)
        cuts = [Cut(axis, sizes) for axis, sizes in enumerate(self.digits) if len(sizes) > 1]
        others = [place for place in range(len(self.sizes)) if place not in self.places]
        return (*reversed(cuts), Reorder((*self.places, *others)), Join(0, len(self.places) - 1))
