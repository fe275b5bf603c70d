"""Exactly which positions are read on the given size, along one axis, as bits of an int.

Bit i of a set stands for position i. Sets are clipped to the axis at every layer and are the union
over all taps of all paths, so holes, borders, leftovers and empty fields come out as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.arithmetic import ceil_div
from cnncalc.errors import UsageError
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.taps import SAME, Blocks, Taps, Whole, Window

if TYPE_CHECKING:
    from cnncalc.fields.routes import RoutedAxis

Bits: TypeAlias = int
"""A set of positions."""

MAX_POSITIONS = 1 << 22
"""Axes longer than this are refused: their sets would take too much time and memory."""


def one(position: int) -> Bits:
    """The set of one position.

    >>> bin(one(3))
    '0b1000'
    """
    return 1 << _bounded(position)


def _bounded(size: int) -> int:
    if size > MAX_POSITIONS:
        raise UsageError(
            f"what units read is told on axes of up to {MAX_POSITIONS:,} positions, not of {size:,}; "
            "give a smaller --input"
        )
    return size


def full(size: int) -> Bits:
    """All positions of an axis.

    >>> bin(full(4))
    '0b1111'
    """
    return (1 << _bounded(size)) - 1


_SHORT = 1 << 12
"""Bits up to which an int is taken apart bit by bit; above, that would be quadratic."""


def positions(bits: Bits) -> Iterator[int]:
    """The positions in a set, in order.

    >>> list(positions(0b10110))
    [1, 2, 4]
    """
    if bits.bit_length() <= _SHORT:
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest
        return
    digits = f"{bits:b}"[::-1]
    position = digits.find("1")
    while position >= 0:
        yield position
        position = digits.find("1", position + 1)


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


def read_by(taps: Taps, units: Bits, size: int) -> Bits:
    """Positions of an axis of ``size`` that the units of a set read between them."""
    if taps is SAME:
        return units & full(size)
    if type(taps) is Window and taps.stride == 1:
        return _moved(units, _shifts(taps, units.bit_length(), size)) & full(size)
    if isinstance(taps, Whole):
        return full(size) if units else 0
    if isinstance(taps, Blocks):
        return _whole_groups(taps, units)
    if size > _SHORT:
        return _read_of_long(taps, units, size)
    read = 0
    for unit in positions(units):
        for position in taps.inside(unit, size):
            read |= 1 << position
    return read


def _read_of_long(taps: Taps, units: Bits, size: int) -> Bits:
    """The same, without an int as long as the axis for each position."""
    if type(taps) is Window and taps.dilation == 1 and taps.stride <= taps.kernel and _is_run(units):
        start = taps.reads((units & -units).bit_length() - 1).start
        stop = taps.reads(units.bit_length() - 1).stop
        return full(max(min(stop, size), 0)) >> max(start, 0) << max(start, 0)
    read = bytearray(_bounded(size) // 8 + 1)
    for unit in positions(units):
        for position in taps.inside(unit, size):
            read[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(read, "little")


def _is_run(units: Bits) -> bool:
    """Whether the units of a set are neighbours, none left out."""
    return bool(units) and units.bit_length() - (units & -units).bit_length() + 1 == units.bit_count()


def _shifts(window: Window, units: int, size: int) -> Iterator[int]:
    """How far taps lie from their units, for taps that can fall inside at all."""
    first = max(ceil_div(window.before - units + 1, window.dilation), 0)
    last = min((size - 1 + window.before) // window.dilation, window.kernel - 1)
    return (tap * window.dilation - window.before for tap in range(first, last + 1))


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


def reading(taps: Taps, wanted: Bits, size: int, units: int) -> Bits:
    """The units, of so many, that read one of the positions wanted, on an axis of ``size``."""
    if taps is SAME or not wanted:
        return wanted & full(units)
    if wanted == full(size) and isinstance(taps, Whole | Blocks):
        return full(units)
    if size * units > _TABLED:
        return sum(1 << unit for unit in range(units) if read_by(taps, 1 << unit, size) & wanted)
    readers = _readers(taps, size, units)
    return reduce(or_, (readers[position] for position in positions(wanted)), 0)


_TABLED = 1 << 18
"""Units times positions up to which the readers of each position are kept."""


@lru_cache(maxsize=512)
def _readers(taps: Taps, size: int, units: int) -> tuple[Bits, ...]:
    """For each position of an axis the units that read it."""
    found = [0] * size
    for unit in range(units):
        for position in positions(read_by(taps, 1 << unit, size)):
            found[position] |= 1 << unit
    return tuple(found)


def back(wiring: Wiring, name: str, axis: Axis | RoutedAxis, units: Bits) -> Mapping[str, Bits]:
    """For each node before ``name``, its positions that ``units`` of ``name`` read along an axis."""
    _refuse_long(wiring, name, axis)
    read = {name: units}
    for node in reversed(wiring.network.nodes):
        wanted = read.get(node.name, 0)
        if not wanted:
            continue
        for entry in wiring.entries(node):
            size = axis.units(wiring.network[entry.source])
            found = read_by(axis.taps(entry), wanted, size)
            read[entry.source] = read.get(entry.source, 0) | found
    return read


def _refuse_long(wiring: Wiring, name: str, axis: Axis | RoutedAxis) -> None:
    """Refuse axes too long before anything is read of those that are not."""
    if all(axis.units(node) <= MAX_POSITIONS for node in wiring.network.nodes):
        return
    reached = {name}
    for node in reversed(wiring.network.nodes):
        for entry in wiring.entries(node) if node.name in reached else ():
            _bounded(axis.units(wiring.network[entry.source]))
            reached.add(entry.source)


def inner_units(wiring: Wiring, reference: str, axis: Axis | RoutedAxis) -> Mapping[str, Bits]:
    """For each node behind ``reference``, its units that no path leads from into padding.

    Their fields are those of the interior: nothing is cut off, at any layer. All axes together may
    have :data:`MAX_POSITIONS`.
    """
    _bounded(sum(axis.units(node) for node in wiring.network.nodes))
    found = {reference: full(axis.units(wiring.network[reference]))}
    for node in wiring.network.nodes:
        units = range(axis.units(node))
        for entry in wiring.entries(node):
            if entry.source in found and node.name != reference:
                inner, taps = found[entry.source], axis.taps(entry)
                reading = inner & full(len(units)) if taps is SAME else _subset(taps, units, inner)
                found[node.name] = found.get(node.name, reading) & reading
    return found


def _subset(taps: Taps, units: range, inner: Bits) -> Bits:
    """The units that read positions of a set alone."""
    within = inner.to_bytes(inner.bit_length() // 8 + 1, "little")
    found = bytearray(len(units) // 8 + 1)
    for unit in units:
        if all(0 <= p < 8 * len(within) and within[p >> 3] >> (p & 7) & 1 for p in taps.reads(unit)):
            found[unit >> 3] |= 1 << (unit & 7)
    return int.from_bytes(found, "little")
