"""How a convolution was configured, from the weight matrix of the equal dense layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.solve.solutions import Solutions, SolveError
from cnncalc.solve.windows import Setting

MOST_CELLS = 1_000_000
"""Largest matrix that is searched."""

_ZEROS = {"", "0", "0.0", ".", "-", "_"}


class MatrixSetting(NamedTuple):
    """A configuration and the kernel that it slides over the input."""

    setting: Setting
    weights: tuple[Any, ...]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.weights))
        return f"{self.setting}, weights ({shown})"


def weight_matrix(rows: Sequence[Sequence[Any]] | str) -> Solutions[MatrixSetting]:
    r"""Kernel, stride, padding and dilation of the 1-D convolution behind a matrix.

    One row per output and one column per input; cells are numbers or names of weights, with ``0``
    or ``.`` for none. As text: rows on lines, cells between spaces or commas. A kernel with zeros
    among its weights is given only where there is none without.

    >>> print(weight_matrix("2 3 0 0 0 0\n0 1 2 3 0 0\n0 0 0 1 2 3").text())
    one solution:
      k=3 s=2 p=1, weights (1, 2, 3)
    """
    cells = _cells(rows)
    height, width = len(cells), len(cells[0])
    found = []
    for stride in range(1, 2 if height == 1 else width + 1):
        weights = _by_offset(cells, stride)
        if weights and (height == 1 or _is_shared(weights, stride, height, width)):
            found += _settings(weights, stride, height, width)
    found.sort(key=lambda one: one.setting.complexity)
    dense = [one for one in found if 0 not in one.weights]
    return Solutions(dense or found, notes=_notes(dense or found, height))


def _cells(rows: Sequence[Sequence[Any]] | str) -> list[list[Any]]:
    """Cells with None for zeros; refuses what is no matrix."""
    if isinstance(rows, str):
        rows = [line.replace(",", " ").split() for line in rows.splitlines() if line.strip()]
    if not rows or not rows[0]:
        raise SolveError("the matrix is empty")
    if len({len(row) for row in rows}) > 1:
        raise SolveError("the rows of the matrix have different lengths")
    if len(rows) * len(rows[0]) > MOST_CELLS:
        raise SolveError(f"the matrix has more than {MOST_CELLS:,} cells")
    cells = [[None if str(cell) in _ZEROS or cell == 0 else cell for cell in row] for row in rows]
    if all(cell is None for row in cells for cell in row):
        raise SolveError("the matrix is all zeros: any convolution with zero weights makes it")
    return cells


def _by_offset(cells: list[list[Any]], stride: int) -> dict[int, Any]:
    """The weight at each distance from where the row's window starts; empty if rows disagree."""
    weights: dict[int, Any] = {}
    for number, row in enumerate(cells):
        for column, cell in enumerate(row):
            if cell is not None and weights.setdefault(column - number * stride, cell) != cell:
                return {}
    for number, row in enumerate(cells):
        for offset, weight in weights.items():
            column = number * stride + offset
            if 0 <= column < len(row) and row[column] != weight:
                return {}
    return weights


def _is_shared(weights: dict[int, Any], stride: int, height: int, width: int) -> bool:
    """Whether two rows use a weight; else any matrix would be a kernel as large as itself."""
    return any(sum(0 <= row * stride + offset < width for row in range(height)) > 1 for offset in weights)


def _settings(weights: dict[int, Any], stride: int, height: int, width: int) -> list[MatrixSetting]:
    """The windows with these weights that make as many rows as there are."""
    offsets = sorted(weights)
    first, last = offsets[0], offsets[-1]
    dilation = gcd(*(offset - first for offset in offsets)) or 1
    kernel = (last - first) // dilation + 1
    values = tuple(weights.get(first + tap * dilation, 0) for tap in range(kernel))
    before = -first
    for after in _after(before, height, width, Setting(kernel, stride, 0, dilation)):
        setting = Setting(kernel, stride, before if after == before else (before, after), dilation)
        if before >= 0 and setting.output(width) == height:
            return [MatrixSetting(setting, values)]
    return []


def _after(before: int, height: int, width: int, setting: Setting) -> list[int]:
    """Padding behind: the same as before if it does, else the least that does."""
    extent = formulas.effective_kernel(setting.kernel, setting.dilation)
    least = max(0, (height - 1) * setting.stride + extent - width - before)
    return [before, least]


def _notes(found: list[MatrixSetting], height: int) -> list[str]:
    notes = []
    if any(one.setting.kernel == 1 for one in found):
        notes.append("one weight alone: a larger kernel whose other weights are 0 looks the same")
    if found and height == 1:
        notes.append("one row alone says nothing about the stride")
    if not found:
        notes.append("no kernel slides over this matrix: its rows are not shifted copies of each other")
    return notes
