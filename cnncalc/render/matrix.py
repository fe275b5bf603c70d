"""The matrix view: a layer as the matrix that it multiplies its input by.

Equal letters are one shared weight. Small layers are shown whole, large ones along one axis of one
channel, where the band of a convolution, its stride, dilation and padding can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from string import ascii_letters
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.layers.classic import RBF
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC, Linear
from cnncalc.render.figures import crosses, shape, share
from cnncalc.render.heading import MARGIN, paragraph, title
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Group, Item, Scene, Text, moved
from cnncalc.render.words import describe
from cnncalc.taps import Taps, Window

CELL, WHOLE, LONGEST, MOST_GRIDS = 21.0, 40, 12, 4
_POOLED = {
    "maxpool": "; a: the values of which the largest passes",
    "avgpool": "; a: one over the number of values",
    "subsample": "; a: the one coefficient of the map",
}
LETTER_COLORS = ("letter_a", "letter_b", "letter_c", "letter_d", "letter_e", "letter_f")

Cells = Mapping[tuple[int, int], str]
"""What stands at (row, column); nothing elsewhere."""


class Grid(NamedTuple):
    """A matrix: its heading, cells, names of rows and columns, and lines below it."""

    heading: str
    cells: Cells
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    colored: bool = True


def matrix(analysis: Analysis, *, layer: str | None = None) -> Scene:
    """One layer as a matrix, or the first few layers whose matrices look different."""
    rows = [analysis[layer]] if layer else _different(analysis)
    grids = [grid for row in rows for grid in _grids(row)]
    if not grids:
        what = f"{layer} of {analysis.network.name}" if layer else analysis.network.name
        raise UsageError(f"{what} has no convolution, pool or linear layer to show as a matrix")
    return _scene(analysis, grids)


def _different(analysis: Analysis) -> list[Row]:
    """Layers with a connection table, then those with new windows, then a linear layer."""
    tables = [row for row in analysis if getattr(row.layer, "table", None)]
    seen = {_kind_of_window(row): row for row in tables}
    for row in filter(_is_matrix, analysis):
        seen.setdefault(_kind_of_window(row), row)
    return list(seen.values())[:MOST_GRIDS]


def _is_matrix(row: Row) -> bool:
    """Whether one matrix says it all: not where steps share weights, or states pass between them."""
    if row.layer.family == "linear":
        return isinstance(row.layer, Linear | FC | RBF) and len(row.output_shape) == 1
    return row.layer.family in ("conv", "pool") and bool(row.inputs)


def _kind_of_window(row: Row) -> object:
    taps = row.layer.taps(row.node.site)[0]
    return (row.layer.family, repr(taps[-1]) if taps else "")


def _grids(row: Row) -> Iterable[Grid]:
    if not _is_matrix(row):
        return
    if getattr(row.layer, "table", None):
        yield _connections(row)
    taps = row.layer.taps(row.node.site)[0]
    enters, leaves = (int(formulas.element_count(s)) for s in (row.input_shapes[0], row.output_shape))
    if max(enters, leaves) <= WHOLE and row.layer.family != "linear":
        yield _whole(row, taps)
    elif row.layer.family == "linear":
        yield _dense(row, enters, leaves)
    elif taps and isinstance(taps[-1], Window):
        yield _slice(row, taps[-1])


def _connections(row: Row) -> Grid:
    """Which input maps each output map reads, as LeCun's Table I draws it."""
    assert isinstance(row.layer, Conv)
    table = row.layer.table or ()
    channels = row.input_shapes[0][0]
    cells = {(source, number): "X" for number, maps in enumerate(table) for source in maps}
    counts = " ".join(str(len(maps)) for maps in table)
    return Grid(
        f"{row.name}: which map of {row.inputs[0]} feeds which map",
        cells,
        tuple(map(str, range(channels))),
        tuple(map(str, range(len(table)))),
        (
            f"{len(cells)} of {channels * len(table)} pairs; inputs per map: {counts}",
            row.explain("params"),
        ),
        colored=False,
    )


def _whole(row: Row, taps: tuple[Taps, ...]) -> Grid:
    """Every output value against every input value."""
    enters, leaves = row.input_shapes[0], row.output_shape
    channel_taps = row.layer.channel_taps(row.node.site)[0]
    letters: dict[object, str] = {}
    cells: dict[tuple[int, int], str] = {}
    for place, at in enumerate(product(*map(range, leaves))):
        positions = [
            list(_weighed(tap, unit, size)) for tap, unit, size in zip(taps, at[1:], enters[1:], strict=False)
        ]
        for channel in channel_taps.inside(at[0], enters[0]):
            for read in product(*positions):
                source = _flat((channel, *(position for _, position in read)), enters)
                weight = _weight(row, at[0], channel, tuple(tap for tap, _ in read))
                cells[place, source] = letters.setdefault(weight, _letter(len(letters)))
    return Grid(
        _heading(row),
        cells,
        _names("y", leaves),
        _names("x", enters),
        _counts(row, cells, leaves, enters, letters),
    )


def _weight(row: Row, out: int, channel: int, taps: tuple[int, ...]) -> tuple[int, ...]:
    """What tells one weight from another: a pool has one for all, or one per map."""
    if row.layer.family == "conv":
        return (out, channel, *taps)
    return (out,) if row.params else ()


