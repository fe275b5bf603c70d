"""Which positions between the first and the last one are read, where there are holes.

As with extents, borders are left out of account: a mark is what a unit in the interior reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from cnncalc.fields import sets
from cnncalc.fields.chain import States
from cnncalc.fields.extent import Extent, Span, length
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.taps import Taps, Unrolled

MAX_MARKED = 1 << 22
"""Positions beyond which a set with holes is not worked out."""


class Mark(NamedTuple):
    """A set of positions: bit i stands for position ``start + i``."""

    start: int
    bits: int


Phases: TypeAlias = tuple[Mark | None, ...]
"""A mark for each phase; none at all on an axis without holes, or where there are no phases."""


def marks(wiring: Wiring, states: Mapping[str, States]) -> Iterator[tuple[str, tuple[Phases, ...]]]:
    """For every node in turn its marks, one per axis; each is kept until all readers have used it."""
    found: dict[str, tuple[Phases, ...]] = {}
    waiting = {name: len(readers) for name, readers in wiring.network.readers.items()}
    for node in wiring.network.nodes:
        if node.name in states:
            axes = enumerate(states[node.name])
            found[node.name] = tuple(
                _marks(wiring.entries(node), axis, state, states, found) for axis, state in axes
            )
            yield node.name, found[node.name]
        for source in node.inputs:
            waiting[source] -= 1
            if not waiting[source]:
                found.pop(source, None)


def is_marked(state: object) -> bool:
    """Whether there are holes, and few enough positions to find them."""
    return isinstance(state, Extent) and not state.dense and max(map(length, state.spans)) <= MAX_MARKED


def _marks(
    entries: tuple[Entry, ...],
    axis: int,
    state: object,
    states: Mapping[str, States],
    found: Mapping[str, tuple[Phases, ...]],
) -> Phases:
    if not is_marked(state):
        return ()
    assert isinstance(state, Extent)
    branches = [
        (states[entry.source][axis], found[entry.source][axis], entry.taps[axis] if entry.taps else None)
        for entry in entries
        if entry.source in states
    ]
    return tuple(
        _union(mark for branch in branches for mark in _read(unit, *branch)) for unit in range(state.period)
    )


def _read(unit: int, state: object, before: Phases, taps: Taps | None) -> Iterator[Mark]:
    """What a unit reads by way of one of its inputs."""
    assert isinstance(state, Extent)
    for index in (unit,) if taps is None or isinstance(taps, Unrolled) else taps.reads(unit):
        mark = _mark(state, before, index)
        if mark is not None:
            yield mark


def _mark(state: Extent, before: Phases, unit: int) -> Mark | None:
    if not before:
        return _filled(state.at(unit))
    cycle, phase = divmod(unit, state.period)
    mark = before[phase]
    return mark and Mark(mark.start + cycle * state.shift, mark.bits)


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
