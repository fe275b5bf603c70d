"""Sets of values as they move where a layer arranges them anew.

A box has one set per axis, channels first; what moves is a union of boxes. Nothing is rounded up:
each step takes a box to boxes with exactly the same values, or those that are read or made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import prod
from operator import or_
from typing import Any, TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.fields.masks import Box
from cnncalc.fields.sets import Bits, full, positions, read_by, reading
from cnncalc.moves import Cut, Drop, Join, Move, Overlap, Reorder, Windows
from cnncalc.taps import Window

Boxes: TypeAlias = Iterable[Box]


def forward(moves: Sequence[Move], boxes: Boxes, shape: Shape) -> list[Box]:
    """The values that those of the boxes become, on axes of ``shape`` before the first step."""
    found = list(boxes)
    for move, before in zip(moves, shapes(moves, shape), strict=False):
        found = _distinct(box for one in found for box in _ONWARD[type(move)](move, one, before))
    return found


def backward(moves: Sequence[Move], boxes: Boxes, shape: Shape) -> list[Box]:
    """The values that those of the boxes were made of, on axes of ``shape`` before the first step."""
    found = list(boxes)
    for move, before in reversed(list(zip(moves, shapes(moves, shape), strict=False))):
        found = _distinct(box for one in found for box in _BACK[type(move)](move, one, before))
    return found


def shapes(moves: Sequence[Move], shape: Shape) -> list[Shape]:
    """The shape before each step, and behind the last."""
    found = [shape]
    for move in moves:
        found.append(_SHAPES[type(move)](move, found[-1]))
    return found


def _distinct(boxes: Boxes) -> list[Box]:
    return list(dict.fromkeys(box for box in boxes if all(box)))


def split_bits(bits: Bits, sizes: Shape) -> Iterator[Box]:
    """Places of a row as boxes on several axes, the last of which runs fastest.

    >>> list(split_bits(0b111000, (2, 3))), list(split_bits(0b001101, (2, 3)))
    ([(2, 7)], [(1, 5), (2, 1)])
    """
    if len(sizes) == 1:
        yield (bits,)
        return
    rows: dict[Bits, Bits] = {}
    width = prod(sizes[1:])
    if bits == full(sizes[0] * width):
        rows[full(width)] = full(sizes[0])
    else:
        for row in range(sizes[0]):
            part = bits >> row * width & full(width)
            if part:
                rows[part] = rows.get(part, 0) | 1 << row
    for part, which in rows.items():
        for rest in split_bits(part, sizes[1:]):
            yield (which, *rest)


def joined_bits(box: Sequence[Bits], sizes: Shape) -> Bits:
    """A box as the places of a row.

    >>> bin(joined_bits((0b10, 0b101), (2, 3)))
    '0b101000'
    """
    found, width = box[-1], sizes[-1]
    for bits, size in zip(reversed(box[:-1]), reversed(sizes[:-1]), strict=True):
        found = reduce(or_, (found << place * width for place in positions(bits)))
        width *= size
    return found


def _split(move: Cut, box: Box, _: Shape) -> Iterator[Box]:
    at = move.axis
    for parts in split_bits(box[at], move.sizes):
        yield (*box[:at], *parts, *box[at + 1 :])


def _unsplit(move: Cut, box: Box, _: Shape) -> Iterator[Box]:
    at, end = move.axis, move.axis + len(move.sizes)
    yield (*box[:at], joined_bits(box[at:end], move.sizes), *box[end:])


def _join(move: Join, box: Box, shape: Shape) -> Iterator[Box]:
    return _unsplit(_as_split(move, shape), box, shape)


def _unjoin(move: Join, box: Box, shape: Shape) -> Iterator[Box]:
    return _split(_as_split(move, shape), box, shape)


def _as_split(move: Join, shape: Shape) -> Cut:
    """What would undo it."""
    return Cut(move.first, shape[move.first : move.last + 1])


def _reorder(move: Reorder, box: Box, _: Shape) -> Iterator[Box]:
    yield tuple(box[place] for place in move.order)


def _restore(move: Reorder, box: Box, _: Shape) -> Iterator[Box]:
    yield tuple(box[move.order.index(place)] for place in range(len(box)))


def _windows(move: Windows, box: Box, shape: Shape) -> Iterator[Box]:
    """Tap by tap the windows through which it reads one of the positions."""
    at = move.axis
    for tap in range(move.window.kernel):
        found = reading(_at_tap(move.window, tap), box[at], shape[at], move.places)
        yield (*box[:at], 1 << tap, found, *box[at + 1 :])


def _unwindow(move: Windows, box: Box, shape: Shape) -> Iterator[Box]:
    at = move.axis
    taps = (_at_tap(move.window, tap) for tap in positions(box[at]))
    found = reduce(or_, (read_by(tap, box[at + 1], shape[at]) for tap in taps))
    yield (*box[:at], found, *box[at + 2 :])


def _at_tap(window: Window, tap: int) -> Window:
    """One tap of a window by itself."""
    shift = window.before - tap * window.dilation
    return Window(1, window.stride, shift, shift)


def _overlap(move: Overlap, box: Box, shape: Shape) -> Iterator[Box]:
    return _unwindow(*_as_windows(move, box, shape))


def _unoverlap(move: Overlap, box: Box, shape: Shape) -> Iterator[Box]:
    return _windows(*_as_windows(move, box, shape))


def _as_windows(move: Overlap, box: Box, shape: Shape) -> tuple[Windows, Box, Shape]:
    """What cuts the image into the windows that are added up."""
    return Windows(move.axis, move.window, shape[move.axis + 1]), box, _overlapped(move, shape)


def _overlapped(move: Overlap, shape: Shape) -> Shape:
    return (*shape[: move.axis], move.size, *shape[move.axis + 2 :])


def _drop(move: Drop, box: Box, _: Shape) -> Iterator[Box]:
    yield tuple(bits for place, bits in enumerate(box) if place not in move.axes)


def _undrop(move: Drop, box: Box, shape: Shape) -> Iterator[Box]:
    left = iter(box)
    yield tuple(full(size) if place in move.axes else next(left) for place, size in enumerate(shape))


_Step: TypeAlias = Callable[[Any, Box, Shape], Iterator[Box]]

_ONWARD: Mapping[type, _Step] = {
    Cut: _split,
    Join: _join,
    Reorder: _reorder,
    Windows: _windows,
    Overlap: _overlap,
    Drop: _drop,
}
"""From what enters a step to what leaves it."""

_BACK: Mapping[type, _Step] = {
    Cut: _unsplit,
    Join: _unjoin,
    Reorder: _restore,
    Windows: _unwindow,
    Overlap: _unoverlap,
    Drop: _undrop,
}

_SHAPES: Mapping[type, Callable[[Any, Shape], Shape]] = {
    Cut: lambda move, shape: (*shape[: move.axis], *move.sizes, *shape[move.axis + 1 :]),
    Join: lambda move, shape: (
        *shape[: move.first],
        prod(shape[move.first : move.last + 1]),
        *shape[move.last + 1 :],
    ),
    Reorder: lambda move, shape: tuple(shape[place] for place in move.order),
    Windows: lambda move, shape: (
        *shape[: move.axis],
        move.window.kernel,
        move.places,
        *shape[move.axis + 1 :],
    ),
    Overlap: _overlapped,
    Drop: lambda move, shape: tuple(size for place, size in enumerate(shape) if place not in move.axes),
}
