"""What a sweep has found, as a table: parameters, then quantities."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy

from cnncalc.sweeping.axes import shown
from cnncalc.sweeping.evaluate import Reasons
from cnncalc.sweeping.journal import Progress
from cnncalc.sweeping.plan import Plan
from cnncalc.sweeping.selection import sample
from cnncalc.text_table import text_table

_BLOCK = 1 << 14
"""Rows made at a time."""


class Table:
    """The configurations found, and what became of all the others.

    Iterating gives one dict for each row, made as it is needed: a table may be larger than memory.
    """

    def __init__(self, progress: Progress) -> None:
        self.plan: Plan = progress.plan
        self.records: Any = progress.records()
        part = progress.part
        self.total: int = part.total
        self.possible: int = part.possible
        self.hits: int = part.hits
        self.reasons: Reasons = part.reasons
        self.sample: Any = part.sample

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"<Sweep of {self.total:,} configurations: {self.hits:,} hits, {len(self):,} rows>"

    @property
    def name(self) -> str:
        """What the spec is called after its file."""
        origin = self.plan.origin
        return origin.strip("<>") if origin.startswith("<") else Path(origin).stem

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters swept."""
        return tuple(axis.name for axis in self.plan.axes)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the quantities."""
        return self.plan.selection.columns

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*self.parameters, *self.quantities)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows():
            yield dict(zip(self.columns, row, strict=True))

    def __getitem__(self, place: int) -> dict[str, Any]:
        (row,) = _rows(self.plan, self.records[place][None])
        return dict(zip(self.columns, row, strict=True))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Every row as a tuple."""
        for start in range(0, len(self), _BLOCK):
            yield from _rows(self.plan, numpy.asarray(self.records[start : start + _BLOCK]))

    def drawn(self, most: int) -> list[dict[str, Any]]:
        """Some of the hits, as good as drawn at random; always the same ones."""
        rows = _rows(self.plan, sample(self.sample, most))
        return [dict(zip(self.columns, row, strict=True)) for row in rows]

    def __str__(self) -> str:
        return self.text()

    def text(self, most: int = 20) -> str:
        """The first rows, for a look."""
        first = [list(map(_cell, row)) for row in itertools.islice(self.rows(), most)]
        text = text_table(first, self.columns, ["right"] * len(self.columns))
        more = len(self) - len(first)
        return f"{text}\n... and {more:,} more: -o FILE.csv writes them all" if more > 0 else text


def _rows(plan: Plan, records: Any) -> Iterator[tuple[Any, ...]]:
    places = numpy.unravel_index(records[:, 0], plan.grid.shape)
    values = [
        [axis.values[place] for place in along.tolist()]
        for axis, along in zip(plan.axes, places, strict=True)
    ]
    return zip(*values, *records[:, 1:].T.tolist(), strict=True)


def _cell(value: Any) -> str:
    return f"{value:,}" if type(value) is int else shown(value)
