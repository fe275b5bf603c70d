"""The cost view: what each layer takes, as bars that stand under each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.render.figures import shape, share, short
from cnncalc.render.graph.cards import Card, cards
from cnncalc.render.heading import MARGIN, paragraph, title, totals
from cnncalc.render.icons import icon
from cnncalc.render.metrics import fitted, fitted_end, text_width
from cnncalc.render.scene import Box, Group, Item, Scene, Text
from cnncalc.render.words import describe

LINE, BAR, LONGEST, COLUMN = 19.0, 11.0, 130.0, 232.0
MANY_LINES = 46


class Column(NamedTuple):
    """A quantity: its heading, unit, colour, pattern, its value on every line, and their sum."""

    heading: str
    unit: str
    role: str
    pattern: str
    values: Sequence[int]
    total: int
    most: int


class Line(NamedTuple):
    """One line: its name, and the cards that it adds up."""

    name: str
    cards: tuple[Card, ...]


def cost(analysis: Analysis, *, most: int = MANY_LINES) -> Scene:
    """Parameters, MACs, activations and bytes kept for backward, in at most about ``most`` lines."""
    lines = _lines(analysis, most)
    columns = _columns(lines)
    names = 40 + min(200.0, max(text_width(line.name, 11, bold=True) for line in lines))
    shapes = names + 14 + max(text_width(_shape(line), 10) for line in lines)
    width = shapes + 20 + COLUMN * len(columns) + MARGIN / 2
    top, head = title(analysis.network.name, totals(analysis), width)
    items = [*head, *_headings(columns, shapes + 20, top + 30)]
    first = top + 42
    for place, line in enumerate(lines):
        items.append(_line(line, columns, (names, shapes + 20, first + LINE * place, width), place))
    notes = paragraph(_note(), 9, width - 2 * MARGIN, first + LINE * len(lines) + 20)
    return Scene(analysis.network.name, describe(analysis), width, notes[-1].y + 14, (*items, *notes))


def _note() -> str:
    return (
        "bars: share of the largest line in the column; percent: share of the network's total · bytes in "
        "float32, one sample; views take none · kept for backward: what autograd saves, by the first layer "
        "that keeps it"
    )


def _columns(lines: Sequence[Line]) -> list[Column]:
    columns = (
        ("parameters", "", "params", "", "params"),
        ("MACs", "", "macs", "stripes", "macs"),
        ("activations", "B", "activations", "dots", "activation_bytes"),
        ("kept for backward", "B", "saved", "", "saved_bytes"),
    )
    made = []
    for heading, unit, role, pattern, quantity in columns:
        values = [_total(line, quantity) for line in lines]
        made.append(Column(heading, unit, role, pattern, values, sum(values), max(values)))
    return made


def _total(line: Line, quantity: str) -> int:
    """A quantity added up over a line."""
    return sum(getattr(row, quantity) for card in line.cards for row in card.rows)


def _lines(analysis: Analysis, most: int) -> list[Line]:
    """One line per card, or per part where that would be too many."""
    shown = cards(analysis)
    deepest = max(len(card.path) for card in shown)
    tries = (_by_parts(shown, depth) for depth in range(deepest + 1, 1, -1))
    return next((lines for lines in tries if len(lines) <= most), None) or _by_parts(shown, 1)


def _by_parts(shown: Sequence[Card], depth: int) -> list[Line]:
    """Lines for the parts nested so deep, and for the cards that lie less deep."""
    lines: dict[str, list[Card]] = {}
    for card in shown:
        inside = len(card.path) >= depth
        lines.setdefault(".".join(card.path[:depth]) if inside else card.name, []).append(card)
    return [Line(name, tuple(found)) for name, found in lines.items()]


def _shape(line: Line) -> str:
    return shape(line.cards[-1].last.output_shape)


def _headings(columns: Sequence[Column], x: float, y: float) -> Iterable[Item]:
    for place, column in enumerate(columns):
        text = f"{column.heading}: {column.total:,}{f' {column.unit}' if column.unit else ''}"
        yield Text(x + COLUMN * place, y, fitted(text, 11, COLUMN - 8, bold=True), 11, bold=True)


def _line(
    line: Line, columns: Sequence[Column], place: tuple[float, float, float, float], number: int
) -> Group:
    names, start, y, width = place
    base = y + 13
    items: list[Item] = []
    if number % 2 == 0:
        items.append(Box(MARGIN / 2, y, width - MARGIN, LINE, fill="panel"))
    items += icon(line.cards[-1].family, MARGIN, y + 3.5)
    items.append(Text(MARGIN + 18, base, fitted_end(line.name, 11, 200, bold=True), 11, bold=True))
    items.append(Text(names + 14, base, _shape(line), 10, color="muted"))
    words = []
    for index, column in enumerate(columns):
        value = column.values[number]
        items += _bar(column, value, (start + COLUMN * index, y))
        words.append(f"{value:,} {column.heading}{' bytes' if column.unit else ''}")
    label = f"{line.name}: {_shape(line)}, {', '.join(words)}"
    return Group(tuple(items), label=label, key=line.name, role="node")


def _bar(column: Column, value: int, at: tuple[float, float]) -> Iterable[Item]:
    x, y = at
    length = max(1.0, LONGEST * value / column.most) if value else 0.0
    if value:
        yield Box(x, y + (LINE - BAR) / 2, length, BAR, fill=column.role, pattern=column.pattern)
    unit = (column.unit if short(value)[-1].isalpha() else f" {column.unit}") if column.unit else ""
    text = f"{short(value)}{unit} · {share(value, column.total)}" if value else "0"
    yield Text(x + length + (5 if value else 0), y + 13, text, 10, color="ink" if value else "muted")
