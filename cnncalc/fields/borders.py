"""Borders: units that reach into the padding, and the halo that tiles of an image need."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.arithmetic import ceil_div
from cnncalc.fields import sets
from cnncalc.fields.extent import Extent

if TYPE_CHECKING:
    from cnncalc.fields.field import Field


class Border(NamedTuple):
    """Units along one axis: before those whose fields are whole, these, and after them.

    A unit reaches outside if any path from it leads into padding, of whatever layer, or to what a
    layer has cut off.
    """

    before: int
    inside: int
    after: int


class Halo(NamedTuple):
    """What a tile needs around it along one axis, for its units to come out as on the whole image.

    ``units`` neighbouring units, starting at a multiple of that, go with ``core`` positions of the
    input; they read ``before`` more on one side and ``after`` on the other. A tile must start at a
    multiple of ``align`` positions, or the strides inside the network fall on other positions.
    """

    units: int
    core: int
    before: int
    after: int
    align: int

    @property
    def overlap(self) -> int:
        """Positions that the inputs of neighbouring tiles have in common, at least."""
        return self.before + self.after

    def tile(self, start: int, stop: int) -> tuple[int, int]:
        """The input positions, from and up to, that units ``start`` up to ``stop`` need.

        The start is moved back to a multiple of ``align``; either end may lie outside the input.
        """
        first = start // self.units * self.core - self.before
        last = ceil_div(stop, self.units) * self.core + self.after
        return first // self.align * self.align, last


def border(field: Field) -> tuple[Border | None, ...]:
    """The units of each axis by whether they reach outside; None where they have no place on it."""
    return tuple(
        _border(field, axis) if isinstance(state, Extent) else None for axis, state in enumerate(field.axes)
    )


def _border(field: Field, axis: int) -> Border | None:
    along = field.fields.wiring.axis(field.reference.name, axis)
    if not along.has_places(field.node):
        return None
    units = along.units(field.node)
    inner = field.fields.inner(field.reference.name, axis)[field.node.name]
    ends = sets.span(inner)
    return Border(ends[0], inner.bit_count(), units - 1 - ends[1]) if ends else Border(units, 0, 0)


def halo(field: Field) -> tuple[Halo | None, ...]:
    """The halo on each axis; None where units read the whole axis."""
    return tuple(_halo(field, axis, state) for axis, state in enumerate(field.axes))


def _halo(field: Field, axis: int, state: object) -> Halo | None:
    if not isinstance(state, Extent):
        return None
    spans = [span for span in state.spans if span]
    before = max(-first for first, _ in spans)
    after = max(last for _, last in spans) - state.shift + 1
    return Halo(state.period, state.shift, before, after, _alignment(field, axis))


def _alignment(field: Field, axis: int) -> int:
    """The positions after which every node on the way to this one starts anew."""
    network, states = field.fields.network, field.fields.states(field.reference.name)
    wanted = {field.node.name}
    align = 1
    for node in reversed(network.nodes):
        if node.name in wanted and node.name in states:
            state = states[node.name][axis]
            align = lcm(align, state.shift) if isinstance(state, Extent) else align
            wanted.update(node.inputs)
    return align
