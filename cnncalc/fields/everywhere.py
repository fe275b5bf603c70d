"""What units read that read a whole axis: nearly always all of it, and exactly what if not.

Leftovers of a stride and unread border positions make the difference, so the set is walked back
from a unit; behind a layer that reads everything, everything is read, and no walk is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from cnncalc.fields import sets
from cnncalc.fields.chain import States
from cnncalc.fields.extent import Beyond
from cnncalc.fields.sets import Bits
from cnncalc.network import Network, Node
from cnncalc.taps import SAME

Everywhere: TypeAlias = tuple[Bits | None, ...]
"""For each axis the set that a unit in the middle reads, or None where it is no whole axis."""


def everywhere(network: Network, reference: str, states: Mapping[str, States]) -> Mapping[str, Everywhere]:
    """The sets of all nodes that read a whole axis of ``reference``."""
    shape = network[reference].output_shape
    found: dict[str, Everywhere] = {}
    for node in network.nodes:
        axes = enumerate(states.get(node.name, ()))
        found[node.name] = tuple(
            _known(node, axis, found, sets.full(sets.axis_size(shape, axis)))
            or middle(network, node, reference, axis)
            if state is Beyond.EVERYWHERE
            else None
            for axis, state in axes
        )
    return found


def _known(node: Node, axis: int, found: Mapping[str, Everywhere], whole: Bits) -> Bits | None:
    """The set as it follows from what the inputs read; None where it does not."""
    unit = sets.axis_size(node.output_shape, axis) // 2
    for source, shape, taps in sets.entries(node):
        before = found[source][axis] if axis < len(found[source]) else None
        if before is None:
            continue
        if len(node.inputs) == 1 and taps and taps[axis] is SAME:
            return before
        if before == whole and (axis >= len(taps) or taps[axis].inside(unit, shape[axis + 1])):
            return whole
    return None


def middle(network: Network, node: Node, reference: str, axis: int) -> Bits:
    """The positions that a unit in the middle of a node reads."""
    unit = sets.axis_size(node.output_shape, axis) // 2
    return sets.back(network, node.name, axis, 1 << unit).get(reference, 0)
