"""What units read that read a whole axis: nearly always all of it, and exactly what if not.

Leftovers of a stride and unread border positions make the difference, so the set is walked back
from a unit; behind a layer that reads everything, everything is read, and no walk is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.fields import sets
from cnncalc.fields.chain import States
from cnncalc.fields.extent import Beyond, Extent
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.network import Node
from cnncalc.taps import SAME, Whole

if TYPE_CHECKING:
    from cnncalc.fields.routes import RoutedAxis

Everywhere: TypeAlias = tuple[Bits | None, ...]
"""For each axis the set that a unit in the middle reads, or None where it is no whole axis."""


def everywhere(wiring: Wiring, reference: str, states: Mapping[str, States]) -> Mapping[str, Everywhere]:
    """The sets of all nodes that read a whole axis of ``reference``."""
    target, axes = wiring.network[reference], wiring.axes(reference)
    found: dict[str, Everywhere] = {}
    for node in wiring.network.nodes:
        read: list[Bits | None] = []
        for axis, state in zip(axes, states.get(node.name, ()), strict=False):
            if state is not Beyond.EVERYWHERE:
                read.append(None)
            elif axis.place and _alike(wiring, node, axis.place, target, states):
                read.append(read[-1])
            else:
                known = _known(wiring, node, axis, found, sets.full(axis.units(target)))
                read.append(known or middle(wiring, node, reference, axis))
        found[node.name] = tuple(read)
    return found


def _alike(wiring: Wiring, node: Node, axis: int, target: Node, states: Mapping[str, States]) -> bool:
    """Whether an axis and the one before it are read by equal maps of equal sizes from the reference on."""
    entries = wiring.entries(node)
    if wiring.rearranges or len(entries) != 1 or target.output_shape[axis] != target.output_shape[axis + 1]:
        return False
    before = states[entries[0].source]
    is_alike = isinstance(before[axis], Extent) and before[axis] is before[axis - 1]
    return is_alike and all(
        isinstance(wiring.axis(target.name, a).taps(entries[0]), Whole) for a in (axis - 1, axis)
    )


def _known(
    wiring: Wiring, node: Node, axis: Axis | RoutedAxis, found: Mapping[str, Everywhere], whole: Bits
) -> Bits | None:
    """The set as it follows from what the inputs read; None where it does not."""
    entries = wiring.entries(node)
    for entry in entries:
        before = found[entry.source][axis.place] if found[entry.source] else None
        if before is None:
            continue
        taps, size = axis.taps(entry), axis.units(wiring.network[entry.source])
        if len(entries) == 1 and taps is SAME:
            return before
        if before == whole and taps.inside(axis.units(node) // 2, size):
            return whole
    return None


def middle(wiring: Wiring, node: Node, reference: str, axis: Axis | RoutedAxis) -> Bits:
    """The positions that a unit in the middle of a node reads, or any unit if those may differ."""
    units = axis.units(node)
    unit = sets.one(units // 2) if isinstance(axis, Axis) else 0
    read = sets.back(wiring, node.name, axis, unit).get(reference, 0)
    return read or sets.back(wiring, node.name, axis, sets.full(units)).get(reference, 0)
