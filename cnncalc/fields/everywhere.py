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
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME

Everywhere: TypeAlias = tuple[Bits | None, ...]
"""For each axis the set that a unit in the middle reads, or None where it is no whole axis."""


def everywhere(wiring: Wiring, reference: str, states: Mapping[str, States]) -> Mapping[str, Everywhere]:
    """The sets of all nodes that read a whole axis of ``reference``."""
    shape = wiring.network[reference].output_shape
    found: dict[str, Everywhere] = {}
    for node in wiring.network.nodes:
        axes = enumerate(states.get(node.name, ()))
        found[node.name] = tuple(
            _known(wiring.entries(node), axis, found, sets.full(sets.axis_size(shape, axis)))
            or middle(wiring, node, reference, axis)
            if state is Beyond.EVERYWHERE
            else None
            for axis, state in axes
        )
    return found


def _known(
    entries: tuple[Entry, ...], axis: int, found: Mapping[str, Everywhere], whole: Bits
) -> Bits | None:
    """The set as it follows from what the inputs read; None where it does not."""
    for entry in entries:
        before = found[entry.source][axis] if found[entry.source] else None
        if before is None:
            continue
        if len(entries) == 1 and entry.taps and entry.taps[axis] is SAME:
            return before
        unit = sets.axis_size(entry.node.output_shape, axis) // 2
        if before == whole and (not entry.taps or entry.taps[axis].inside(unit, entry.shape[axis + 1])):
            return whole
    return None


def middle(wiring: Wiring, node: Node, reference: str, axis: int) -> Bits:
    """The positions that a unit in the middle of a node reads."""
    unit = sets.axis_size(node.output_shape, axis) // 2
    return sets.back(wiring, node.name, axis, 1 << unit).get(reference, 0)
