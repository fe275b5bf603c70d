"""The field view: what one unit sees, layer by layer and on the image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.fields import sets
from cnncalc.fields.extent import Span
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.render.figures import crosses, shape, share
from cnncalc.render.graph.cards import cards, field
from cnncalc.render.heading import MARGIN, paragraph, title
from cnncalc.render.icons import look
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Command, Group, Item, Path, Point, Scene, Text, polyline
from cnncalc.render.trunk import Step, Trunk, trunk
from cnncalc.render.words import describe

ROW, UNIT, CONE_WIDTH, COUNTS = 52.0, 15.0, 540.0, 74.0
NARROW_NAMES, WIDE_NAMES, SIZES = 60.0, 190.0, 42.0
"""Room for the names of steps, at least and at most, and for their sizes."""
IMAGE, MOST_BOXES, MOST_ROWS, MOST_PHASES = 260.0, 8, 14, 12
BOX_COLORS = ("pool", "letter_a", "merge", "conv", "macs", "linear", "saved", "activation")


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
    top = _chosen(analysis, layer, way)
    axes = len(top.output_shape) - 1
    if not 0 <= axis < axes:
        raise UsageError(f"{top.name} has {axes} axes, counted from 0; there is no axis {axis}")
    cone = _cone(analysis, way, top, axis)
    width = cone.left + CONE_WIDTH + COUNTS + MARGIN
    nested = _nested(way, width) if axes > 1 else ((), 0.0, 0.0)
    total = width + nested[1]
    line = f"what a unit in the middle of {cone.names[-1]} sees: {field(top)} of the input"
    head_end, head = title(analysis.network.name, line, total)
    items, bottom = _rows(cone, head_end + 30)
    phases, bottom = _phases(top, cone, bottom)
    notes = paragraph(
        _note(cone, has_boxes=bool(nested[0])), 9, total - 2 * MARGIN, max(bottom, nested[2]) + 24
    )
    scene = (*head, *items, *phases, *nested[0], *notes)
    return Scene(analysis.network.name, describe(analysis), total, notes[-1].y + 14, scene)


def _note(cone: Cone, *, has_boxes: bool) -> str:
    axis = ("first", "second", "third")[cone.axis]
    boxes = " · boxes: fields of a unit in the interior, dashed where larger than the image"
    return (
        f"cone: one square per position along the {axis} axis, filled where the unit reads it, exact on "
        f"this input, padding not drawn{boxes if has_boxes else ''}"
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
        span, units = _units(cone, row, y, look(step.last.family).role)
        if spans:
            items.insert(0, _side(spans[-1], span, y))
        items.append(_line(cone, row, name, y, units))
        items += _between(step, cone.left + CONE_WIDTH / 2, y)
        spans.append(span)
    return items, top + ROW * len(steps)


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


def _units(cone: Cone, row: Row, y: float, role: str) -> tuple[tuple[float, float], list[Item]]:
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


def _side(above: tuple[float, float], below: tuple[float, float], y: float) -> Item:
    """The cone between two rows."""
    high, low = y - ROW + UNIT + 2, y - 2
    corners = [(above[0], high), (above[1], high), (below[1], low), (below[0], low)]
    return Path(polyline(corners, closed=True), fill="cone")


def _between(step: Step, middle: float, y: float) -> Iterable[Item]:
    """What lies between a row and the one below it: the window, or how many layers."""
    head = step.last.head
    if not head.inputs:
        return
    text = crosses(head.label) if len(step.cards) == 1 else f"{step.layers} layers"
    yield Text(middle, y + UNIT + 22, text, 9.5, anchor="middle", color="muted")


def _phases(top: Row, cone: Cone, y: float) -> tuple[list[Item], float]:
    """What the units of each phase read, where they differ; neighbours that read the same together."""
    spans = top.field.spans[cone.axis]
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


def _nested(way: Trunk, left: float) -> tuple[tuple[Item, ...], float, float]:
    """The fields of the steps as boxes on the image; the items, their width and their end."""
    rows = _growing(way)
    if not rows:
        return (), 0.0, 0.0
    reference = next(iter(rows.values())).field.reference
    image = reference.output_shape[-2:]
    sizes = [image, *(row.field.size[-2:] for row in rows.values())]
    unit = IMAGE / max(map(max, sizes))
    x, y, high = left + 10, 118.0, unit * max(size[0] for size in sizes)
    middle = (x + IMAGE / 2, y + high / 2)
    heading = f"the fields on the image, {image[0]}×{image[1]}"
    items: list[Item] = [Text(x, y - 16, heading, 12, bold=True), _centred(middle, image, unit, "")]
    for place, row in reversed(list(enumerate(rows.values()))):
        size = row.field.size[-2:]
        outside = size[0] > image[0] or size[1] > image[1]
        items.append(_centred(middle, size, unit, BOX_COLORS[place], dash=outside))
    keys, end = _keys(rows, image, x, y + high + 22)
    return (*items, *keys), IMAGE + 30, end


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
    """What each box is, below each other, and where that ends."""
    items: list[Item] = [Text(x, y, "from the inside out", 9.5, color="muted")]
    for place, (name, row) in enumerate(rows.items()):
        size = row.field.size[-2:]
        beyond = size[0] > image[0] or size[1] > image[1]
        part = share(size[0] * size[1], image[0] * image[1])
        text = f"{name}: {field(row)}" + (", beyond the image" if beyond else f" = {part} of it")
        at = y + 18 + 17 * place
        items.append(Box(x, at - 6, 16, 4, fill=BOX_COLORS[place]))
        items.append(Text(x + 22, at, fitted(text, 10, IMAGE - 22), 10))
    return items, y + 6 + 17 * len(rows)
