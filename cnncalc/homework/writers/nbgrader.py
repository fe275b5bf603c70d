"""nbgrader: a notebook with a cell to fill in and one graded cell for each answer.

A graded cell ends in its credit, which nbgrader takes as partial credit, and writes nothing to
stderr, which nbgrader counts as failure. Source: nbgrader documentation, "Creating and grading
assignments", metadata schema 3; ``nbgrader.utils.determine_grade``.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from cnncalc.homework.exercises import Cell, Exercise

_SCHEMA = 3


def notebook(exercise: Exercise) -> str:
    """The text of the teacher's version of the notebook (``.ipynb``)."""
    cells = [
        _cell("markdown", "task", exercise.text()),
        _cell("code", "answers", _answers(exercise), solution=True),
        *(_graded(exercise, cell) for cell in exercise.key),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _answers(exercise: Exercise) -> str:
    """The cell that students fill in; the key stands between nbgrader's marks."""
    empty = {layer: dict.fromkeys(exercise.columns, "") for layer in exercise.layers}
    filled: dict[str, dict[str, Any]] = {layer: {} for layer in exercise.layers}
    for cell in exercise.key:
        filled[cell.layer][cell.quantity] = cell.expected
    return f"answers = {empty!r}\n### BEGIN SOLUTION\nanswers = {filled!r}\n### END SOLUTION"


def _graded(exercise: Exercise, cell: Cell) -> dict[str, Any]:
    source = (
        "from cnncalc.homework import check\n"
        f"verdict = check(answers[{cell.layer!r}][{cell.quantity!r}], "
        f"{exercise.spec!r}, {cell.layer!r}, {cell.quantity!r})\n"
        "print(verdict)\n"
        "verdict.credit"
    )
    return _cell("code", f"{cell.layer}_{cell.quantity}", source, points=1)


def _cell(kind: str, name: str, source: str, *, solution: bool = False, points: int = 0) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "grade": bool(points),
        "grade_id": name.replace(".", "-"),
        "locked": not solution,
        "schema_version": _SCHEMA,
        "solution": solution,
        "task": False,
    }
    if points:
        metadata["points"] = points
    text = f"```\n{source}\n```" if kind == "markdown" else source
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{uuid5(NAMESPACE_OID, name)}",
        "metadata": {"nbgrader": metadata},
        "source": text.splitlines(keepends=True),
    }
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell
