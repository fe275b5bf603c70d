"""The matrix view: a layer as the matrix that it multiplies its input by.

Equal letters are one shared weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_letters
from typing import NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.render.figures import shape
from cnncalc.render.heading import MARGIN, paragraph, title
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Group, Item, Point, Scene, Text, moved
from cnncalc.render.weight_grids import Grid, grids_of, is_matrix
from cnncalc.render.words import describe

CELL, MOST_GRIDS = 21.0, 4
WIDTHS, NARROWEST, ASPECT = (1300.0, 1100.0, 950.0, 800.0, 650.0), 420.0, 1.4
"""Widths that are tried, the least one, and the width over the height that a page or slide has."""
LETTER_COLORS = ("letter_a", "letter_b", "letter_c", "letter_d", "letter_e", "letter_f")


def matrix(analysis: Analysis, *, layer: str | None = None) -> Scene:
    """One layer as a matrix, or the first few layers whose matrices look different."""
    rows = [analysis[layer]] if layer else _different(analysis)
    grids = [grid for row in rows for grid in grids_of(row)]
    if not grids:
        raise UsageError(_refusal(analysis, analysis[layer] if layer else None))
    return _scene(analysis, grids)


def _refusal(analysis: Analysis, row: Row | None) -> str:
    """Why there is no matrix to show."""
    known = "convolutions, pools and fully connected layers are shown as matrices"
    if row is None:
        return f"{analysis.network.name} has no layer to show as a matrix; {known}"
    if row.layer.family in ("linear", "recurrent", "attention") and len(row.output_shape) > 1:
        steps = shape(row.output_shape[:-1])
        return f"{row.name} ({row.label}) is not one matrix to show: its weights serve all {steps} steps"
    return f"{row.name} ({row.label}) is no matrix to show; {known}"


def _different(analysis: Analysis) -> list[Row]:
    """Layers with a connection table, then those with new windows, then a linear layer."""
    tables = [row for row in analysis if getattr(row.layer, "table", None)]
    seen = {_kind_of_window(row): row for row in tables}
    for row in filter(is_matrix, analysis):
        seen.setdefault(_kind_of_window(row), row)
    return list(seen.values())[:MOST_GRIDS]


def _kind_of_window(row: Row) -> object:
    taps = row.layer.taps(row.node.site)[0]
    return (row.layer.family, repr(taps[-1]) if taps else "")


def _scene(analysis: Analysis, grids: list[Grid]) -> Scene:
    """Grids in rows, as many as let all be drawn as large as a page allows."""
    drawn = [_drawn(grid) for grid in grids]
    flows = (_flow([extent for _, *extent in drawn], width) for width in WIDTHS)
    flow = min(flows, key=lambda flow: max(flow.right, flow.bottom * ASPECT))
    right = max(flow.right, NARROWEST)
    line = "layers as matrices: output values down, input values across"
    top, items = title(analysis.network.name, line, right + MARGIN)
    placed: list[Item] = list(items)
    for (grid, *_), (x, y) in zip(drawn, flow.places, strict=True):
        placed += moved(grid, x, top + 22 + y)
    note = "equal letters: one weight, used many times; empty: zero"
    notes = paragraph(note, 9, right - MARGIN, top + 22 + flow.bottom + 18)
    return Scene(
        analysis.network.name, describe(analysis), right + MARGIN, notes[-1].y + 14, (*placed, *notes)
    )


class _Flow(NamedTuple):
    """Where grids stand in rows, and how far that reaches."""

    places: tuple[Point, ...]
    right: float
    bottom: float


def _flow(extents: Sequence[Sequence[float]], widest: float) -> _Flow:
    """Grids next to each other, and below where they would go beyond a width."""
    x, y, low, right = MARGIN, 0.0, 0.0, 0.0
    places: list[Point] = []
    for width, height in extents:
        if x > MARGIN and x + width > widest:
            x, y, low = MARGIN, y + low + 26, 0.0
        places.append((x, y))
        x, low, right = x + width + 34, max(low, height), max(right, x + width)
    return _Flow(tuple(places), right, y + low)


def _drawn(grid: Grid) -> tuple[tuple[Item, ...], float, float]:
    """A grid from the origin, and its extent."""
    left = 8 + max(text_width(name, 9) for name in grid.rows)
    width = max(left + CELL * len(grid.columns), 250.0)
    items: list[Item] = []
    for text in _wrapped(grid.heading, 11.5, width, bold=True):
        items.append(text._replace(y=11.5 + 15 * len(items)))
    top = 15.0 * len(items) + 22
    items += _cells(grid, left, top)
    for place, name in enumerate(grid.columns):
        items.append(Text(left + CELL * (place + 0.5), top - 5, name, 9, anchor="middle", color="muted"))
    for place, name in enumerate(grid.rows):
        items.append(Text(left - 5, top + CELL * (place + 0.5) + 3, name, 9, anchor="end", color="muted"))
    y = top + CELL * len(grid.rows) + 16
    for note in grid.notes:
        for text in _wrapped(note, 9.5, width):
            items.append(text._replace(y=y))
            y += 13
    label = f"{grid.heading}; {'; '.join(grid.notes)}"
    return (Group(tuple(items), label=label, role="matrix"),), width, y


def _wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[Text]:
    lines = paragraph(text, size, room / (1.08 if bold else 1.0), 0)
    color = "ink" if bold else "muted"
    return [Text(0, 0, fitted(line.text, size, room, bold=bold), size, bold, color=color) for line in lines]


def _cells(grid: Grid, left: float, top: float) -> Iterable[Item]:
    for y in range(len(grid.rows)):
        for x in range(len(grid.columns)):
            at = (left + CELL * x, top + CELL * y)
            letter = grid.cells.get((y, x), "")
            yield Box(*at, CELL, CELL, fill=_fill(grid, letter), stroke="faint")
            if letter:
                middle = (at[0] + CELL / 2, at[1] + CELL / 2 + 3.5)
                fill = _fill(grid, letter)
                color = "letter_ink" if fill in LETTER_COLORS else "ink"
                yield Text(*middle, letter, 10, bold=True, anchor="middle", color=color)


def _fill(grid: Grid, letter: str) -> str:
    if not letter:
        return "card"
    if not grid.colored:
        return "conv_soft"
    number = ascii_letters.index(letter) if letter in ascii_letters else int(letter)
    return LETTER_COLORS[number % len(LETTER_COLORS)]
