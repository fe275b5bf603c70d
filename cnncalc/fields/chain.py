"""The pass through a network that finds what every node reads of a reference, axis by axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from cnncalc.fields.extent import ITSELF, Beyond, State, join, through
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import Taps, Window

States: TypeAlias = tuple[State, ...]
"""One state per spatial axis of the reference."""


def states(wiring: Wiring, reference: str) -> Mapping[str, States]:
    """What every node that depends on ``reference`` reads of it."""
    axes = len(wiring.network[reference].output_shape) - 1
    found: dict[str, States] = {reference: (ITSELF,) * axes}
    for node in wiring.network.nodes:
        if node.name != reference:
            met = [branch for _, branch in branches(wiring, node, found, axes)]
            if met:
                found[node.name] = met[0] if len(met) == 1 else tuple(map(join, zip(*met, strict=True)))
    return found


def branches(
    wiring: Wiring, node: Node, found: Mapping[str, States], axes: int
) -> Iterator[tuple[Entry, States]]:
    """What a node reads by way of each of its inputs that depend on the reference."""
    for entry in wiring.entries(node):
        if entry.source in found:
            yield entry, onward(found[entry.source], entry, axes)


def onward(before: States, entry: Entry, axes: int) -> States:
    """What a node reads by way of one of its inputs."""
    taps = entry.taps
    if not taps:
        return (Beyond.EVERYWHERE,) * axes if entry.mixes or entry.spreads else before
    if entry.unrolls:
        return before
    if len(taps) != axes:
        return (Beyond.EVERYWHERE,) * axes
    after: list[State] = []
    for axis in range(axes):
        if axis and before[axis] is before[axis - 1] and _alike(taps[axis], taps[axis - 1]):
            after.append(after[-1])
        else:
            after.append(through(before[axis], taps[axis]))
    return tuple(after)


def _alike(one: Taps, other: Taps) -> bool:
    """Whether two axes are read in the same way, so that the work need not be done twice."""
    if one is other:
        return True
    return type(one) is Window and type(other) is Window and one.is_like(other)
