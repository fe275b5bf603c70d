"""Exactly which positions are read on the given size, along one axis, as bits of an int.

Bit i of a set stands for position i. Sets are clipped to the axis at every layer and are the union
over all taps of all paths, so holes, borders, leftovers and empty fields come out as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.fields.wiring import Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME, Blocks, Taps, Whole, Window

Bits: TypeAlias = int
"""A set of positions."""


def full(size: int) -> Bits:
    """All positions of an axis.

    >>> bin(full(4))
    '0b1111'
    """
    return (1 << size) - 1


def positions(bits: Bits) -> Iterator[int]:
    """The positions in a set, in order.

    >>> list(positions(0b10110))
    [1, 2, 4]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def runs(bits: Bits) -> Iterator[tuple[int, int]]:
    """First and last position of each run of neighbours in a set.

    >>> list(runs(0b1101110))
    [(1, 3), (5, 6)]
    """
    start = 0
    while bits:
        start += (skip := (bits & -bits).bit_length() - 1)
        bits >>= skip
        length = (~bits & bits + 1).bit_length() - 1
        yield start, start + length - 1
        start += length
        bits >>= length


def span(bits: Bits) -> tuple[int, int] | None:
    """First and last position of a set; None if it is empty.

    >>> span(0b10110)
    (1, 4)
    """
    return ((bits & -bits).bit_length() - 1, bits.bit_length() - 1) if bits else None


def axis_size(shape: Shape, axis: int) -> int:
    """Positions along a spatial axis; flat values have the one place of the row.

    >>> axis_size((16, 5, 7), 1), axis_size((400,), 1)
    (7, 1)
    """
    return int(shape[axis + 1]) if axis + 1 < len(shape) else 1


def read_by(taps: Taps, units: Bits, size: int) -> Bits:
    """Positions of an axis of ``size`` that the units of a set read between them."""
    if taps is SAME:
        return units
    if type(taps) is Window and taps.stride == 1:
        shifts = (tap * taps.dilation - taps.before for tap in range(taps.kernel))
        return _moved(units, shifts) & full(size)
    if isinstance(taps, Whole):
        return full(size) if units else 0
    if isinstance(taps, Blocks):
        return _whole_groups(taps, units)
    read = 0
    for unit in positions(units):
        for position in taps.inside(unit, size):
            read |= 1 << position
    return read


def _whole_groups(groups: Blocks, units: Bits) -> Bits:
    """The channels of every group that has a unit in the set."""
    if groups.depth == groups.width == 1:
        return units
    read, start = 0, 0
    while units >> start * groups.width:
        if units >> start * groups.width & full(groups.width):
            read |= full(groups.depth) << start * groups.depth
        start += 1
    return read


def _moved(bits: Bits, shifts: Iterator[int]) -> Bits:
    """The union of copies of a set, moved by each of ``shifts``."""
    union = 0
    for shift in shifts:
        union |= bits << shift if shift >= 0 else bits >> -shift
    return union


def back(wiring: Wiring, name: str, axis: int, units: Bits) -> Mapping[str, Bits]:
    """For each node before ``name``, its positions that ``units`` of ``name`` read along an axis."""
    read = {name: units}
    for node in reversed(wiring.network.nodes):
        wanted = read.get(node.name, 0)
        if not wanted:
            continue
        for entry in wiring.entries(node):
            size = axis_size(entry.shape, axis)
            found = read_by(entry.taps[axis], wanted, size) if entry.taps else 1
            read[entry.source] = read.get(entry.source, 0) | found
    return read


def of_units(wiring: Wiring, reference: str, axis: int) -> Mapping[str, tuple[Bits, ...]]:
    """For each node behind ``reference``, what each of its units reads along an axis.

    The one place of a flat row stands for all its values.
    """
    size = axis_size(wiring.network[reference].output_shape, axis)
    found = {reference: tuple(1 << position for position in range(size))}
    for node in wiring.network.nodes:
        branches = [
            _units(node, axis, found[entry.source], entry.taps)
            for entry in wiring.entries(node)
            if entry.source in found and node.name != reference
        ]
        if branches:
            found[node.name] = branches[0] if len(branches) == 1 else tuple(map(_union, *branches))
    return found


def _units(node: Node, axis: int, before: tuple[Bits, ...], taps: tuple[Taps, ...]) -> tuple[Bits, ...]:
    """What each unit of a node reads by way of one of its inputs."""
    size = axis_size(node.output_shape, axis)
    if axis >= len(taps):
        return before * size
    if taps[axis] is SAME:
        return before
    if isinstance(taps[axis], Whole):
        return (_union(*before),) * size
    found = []
    for unit in range(size):
        read = 0
        for position in taps[axis].inside(unit, len(before)):
            read |= before[position]
        found.append(read)
    return tuple(found)


def _union(*sets: Bits) -> Bits:
    return reduce(or_, sets)
