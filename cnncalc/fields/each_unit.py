"""What every unit of a node reads along one axis, unit by unit, on the given size.

It is worked out from node to node, no further than asked: a network may begin small and end with more
units than can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from cnncalc.arithmetic import ceil_div
from cnncalc.errors import UsageError
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME, Taps, Transposed, Whole, Window

if TYPE_CHECKING:
    from cnncalc.fields.routes import RoutedAxis

MAX_UNITS = 1 << 19
"""More units than this, over all layers up to the one asked for, are not told apart one by one."""

MAX_BITS = 1 << 31
"""The same for the bits of all their sets."""


class EachUnit(Mapping[str, tuple[Bits, ...]]):
    """For each node behind ``reference``, what each of its units reads along an axis.

    Nodes without the axis have one unit that stands for all their values. Raises :class:`UsageError`
    for a node where units are too many.
    """

    def __init__(self, wiring: Wiring, reference: str, axis: Axis | RoutedAxis) -> None:
        self.wiring = wiring
        self.axis = axis
        self._size = axis.units(wiring.network[reference])
        _refuse_many(self._size, self._size)
        self._found = {reference: tuple(1 << position for position in range(self._size))}
        self._left = [node for node in reversed(wiring.network.nodes) if node.name != reference]
        self._units = self._size

    def __getitem__(self, name: str) -> tuple[Bits, ...]:
        while name not in self._found and self._left:
            self._add(self._left[-1])
            self._left.pop()
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        for node in reversed(self._left.copy()):
            self.get(node.name)
        return iter(self._found)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _add(self, node: Node) -> None:
        entries = [entry for entry in self.wiring.entries(node) if entry.source in self._found]
        if not entries:
            return
        size = self.axis.units(node)
        _refuse_many(self._units + size, self._size)
        self._units += size
        branches = [_units(self._found[entry.source], self.axis.taps(entry), size) for entry in entries]
        self._found[node.name] = branches[0] if len(branches) == 1 else tuple(map(_union, *branches))


def _refuse_many(units: int, size: int) -> None:
    if units > MAX_UNITS or units * size > MAX_BITS:
        raise UsageError(
            f"units move unevenly here, and {units:,} of them over {size:,} positions are too many "
            "to be told apart; give a smaller --input"
        )


def _units(before: tuple[Bits, ...], taps: Taps, size: int) -> tuple[Bits, ...]:
    """What each of so many units reads by way of one input."""
    if taps is SAME:
        return before[:size]
    if isinstance(taps, Whole):
        return (_union(*before),) * size
    if type(taps) in (Window, Transposed):
        return _by_phases(before, taps, size)
    found = []
    for unit in range(size):
        read = 0
        for position in taps.inside(unit, len(before)):
            read |= before[position]
        found.append(read)
    return tuple(found)


def _by_phases(before: tuple[Bits, ...], taps: Taps, size: int) -> tuple[Bits, ...]:
    """The same for maps that repeat, all units of a phase at once."""
    repeat = taps.period()
    assert repeat is not None
    found = [0] * size
    for phase in range(min(repeat.outputs, size)):
        units = len(range(phase, size, repeat.outputs))
        read = [_every(before, first, repeat.inputs, units) for first in taps.reads(phase)]
        if read:
            found[phase :: repeat.outputs] = reduce(lambda one, other: list(map(or_, one, other)), read)
    return tuple(found)


def _every(before: tuple[Bits, ...], first: int, step: int, units: int) -> list[Bits]:
    """So many places from the first on, a step apart; nothing where they lie outside."""
    skipped = min(max(ceil_div(-first, step), 0), units)
    inside = list(before[first + skipped * step :: step][: units - skipped])
    return [*[0] * skipped, *inside, *[0] * (units - skipped - len(inside))]


def _union(*sets: Bits) -> Bits:
    return reduce(or_, sets)
