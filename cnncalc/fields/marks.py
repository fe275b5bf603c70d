"""Which positions between the first and the last one are read, where there are holes.

As with extents, borders are left out of account: a mark is what a unit in the interior reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from cnncalc.fields.chain import States
from cnncalc.fields.extent import Extent
from cnncalc.network import Network, Node
from cnncalc.taps import Taps, Unrolled


class Mark(NamedTuple):
    """A set of positions: bit i stands for position ``start + i``."""

    start: int
    bits: int


Marks: TypeAlias = tuple[tuple[Mark | None, ...], ...]
"""For each axis a mark for each phase; no marks on axes without holes or without phases."""


def marks(network: Network, states: Mapping[str, States]) -> Mapping[str, Marks]:
    """Marks of every node that has holes, on the axes where it has them."""
    found: dict[str, Marks] = {}
    for node in network.nodes:
        if node.name in states:
            axes = enumerate(states[node.name])
            found[node.name] = tuple(_marks(node, axis, state, states, found) for axis, state in axes)
    return found


def _marks(
    node: Node, axis: int, state: object, states: Mapping[str, States], found: Mapping[str, Marks]
) -> tuple[Mark | None, ...]:
    if not isinstance(state, Extent) or state.dense:
        return ()
    maps = node.layer.taps(node.site)
    branches = [
        (states[source][axis], found[source][axis], taps[axis] if taps else None)
        for source, taps in zip(node.inputs, maps, strict=True)
        if source in found
    ]
    phases = range(state.period)
    return tuple(_union(mark for branch in branches for mark in _read(unit, *branch)) for unit in phases)


def _read(unit: int, state: object, before: tuple[Mark | None, ...], taps: Taps | None) -> Iterator[Mark]:
    """What a unit reads by way of one of its inputs."""
    assert isinstance(state, Extent)
    keeps_apart = taps is None or isinstance(taps, Unrolled)
    for index in (unit,) if keeps_apart else taps.reads(unit):  # type: ignore[union-attr]
        mark = _mark(state, before, index)
        if mark is not None:
            yield mark


def _mark(state: Extent, marks_: tuple[Mark | None, ...], unit: int) -> Mark | None:
    if not marks_:
        span = state.at(unit)
        return span and Mark(span[0], (1 << span[1] - span[0] + 1) - 1)
    cycle, phase = divmod(unit, state.period)
    mark = marks_[phase]
    return mark and Mark(mark.start + cycle * state.shift, mark.bits)


def _union(read: Iterable[Mark]) -> Mark | None:
    present = list(read)
    if not present:
        return None
    start = min(mark.start for mark in present)
    bits = 0
    for mark in present:
        bits |= mark.bits << mark.start - start
    return Mark(start, bits)
