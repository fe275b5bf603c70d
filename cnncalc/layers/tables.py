"""Connection tables: which input maps each output map of a convolution reads (LeCun 1998, Table I)."""

from __future__ import annotations

from typing import Any, TypeAlias

from cnncalc.arithmetic import Number
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import Argument, whole

Table: TypeAlias = tuple[tuple[int, ...], ...]
"""For each output map, the input maps it is connected to."""


def connection_table() -> Any:
    """An argument for a connection table.

    Either rows of ``X`` and ``.``, one per input map and one column per output map as in LeCun's
    Table I, or for each output map a tuple of input maps.
    """
    doc = "Which input maps each output map reads: rows of X and ., or lists of input maps."
    return Argument("table", _convert_table, None, doc, keyword=True)


def _convert_table(name: str, value: Any) -> Table | None:
    if value is None:
        return None
    if isinstance(value, tuple | list) and value:
        if all(isinstance(row, str) for row in value):
            return _table_of_crosses(name, [str(row) for row in value])
        if all(isinstance(row, tuple | list) and row for row in value):
            return tuple(tuple(sorted({whole(name, number, 0) for number in row})) for row in value)
    raise LayerError("E215", f"`{name}` must be rows of X and ., or lists of input maps", argument=name)


def _table_of_crosses(name: str, rows: list[str]) -> Table:
    if len({len(row) for row in rows}) != 1 or not set("".join(rows).upper()) <= set("X."):
        message = f"`{name}` must have rows of equal length, of X and . alone"
        raise LayerError("E234", message, argument=name)
    columns = zip(*(row.upper() for row in rows), strict=True)
    table = tuple(tuple(i for i, mark in enumerate(column) if mark == "X") for column in columns)
    for number, maps in enumerate(table):
        if not maps:
            message = f"output map {number} of `{name}` is connected to nothing"
            raise LayerError("E234", message, argument=name)
    return table


def check_table(table: Table, in_channels: Number, out_channels: Number) -> None:
    """Refuse a table that names more maps than there are."""
    rows = max(map(max, table)) + 1
    require(len(table) == out_channels, lambda: _other_outputs(len(table), out_channels))
    require(rows <= in_channels, lambda: _other_inputs(rows, in_channels))


def _other_outputs(columns: int, out_channels: Number) -> LayerError:
    message = f"the table has {columns} output maps, but out_channels={out_channels}"
    return LayerError("E234", message, argument="table")


def _other_inputs(rows: int, in_channels: Number) -> LayerError:
    message = f"the table names {rows} input maps, but {in_channels} enter"
    return LayerError("E234", message, argument="table")
