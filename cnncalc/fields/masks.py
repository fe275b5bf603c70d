"""Sets of positions on several axes at once, for pixel counts where branches meet.

A window reads a box: the product of one set per axis. Behind a merge the positions read are a union
of such boxes, which no set per axis can tell from the box around them. A mask is that union.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import product
from math import prod
from operator import or_
from typing import TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.fields.sets import Bits, full, positions, span

Box: TypeAlias = tuple[Bits, ...]
"""One set per axis; what is flat has no axes and one place."""

Mask: TypeAlias = tuple[Box, ...]
"""A union of boxes, which may overlap."""

Place: TypeAlias = tuple[int, ...]

_MANY = 24
"""Boxes above this number are made disjoint, which bounds them by the rows there are."""


def whole(sizes: Shape) -> Mask:
    """Everything on axes of these sizes."""
    return (tuple(map(full, sizes)),)


def point(place: Place) -> Mask:
    """One position."""
    return (tuple(1 << position for position in place),)


def between(limits: Iterable[tuple[int, int]]) -> Mask:
    """The box from first to last position on each axis, both included."""
    return (tuple(full(last + 1) ^ full(first) for first, last in limits),)


def union(*masks: Mask) -> Mask:
    """What is in any of the masks."""
    joined: list[Box] = []
    for box in (box for mask in masks for box in mask):
        _join(joined, box)
    return disjoint(tuple(joined)) if len(joined) > _MANY else tuple(joined)


def _join(boxes: list[Box], new: Box) -> None:
    """Add a box to others: inside one of them, around some, beside one, or apart."""
    for place, box in enumerate(boxes):
        differing = [axis for axis, bits in enumerate(box) if bits != new[axis]]
        if len(differing) < 2 or _contains(box, new) or _contains(new, box):
            del boxes[place]
            _join(boxes, tuple(map(or_, box, new)))
            return
    boxes.append(new)


def _contains(outer: Box, inner: Box) -> bool:
    return all(mine | other == mine for mine, other in zip(outer, inner, strict=True))


def image(mask: Mask, along: Iterable[Callable[[Bits], Bits]]) -> Mask:
    """The mask under one map of sets per axis."""
    maps = tuple(along)
    boxes = (tuple(move(bits) for move, bits in zip(maps, box, strict=True)) for box in mask)
    return union(tuple(box for box in boxes if all(box)))


def disjoint(mask: Mask) -> Mask:
    """The same positions in boxes that do not overlap, in an order that depends on nothing else.

    >>> disjoint(((0b111, 0b001), (0b010, 0b111)))
    ((5, 1), (2, 7))
    """
    if len(mask) < 2:
        return mask
    if len(mask[0]) == 1:
        return ((reduce(or_, (box[0] for box in mask)),),)
    rows: dict[Mask, Bits] = {}
    for bits, inside in _strips(mask):
        rest = disjoint(tuple(box[1:] for box in inside))
        rows[rest] = rows.get(rest, 0) | bits
    ordered = sorted(rows.items(), key=lambda item: item[1] & -item[1])
    return tuple((bits, *box) for rest, bits in ordered for box in rest)


def _strips(mask: Mask) -> Iterator[tuple[Bits, list[Box]]]:
    """Sets on the first axis within which the same boxes are met, and those boxes."""
    strips: list[tuple[Bits, list[Box]]] = [(reduce(or_, (box[0] for box in mask)), [])]
    for box in mask:
        split = [(bits & box[0], [*inside, box]) for bits, inside in strips]
        split += [(bits & ~box[0], inside) for bits, inside in strips]
        strips = [(bits, inside) for bits, inside in split if bits]
    yield from strips


def count(mask: Mask) -> int:
    """Number of positions.

    >>> count(((0b111, 0b001), (0b010, 0b111)))
    5
    """
    return sum(prod(bits.bit_count() for bits in box) for box in disjoint(mask))


def members(mask: Mask) -> Iterator[Place]:
    """The positions, in order."""
    yield from sorted(place for box in disjoint(mask) for place in product(*map(positions, box)))


def bounds(mask: Mask) -> tuple[tuple[int, int], ...]:
    """First and last position on each axis; nothing for a mask with nothing in it.

    >>> bounds(((0b100, 0b0110), (0b10000, 0b0001)))
    ((2, 4), (0, 2))
    """
    return tuple(ends for ends in map(span, shadows(mask)) if ends)


def shadows(mask: Mask) -> tuple[Bits, ...]:
    """On each axis the positions that occur."""
    return tuple(reduce(or_, axis) for axis in zip(*mask, strict=True))
