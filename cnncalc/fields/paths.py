"""Single paths from the reference to a node: the widest, the narrowest, and how branches lie.

The field of a node is the union over all paths. What one path alone sees tells where the size
comes from (the widest) and how local the finest information still is (the narrowest).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.arithmetic import exact_div
from cnncalc.fields import chain
from cnncalc.fields.chain import States
from cnncalc.fields.extent import ITSELF, Extent, State, center, length
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node

if TYPE_CHECKING:
    from cnncalc.fields.field import Field


class Hop(NamedTuple):
    """A node on a path: the field there, and what the node has added to it."""

    node: Node
    size: int
    adds: int
    jump: int | Fraction


class Path(NamedTuple):
    """The nodes from the reference to a node along one path, and the field of that path alone."""

    hops: tuple[Hop, ...]

    @property
    def size(self) -> int:
        """The field that the path alone gives; 0 where there is no path."""
        return self.hops[-1].size if self.hops else 0

    @property
    def contributions(self) -> tuple[Hop, ...]:
        """The nodes that make the field larger."""
        return tuple(hop for hop in self.hops[1:] if hop.adds)


class Branch(NamedTuple):
    """What reaches a node by way of one input, per axis.

    ``center`` is where the field of unit 0 lies on average over the phases, ``offset`` how far that
    is from the first branch; both None where a branch has no place, because it reads everything.
    """

    name: str
    size: tuple[int | None, ...]
    jump: tuple[int | Fraction | None, ...]
    center: tuple[int | Fraction | None, ...]
    offset: tuple[int | Fraction | None, ...]

    @property
    def is_aligned(self) -> bool:
        """Whether it lies where the first branch lies, on every axis."""
        return not any(self.offset)


class Choice(NamedTuple):
    """For each axis the state along the best path to a node, and the input it comes by."""

    states: States
    sources: tuple[str, ...]


def choices(wiring: Wiring, reference: str, *, widest: bool) -> Mapping[str, Choice]:
    """The best path to every node that depends on ``reference``."""
    target = wiring.network[reference]
    axes = len(target.output_shape) - 1
    onward = chain.passage(wiring, reference)
    best: dict[str, States] = {reference: (ITSELF,) * axes}
    found = {reference: Choice(best[reference], ("",) * axes)}
    for node in wiring.network.nodes:
        reached = list(chain.branches(wiring, node, best, onward)) if node is not target else []
        if reached:
            found[node.name] = _choose(reached, target, widest=widest)
            best[node.name] = found[node.name].states
    return found


def _choose(reached: list[tuple[Entry, States]], reference: Node, *, widest: bool) -> Choice:
    picked = []
    for axis, whole in enumerate(reference.output_shape[1:]):
        widths = [width(states[axis], whole) for _, states in reached]
        picked.append(widths.index((max if widest else min)(widths)))
    states = tuple(reached[place][1][axis] for axis, place in enumerate(picked))
    return Choice(states, tuple(reached[place][0].source for place in picked))


def width(state: State, whole: int) -> int:
    """The size of a state, in its largest phase; the whole axis where there are no phases."""
    if isinstance(state, Extent):
        return max(map(length, state.spans))
    return whole if state else 0


def path(field: Field, axis: int, *, widest: bool) -> Path:
    """The widest or narrowest path to a node along one axis, from the reference onward."""
    network, whole = field.fields.network, field.reference.output_shape[axis + 1]
    found = field.fields.choices(field.reference.name, widest=widest)
    hops: list[Hop] = []
    name = field.node.name if field.node.name in found else ""
    while name:
        states, sources = found[name]
        state, source = states[axis], sources[axis]
        size = width(state, whole)
        before = width(found[source].states[axis], whole) if source else 0
        jump = state.jump if isinstance(state, Extent) else 0
        hops.append(Hop(network[name], size, size - before, jump))
        name = source
    return Path(tuple(reversed(hops)))


def narrowest(field: Field) -> tuple[int, ...]:
    """The field along the narrowest path to a node, per axis; 0 where there is no path."""
    sizes = field.reference.output_shape[1:]
    found = field.fields.choices(field.reference.name, widest=False).get(field.node.name)
    states = found.states if found else (None,) * len(sizes)
    return tuple(width(state, whole) for state, whole in zip(states, sizes, strict=True))


def branches(field: Field) -> tuple[Branch, ...]:
    """What reaches a node by way of each of its inputs, and how the branches lie to each other."""
    wiring, states = field.fields.wiring, field.fields.states(field.reference.name)
    onward = chain.passage(wiring, field.reference.name)
    found: list[Branch] = []
    for entry, branch in chain.branches(wiring, field.node, states, onward):
        extents = [state if isinstance(state, Extent) else None for state in branch]
        centers = tuple(extent and _mean_center(extent) for extent in extents)
        first = found[0].center if found else centers
        found.append(
            Branch(
                entry.source,
                tuple(extent and width(extent, 0) for extent in extents),
                tuple(extent and extent.jump for extent in extents),
                centers,
                tuple(_difference(c, f) for c, f in zip(centers, first, strict=True)),
            )
        )
    return tuple(found)


def _difference(one: int | Fraction | None, other: int | Fraction | None) -> int | Fraction | None:
    return None if one is None or other is None else one - other


def _mean_center(extent: Extent) -> int | Fraction:
    """Centre of unit 0, averaged over the phases after taking each back to unit 0."""
    centers = [center(span) - unit * extent.jump for unit, span in enumerate(extent.spans) if span]
    mean: int | Fraction = exact_div(sum(centers), len(centers)) if centers else 0
    return mean