def _weighed(tap: Taps, unit: int, size: int) -> Iterable[tuple[int, int]]:
    """Pairs of a tap's number and the position that it reads, inside the input."""
    return ((number, at) for number, at in enumerate(tap.reads(unit)) if 0 <= at < size)


def _flat(at: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    place = 0
    for index, size in zip(at, sizes, strict=False):
        place = place * size + index
    return place


def _slice(row: Row, taps: Window) -> Grid:
    """One channel along the last axis; long axes are cut off."""
    enters, leaves = row.input_shapes[0][-1], row.output_shape[-1]
    columns = min(enters, max(LONGEST, int(taps.extent) + 3 * int(taps.stride)))
    rows = [unit for unit in range(leaves) if max(taps.reads(unit)) < columns or columns == enters]
    cells = {
        (place, at): _letter(number if row.layer.family == "conv" else 0)
        for place, unit in enumerate(rows)
        for number, at in _weighed(taps, unit, columns)
    }
    heading = f"{_heading(row)}, along one axis"
    cut = columns < enters or len(rows) < leaves
    notes = [_window_note(row, taps), *_slice_counts(cells, len(rows), columns)]
    if cut:
        notes.append(f"the first {len(rows)} of {leaves} rows and {columns} of {enters} columns")
    return Grid(
        heading,
        cells,
        tuple(f"y{unit}" for unit in rows),
        tuple(f"x{at}" for at in range(columns)),
        tuple(notes),
    )


def _window_note(row: Row, taps: Window) -> str:
    padding = f"{taps.before}" if taps.before == taps.after else f"{taps.before} and {taps.after}"
    window = f"kernel {taps.kernel}, stride {taps.stride}, padding {padding}, dilation {taps.dilation}"
    return window + _POOLED.get(row.kind, "")


def _slice_counts(cells: Cells, rows: int, columns: int) -> Iterable[str]:
    letters = len(set(cells.values()))
    yield (
        f"{rows}×{columns} matrix: {len(cells)} of {rows * columns} are not zero "
        f"({share(len(cells), rows * columns)}), {letters} different"
    )


def _dense(row: Row, enters: int, leaves: int) -> Grid:
    """A corner of a matrix in which every weight is its own."""
    columns, rows = min(enters, LONGEST), min(leaves, 8)
    cells = {(y, x): "·" for y in range(rows) for x in range(columns)}
    notes = [f"{leaves}×{enters} matrix: every weight is its own", row.explain("params")]
    if (rows, columns) != (leaves, enters):
        notes.append(f"the first {rows} of {leaves} rows and {columns} of {enters} columns")
    return Grid(
        _heading(row),
        cells,
        tuple(f"y{y}" for y in range(rows)),
        tuple(f"x{x}" for x in range(columns)),
        tuple(notes),
        colored=False,
    )


def _counts(
    row: Row, cells: Cells, leaves: tuple[int, ...], enters: tuple[int, ...], letters: Mapping[object, str]
) -> tuple[str, ...]:
    rows, columns = (int(formulas.element_count(sizes)) for sizes in (leaves, enters))
    filled = f"{len(cells)} of {rows * columns} are not zero ({share(len(cells), rows * columns)})"
    return (f"{rows}×{columns} matrix: {filled}, {len(letters)} different", row.explain("params"))


def _names(letter: str, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """Names of values: by number, flat."""
    return tuple(f"{letter}{number}" for number in range(int(formulas.element_count(sizes))))


def _letter(number: int) -> str:
    return ascii_letters[number] if number < len(ascii_letters) else str(number)


def _heading(row: Row) -> str:
    return f"{row.name}: {crosses(row.label)}, {shape(row.input_shapes[0])} to {shape(row.output_shape)}"


def _scene(analysis: Analysis, grids: list[Grid]) -> Scene:
    """Grids in rows of about a page's width."""
    drawn = [_drawn(grid) for grid in grids]
    widest = max(1300.0, *(width for _, width, _ in drawn))
    top, items = title(
        analysis.network.name, "layers as matrices: output values down, input values across", widest
    )
    x, y, low, right = MARGIN, top + 22, 0.0, 420.0
    placed: list[Item] = list(items)
    for grid, width, height in drawn:
        if x > MARGIN and x + width > widest:
            x, y, low = MARGIN, y + low + 26, 0.0
        placed += moved(grid, x, y)
        x, low, right = x + width + 34, max(low, height), max(right, x + width)
    note = "equal letters: one weight, used many times; empty: zero"
    notes = paragraph(note, 9, right, y + low + 18)
    return Scene(
        analysis.network.name, describe(analysis), right + MARGIN, notes[-1].y + 14, (*placed, *notes)
    )


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
                yield Text(*middle, letter, 10, bold=True, anchor="middle")


def _fill(grid: Grid, letter: str) -> str:
    if not letter:
        return "card"
    if not grid.colored:
        return "conv_soft"
    number = ascii_letters.index(letter) if letter in ascii_letters else int(letter)
    return LETTER_COLORS[number % len(LETTER_COLORS)]
