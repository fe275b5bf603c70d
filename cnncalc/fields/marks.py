"""Which positions between the first and the last one are read, where there are holes.

As with extents, borders are left out of account: a mark is what a unit in the interior reads.
Where channels are left out on the way, holes are found for each set of channels that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from cnncalc.fields import sets
from cnncalc.fields.chain import States, joined, passage
from cnncalc.fields.extent import ITSELF, Extent, Span, join, length
from cnncalc.fields.groups import channels_onward, split
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME, Taps

MAX_MARKED = 1 << 22
"""Positions beyond which a set with holes is not worked out."""


class Mark(NamedTuple):
    """A set of positions: bit i stands for position ``start + i``."""

    start: int
    bits: int


Phases: TypeAlias = tuple[Mark | None, ...]
"""A mark for each phase; none at all on an axis without holes, or where there are no phases."""


class Pattern(NamedTuple):
    """What some channels of a node read: a state for each axis, and marks where there are holes."""

    states: States
    marks: tuple[Phases, ...]


Parts: TypeAlias = tuple[tuple[Bits, Pattern], ...]
"""Sets of channels that do not overlap, and what they read; one set where channels are not told apart."""

_ALL: Bits = 1
"""Stands for every channel where they are not told apart."""


def marks(wiring: Wiring, reference: Node) -> Iterator[tuple[str, tuple[Phases, ...]]]:
    """For every node in turn its marks, one per axis; each is kept until all readers have used it."""
    axes = len(reference.output_shape) - 1
    every = sets.full(int(reference.output_shape[0])) if wiring.selects else _ALL
    reading = _Reading(wiring, reference)
    found: dict[str, Parts] = {reference.name: ((every, Pattern((ITSELF,) * axes, ((),) * axes)),)}
    waiting = {name: len(readers) for name, readers in wiring.network.readers.items()}
    for node in wiring.network.nodes:
        if node is not reference:
            found[node.name] = reading.parts(node, found)
        yield node.name, _united([pattern for _, pattern in found[node.name]], axes)
        for source in node.inputs:
            waiting[source] -= 1
            if not waiting[source]:
                found.pop(source, None)


def is_marked(state: object) -> bool:
    """Whether there are holes, and few enough positions to find them."""
    return isinstance(state, Extent) and not state.dense and max(map(length, state.spans)) <= MAX_MARKED


class _Reading:
    """How marks go on from node to node."""

    def __init__(self, wiring: Wiring, reference: Node) -> None:
        self.wiring = wiring
        self.onward = passage(wiring, reference.name)
        self.axes = wiring.axes(reference.name)

    def parts(self, node: Node, found: Mapping[str, Parts]) -> Parts:
        """The channels of a node by what they read."""
        selects = self.wiring.selects
        reached = [
            (channels_onward(entry, channels) if selects else _ALL, (entry, pattern))
            for entry in self.wiring.entries(node)
            for channels, pattern in found.get(entry.source, ())
        ]
        every = sets.full(int(node.output_shape[0])) if selects else _ALL
        by_pattern: dict[Pattern, Bits] = {}
        for channels, met in split(every, reached):
            if met:
                pattern = self._joined(met)
                by_pattern[pattern] = by_pattern.get(pattern, 0) | channels
        return tuple((channels, pattern) for pattern, channels in by_pattern.items())

    def _joined(self, met: list[tuple[Entry, Pattern]]) -> Pattern:
        """What channels read that all branches reach."""
        branches = [self.onward(before.states, entry) for entry, before in met]
        states = joined(branches)
        return Pattern(states, tuple(self._marks(met, axis, state) for axis, state in enumerate(states)))

    def _marks(self, met: list[tuple[Entry, Pattern]], axis: int, state: object) -> Phases:
        if not is_marked(state):
            return ()
        assert isinstance(state, Extent)
        branches = [
            (before.states[axis], before.marks[axis], self._taps(entry, axis)) for entry, before in met
        ]
        units = range(state.period)
        return tuple(_union(mark for branch in branches for mark in _read(unit, *branch)) for unit in units)

    def _taps(self, entry: Entry, axis: int) -> Taps:
        """How positions are read; those of a row are read one by one."""
        is_row = not self.wiring.rearranges and (not entry.taps or entry.unrolls)
        return SAME if is_row else self.axes[axis].taps(entry)


def _united(patterns: list[Pattern], axes: int) -> tuple[Phases, ...]:
    """What all channels read between them."""
    if len(patterns) == 1:
        return patterns[0].marks
    found: list[Phases] = []
    for axis in range(axes):
        parts = [(pattern.states[axis], pattern.marks[axis]) for pattern in patterns]
        state = join(state for state, _ in parts)
        units = range(state.period) if isinstance(state, Extent) and is_marked(state) else ()
        found.append(tuple(_union(mark for part in parts for mark in _mark(*part, unit)) for unit in units))
    return tuple(found)


def _read(unit: int, state: object, before: Phases, taps: Taps) -> Iterator[Mark]:
    """What a unit reads by way of one of its inputs."""
    for index in taps.reads(unit):
        yield from _mark(state, before, index)


def _mark(state: object, before: Phases, unit: int) -> Iterator[Mark]:
    """What a unit reads itself, if it reads anything."""
    if not isinstance(state, Extent):
        return
    cycle, phase = divmod(unit, state.period)
    mark = before[phase] if before else _filled(state.spans[phase])
    if mark:
        yield Mark(mark.start + cycle * state.shift, mark.bits)


def _filled(span: Span) -> Mark | None:
    return span and Mark(span[0], sets.full(length(span)))


def _union(read: Iterable[Mark]) -> Mark | None:
    present = list(read)
    if not present:
        return None
    start = min(mark.start for mark in present)
    bits = 0
    for mark in present:
        bits |= mark.bits << mark.start - start
    return Mark(start, bits)
