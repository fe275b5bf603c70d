"""What the steps of a rearrangement make of a layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from cnncalc.arithmetic import Shape
from cnncalc.fields.digits import CHANNEL, DIFFERING, UNITED, Digit
from cnncalc.fields.layout import Digits, Draft, alone, channels, merged, read_axis, read_whole
from cnncalc.moves import Cut, Drop, Join, Move, Overlap, Reorder, Windows
from cnncalc.taps import Nearest, Transposed


def rearrange(draft: Draft, moves: Iterable[Move]) -> None:
    """All steps of a rearrangement, behind which differing channels are no longer told apart."""
    for one in moves:
        _MOVES[type(one)](draft, one)
    draft.axes = [
        tuple(digit._replace(label=UNITED) if digit.label == DIFFERING else digit for digit in digits)
        for digits in draft.axes
    ]


def _split(draft: Draft, one: Cut) -> None:
    parts = _cut(draft.axes[one.axis], one.sizes)
    if parts is None:
        draft.lose(digit.label for digit in draft.axes[one.axis])
        parts = [channels(size) for size in one.sizes]
    draft.axes[one.axis : one.axis + 1] = parts


def _cut(digits: Digits, sizes: Shape) -> list[Digits] | None:
    """The digits on axes of these sizes; None where an axis would end within one that cannot be cut there."""
    if prod(digit.size for digit in digits) != prod(sizes):
        return None
    left, found = list(digits), []
    for size in reversed(sizes[1:]):
        part: list[Digit] = []
        taken = 1
        while taken < size:
            digit = left.pop()
            wanted, rest = divmod(size, taken)
            higher, uneven = divmod(digit.size, wanted) if digit.size > wanted else (1, 0)
            if rest or uneven or digit.is_loose:
                return None
            if higher > 1:
                left.append(digit._replace(size=higher, low=digit.low * wanted))
            part.insert(0, digit._replace(size=digit.size // higher))
            taken *= digit.size // higher
        if taken != size:
            return None
        found.append(tuple(part) or channels(1))
    return [tuple(left) or channels(1), *reversed(found)]


def _join(draft: Draft, one: Join) -> None:
    joined = tuple(digit for digits in draft.axes[one.first : one.last + 1] for digit in digits)
    draft.axes[one.first : one.last + 1] = [joined]
    if any(digit.is_loose for digit in joined):
        draft.loosen(one.first, prod(digit.size for digit in joined), keeps=True)


def _reorder(draft: Draft, one: Reorder) -> None:
    draft.axes = [draft.axes[place] for place in one.order]


def _windows(draft: Draft, one: Windows) -> None:
    size = prod(digit.size for digit in draft.axes[one.axis])
    read_axis(draft, one.axis, one.window, size, one.places)
    draft.axes.insert(one.axis, (Digit(UNITED, one.window.kernel, 1),))


def _overlap(draft: Draft, one: Overlap) -> None:
    window = one.window
    if any(digit.label != CHANNEL for digit in draft.axes[one.axis]):
        draft.lose_all()
    del draft.axes[one.axis]
    taps = Transposed(window.kernel, window.stride, window.before, window.dilation)
    read_axis(draft, one.axis, taps, prod(digit.size for digit in draft.axes[one.axis]), one.size)


def _drop(draft: Draft, one: Drop) -> None:
    for axis in one.axes:
        read_whole(draft, axis, keeps=False)
    draft.axes = [digits for axis, digits in enumerate(draft.axes) if axis not in one.axes]


_MOVES: Mapping[type, Callable[[Draft, Any], None]] = {
    Cut: _split,
    Join: _join,
    Reorder: _reorder,
    Windows: _windows,
    Overlap: _overlap,
    Drop: _drop,
}


def unite_channels(draft: Draft) -> None:
    """Where axes are those of an image again, digits among the channels count as channels.

    A position of what ``pixel_unshuffle`` makes is a block of pixels, one for each channel; those that
    ``pixel_shuffle`` makes of one position read what that one reads.
    """
    draft.axes = list(map(merged, draft.axes))
    for axis in range(1, len(draft.axes)):
        _repeat_positions(draft, axis)
    spatial = [alone(digits) for digits in draft.axes[1:]]
    labels = [digit.label for digit in spatial if digit]
    if not labels == list(range(len(draft.units))) == list(range(len(spatial))):
        return
    if all(digit and digit.low * digit.size == draft.units[digit.label] for digit in spatial):
        size = prod(digit.size for digit in draft.axes[0])
        united = any(digit.label != CHANNEL and digit.size > 1 for digit in draft.axes[0])
        read_whole(draft, 0, keeps=False)
        draft.axes[0] = (Digit(UNITED, size, 1),) if united else channels(size)


def _repeat_positions(draft: Draft, axis: int) -> None:
    """Channels laid out behind each position of an axis become positions themselves."""
    digits = draft.axes[axis]
    if len(digits) < 2 or alone(digits[:1]) is None or any(digit.is_position for digit in digits[1:]):
        return
    if any(digit.label in (DIFFERING, UNITED) for digit in digits):
        draft.lose([digits[0].label])
        return
    copies = prod(digit.size for digit in digits[1:])
    draft.axes[axis] = digits[:1]
    draft.read(axis, 0, Nearest(digits[0].size, Fraction(1, copies)), digits[0].size * copies)
