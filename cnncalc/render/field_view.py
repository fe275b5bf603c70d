"""The field view: what one unit sees, layer by layer and on the image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.fields import sets
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.render.figures import crosses, shape, share
from cnncalc.render.graph.cards import cards, field
from cnncalc.render.heading import MARGIN, paragraph, title
from cnncalc.render.icons import look
from cnncalc.render.metrics import fitted
from cnncalc.render.scene import Box, Command, Group, Item, Path, Point, Scene, Text, polyline
from cnncalc.render.trunk import Step, Trunk, trunk
from cnncalc.render.words import describe

ROW, UNIT, CONE_WIDTH, NAMES, COUNTS = 52.0, 15.0, 620.0, 130.0, 110.0
IMAGE, MOST_BOXES, MOST_ROWS = 250.0, 8, 14
BOX_COLORS = ("pool", "letter_a", "merge", "conv", "macs", "linear", "saved", "activation")


class Cone(NamedTuple):
    """One unit, and what it reads of every step up to its own, along one axis."""

    steps: tuple[Step, ...]
    names: tuple[str, ...]
    read: Mapping[str, int]
    unit: int
    axis: int

    def bits(self, row: Row) -> int:
        """Positions of a row that the unit reads."""
        return self.read.get(row.name, 0)


def field_view(analysis: Analysis, *, layer: str | None = None, axis: int = 0) -> Scene:
    """The cone of a unit in the middle of ``layer``, and the fields on the image."""
    way = trunk(analysis, MOST_ROWS)
    top = _chosen(analysis, layer, way)
    axes = len(top.output_shape) - 1
    if not 0 <= axis < axes:
        raise UsageError(f"{top.name} has {axes} axes, counted from 0; there is no axis {axis}")
    cone = _cone(analysis, way, top, axis)
    width = MARGIN * 2 + NAMES + CONE_WIDTH + COUNTS
    nested = _nested(way, width) if axes > 1 else ((), 0.0, 0.0)
    total = width + nested[1]
    line = f"what a unit in the middle of {cone.names[-1]} sees: {field(top)} of the input"
    head_end, head = title(analysis.network.name, line, total)
    items, bottom = _rows(cone, head_end + 30)
    phases, bottom = _phases(top, axis, bottom)
    notes = paragraph(_note(cone), 9, total - 2 * MARGIN, max(bottom, nested[2]) + 24)
    scene = (*head, *items, *phases, *nested[0], *notes)
    return Scene(analysis.network.name, describe(analysis), total, notes[-1].y + 14, scene)


def _note(cone: Cone) -> str:
    axis = ("first", "second", "third")[cone.axis]
    return (
        f"cone: one square per position along the {axis} axis, filled where the unit reads it, exact on "
        "this input, padding not drawn · boxes: fields of a unit in the interior, dashed where larger than "
        "the image"
    )


def _chosen(analysis: Analysis, layer: str | None, way: Trunk) -> Row:
    """The layer asked for, or the last one on the main way that does not see everything."""
    if layer is not None:
        row = analysis[layer]
        if len(row.output_shape) < 2:
            raise UsageError(f"{row.name} has no positions: its output is flat ({shape(row.output_shape)})")
        return row
    rows = [step.last.head for step in way.steps if len(step.last.last.output_shape) > 1 and step.last.inputs]
    if not rows:
        raise UsageError(f"{analysis.network.name} has no layer with positions, and so no receptive fields")
    return next((row for row in reversed(rows) if _is_inside(analysis, row)), rows[0])


def _is_inside(analysis: Analysis, row: Row) -> bool:
    """Whether its field is smaller than the input, and it has neighbours."""
    enters = analysis.network[row.field.reference.name].output_shape[1:]
    sizes = zip(row.field.size, enters, strict=False)
    return (
        not row.field.is_global
        and all(size < whole for size, whole in sizes)
        and max(row.output_shape[1:]) > 1
    )


def _cone(analysis: Analysis, way: Trunk, top: Row, axis: int) -> Cone:
    unit = top.output_shape[axis + 1] // 2
    place = Axis(axis, len(top.output_shape) - 1)
    read = sets.back(Wiring(analysis.network), top.name, place, sets.one(unit))
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
    spans: list[tuple[float, float]] = []
    items: list[Item] = []
    for place, (step, name) in enumerate(steps):
        y = top + ROW * place
        row = next(row for row in step.last.rows[::-1] if row.name in cone.read)
        span, units = _units(cone.bits(row), row.output_shape[cone.axis + 1], y, look(step.last.family).role)
        if spans:
            items.insert(0, _side(spans[-1], span, y))
        items.append(_line(cone, row, name, y, units))
        items += _between(step, y)
        spans.append(span)
    return items, top + ROW * len(steps)


def _line(cone: Cone, row: Row, name: str, y: float, units: Iterable[Item]) -> Group:
    size = row.output_shape[cone.axis + 1]
    count = f"{cone.bits(row).bit_count()} of {size}"
    texts = (
        Text(MARGIN, y + 11.5, fitted(name, 11, NAMES - 42, bold=True), 11, bold=True),
        Text(MARGIN + NAMES - 8, y + 11.5, str(size), 10, anchor="end", color="muted"),
        Text(MARGIN + NAMES + CONE_WIDTH + 12, y + 11.5, count, 10),
    )
    label = f"{row.name}: the unit reads {count} positions"
    return Group((*units, *texts), label=label, key=row.name, role="node")


def _units(bits: int, size: int, y: float, role: str) -> tuple[tuple[float, float], list[Item]]:
    """Squares for every position, and from where to where those read reach."""
    pitch = min(CONE_WIDTH / size, 46.0)
    left = MARGIN + NAMES + (CONE_WIDTH - pitch * size) / 2
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


def _side(above: tuple[float, float], below: tuple[float, float], y: float) -> Item:
    """The cone between two rows."""
    high, low = y - ROW + UNIT + 2, y - 2
    corners = [(above[0], high), (above[1], high), (below[1], low), (below[0], low)]
    return Path(polyline(corners, closed=True), fill="cone")


def _between(step: Step, y: float) -> Iterable[Item]:
    """What lies between a row and the one below it: the window, or how many layers."""
    head = step.last.head
    if not head.inputs:
        return
    middle = MARGIN + NAMES + CONE_WIDTH / 2
    text = crosses(head.label) if len(step.cards) == 1 else f"{step.layers} layers"
    yield Text(middle, y + UNIT + 22, text, 9.5, anchor="middle", color="muted")


def _phases(top: Row, axis: int, y: float) -> tuple[list[Item], float]:
    """What the units of each phase read, where they differ."""
    spans = [span for span in top.field.spans[axis] if span]
    if len(spans) < 2:
        return [], y
    low, high = min(a for a, _ in spans), max(b for _, b in spans)
    unit = min(10.0, (CONE_WIDTH - 40) / (high - low + 1))
    heading = f"phases: units read by turns {', '.join(str(b - a + 1) for a, b in spans[:12])} positions"
    items: list[Item] = [Text(MARGIN, y + 12, heading, 11, bold=True)]
    for place, (first, last) in enumerate(spans[:12]):
        at = y + 22 + 15 * place
        left = MARGIN + NAMES + unit * (first - low)
        items.append(Text(MARGIN, at + 8, f"unit {place}, {place + len(spans)}, …", 9.5, color="muted"))
        items.append(Box(left, at, unit * (last - first + 1), 9, fill="conv"))
        items.append(
            Text(left + unit * (last - first + 1) + 6, at + 8, f"{first} to {last}", 9.5, color="muted")
        )
    return items, y + 26 + 15 * len(spans[:12])


def _nested(way: Trunk, left: float) -> tuple[tuple[Item, ...], float, float]:
    """The fields of the steps as boxes on the image; the items, their width and their end."""
    rows = _growing(way)
    if not rows:
        return (), 0.0, 0.0
    reference = next(iter(rows.values())).field.reference
    image = reference.output_shape[-2:]
    largest = max(*image, *(size for row in rows.values() for size in row.field.size[-2:]))
    unit = IMAGE / largest
    x, y = left + 20, 118.0
    middle = (x + IMAGE / 2, y + IMAGE / 2)
    heading = f"the fields on the image, {image[0]}×{image[1]}"
    items: list[Item] = [Text(x, y - 16, heading, 12, bold=True), _centred(middle, image, unit, "")]
    for place, row in reversed(list(enumerate(rows.values()))):
        size = row.field.size[-2:]
        outside = size[0] > image[0] or size[1] > image[1]
        items.append(_centred(middle, size, unit, BOX_COLORS[place], dash=outside))
    keys, end = _keys(rows, image, x + IMAGE + 26, y + 4)
    return (*items, *keys), IMAGE + 66 + end, y + IMAGE


def _growing(way: Trunk) -> Mapping[str, Row]:
    """Steps whose field is larger than that of the step before them, a few of them, by name."""
    found: dict[str, Row] = {}
    last: tuple[int, ...] = ()
    for step, name in zip(way.steps, way.names, strict=True):
        row = step.last.last
        if row.inputs and len(row.field.size) > 1 and not row.field.is_global and row.field.size > last:
            found[name], last = row, row.field.size
    names = list(found)[::-1]
    kept = names[:: max(1, -(-len(names) // MOST_BOXES))][::-1]
    return {name: found[name] for name in kept}


def _centred(
    middle: tuple[float, float], size: Sequence[int], unit: float, role: str, *, dash: bool = False
) -> Item:
    high, wide = size[0] * unit, size[1] * unit
    corner = (middle[0] - wide / 2, middle[1] - high / 2)
    if not role:
        return Box(*corner, wide, high, fill="panel", stroke="ink")
    return Box(*corner, wide, high, stroke=role, thickness=2, dash=dash)


def _keys(rows: Mapping[str, Row], image: Sequence[int], x: float, y: float) -> tuple[list[Item], float]:
    items: list[Item] = [Text(x, y, "from the inside out", 9.5, color="muted")]
    for place, (name, row) in enumerate(rows.items()):
        size = row.field.size[-2:]
        beyond = size[0] > image[0] or size[1] > image[1]
        part = share(size[0] * size[1], image[0] * image[1])
        text = f"{name}: {field(row)}" + (", beyond the image" if beyond else f" = {part} of it")
        at = y + 20 + 20 * place
        items.append(Box(x, at - 6, 16, 4, fill=BOX_COLORS[place]))
        items.append(Text(x + 22, at, fitted(text, 10, 300), 10))
    return items, max(item.width for item in items if isinstance(item, Text)) + 22
