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
from cnncalc.fields.wiring import Axis, Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME

Everywhere: TypeAlias = tuple[Bits | None, ...]
"""For each axis the set that a unit in the middle reads, or None where it is no whole axis."""


def everywhere(wiring: Wiring, reference: str, states: Mapping[str, States]) -> Mapping[str, Everywhere]:
    """The sets of all nodes that read a whole axis of ``reference``."""
    shape = wiring.network[reference].output_shape
    rank = len(shape) - 1
    found: dict[str, Everywhere] = {}
    for node in wiring.network.nodes:
        axes = [Axis(place, rank) for place in range(rank)]
        found[node.name] = tuple(
            _known(wiring.entries(node), axis, found, sets.full(axis.size(shape)))
            or middle(wiring, node, reference, axis)
            if state is Beyond.EVERYWHERE
            else None
            for axis, state in zip(axes, states.get(node.name, ()), strict=False)
        )
    return found


def _known(
    entries: tuple[Entry, ...], axis: Axis, found: Mapping[str, Everywhere], whole: Bits
) -> Bits | None:
    """The set as it follows from what the inputs read; None where it does not."""
    for entry in entries:
        before = found[entry.source][axis.place] if found[entry.source] else None
        if before is None:
            continue
        taps, unit = axis.taps(entry), axis.size(entry.node.output_shape) // 2
        if len(entries) == 1 and taps is SAME:
            return before
        if before == whole and taps.inside(unit, axis.size(entry.shape)):
            return whole
    return None


def middle(wiring: Wiring, node: Node, reference: str, axis: Axis) -> Bits:
    """The positions that a unit in the middle of a node reads."""
    unit = axis.size(node.output_shape) // 2
    return sets.back(wiring, node.name, axis, sets.one(unit)).get(reference, 0)
