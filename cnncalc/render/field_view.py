"""The field view: what one unit sees, layer by layer and on the image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.fields import Field, Fields, receptive_fields, sets
from cnncalc.fields.extent import Span
from cnncalc.fields.wiring import Axis
from cnncalc.render.field_boxes import Boxes, boxes
from cnncalc.render.figures import crosses, shape
from cnncalc.render.graph.cards import cards, extent
from cnncalc.render.heading import MARGIN, paragraph, title
from cnncalc.render.icons import look
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Command, Group, Item, Path, Point, Scene, Text, polyline
from cnncalc.render.trunk import Step, Trunk, trunk
from cnncalc.render.words import describe

ROW, UNIT, CONE_WIDTH, COUNTS = 52.0, 15.0, 540.0, 74.0
NARROW_NAMES, WIDE_NAMES, SIZES = 60.0, 190.0, 42.0
"""Room for the names of steps, at least and at most, and for their sizes."""
MOST_ROWS, MOST_PHASES = 14, 12


_Reach: TypeAlias = tuple[float, float]
"""From where to where the units that are read are drawn."""
AT = 0.35
"""How far below a row the text begins that stands between it and the next."""


class Cone(NamedTuple):
    """One unit, and what it reads of every step up to its own, along one axis."""

    steps: tuple[Step, ...]
    names: tuple[str, ...]
    read: Mapping[str, int]
    unit: int
    axis: int

    @property
    def left(self) -> float:
        """Where the units begin, right of the names."""
        widest = max(text_width(name, 11, bold=True) for name in self.names)
        return MARGIN + SIZES + min(max(widest + 8, NARROW_NAMES), WIDE_NAMES)

    def bits(self, row: Row) -> int:
        """Positions of a row that the unit reads."""
        return self.read.get(row.name, 0)


def field_view(analysis: Analysis, *, layer: str | None = None, axis: int = 0) -> Scene:
    """The cone of a unit in the middle of ``layer``, and the fields on the image."""
    way = trunk(analysis, MOST_ROWS)
    fields, top = _chosen(analysis, layer, way)
    axes = len(fields[top.name].axes)
    if not axes:
        raise UsageError(f"{top.name} has no receptive field to draw: the input has no positions")
    if not 0 <= axis < axes:
        raise UsageError(f"{top.name} has {axes} axes, counted from 0; there is no axis {axis}")
    cone = _cone(analysis, fields, way, top, axis)
    width = cone.left + CONE_WIDTH + COUNTS + MARGIN
    nested = boxes(way, fields, width) if axes > 1 else Boxes()
    total = width + nested.width
    line = f"what a unit in the middle of {cone.names[-1]} sees: {extent(fields[top.name])} of the input"
    head_end, head = title(analysis.network.name, line + _held(fields), total)
    items, bottom = _rows(cone, head_end + 30)
    phases, bottom = _phases(fields[top.name], cone, bottom)
    note = " · ".join(filter(None, (_note(cone), nested.note)))
    notes = paragraph(note, 9, total - 2 * MARGIN, max(bottom, nested.end) + 24)
    scene = (*head, *items, *phases, *nested.items, *notes)
    return Scene(analysis.network.name, describe(analysis), total, notes[-1].y + 14, scene)


def _held(fields: Fields) -> str:
    """What the line below the title adds where gates are left out."""
    return ", gates held constant (through them it sees all)" if fields.wiring.local else ""


def _note(cone: Cone) -> str:
    axis = ("first", "second", "third")[cone.axis]
    return (
        f"cone: one square per position along the {axis} axis, filled where the unit reads it, exact on "
        "this input, padding not drawn"
    )


def _chosen(analysis: Analysis, layer: str | None, way: Trunk) -> tuple[Fields, Row]:
    """The layer asked for, or the last one on the main way that does not see everything.

    Where gates let it, or most of the way, see everything, the fields are those without the gates.
    """
    if layer is not None:
        row = analysis[layer]
        if len(row.output_shape) < 2:
            raise UsageError(f"{row.name} has no positions: its output is flat ({shape(row.output_shape)})")
        return _told_apart(analysis, [row]), row
    rows = [step.last.head for step in way.steps if len(step.last.last.output_shape) > 1 and step.last.inputs]
    if not rows:
        raise UsageError(f"{analysis.network.name} has no layer with positions, and so no receptive fields")
    fields = _told_apart(analysis, rows)
    return fields, next((row for row in reversed(rows) if _is_inside(fields, row)), rows[0])


def _told_apart(analysis: Analysis, rows: Sequence[Row]) -> Fields:
    """The receptive fields, with gates held constant where only these let most of the rows see all."""
    local = receptive_fields(analysis.network, local=True)
    gated = sum(row.field.is_global and not local[row.name].is_global for row in rows)
    return local if 2 * gated > len(rows) else receptive_fields(analysis.network)


def _is_inside(fields: Fields, row: Row) -> bool:
    """Whether its field is smaller than the input, and it has neighbours."""
    found = fields[row.name]
    sizes = zip(found.size, found.reference.output_shape[1:], strict=False)
    return (
        not found.is_global and all(size < whole for size, whole in sizes) and max(row.output_shape[1:]) > 1
    )


def _cone(analysis: Analysis, fields: Fields, way: Trunk, top: Row, axis: int) -> Cone:
    unit = top.output_shape[axis + 1] // 2
    place = Axis(axis, len(top.output_shape) - 1)
    read = sets.back(fields.wiring, top.name, place, sets.one(unit))
    shown = [
        (step, name)
        for step, name in zip(way.steps, way.names, strict=True)
        if len(step.last.last.output_shape) > axis + 1 and any(row.name in read for row in step.last.rows)
    ]
    if top not in shown[-1][0].last.rows:
        own = next(card for card in cards(analysis) if top in card.rows)
        shown.append((Step((own,), 1), top.name))
    return Cone(tuple(s for s, _ in shown), tuple(n for _, n in shown), read, unit, axis)


def _rows(cone: Cone, top: float) -> tuple[list[Item], float]:
    """Rows of units from the chosen layer down to the input, and the cone between them."""
    steps = list(zip(cone.steps, cone.names, strict=True))[::-1]
    lines, labels, sides = list[Item](), list[Item](), list[Item]()
    above: tuple[Step, _Reach] | None = None
    for place, (step, name) in enumerate(steps):
        y = top + ROW * place
        row = next(row for row in step.last.rows[::-1] if row.name in cone.read)
        reach, units = _units(cone, row, y, look(step.last.family).role)
        lines.append(_line(cone, row, name, y, units))
        if above:
            sides.append(_side(above[1], reach, y))
            labels += _between(above[0], above[1], reach, y)
        above = step, reach
    return [*sides, *lines, *labels], top + ROW * len(steps)


def _line(cone: Cone, row: Row, name: str, y: float, units: Iterable[Item]) -> Group:
    size = row.output_shape[cone.axis + 1]
    count = f"{cone.bits(row).bit_count()} of {size}"
    texts = (
        Text(MARGIN, y + 11.5, fitted(name, 11, cone.left - MARGIN - SIZES, bold=True), 11, bold=True),
        Text(cone.left - 8, y + 11.5, str(size), 10, anchor="end", color="muted"),
        Text(cone.left + CONE_WIDTH + 12, y + 11.5, count, 10),
    )
    label = f"{row.name}: the unit reads {count} positions"
    return Group((*units, *texts), label=label, key=row.name, role="node")


def _units(cone: Cone, row: Row, y: float, role: str) -> tuple[_Reach, list[Item]]:
    """Squares for every position, and from where to where those read reach."""
    bits, size = cone.bits(row), row.output_shape[cone.axis + 1]
    pitch = min(CONE_WIDTH / size, 46.0)
    left = cone.left + (CONE_WIDTH - pitch * size) / 2
    squares = _strip if pitch < 4 else _squares
    reach = sets.span(bits) or (0, -1)
    span = (left + pitch * reach[0], left + pitch * (reach[1] + 1))
    return span, list(squares(bits, size, (left, y), pitch, role))


def _strip(bits: int, size: int, at: Point, pitch: float, role: str) -> Iterable[Item]:
    """Positions too small to draw one by one."""
    yield Box(*at, pitch * size, UNIT, fill="card", stroke="card_edge", thickness=0.6)
    for first, last in sets.runs(bits):
        yield Box(at[0] + pitch * first, at[1], pitch * (last - first + 1), UNIT, fill=role)


def _squares(bits: int, size: int, at: Point, pitch: float, role: str) -> Iterable[Item]:
    """Two paths: the positions that are not read, and those that are."""
    gap = min(3.0, pitch * 0.18)
    for fill, edge, wanted in (("card", "card_edge", 0), (role, role, 1)):
        lefts = [at[0] + pitch * place + gap / 2 for place in range(size) if bits >> place & 1 == wanted]
        squares = [_square(left, at[1], pitch - gap) for left in lefts]
        if squares:
            commands = tuple(command for square in squares for command in square)
            yield Path(commands, stroke=edge, fill=fill, thickness=0.7)


def _square(x: float, y: float, width: float) -> tuple[Command, ...]:
    return polyline([(x, y), (x + width, y), (x + width, y + UNIT), (x, y + UNIT)], closed=True)


def _side(above: _Reach, below: _Reach, y: float) -> Item:
    """The cone between two rows."""
    high, low = y - ROW + UNIT + 2, y - 2
    corners = [(above[0], high), (above[1], high), (below[1], low), (below[0], low)]
    return Path(polyline(corners, closed=True), fill="cone")


def _between(step: Step, above: _Reach, below: _Reach, y: float) -> Iterable[Item]:
    """What lies between a row and the one at ``y`` below it: the window, or how many layers.

    It stands in the cone, or right of the cone where that is too narrow.
    """
    head = step.last.head
    if not head.inputs:
        return
    text = crosses(head.label) if len(step.cards) == 1 else f"{step.layers} layers"
    left, right = (one + (other - one) * AT for one, other in zip(above, below, strict=True))
    label = Text((left + right) / 2, y - ROW + UNIT + 22, text, 9.5, anchor="middle", color="muted")
    if label.width + 8 > right - left:
        label = label._replace(x=max(above[1], below[1]) + 6, anchor="start")
    yield label


def _phases(top: Field, cone: Cone, y: float) -> tuple[list[Item], float]:
    """What the units of each phase read, where they differ; neighbours that read the same together."""
    spans = top.spans[cone.axis]
    known = [span for span in spans if span]
    if len(known) < 2:
        return [], y
    sizes = sorted({last - first + 1 for first, last in known})
    read = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
    heading = f"phases: {len(spans)} units take turns, each reads {read} positions"
    items: list[Item] = [Text(MARGIN, y + 12, heading, 11, bold=True)]
    low, high = min(first for first, _ in known), max(last for _, last in known)
    unit = min(10.0, (CONE_WIDTH - 40) / (high - low + 1))
    shown = _alike(spans)[:MOST_PHASES]
    for place, (units, (first, last)) in enumerate(shown):
        at = y + 22 + 15 * place
        left = max(cone.left, MARGIN + 100) + unit * (first - low)
        end = left + unit * (last - first + 1)
        items.append(Text(MARGIN, at + 8, units, 9.5, color="muted"))
        items.append(Box(left, at, end - left, 9, fill="conv"))
        items.append(Text(end + 6, at + 8, f"{first} to {last}", 9.5, color="muted"))
    return items, y + 26 + 15 * len(shown)


def _alike(spans: Sequence[Span]) -> list[tuple[str, tuple[int, int]]]:
    """Runs of phases that read the same: which units of each turn, and from where to where."""
    found = []
    for span, run in groupby(enumerate(spans), lambda pair: pair[1]):
        units = [number for number, _ in run]
        name = f"unit {units[0]}" if len(units) == 1 else f"units {units[0]} to {units[-1]}"
        found += [(name, span)] if span else []
    return found
