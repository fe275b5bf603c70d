"""How the axes of a node are made up of the positions of a reference, and how layers change that."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import NamedTuple, TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.fields.digits import (
    CHANNEL,
    DIFFERING,
    LOOSE,
    PARTIAL,
    SHIFTED,
    UNITED,
    Along,
    Digit,
    Some,
    behind,
)
from cnncalc.taps import SAME, Anything, Blocks, Taps, Whole, Window

Digits: TypeAlias = tuple[Digit, ...]
"""What an axis is made of, the fastest last."""


class Layout(NamedTuple):
    """For each axis of a node its digits; for each axis of the reference how many units there are."""

    axes: tuple[Digits, ...]
    units: tuple[int, ...]

    def digits(self, label: int) -> list[tuple[int, int, Digit]]:
        """The digits of an axis of the reference, the highest first: axis, place on it, digit."""
        found = [
            (axis, place, digit)
            for axis, digits in enumerate(self.axes)
            for place, digit in enumerate(digits)
            if digit.label == label
        ]
        return sorted(found, key=lambda one: -one[2].low)

    def has_places(self, label: int) -> bool:
        """Whether units along an axis of the reference can be told by where they lie."""
        found = self.digits(label)
        return bool(found) and not any(digit.is_loose for _, _, digit in found)


def channels(size: int) -> Digits:
    """An axis without positions."""
    return (Digit(CHANNEL, size, 1),)


def beginning(shape: Shape) -> Layout:
    """The layout of the reference itself."""
    spatial = tuple((Digit(place, size, 1),) for place, size in enumerate(shape[1:]))
    return Layout((channels(shape[0]), *spatial), tuple(shape[1:]))


class Draft:
    """A layout on its way through a layer, with what each axis of the reference is read by so far."""

    def __init__(self, layout: Layout) -> None:
        self.axes = list(layout.axes)
        self.units = list(layout.units)
        self.routes: list[Taps] = [SAME] * len(layout.units)

    def layout(self, shape: Shape) -> Layout:
        """What has come of it, on axes of a shape."""
        for digits, size in zip(self.axes, shape, strict=True):
            if not any(one.is_loose for one in digits) and prod(one.size for one in digits) != size:
                self.lose(one.label for one in digits)
        axes = zip(map(merged, self.axes), shape, strict=True)
        return Layout(tuple(_settled(digits, size) for digits, size in axes), tuple(self.units))

    def read(self, axis: int, place: int, taps: Taps, outputs: int) -> None:
        """A digit on an axis is read by a map, which leaves so many of it."""
        digit = self.axes[axis][place]
        label, before = digit.label, self.units[digit.label]
        if digit.is_loose:
            self._route(label, Some(before) if digit.is_partial else Whole(before), before)
            return
        is_top = digit.low * digit.size == before
        is_plain = is_top and digit.low == 1
        self._route(label, taps if is_plain else Along(taps, digit, outputs, is_top=is_top), before)
        self.units[label] = before // digit.size * outputs
        self.axes = [tuple(_resized(one, digit, outputs) for one in digits) for digits in self.axes]
        own = self.axes[axis]
        self.axes[axis] = (*own[:place], digit._replace(size=outputs), *own[place + 1 :])

    def read_all(self, output: Shape) -> None:
        """All units are read by every value that leaves."""
        partial = {digit.label for digits in self.axes for digit in digits if digit.is_partial}
        self.lose(partial, Some)
        for label in set(range(len(self.units))) - partial:
            self._route(label, Whole(self.units[label]), self.units[label])
        self.units = [1] * len(self.units)
        self.axes = list(map(channels, output))

    def repeat(self, label: int) -> None:
        """The only unit that there is, is read by all that another branch has."""
        self._route(label, Whole(1), 1)

    def lose(self, labels: Iterable[int], how: type[Anything] = Anything) -> None:
        """Axes of the reference whose units cannot be followed any further."""
        for label in {label for label in labels if label >= 0}:
            self._route(label, how(self.units[label]), self.units[label])
            self.units[label] = 1
            self.axes = [
                tuple(Digit(CHANNEL, one.size, 1) if one.label == label else one for one in digits)
                for digits in self.axes
            ]

    def lose_all(self) -> None:
        """The units of no axis can be followed any further."""
        self.lose(range(len(self.units)))

    def loosen(self, axis: int, outputs: int, *, keeps: bool) -> None:
        """Places are put between those of an axis, and some of them left out unless it keeps all."""
        labels = {digit.label for digit in self.axes[axis] if digit.is_position}
        elsewhere = {
            digit.label for place, digits in enumerate(self.axes) for digit in digits if place != axis
        }
        self.lose(labels & elsewhere)
        for label in labels - elsewhere:
            self._route(label, LOOSE, self.units[label])
        was_partial = any(digit.is_partial for digit in self.axes[axis])
        low = SHIFTED if keeps and not was_partial else PARTIAL
        left = sorted(labels - elsewhere)
        self.axes[axis] = tuple(Digit(label, self.units[label], low) for label in left) or channels(outputs)

    def _route(self, label: int, taps: Taps, middle: int) -> None:
        self.routes[label] = behind(self.routes[label], middle, taps)


def _resized(one: Digit, changed: Digit, outputs: int) -> Digit:
    """A digit after a lower one has come to have another size."""
    is_lower = one.low < changed.low or (one.low == changed.low and one.size == 1 and changed.size > 1)
    if one.label != changed.label or is_lower:
        return one
    return one._replace(low=one.low // changed.size * outputs)


def _settled(digits: Digits, size: int) -> Digits:
    """An axis as it is kept; one digit is enough where there are no positions."""
    if any(digit.is_position for digit in digits):
        return digits
    return (Digit(min(digit.label for digit in digits), size, 1),)


def merged(digits: Digits) -> Digits:
    """Neighbours that follow upon one another made one; what has one place left out if there is more."""
    found: list[Digit] = []
    for digit in digits:
        last = found[-1] if found else None
        if last and last.label == digit.label and _follows(last, digit):
            found[-1] = Digit(digit.label, last.size * digit.size, digit.low)
        else:
            found.append(digit)
    real = tuple(digit for digit in found if digit.size > 1 or digit.is_position)
    return real or channels(1)


def _follows(last: Digit, digit: Digit) -> bool:
    if not digit.is_position:
        return True
    return not digit.is_loose and last.low == digit.low * digit.size


def read_axis(draft: Draft, axis: int, taps: Taps, size: int, outputs: int) -> None:
    """One axis of a node, of ``size``, is read by a map; ``outputs`` places leave."""
    digits = draft.axes[axis]
    labels = {digit.label for digit in digits if digit.is_position}
    if size == outputs and _keeps(taps):
        return
    if isinstance(taps, Blocks) and taps.depth >= size:
        taps = Whole(size)
    if isinstance(taps, Anything):
        draft.lose(labels)
        draft.axes[axis] = channels(outputs)
    elif not labels:
        _read_channels(draft, axis, taps, size, outputs)
    else:
        _read_positions(draft, axis, taps, size, outputs)


def _read_channels(draft: Draft, axis: int, taps: Taps, size: int, outputs: int) -> None:
    """An axis without positions; channels with other fields stay apart until all are read together."""
    label = CHANNEL if isinstance(taps, Whole) else min(digit.label for digit in draft.axes[axis])
    misses = axis and _misses(taps, size, outputs)
    if misses or (label == UNITED and _leaves_out(taps, size, outputs)):
        draft.lose_all()
    is_put_beside = label == CHANNEL and type(taps) is Window and outputs > size
    draft.axes[axis] = (Digit(DIFFERING if is_put_beside else label, outputs, 1),)


def _leaves_out(taps: Taps, size: int, outputs: int) -> bool:
    return len({place for unit in range(outputs) for place in taps.inside(unit, size)}) < size


def _misses(taps: Taps, size: int, outputs: int) -> bool:
    """Whether some unit sees padding alone, so that what it leads to may read nothing."""
    if isinstance(taps, Whole) or (size == outputs and _keeps(taps)):
        return False
    return not all(taps.inside(unit, size) for unit in range(outputs))


def _keeps(taps: Taps) -> bool:
    """Whether each unit reads the one in its own place."""
    if taps is SAME:
        return True
    return type(taps) is Window and taps.kernel == taps.stride == 1 and taps.before == 0


def _read_positions(draft: Draft, axis: int, taps: Taps, size: int, outputs: int) -> None:
    digits = draft.axes[axis]
    only = alone(digits)
    if only is not None:
        draft.axes[axis] = (only,)
        # What reads each unit in its place may put others behind: then not all of its units read one.
        draft.read(axis, 0, Window(1) if taps is SAME else taps, outputs)
    elif isinstance(taps, Whole):
        read_whole(draft, axis, keeps=size == outputs)
        draft.axes[axis] = draft.axes[axis] if size == outputs else channels(outputs)
    elif any(digit.label in (DIFFERING, UNITED) for digit in digits):
        draft.lose_all()
        draft.axes[axis] = channels(outputs)
    elif type(taps) is Window and taps.kernel == 1:
        draft.loosen(
            axis, outputs, keeps=taps.stride == 1 and taps.before >= 0 and outputs >= size + taps.before
        )
    else:
        draft.lose(digit.label for digit in digits)
        draft.axes[axis] = channels(outputs)


def alone(digits: Digits) -> Digit | None:
    """The only digit that an axis has, but for such of one place."""
    real = [digit for digit in digits if digit.size > 1] or [d for d in digits if d.is_position]
    return real[0] if len(real) == 1 and real[0].is_position and not real[0].is_loose else None


def read_whole(draft: Draft, axis: int, *, keeps: bool) -> None:
    """All digits of an axis are read as wholes; the axis keeps them, or another takes its place."""
    for place, digit in enumerate(draft.axes[axis]):
        if digit.is_position:
            draft.read(axis, place, Whole(digit.size), digit.size if keeps else 1)
    draft.axes[axis] = tuple(
        digit if digit.is_position else Digit(CHANNEL, digit.size, 1) for digit in draft.axes[axis]
    )
