"""Everything about a field as plain data, for JSON and for the text of the command line.

Jumps, centres and shares that are no whole numbers are text, such as ``1/2``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.fields.chain import States, onward
from cnncalc.fields.coverage import closing_dilations
from cnncalc.fields.extent import ITSELF, Beyond, Extent, State, length

if TYPE_CHECKING:
    from cnncalc.fields.field import Field
    from cnncalc.fields.paths import Path
    from cnncalc.fields.units import Reading
    from cnncalc.fields.wiring import Entry

SCHEMA_VERSION = 1
"""Version of the form that :func:`data` gives; raised when a reader would break."""


def plain(value: Any) -> Any:
    """Tuples as lists, fractions as text, all else as it is.

    >>> plain((Fraction(1, 2), 3))
    ['1/2', 3]
    """
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def data(field: Field) -> dict[str, Any]:
    """The field of a node and what follows from it; every list has one value per axis."""
    axes = range(len(field.axes))
    return {
        **summary(field),
        "phases": [_phases(state) for state in field.axes],
        "previous": previous(field),
        "other_inputs": {
            other.reference.name: {name: plain(getattr(other, name)) for name in ("size", "jump", "start")}
            for other in field.others
        },
        "units": [plain(border) if border else None for border in field.border],
        "coverage": [plain(covered) if covered else None for covered in field.coverage],
        "closing_dilations": [_closing(field, axis) for axis in axes],
        "max_path": [_path(path) for path in field.max_path],
        "min_path": [_path(path) for path in field.min_path],
        "branches": [{**plain(branch), "aligned": branch.is_aligned} for branch in field.branches],
        "channels": [
            {
                "channels": plain(group.ranges),
                **{k: plain(getattr(group, k)) for k in ("size", "jump", "start")},
            }
            for group in field.groups
        ],
        "tiles": [{**plain(halo), "overlap": halo.overlap} if halo else None for halo in field.halo],
    }


def summary(field: Field) -> dict[str, Any]:
    """The head of :func:`data`; sizes and places of units too many to be told apart are None."""
    return {
        "schema": SCHEMA_VERSION,
        "layer": field.node.name,
        "kind": field.node.kind,
        "output_shape": plain(field.node.output_shape),
        "of": field.reference.name,
        "of_shape": plain(field.reference.output_shape),
        "local": field.fields.wiring.local,
        "constant": field.is_constant,
        "global": [state is Beyond.EVERYWHERE for state in field.axes],
        "at_most": [state is Beyond.UNKNOWN for state in field.axes],
        **{
            name: plain(field.told(name))
            for name in ("size", "smallest", "touched", "jump", "start", "center")
        },
    }


def previous(field: Field) -> dict[str, list[int | None]]:
    """For each input the positions that a unit reads of it directly, per axis; None for all."""
    found = {}
    for entry in field.fields.wiring.entries(field.node):
        states = _read_of(entry, rearranges=field.fields.wiring.rearranges)
        found[entry.source] = [_direct(state) for state in states]
    return found


def _read_of(entry: Entry, *, rearranges: bool) -> States:
    axes = len(entry.shape) - 1
    if not rearranges:
        return onward((ITSELF,) * axes, entry, axes)
    from cnncalc.fields.routes import directly

    return directly(entry)


def _direct(state: State) -> int | None:
    return max(map(length, state.spans)) if isinstance(state, Extent) else None


def _phases(state: State) -> dict[str, Any] | None:
    if not isinstance(state, Extent) or state.period == 1:
        return None
    return {"period": state.period, "shift": state.shift, "spans": plain(state.spans)}


def _closing(field: Field, axis: int) -> dict[str, int] | None:
    covered = field.coverage[axis]
    found = closing_dilations(field, axis) if covered and covered.holes else None
    return dict(found) if found is not None else None


def _path(path: Path) -> dict[str, Any]:
    hops = [{"layer": hop.node.name, "adds": hop.adds, "size": hop.size} for hop in path.contributions]
    return {"size": path.size, "contributions": hops}


def reading_data(reading: Reading) -> dict[str, Any]:
    """Which values of a node are concerned: number, box around them, and channels by position."""
    from cnncalc.fields import masks, sets

    mask = reading.mask
    return {
        "values": reading.count,
        "positions": masks.count(mask) if mask else 0,
        "box": plain(masks.bounds(mask)) if mask else None,
        "channels": plain(tuple(sets.runs(reading.channels))),
        "parts": [
            {
                "channels": plain(tuple(sets.runs(part.channels))),
                "boxes": [
                    [plain(tuple(sets.runs(bits))) for bits in box] for box in masks.disjoint(part.mask)
                ],
            }
            for part in reading.parts
        ],
    }
