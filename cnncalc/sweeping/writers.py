"""Tables as files: CSV, JSON, Parquet. Each is written row by row, whole or not at all."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from cnncalc.errors import MissingExtra
from cnncalc.files import destination, writing
from cnncalc.sweeping.axes import SweepError, shown
from cnncalc.sweeping.table import Table

_ROWS = 1 << 16
"""Rows in a group of a Parquet file."""


def write(table: Table, path: Path) -> None:
    """Write a table in the format that the file's name ends in."""
    writer = check(path)
    with writing(path) as file:
        writer(table, file)


def check(path: Path) -> Callable[[Table, IO[bytes]], None]:
    """The writer for a file; raises what will keep it from being written."""
    writer = writer_of(path)
    destination(path)
    return writer


def writer_of(path: Path) -> Callable[[Table, IO[bytes]], None]:
    """The writer for the format that a file's name ends in."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise SweepError(f"{path}: the name must end in {', '.join(WRITERS)}")
    if writer is write_parquet:
        _pyarrow()
    return writer


def write_csv(table: Table, file: IO[bytes]) -> None:
    """Comma-separated values with a heading, in UTF-8."""
    rows = csv.writer(_Utf8(file), lineterminator="\n")
    rows.writerow(table.columns)
    rows.writerows(tuple(map(_text, row)) for row in table.rows())


class _Utf8:
    """Text to a file of bytes; unlike the standard wrapper it leaves the file open when it goes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, text: str) -> None:
        self.file.write(text.encode())


def _text(value: Any) -> Any:
    """Numbers as they are; words so that no spreadsheet takes them for a formula."""
    if type(value) in (int, float):
        return value
    text = shown(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def write_json(table: Table, file: IO[bytes]) -> None:
    """An object that says what was swept and what became of it, and the rows."""
    head = json.dumps(summary(table), ensure_ascii=False)
    file.write(f'{head[:-1]}, "rows": ['.encode())
    for number, row in enumerate(table):
        file.write(f"{',' if number else ''}\n{json.dumps(row, ensure_ascii=False)}".encode())
    file.write(b"\n]}\n")


def summary(table: Table) -> dict[str, Any]:
    """Everything but the rows, as plain data."""
    plan = table.plan
    return {
        "schema": 1,
        "spec": plan.origin,
        "over": {axis.name: list(axis.values) for axis in plan.axes},
        "where": plan.where or None,
        "pareto": [str(goal) for goal in plan.selection.pareto],
        "sort": [str(goal) for goal in plan.selection.sort],
        "top": plan.selection.top,
        "total": table.total,
        "impossible": _impossible(table),
        "hits": table.hits,
    }


def _impossible(table: Table) -> Mapping[str, Any]:
    return {
        code: {
            "configurations": reason.many,
            "first": table.plan.grid.values(reason.first),
            "message": reason.message,
        }
        for code, reason in table.reasons.items()
    }


def write_parquet(table: Table, file: IO[bytes]) -> None:
    """Apache Parquet, by groups of rows."""
    pyarrow, parquet = _pyarrow()
    fields = [(axis.name, _type(pyarrow, axis.values)) for axis in table.plan.axes]
    schema = pyarrow.schema(fields + [(name, pyarrow.int64()) for name in table.quantities])
    with parquet.ParquetWriter(file, schema) as writer:
        for group in _groups(table):
            columns = zip(*group, strict=True)
            arrays = [
                pyarrow.array([_plain(value, field) for value in column], field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _groups(table: Table) -> Iterator[list[tuple[Any, ...]]]:
    rows = table.rows()
    while group := list(itertools.islice(rows, _ROWS)):
        yield group


def _type(pyarrow: Any, values: tuple[Any, ...]) -> Any:
    for kind, name in ((bool, "bool_"), (int, "int64"), (float, "float64")):
        if all(type(value) is kind for value in values):
            return getattr(pyarrow, name)()
    return pyarrow.string()


def _plain(value: Any, field: Any) -> Any:
    return shown(value) if str(field.type) == "string" else value


def _pyarrow() -> tuple[Any, Any]:
    """The package, and its module for Parquet."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtra("pyarrow", "parquet", "writing Parquet") from None


WRITERS: dict[str, Callable[[Table, IO[bytes]], None]] = {
    ".csv": write_csv,
    ".json": write_json,
    ".parquet": write_parquet,
}
"""By the ending of the file's name."""
