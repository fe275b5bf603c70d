"""A sweep as plain data, and the work on one chunk of it, wherever that is done."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy

from cnncalc import spec
from cnncalc._version import __version__
from cnncalc.errors import SpecError, WrongType
from cnncalc.network import Network
from cnncalc.spec.limits import DEFAULT, Limits
from cnncalc.sweeping.axes import INPUT, OPTIONAL, Axis, SweepError, axes, frozen
from cnncalc.sweeping.condition import Condition
from cnncalc.sweeping.evaluate import Evaluator, Marks, Reasons
from cnncalc.sweeping.grid import Box, Grid
from cnncalc.sweeping.quantities import QUANTITIES, check_names
from cnncalc.sweeping.selection import Selection, goals, sample

CHUNK = 1 << 18
"""Configurations evaluated together: few enough for the processor's caches."""

_MOST_AXES = 30
"""NumPy's arrays have at most 32 axes in older versions."""

_PROBE = 256
"""Configurations evaluated to see how many can be evaluated together."""

COLUMNS = ("params", "macs")
"""Quantities shown unless others are asked for."""

_OF_VALUES = ("E203", "E207", "E215", "E216", "E217", "E218", "E219")
"""Errors below E220 that another value of a parameter may avoid; from there on all may."""


class Plan(NamedTuple):
    """Everything that decides the result of a sweep; it travels to every worker."""

    text: str
    origin: str
    folder: str | None
    params: tuple[tuple[str, Any], ...]
    input: Any
    optional: bool
    axes: tuple[Axis, ...]
    where: str
    selection: Selection
    samples: int
    chunk: int
    limits: Limits

    @property
    def fingerprint(self) -> str:
        """Tells this sweep from every other."""
        return hashlib.sha256(repr((__version__, *self)).encode()).hexdigest()[:32]

    @property
    def grid(self) -> Grid:
        """All configurations."""
        return Grid(self.axes, self.chunk)

    def network(self, values: Mapping[str, Any]) -> Network:
        """The network of a configuration, or of many at once where values are arrays."""
        params = dict(self.params)
        params.update({name: value for name, value in values.items() if name not in (INPUT, OPTIONAL)})
        entering = values.get(INPUT, self.input)
        if INPUT in values and not isinstance(entering, tuple):
            entering = self._square(entering)
        optional = bool(values.get(OPTIONAL, self.optional))
        return spec.parse(
            self.text,
            origin=self.origin,
            folder=self.folder,
            params=params,
            input=entering,
            optional=optional,
            limits=self.limits,
        )

    def _square(self, size: Any) -> tuple[Any, ...]:
        """The spec's input with another size on every spatial axis."""
        shape = _entering(self)
        return (shape[0], *(size,) * (len(shape) - 1))


@functools.lru_cache(maxsize=8)
def _entering(plan: Plan) -> tuple[int, ...]:
    """The shape that enters as the spec has it."""
    first = {axis.name: axis.values[0] for axis in plan.axes if axis.name != INPUT}
    try:
        network = plan.network(first)
    except SpecError as error:
        if error.network is None:
            raise
        network = error.network
    return tuple(network.inputs[0].output_shape)


def make_plan(
    spec_: str | os.PathLike[str],
    over: Mapping[str, Any] | Iterable[str],
    *,
    where: str = "",
    pareto: Iterable[str] = (),
    sort: Iterable[str] = (),
    top: int | None = None,
    columns: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
    input: Any = None,
    optional: bool = True,
    samples: int = 0,
    chunk: int | None = None,
    source: tuple[str, str, str | None] | None = None,
    limits: Limits = DEFAULT,
) -> Plan:
    """A sweep that was checked as far as it can be without running it."""
    text, origin, folder = source or spec.read(spec_)
    if not isinstance(over, Iterable):
        raise WrongType(
            f"what to sweep over maps names to values, such as {{'c': [8, 16]}}, not {over!r:.80}"
        )
    swept = axes(over)
    given = {name: frozen(value) for name, value in (params or {}).items()}
    _check_axes(swept, {*given, *((INPUT,) if input is not None else ())})
    condition = Condition(where, swept, QUANTITIES) if where else None
    wanted = goals(tuple(pareto)), goals(tuple(sort))
    shown = tuple(columns) or COLUMNS
    check_names(shown)
    needed = [*shown, *(goal.quantity for goal in (*wanted[0], *wanted[1]))]
    needed += condition.quantities if condition else ()
    _check_selection(wanted, top)
    plan = Plan(
        text=text,
        origin=origin,
        folder=None if folder is None else str(folder),
        params=tuple(sorted(given.items())),
        input=None if input is None else frozen(input),
        optional=optional,
        axes=swept,
        where=where,
        selection=Selection(tuple(dict.fromkeys(needed)), *wanted, top),
        samples=samples,
        chunk=chunk or _PROBE,
        limits=limits,
    )
    _check_spec(plan)
    return plan if chunk else plan._replace(chunk=_chunk(plan))


