"""The pass through a network that finds what every node reads of a reference, axis by axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from cnncalc.fields.extent import ITSELF, Beyond, State, join, through
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import Taps, Window

States: TypeAlias = tuple[State, ...]
"""One state per spatial axis of the reference."""


Passage: TypeAlias = Callable[[States, Entry], States]
"""From what an input of a node reads to what the node reads by way of it."""


def passage(wiring: Wiring, reference: str) -> Passage:
    """How what is read of a reference goes on from node to node."""
    if wiring.rearranges:
        return wiring.routes(reference).onward
    return partial(onward, axes=len(wiring.network[reference].output_shape) - 1)


def states(wiring: Wiring, reference: str) -> Mapping[str, States]:
    """What every node that depends on ``reference`` reads of it."""
    onward_ = passage(wiring, reference)
    found: dict[str, States] = {reference: (ITSELF,) * (len(wiring.network[reference].output_shape) - 1)}
    for node in wiring.network.nodes:
        if node.name != reference:
            met = [branch for _, branch in branches(wiring, node, found, onward_)]
            if met:
                found[node.name] = met[0] if len(met) == 1 else joined(met)
    return found


def joined(met: Sequence[States]) -> States:
    """What is read where branches meet; worked out once for axes that are alike in all of them."""
    found: list[State] = []
    for axis in range(len(met[0])):
        if axis and all(states[axis] is states[axis - 1] for states in met):
            found.append(found[-1])
        else:
            found.append(join([states[axis] for states in met]))
    return tuple(found)


def branches(
    wiring: Wiring, node: Node, found: Mapping[str, States], passage: Passage
) -> Iterator[tuple[Entry, States]]:
    """What a node reads by way of each of its inputs that depend on the reference."""
    for entry in wiring.entries(node):
        if entry.source in found:
            yield entry, passage(found[entry.source], entry)


def onward(before: States, entry: Entry, axes: int) -> States:
    """What a node reads by way of one of its inputs."""
    taps = entry.taps
    if not taps:
        return everything(before) if entry.mixes or entry.spreads else before
    if entry.unrolls:
        return before
    if len(taps) != axes:
        return everything(before)
    after: list[State] = []
    for axis in range(axes):
        if axis and before[axis] is before[axis - 1] and _alike(taps[axis], taps[axis - 1]):
            after.append(after[-1])
        else:
            after.append(through(before[axis], taps[axis]))
    return tuple(after)


def everything(before: States) -> States:
    """All of an input is read."""
    unknown = Beyond.UNKNOWN
    return tuple(unknown if state is unknown else Beyond.EVERYWHERE for state in before)


def _alike(one: Taps, other: Taps) -> bool:
    """Whether two axes are read in the same way, so that the work need not be done twice."""
    if one is other:
        return True
    return type(one) is Window and type(other) is Window and one.is_like(other)
