"""How values move where a layer arranges them anew: a few steps, of which every rearrangement is made.

Axes are numbered from 0, the channels, since channels may become positions and the other way round.
A step says nothing about time or memory; receptive fields follow values through it.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.taps import Window


class Cut(NamedTuple):
    """One axis becomes several, the last of them running fastest."""

    axis: int
    sizes: Shape


class Join(NamedTuple):
    """Axes ``first`` to ``last`` become one, row by row."""

    first: int
    last: int


class Reorder(NamedTuple):
    """For each axis that leaves, which axis it was."""

    order: tuple[int, ...]


class Windows(NamedTuple):
    """An axis becomes two: the taps of a window, and the ``places`` where it lies."""

    axis: int
    window: Window
    places: int


class Overlap(NamedTuple):
    """The reverse: taps and places, an axis each, are added up on an axis of ``size``."""

    axis: int
    window: Window
    size: int


class Drop(NamedTuple):
    """Axes that are averaged away."""

    axes: tuple[int, ...]


Move: TypeAlias = Cut | Join | Reorder | Windows | Overlap | Drop
