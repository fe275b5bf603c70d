"""Holes: positions inside a field that are not read, and the dilations that would close them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.arithmetic import ceil_div, exact_div
from cnncalc.fields import sets
from cnncalc.fields.extent import Extent
from cnncalc.fields.marks import Mark
from cnncalc.taps import Window

if TYPE_CHECKING:
    from cnncalc.fields.field import Field


class Coverage(NamedTuple):
    """How much of a field is read along one axis, in the phase that reads least of it.

    ``holes`` is the share of positions not read, ``largest_gap`` the longest run of them.
    """

    size: int
    touched: int
    holes: int | Fraction
    largest_gap: int


def coverage(field: Field) -> tuple[Coverage | None, ...]:
    """The coverage on each axis; None where it cannot be told, or nothing is read."""
    axes = enumerate(zip(field.axes, field.size, field.touched, strict=True))
    return tuple(
        Coverage(size, size, 0, 0) if size and touched == size and _is_even(state) else _holes(field, axis)
        for axis, (state, size, touched) in axes
    )


def _is_even(state: object) -> bool:
    return isinstance(state, Extent) and state.dense


def _holes(field: Field, axis: int) -> Coverage | None:
    if isinstance(field.axes[axis], Extent):
        marks = [mark for mark in field.fields.marks(field)[axis] if mark]
    else:
        read = sorted(bits for bits in set(field.fields.sets(field, axis)) if bits)
        marks = [_trimmed(bits) for bits in read]
    return min(map(_covered, marks), key=lambda found: -found.holes, default=None)


def _trimmed(bits: int) -> Mark:
    start = (bits & -bits).bit_length() - 1
    return Mark(start, bits >> start)


def _covered(mark: Mark) -> Coverage:
    size, touched = mark.bits.bit_length(), mark.bits.bit_count()
    gaps = sets.runs(~mark.bits & sets.full(size))
    largest = max((last - first + 1 for first, last in gaps), default=0)
    return Coverage(size, touched, exact_div(size - touched, size), largest)


def closing_dilations(field: Field, axis: int) -> Mapping[str, int] | None:
    """Dilations along the widest path under which it has no holes and still is as wide.

    Layer by layer the dilation that makes up the width missing so far, but none so large that
    copies of the field before would lie apart: ``jump * dilation <= size``. None where no dilation
    helps: windows are smaller than their strides, the width cannot be made up, or there are phases.
    """
    size, chosen = 1, {}
    along = field.fields.wiring.axis(field.reference.name, axis)
    for before, hop in pairwise(field.max_path[axis].hops):
        entries = field.fields.wiring.entries(hop.node)
        window = along.taps(entries[0]) if len(entries) == 1 else None
        if not hop.adds:
            continue
        if not isinstance(window, Window) or not isinstance(before.jump, int) or not before.jump:
            return None
        reach = before.jump * (window.kernel - 1)
        dilation = min(max(ceil_div(hop.size - size, reach), 1), size // before.jump)
        if dilation < 1:
            return None
        size += reach * dilation
        if dilation != window.dilation:
            chosen[hop.node.name] = dilation
    return chosen if size >= field.max_path[axis].size else None
