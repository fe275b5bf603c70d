"""Grading answer sheets: CSV with one row for each layer and one column for each quantity."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.homework.answers import read
from cnncalc.homework.check import STANDARD, Policy, Verdict, check_question
from cnncalc.homework.questions import OF_LAYERS, OF_NETWORKS, TOTAL, HomeworkError, Question
from cnncalc.network import Network, UnknownNode
from cnncalc.quantities import canonical

MOST_ROWS = 100_000
"""Longest answer sheet."""


class Sheet(NamedTuple):
    """The answers of one student: for each layer, its cells by quantity."""

    student: str
    rows: tuple[tuple[str, Mapping[str, str]], ...]


class Graded(NamedTuple):
    """What came of one sheet; ``problem`` says why it could not be graded."""

    student: str
    verdicts: tuple[tuple[str, Verdict], ...]
    problem: str = ""

    @property
    def score(self) -> float:
        """Credit of all answers together."""
        return round(sum(verdict.credit for _, verdict in self.verdicts), 6)

    @property
    def most(self) -> int:
        """Credit if all were right."""
        return len(self.verdicts)

    def text(self, *, solutions: bool = False) -> str:
        """One line for each answer that is not right, and the score."""
        if self.problem:
            return f"{self.student or 'answers'}: not graded: {self.problem}"
        lines = [f"{self.student or 'answers'}: {self.score:g} of {self.most}"]
        for name, verdict in self.verdicts:
            if not verdict.correct:
                lines.append(f"  {name}: {verdict.message} ({verdict.credit:g})")
                lines += [f"    {line}" for line in verdict.solution().splitlines()] if solutions else []
        return "\n".join(lines)


def read_sheets(text: str) -> tuple[Sheet, ...]:
    r"""Answer sheets from CSV: columns ``layer`` and quantities, and ``student`` if there are several.

    >>> read_sheets("layer,params\nC1,156\n")[0].rows
    (('C1', {'params': '156'}),)
    """
    table = _table(text.removeprefix("\ufeff"))
    quantities = _quantities(table[0])
    sheets: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for line in table:
        student = line.get("student", "").strip()
        cells = {name: line[name].strip() for name in quantities}
        if student or line["layer"].strip() or any(cells.values()):  # not empty, as spreadsheets leave them
            sheet = sheets.setdefault(student, [])
            if line["layer"].strip() or any(cells.values()):
                sheet.append((line["layer"].strip(), cells))
    return tuple(Sheet(student, tuple(rows)) for student, rows in sheets.items())


def _table(text: str) -> list[dict[str, str]]:
    """The lines by heading; semicolons or tabs separate as well as commas, as spreadsheets write them."""
    first = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in first), ",")
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    except csv.Error as error:
        raise HomeworkError(f"not read as CSV: {error}") from None
    headings = [_heading(name) for name in rows[0]] if rows else []
    if "layer" not in headings or len(rows) < 2:
        found = f"; the first line here is {first[:60]!r}" if first else "; here is nothing"
        raise HomeworkError(
            f"an answer sheet has a line of headings with `layer`, and a line for each layer{found}"
        )
    twice = [name for name in headings if headings.count(name) > 1]
    if twice:
        raise HomeworkError(f"the column {twice[0]!r} is there twice")
    if len(rows) > MOST_ROWS:
        raise HomeworkError(f"an answer sheet has at most {MOST_ROWS:,} lines")
    return [dict(zip(headings, [*row, *[""] * len(headings)], strict=False)) for row in rows[1:]]


def _heading(name: str) -> str:
    """A heading as it is known here: ``Output Shape`` is output_shape."""
    lower = name.strip().lower()
    if lower == "name":
        return "student"
    return canonical(lower, {*OF_LAYERS, *OF_NETWORKS})


def _quantities(headings: Iterable[Any]) -> list[str]:
    names = [name for name in headings if name not in ("layer", "student")]
    unknown = [name for name in names if name not in OF_LAYERS and name not in OF_NETWORKS]
    if unknown or not names:
        known = ", ".join(dict.fromkeys([*OF_LAYERS, *OF_NETWORKS]))
        what = f"no quantity is called {unknown[0]!r}" if unknown else "there is no column of answers"
        raise HomeworkError(f"{what}; there are {known}, beside the columns layer and student")
    return names


def grade(
    sheets: str | Iterable[Sheet],
    key: Network,
    policy: Policy = STANDARD,
    **options: Any,
) -> tuple[Graded, ...]:
    r"""Grade sheets by a network; ``options`` are the convention and the batch.

    An error is counted once: rows that follow from a wrong size in an earlier row are right for
    that size, and say so. Among several sheets one that cannot be graded says why in its
    ``problem``; where there is only one, :class:`HomeworkError` is raised.

    >>> import cnncalc
    >>> text = "layer,output_shape,params\nC1,6x28x28,150\nS2,6x14x14,12\n"
    >>> grade(text, cnncalc.load("lenet5"))[0].score
    3.5
    """
    read_in = read_sheets(sheets) if isinstance(sheets, str) else tuple(sheets)
    questions: dict[tuple[str, str], Question] = {}
    if len(read_in) == 1:
        return (_graded(read_in[0], key, policy, questions, options),)
    return tuple(_tried(sheet, key, policy, questions, options) for sheet in read_in)


def _tried(sheet: Sheet, *rest: Any) -> Graded:
    """A sheet graded, or why it is not; the others are graded all the same."""
    try:
        return _graded(sheet, *rest)
    except HomeworkError as error:
        return Graded(sheet.student, (), str(error))


def _graded(
    sheet: Sheet,
    key: Network,
    policy: Policy,
    questions: dict[tuple[str, str], Question],
    options: Mapping[str, Any],
) -> Graded:
    marked = _Marked(key)
    verdicts = []
    for number, (layer, cells) in enumerate(sheet.rows, start=1):
        is_total = layer.lower() in TOTAL and layer not in key
        name = (
            None if is_total else _resolved(key, layer, f"row {number} of {sheet.student or 'the answers'}")
        )
        entering, origin = (None, "") if name is None else marked.entering(name)
        for quantity, answer in cells.items():
            if name is None and not answer:
                continue
            known = questions.setdefault((layer, quantity), Question(key, name, quantity, **options))
            verdict = check_question(answer, known, policy, entering, origin)
            verdicts.append(
                (f"{layer} {quantity}", marked.total(verdict, policy) if name is None else verdict)
            )
            marked.note(verdict)
        if name is not None:
            marked.note_shape(name, cells.get("output_shape", ""), f"row {number} ({layer})")
    return Graded(sheet.student, tuple(verdicts))


class _Marked:
    """What the student has so far: sizes that leave the layers, and sums of columns."""

    def __init__(self, key: Network) -> None:
        self.key = key
        self.shapes: dict[str, tuple[Shape, str]] = {}
        self.sums: dict[str, Any] = {}
        self.is_right: dict[str, bool] = {}

    def note(self, verdict: Verdict) -> None:
        """Add an answer to its column's sum."""
        quantity = verdict.question.quantity
        if isinstance(verdict.answer, int) and verdict.question.row is not None:
            self.sums[quantity] = self.sums.get(quantity, 0) + verdict.answer
            self.is_right[quantity] = self.is_right.get(quantity, True) and verdict.correct

    def total(self, verdict: Verdict, policy: Policy) -> Verdict:
        """The verdict on a total, which may be the right sum of wrong answers."""
        quantity = verdict.question.quantity
        if verdict.correct or self.is_right.get(quantity, True) or verdict.answer != self.sums[quantity]:
            return verdict
        message = "the right sum of your column: an error carried forward"
        return verdict._replace(slip="carried forward", credit=policy.carried, message=message)

    def note_shape(self, name: str, answer: str, origin: str) -> None:
        """Remember what the student has for a layer's output."""
        try:
            shape = read(answer, is_shape=True).value
        except HomeworkError:
            return
        self.shapes[name] = (shape, origin)

    def entering(self, name: str) -> tuple[tuple[Shape, ...], str]:
        """The shapes that enter a layer by the student's own answers, and where a wrong one is from."""
        found = [self._leaving(source) for source in self.key[name].inputs]
        right = self.key[name].input_shapes
        wrong = [origin for (shape, origin), known in zip(found, right, strict=True) if shape != known]
        return tuple(shape for shape, _ in found), " and ".join(wrong)

    def _leaving(self, name: str) -> tuple[Shape, str]:
        """What leaves a layer, or the last layer asked about before it that has the same shape."""
        node = self.key[name]
        if name in self.shapes:
            return self.shapes[name]
        if len(node.inputs) == 1 and node.input_shapes[0] == node.output_shape:
            return self._leaving(node.inputs[0])
        return node.output_shape, ""


def _resolved(key: Network, layer: str, place: str) -> str:
    alike = [node.name for node in key if node.name.lower() == layer.lower()]
    try:
        return alike[0] if len(alike) == 1 else key.resolve(layer)
    except UnknownNode as error:
        raise HomeworkError(f"{place}: {error}") from None
