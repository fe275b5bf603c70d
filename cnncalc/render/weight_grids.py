"""A layer's weights as grids: what stands at which row and column of the matrix it multiplies by.

Small layers come whole, large ones along one axis of one channel, where the band of a convolution,
its stride, dilation and padding can be seen; of huge ones a corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from string import ascii_letters
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Row
from cnncalc.layers.classic import RBF
from cnncalc.layers.conv import Conv, Local
from cnncalc.layers.linear import FC, Linear
from cnncalc.render.figures import crosses, shape, share
from cnncalc.taps import Taps, Window

WHOLE, LONGEST, FEW = 40, 12, 8
"""Sizes up to which a matrix is whole, and rows and columns that are shown of a larger one."""
_POOLED = {
    "maxpool": "; a: the values of which the largest passes",
    "avgpool": "; a: one over the number of values",
    "subsample": "; a: the one coefficient of the map",
}

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


def is_matrix(row: Row) -> bool:
    """Whether one matrix says it all: not where steps share weights, or states pass between them."""
    if row.layer.family == "linear":
        return isinstance(row.layer, Linear | FC | RBF) and len(row.output_shape) == 1
    return row.layer.family in ("conv", "pool") and bool(row.inputs)


def grids_of(row: Row) -> Iterable[Grid]:
    """A connection table, and the matrix whole or in part."""
    if not is_matrix(row):
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
                weight = _weight(row, at, channel, tuple(tap for tap, _ in read))
                cells[place, source] = letters.setdefault(weight, _letter(len(letters)))
    return Grid(
        _heading(row),
        cells,
        _names("y", leaves),
        _names("x", enters),
        _counts(row, cells, leaves, enters, letters),
    )


def _weight(row: Row, at: tuple[int, ...], channel: int, taps: tuple[int, ...]) -> tuple[int, ...]:
    """What tells one weight from another: a pool has one for all, or one per map."""
    if isinstance(row.layer, Local):
        return (*at, channel, *taps)
    if row.layer.family == "conv":
        return (at[0], channel, *taps)
    return (at[0],) if row.params else ()


def _weighed(tap: Taps, unit: int, size: int) -> Iterable[tuple[int, int]]:
    """Pairs of a tap's number and the position that it reads, inside the input."""
    if isinstance(tap, Window):
        start = tap.reads(unit).start
        return (((at - start) // tap.dilation, at) for at in tap.inside(unit, size))
    return ((number, at) for number, at in enumerate(tap.reads(unit)) if 0 <= at < size)


def _flat(at: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    place = 0
    for index, size in zip(at, sizes, strict=False):
        place = place * size + index
    return place


def _slice(row: Row, taps: Window) -> Grid:
    """One channel along the last axis; long axes are cut off."""
    enters, leaves = row.input_shapes[0][-1], row.output_shape[-1]
    columns = min(enters, max(LONGEST, min(int(taps.extent) + 3 * int(taps.stride), WHOLE)))
    rows = _full_rows(taps, leaves, columns if columns < enters else None)
    cells = _slice_cells(row, taps, rows, columns)
    heading = f"{_heading(row)}, along one axis"
    cut = columns < enters or len(rows) < leaves
    notes = [_window_note(row, taps), *_slice_counts(cells, len(rows), columns)]
    if cut:
        notes.append(_cut(len(rows), leaves, columns, enters))
    return Grid(
        heading,
        cells,
        tuple(f"y{unit}" for unit in rows),
        tuple(f"x{at}" for at in range(columns)),
        tuple(notes),
    )


def _slice_cells(row: Row, taps: Window, rows: range, columns: int) -> Cells:
    """The letters of the weights, each of its own where positions share none."""
    read = {(unit, at): number for unit in rows for number, at in _weighed(taps, unit, columns)}
    if isinstance(row.layer, Local):
        return {place: _letter(number) for number, place in enumerate(read)}
    if row.layer.family != "conv":
        return dict.fromkeys(read, _letter(0))
    first = min(read.values(), default=0) if taps.kernel > WHOLE else 0
    return {place: _letter(number - first) for place, number in read.items()}


def _full_rows(taps: Window, leaves: int, columns: int | None) -> range:
    """The first rows that lie within so many columns whole; a few cut off where none does."""
    rows = range(min(leaves, WHOLE))
    if columns is None:
        return rows
    whole = sum(taps.reads(unit)[-1] < columns for unit in rows)
    return rows[: whole or FEW]


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
    columns, rows = min(enters, LONGEST), min(leaves, FEW)
    cells = {(y, x): "·" for y in range(rows) for x in range(columns)}
    notes = [f"{leaves}×{enters} matrix: every weight is its own", row.explain("params")]
    if (rows, columns) != (leaves, enters):
        notes.append(_cut(rows, leaves, columns, enters))
    return Grid(
        _heading(row),
        cells,
        tuple(f"y{y}" for y in range(rows)),
        tuple(f"x{x}" for x in range(columns)),
        tuple(notes),
        colored=False,
    )


def _cut(rows: int, leaves: int, columns: int, enters: int) -> str:
    """What is drawn of a matrix that is too large."""
    if rows == leaves:
        return f"the first {columns} of {enters} columns"
    if columns == enters:
        return f"the first {rows} of {leaves} rows"
    return f"the first {rows} of {leaves} rows and {columns} of {enters} columns"


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
