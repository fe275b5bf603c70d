"""The numbers of all configurations of a box, by the very same parser, layers and formulas.

A box goes through the parser once, with an array for each parameter that has several values there.
Where the structure depends on a parameter, code asks for a plain value
(:class:`~cnncalc.sweeping.arrays.NeedsPlain`), and the box is taken apart into parts that agree
about it; in the end that is one configuration at a time, which always works.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy

from cnncalc.analysis import analyze
from cnncalc.errors import LayerError, Refusals, SpecError
from cnncalc.network import Network
from cnncalc.sweeping.arrays import NeedsPlain, pinned
from cnncalc.sweeping.grid import Box, Division
from cnncalc.sweeping.quantities import QUANTITIES

Places = tuple[Any, ...]


class Reason(NamedTuple):
    """Why configurations are impossible: how many are, the number of the first, and its message."""

    many: int
    first: int
    message: str


Reasons = dict[str, Reason]
"""By the code of the error."""


class Outcome(NamedTuple):
    """The quantities of a box by name, which of its configurations are possible, and why not."""

    quantities: Mapping[str, Any]
    possible: Any
    reasons: Reasons


def add_reasons(one: Reasons, other: Reasons) -> Reasons:
    """Reasons of two sets of configurations together."""
    both = dict(one)
    for code, reason in other.items():
        if code in both:
            earlier = min(both[code], reason, key=lambda each: each.first)
            both[code] = earlier._replace(many=both[code].many + reason.many)
        else:
            both[code] = reason
    return dict(sorted(both.items()))


class Evaluator:
    """Evaluates boxes of the networks that ``network`` makes of parameters."""

    def __init__(self, network: Callable[[dict[str, Any]], Network], quantities: Sequence[str]) -> None:
        self.network = network
        self.quantities = tuple(quantities)
        self.parts = 0
        """Parts that boxes had to be taken apart into."""

    def evaluate(self, box: Box) -> Outcome:
        """Quantities of every configuration; those of impossible ones mean nothing."""
        found = {name: numpy.empty(box.shape, dtype=numpy.int64) for name in self.quantities}
        possible = numpy.ones(box.shape, dtype=bool)
        everything = tuple(numpy.arange(size) for size in box.shape)
        reasons: Reasons = {}
        pending = [(everything, box)]
        while pending:
            places, part = pending.pop()
            attempt = self._attempt(part)
            if isinstance(attempt, _Solved):
                self.parts += 1
                _store(found, possible, places, attempt)
                reasons = add_reasons(reasons, attempt.marks.reasons)
            else:
                pending += [(_inside(places, inner), smaller) for inner, smaller in attempt]
        gc.collect(0)  # an analysis and its rows know each other, and would keep their arrays for long
        return Outcome(found, possible, reasons)

    def _attempt(self, box: Box) -> _Solved | Iterable[Division]:
        """The quantities of a box, or the parts that it has to be taken apart into."""
        parts = box.apart()
        if parts is not None:
            return parts
        marks = Marks(box)
        try:
            return _Solved(self._numbers(box, marks), marks)
        except NeedsPlain as needed:
            return box.split(needed.values)
        except SpecError as error:
            parts = box.halves()
            if parts is not None and not self._holds_for_all(error, box):
                return parts
            marks.add_all(error)
            return _Solved({}, marks)

    def _numbers(self, box: Box, marks: Marks) -> Mapping[str, Any]:
        """The quantities, with arrays that depend on some axes only."""
        with marks, numpy.errstate(all="ignore"):
            analysis = analyze(self.network(box.values()))
            return {name: QUANTITIES[name].of(analysis) for name in self.quantities}

    def _holds_for_all(self, error: SpecError, box: Box) -> bool:
        """Whether the first and the last configuration say the same by themselves.

        Code that knows nothing of arrays may refuse them for being arrays.
        """
        return all(self._code(corner) == error.diagnostics[0].code for corner in box.corners())

    def _code(self, box: Box) -> str:
        try:
            self.network(box.values())
        except SpecError as error:
            return error.diagnostics[0].code
        return ""


class _Solved(NamedTuple):
    """Quantities of a box as arrays that depend on some axes only, and what is impossible there."""

    numbers: Mapping[str, Any]
    marks: Marks


def _store(found: Mapping[str, Any], possible: Any, places: Places, solved: _Solved) -> None:
    where = _index(places)
    possible[where] = ~solved.marks.failed
    for name, values in solved.numbers.items():
        found[name][where] = values


def _index(places: Places) -> Any:
    """Places on every axis as an index: slices, where they follow each other, are quicker."""
    if all(len(along) == along[-1] - along[0] + 1 for along in places):
        return tuple(slice(along[0], along[-1] + 1) for along in places)
    return numpy.ix_(*places)


def _inside(places: Places, inner: Places) -> Places:
    return tuple(outer[within] for outer, within in zip(places, inner, strict=True))


class Marks(Refusals):
    """Which configurations of a box are impossible, each with its first reason."""

    def __init__(self, box: Box, failed: Any = None, reasons: Reasons | None = None) -> None:
        super().__init__()
        self.box = box
        self.failed = numpy.zeros(box.shape, dtype=bool) if failed is None else failed
        self.reasons: Reasons = reasons or {}

    def one(self) -> AbstractContextManager[None]:
        """Words for the first configuration not refused before."""
        return pinned(_first(~self.failed))

    def add(self, failed: Any, error: Callable[[], LayerError]) -> None:
        """Mark configurations that are not marked before."""
        new = numpy.asarray(failed) & ~self.failed
        if not new.any():
            return
        self.failed |= new
        first = _first(new)
        with pinned(first):
            made = error()
        self._count(made.code, made.message, new, first)

    def add_all(self, error: SpecError) -> None:
        """Mark all that are not marked before: what the spec says is wrong holds for all."""
        new = ~self.failed
        if new.any():
            diagnostic = error.diagnostics[0]
            self._count(diagnostic.code, diagnostic.message, new, _first(new))
            self.failed[...] = True

    def _count(self, code: str, message: str, new: Any, first: tuple[int, ...]) -> None:
        number = int(self.box.numbers[first])
        reason = Reason(int(numpy.count_nonzero(new)), number, message)
        self.reasons = add_reasons(self.reasons, {code: reason})


def _first(which: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in numpy.unravel_index(int(which.argmax()), which.shape))