def _chunk(plan: Plan) -> int:
    """The fewer configurations, the more of them have a structure of their own."""
    grid = plan.grid
    if grid.size <= _PROBE:
        return _PROBE
    evaluator = Evaluator(plan.network, ())
    evaluator.evaluate(grid.chunk(0))
    return max(_PROBE, CHUNK // evaluator.parts)


def _check_axes(swept: tuple[Axis, ...], given: set[str]) -> None:
    if not swept:
        raise SweepError("nothing to sweep: say what, for example width=0.25:2:0.25")
    if len(swept) > _MOST_AXES:
        raise SweepError(f"{len(swept)} parameters are swept; at most {_MOST_AXES} can be")
    for axis in swept:
        if axis.name in given:
            raise SweepError(f"{axis.name!r} is both set and swept")


def _check_selection(wanted: tuple[Any, Any], top: int | None) -> None:
    pareto, sort = wanted
    if top is not None and top < 1:
        raise SweepError("top must be at least 1")
    if top is not None and not pareto and not sort:
        raise SweepError("top: best at what? Add a quantity to sort by, or goals for a Pareto front")
    if sort and top is None and not pareto:
        raise SweepError("sorting all hits would need all in memory: say how many are wanted (top)")


def _check_spec(plan: Plan) -> None:
    """Raise what is wrong with the spec itself, whatever the parameters' values."""
    grid = plan.grid
    if grid.size > 2**62:
        raise SweepError(f"{grid.size:.1e} configurations are more than can be numbered")
    try:
        plan.network(grid.values(0))
    except SpecError as error:
        if any(d.code < "E220" and d.code not in _OF_VALUES for d in error.diagnostics):
            raise


class Part(NamedTuple):
    """What is kept of some chunks: counts, reasons, records, and a sample of the hits."""

    total: int
    possible: int
    hits: int
    reasons: Reasons
    records: Any
    sample: Any


class Worker:
    """A plan made ready for work."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.grid = plan.grid
        columns = plan.selection.columns
        self.condition = Condition(plan.where, plan.axes, columns) if plan.where else None
        self.evaluator = Evaluator(plan.network, columns)

    def part(self, number: int) -> Part:
        """The part of the result that a chunk contributes."""
        box = self.grid.chunk(number)
        outcome = self.evaluator.evaluate(box)
        marks = Marks(box, ~outcome.possible, outcome.reasons)
        wanted = self._wanted(box, outcome.quantities, marks) & ~marks.failed
        records = _records(box, outcome.quantities, wanted)
        return Part(
            total=box.size,
            possible=box.size - int(numpy.count_nonzero(marks.failed)),
            hits=len(records),
            reasons=marks.reasons,
            records=self.plan.selection.reduce(records),
            sample=sample(records, self.plan.samples),
        )

    def _wanted(self, box: Box, quantities: Mapping[str, Any], marks: Marks) -> Any:
        if self.condition is None:
            return numpy.ones(box.shape, dtype=bool)
        values = {**box.along_axes(), **box.swept(quantities)}
        with marks, numpy.errstate(all="ignore"):
            return numpy.broadcast_to(numpy.asarray(self.condition.holds(values)), box.shape)


def _records(box: Box, quantities: Mapping[str, Any], wanted: Any) -> Any:
    columns = [box.numbers, *quantities.values()]
    return numpy.stack([column[wanted] for column in columns], axis=1)
