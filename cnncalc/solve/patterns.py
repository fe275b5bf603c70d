"""Unknown numbers of a spec (widths, depths, kernels, N, M, K) from what the network must have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import prod
from time import monotonic
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis, analyze
from cnncalc.errors import SpecError
from cnncalc.layers import show
from cnncalc.solve.solutions import Solutions, SolveError

MOST_NETWORKS = 50_000
"""Networks that one search may build."""

SECONDS = 30.0
"""After this time a search stops and says so."""


class Assignment(NamedTuple):
    """Values of the unknowns, and what the network then has."""

    values: tuple[tuple[str, int], ...]
    params: int
    weight_layers: int
    output: tuple[int, ...]

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.values)
        return (
            f"{shown}  ({self.params:,} parameters, {self.weight_layers} weight layers, {show(self.output)})"
        )

    @property
    def complexity(self) -> tuple[int, ...]:
        """Sorts small networks first."""
        return (self.weight_layers, sum(value for _, value in self.values), *dict(self.values).values())


def _field(analysis: Analysis) -> int:
    """The largest receptive field of the last layer that has one on some axis."""
    sizes = [max(row.field.size) for row in analysis.rows if row.field.size]
    return int(sizes[-1]) if sizes else 0


QUANTITIES: Mapping[str, Callable[[Analysis], int]] = {
    "params": lambda analysis: analysis.params,
    "trainable_params": lambda analysis: analysis.trainable_params,
    "macs": lambda analysis: analysis.macs,
    "connections": lambda analysis: analysis.connections,
    "neurons": lambda analysis: analysis.neurons,
    "weight_layers": lambda analysis: sum(row.layer.is_weight_layer for row in analysis.rows),
    "field": _field,
}
"""What a search can aim at, besides the output shape."""


def pattern(
    spec: str,
    unknown: Mapping[str, Iterable[int]],
    *,
    output: tuple[int, ...] | None = None,
    keep: int = 20,
    **wanted: int,
) -> Solutions[Assignment]:
    """Values of the unknown parameters of ``spec`` for which the network has what is wanted.

    ``wanted`` names quantities of :data:`QUANTITIES`; ``output`` is the shape that leaves.

    >>> answer = pattern("INPUT(3x192x256) -> [CONV(w,k,2) -> RELU]*n -> FC(2)",
    ...                  {"w": range(1, 9), "k": (3, 5), "n": range(1, 5)}, params=3442)
    >>> print(answer.text())
    one solution:
      w=5 k=5 n=4  (3,442 parameters, 5 weight layers, 2)
    """
    candidates = {name: list(values) for name, values in unknown.items()}
    _check(candidates, wanted, output)
    search = _Search(spec, wanted, output)
    deadline = monotonic() + SECONDS
    complete = True
    for values in product(*candidates.values()):
        if monotonic() > deadline:
            complete = False
            break
        search.attempt(dict(zip(candidates, values, strict=True)))
    found = sorted(search.found, key=lambda one: one.complexity)
    if search.built == 0 and search.refused is not None:
        raise search.refused
    nearest = [one for _, one in sorted(search.near, key=lambda pair: (pair[0], pair[1].complexity))[:3]]
    return Solutions(found[:keep], nearest=() if found else nearest, total=len(found), complete=complete)


def _check(candidates: dict[str, list[int]], wanted: Mapping[str, int], output: Any) -> None:
    if not wanted and output is None:
        raise SolveError(f"nothing is wanted: give the output or one of {', '.join(QUANTITIES)}")
    for name in wanted:
        if name not in QUANTITIES:
            raise SolveError(f"cannot search for {name!r}; there are output, {', '.join(QUANTITIES)}")
    if not candidates or not all(candidates.values()):
        raise SolveError("each unknown needs at least one candidate")
    count = prod(map(len, candidates.values()))
    if count > MOST_NETWORKS:
        raise SolveError(f"{count:,} networks to try, at most {MOST_NETWORKS:,}: narrow the ranges down")


class _Search:
    """Builds one network after the other and keeps what matches, or comes near."""

    def __init__(self, spec: str, wanted: Mapping[str, int], output: tuple[int, ...] | None) -> None:
        self.spec, self.wanted, self.output = spec, wanted, output
        self.found: list[Assignment] = []
        self.near: list[tuple[float, Assignment]] = []
        self.built = 0
        self.refused: SpecError | None = None

    def attempt(self, values: dict[str, int]) -> None:
        """One network; sizes that do not work out are no solution and no error."""
        from cnncalc.spec import load

        try:
            analysis = analyze(load(self.spec, params=values))
        except SpecError as error:
            self.refused = error
            return
        self.built += 1
        shape = analysis.output_shapes[0]
        layers = QUANTITIES["weight_layers"](analysis)
        assignment = Assignment(tuple(values.items()), analysis.params, layers, shape)
        distance = self._distance(analysis, shape)
        if distance == 0:
            self.found.append(assignment)
        elif len(self.near) < 3 or distance <= self.near[-1][0]:
            self.near = sorted([*self.near, (distance, assignment)], key=lambda pair: pair[0])[:20]

    def _distance(self, analysis: Analysis, shape: tuple[int, ...]) -> float:
        """How far off, each quantity relative to what is wanted."""
        misses = [abs(QUANTITIES[n](analysis) - value) / max(value, 1) for n, value in self.wanted.items()]
        if self.output is not None and shape != self.output:
            same_rank = len(shape) == len(self.output)
            pairs = zip(shape, self.output, strict=True) if same_rank else ()
            misses.append(sum(abs(a - b) / max(b, 1) for a, b in pairs) if same_rank else 10.0)
        return sum(misses)
