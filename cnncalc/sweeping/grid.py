"""The grid of all configurations, cut into boxes that fit into memory.

Configurations are numbered in the order in which nested loops over the axes would visit them, the
last axis running fastest. A :class:`Box` holds some values of every axis; all their combinations
are evaluated together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from cnncalc.sweeping.arrays import Swept, swept
from cnncalc.sweeping.axes import Axis


class Grid:
    """All combinations of the axes' values."""

    def __init__(self, axes: Sequence[Axis], largest_chunk: int) -> None:
        self.axes = tuple(axes)
        self.shape = tuple(len(axis.values) for axis in axes)
        self.size = math.prod(self.shape)
        self._split, self._pieces = _cut(self.shape, largest_chunk)

    @property
    def chunks(self) -> int:
        """How many boxes the grid is cut into."""
        return math.prod(self.shape[: self._split]) * self._pieces

    def chunk(self, number: int) -> Box:
        """A box of consecutive configurations; boxes follow each other in order."""
        outer, piece = divmod(number, self._pieces)
        leading = numpy.unravel_index(outer, self.shape[: self._split]) if self._split else ()
        ranges = [numpy.arange(int(i), int(i) + 1) for i in leading]
        if self._split < len(self.shape):
            ranges.append(_piece(self.shape[self._split], self._pieces, piece))
            ranges += [numpy.arange(size) for size in self.shape[self._split + 1 :]]
        return Box(self.axes, tuple(ranges))

    def values(self, number: int) -> dict[str, Any]:
        """The values of one configuration, by parameter."""
        places = numpy.unravel_index(number, self.shape)
        return {axis.name: axis.values[int(place)] for axis, place in zip(self.axes, places, strict=True)}


def _cut(shape: tuple[int, ...], largest: int) -> tuple[int, int]:
    """The axis that is cut, and into how many pieces; axes before it are taken value by value."""
    inner = 1
    for axis in reversed(range(len(shape))):
        if inner * shape[axis] > largest:
            return axis, -(-shape[axis] // max(1, largest // inner))
        inner *= shape[axis]
    return 0, 1


def _piece(size: int, pieces: int, number: int) -> Any:
    return numpy.arange(size * number // pieces, size * (number + 1) // pieces)


class Box(NamedTuple):
    """For every axis the places of some of its values; all combinations belong to the box."""

    axes: tuple[Axis, ...]
    places: tuple[Any, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Values along each axis."""
        return tuple(len(places) for places in self.places)

    @property
    def size(self) -> int:
        """Configurations in the box."""
        return math.prod(self.shape)

    @property
    def numbers(self) -> Any:
        """The number of every configuration, in the box's shape."""
        sizes = [len(axis.values) for axis in self.axes]
        strides = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
        open_grid = numpy.ix_(*self.places) if self.places else ()
        offsets = (places * stride for places, stride in zip(open_grid, strides, strict=True))
        return sum(offsets, start=numpy.zeros(self.shape, dtype=numpy.int64))

    def values(self) -> dict[str, Any]:
        """Each parameter's value: plain where there is one, else an array along its axis."""
        found: dict[str, Any] = {}
        for i, (axis, places) in enumerate(zip(self.axes, self.places, strict=True)):
            values = [axis.values[place] for place in places]
            found[axis.name] = values[0] if len(values) == 1 else swept(values, i, len(self.axes))
        return found

    def along_axes(self) -> dict[str, Any]:
        """Each parameter's values as an array along its axis, words and single values too."""
        found: dict[str, Any] = {}
        for i, (axis, places) in enumerate(zip(self.axes, self.places, strict=True)):
            values = axis.words or axis.values
            found[axis.name] = swept([values[place] for place in places], i, len(self.axes))
        return found

    def swept(self, quantities: Mapping[str, Any]) -> dict[str, Any]:
        """Arrays over the whole box as numbers that do not overflow."""
        return {name: values.view(Swept) for name, values in quantities.items()}

    def only(self, axis: int, chosen: Any) -> Box:
        """The part of the box with some of the values of an axis, given by their places in it."""
        places = list(self.places)
        places[axis] = places[axis][chosen]
        return self._replace(places=tuple(places))

    def split(self, values: Any) -> Iterator[Division]:
        """Parts in which ``values`` differ less, each with its places within this box."""
        for axis in range(values.ndim):
            rows = numpy.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
            _, group = numpy.unique(rows, axis=0, return_inverse=True)
            group = group.reshape(-1)
            if group.max() > 0:
                return self._groups(axis, group)
        raise AssertionError("values that differ differ along an axis")

    def halves(self) -> Iterator[Division] | None:
        """Two parts of the longest axis; None where there is a single configuration."""
        axis = max(range(len(self.shape)), key=self.shape.__getitem__)
        size = self.shape[axis]
        return self._groups(axis, numpy.arange(size) * 2 // size) if size > 1 else None

    def corners(self) -> Iterator[Box]:
        """The first and the last configuration."""
        for end in (slice(0, 1), slice(-1, None)):
            yield self._replace(places=tuple(places[end] for places in self.places))

    def apart(self) -> Iterator[Division] | None:
        """Single values of the first axis that holds no numbers; None where there is no such axis."""
        for axis, (each, places) in enumerate(zip(self.axes, self.places, strict=True)):
            if len(places) > 1 and not each.is_numeric:
                return self._groups(axis, numpy.arange(len(places)))
        return None

    def _groups(self, axis: int, group: Any) -> Iterator[Division]:
        for number in range(int(group.max()) + 1):
            chosen = numpy.flatnonzero(group == number)
            within = [numpy.arange(size) for size in self.shape]
            within[axis] = chosen
            yield tuple(within), self.only(axis, chosen)


Division = tuple[tuple[Any, ...], Box]
"""A part of a box, with its places within the box."""
