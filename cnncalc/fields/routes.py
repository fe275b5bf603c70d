"""The axes of a reference through a network whose layers arrange values anew.

Where all layers keep every axis in its place, the axis of a node is that of the reference. Here it is
not: tokens run along the channels, windows are cut out of rows. Each entry is followed digit by
digit, and what comes of it is one map of positions for each axis of the reference.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.fields.digits import LOOSE, Digit, Some
from cnncalc.fields.extent import ITSELF, Beyond, Extent, State, through
from cnncalc.fields.grouping import Grouping
from cnncalc.fields.layout import (
    Digits,
    Draft,
    Layout,
    beginning,
    channels,
    read_axis,
)
from cnncalc.fields.rearranging import rearrange, unite_channels
from cnncalc.fields.wiring import ONE, Entry, Wiring
from cnncalc.network import Node
from cnncalc.taps import Anything, Taps

Placed: TypeAlias = list[tuple[int, int, Digit]]
"""The digits of an axis of the reference, each with its axis and its place there."""


class Routes:
    """For every entry behind a reference how each axis of the reference is read by way of it."""

    def __init__(self, wiring: Wiring, reference: Node) -> None:
        self.reference = reference
        self.layouts: dict[str, Layout] = {reference.name: beginning(reference.output_shape)}
        self._taps: dict[tuple[str, int], tuple[Taps, ...]] = {}
        for node in wiring.network.nodes:
            if node is not reference:
                self._add(node, wiring.entries(node))

    def _add(self, node: Node, entries: tuple[Entry, ...]) -> None:
        known = [entry for entry in entries if entry.source in self.layouts]
        drafts = [_draft(self.layouts[entry.source], entry) for entry in known]
        if drafts:
            self.layouts[node.name] = _met(drafts, node.output_shape)
            for entry, draft in zip(known, drafts, strict=True):
                self._taps[node.name, entry.place] = tuple(draft.routes)

    def taps(self, entry: Entry) -> tuple[Taps, ...]:
        """How each axis of the reference is read by way of an entry; as one place, where none is known."""
        axes = len(self.reference.output_shape) - 1
        return self._taps.get((entry.node.name, entry.place), (ONE,) * axes)

    def onward(self, before: tuple[State, ...], entry: Entry) -> tuple[State, ...]:
        """What a node reads by way of one of its inputs."""
        return tuple(_onward(state, taps) for state, taps in zip(before, self.taps(entry), strict=True))


def directly(entry: Entry) -> tuple[State, ...]:
    """What a node reads of one of its inputs itself."""
    routes = _draft(beginning(entry.shape), entry).routes
    return tuple(through(ITSELF, taps) for taps in routes)


def _onward(state: State, taps: Taps) -> State:
    if taps is LOOSE:
        return _loosened(state)
    return state if isinstance(taps, Some) and state is Beyond.EVERYWHERE else through(state, taps)


def _loosened(state: State) -> State:
    """What is read where units are moved, and some left out: told as long as all read alike."""
    is_even = isinstance(state, Extent) and state.period == 1
    return state if is_even or state in (None, Beyond.EVERYWHERE) else Beyond.UNKNOWN


def _draft(layout: Layout, entry: Entry) -> Draft:
    """The layout behind one entry of a node."""
    draft = Draft(layout)
    output, shape = entry.node.output_shape, entry.shape
    if any(isinstance(taps, Anything) for taps in entry.taps):
        draft.lose_all()
        draft.axes = list(map(channels, output))
    elif entry.moves:
        rearrange(draft, entry.moves)
        unite_channels(draft)
    elif len(shape) != len(output) or entry.mixes:
        draft.read_all(output)
    else:
        for axis, taps in enumerate((entry.channel_taps, *entry.taps)):
            read_axis(draft, axis, taps, shape[axis], output[axis])
    return draft


def _met(drafts: list[Draft], shape: Shape) -> Layout:
    """The one layout of all branches that meet; what lies otherwise in some of them is lost in all."""
    layouts = [draft.layout(shape) for draft in drafts]
    if all(layout == layouts[0] for layout in layouts):
        return layouts[0]
    axes = [_common([layout.axes[axis] for layout in layouts]) for axis in range(len(shape))]
    merged = Draft(Layout(tuple(digits or channels(1) for digits in axes), layouts[0].units))
    wanted = merged.layout(shape)
    for label in range(len(merged.units)):
        _agree(label, wanted.digits(label), merged, drafts, layouts)
    return merged.layout(shape)


def _common(found: list[Digits]) -> Digits:
    """The digits of an axis on which some branches have positions, and the others none."""
    return next((digits for digits in found if any(digit.is_position for digit in digits)), _united(found))


def _united(found: list[Digits]) -> Digits:
    return min(found, key=lambda digits: min(digit.label for digit in digits))


def _agree(label: int, wanted: Placed, merged: Draft, drafts: list[Draft], layouts: list[Layout]) -> None:
    """One axis of the reference, where branches meet: those without positions reach all positions."""
    placed = [layout.digits(label) for layout in layouts]
    if any(digits and digits != wanted for digits in placed):
        for draft in (merged, *drafts):
            draft.lose([label])
        return
    for draft, layout, digits in zip(drafts, layouts, placed, strict=True):
        if digits:
            merged.units[label] = layout.units[label]
        elif wanted:
            draft.repeat(label)


class RoutedAxis(NamedTuple):
    """An axis of a reference, wherever its positions lie; answers as :class:`Axis` does."""

    place: int
    routes: Routes

    def units(self, node: Node) -> int:
        """Units of a node along the axis; one, if it does not depend on the reference."""
        layout = self.routes.layouts.get(node.name)
        return layout.units[self.place] if layout else 1

    def taps(self, entry: Entry) -> Taps:
        """How the axis is read by way of an entry."""
        return self.routes.taps(entry)[self.place]

    def has_places(self, node: Node) -> bool:
        """Whether units along the axis can be told by where they lie."""
        layout = self.routes.layouts.get(node.name)
        return layout is not None and len(layout.axes) > 1 and layout.has_places(self.place)

    def grouping(self, node: Node) -> Grouping:
        """The axes of a node cut up, and those of them that say which unit a value belongs to."""
        layout = self.routes.layouts.get(node.name)
        if layout is None or not layout.has_places(self.place):
            return Grouping(tuple((size,) for size in node.output_shape), ())
        cut = [
            tuple(digit.size for digit in digits) if self._is_on(digits) else (size,)
            for digits, size in zip(layout.axes, node.output_shape, strict=True)
        ]
        before = [sum(map(len, cut[:axis])) for axis in range(len(cut))]
        places = tuple(before[axis] + place for axis, place, _ in layout.digits(self.place))
        return Grouping(tuple(cut), places)

    def _is_on(self, digits: Digits) -> bool:
        return any(digit.label == self.place for digit in digits)
