"""Fields by channel, where groups or concatenation make them differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cnncalc.arithmetic import plain
from cnncalc.fields import boxes, sets
from cnncalc.fields.chain import Passage, States, joined, passage
from cnncalc.fields.extent import ITSELF, Beyond, Extent, Span, length
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.network import Node

if TYPE_CHECKING:
    from cnncalc.fields.field import Field

T = TypeVar("T")


class Group(NamedTuple):
    """Channels whose units have the same field, and that field, per axis.

    The size is that of the whole reference where everything is read, and 0 where nothing is.
    """

    channels: Bits
    size: tuple[int, ...]
    jump: tuple[int | Fraction, ...]
    start: tuple[int, ...]

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The channels as first and last of each run."""
        return tuple(sets.runs(self.channels))


Channels = tuple[tuple[Bits, States], ...]
"""Sets of channels that do not overlap, and what they read."""


def groups(field: Field) -> tuple[Group, ...]:
    """The channels of a node by field, in order of their first channel."""
    found = field.fields.by_channel(field.reference.name)[field.node.name]
    return tuple(_group(channels, states, field.reference) for channels, states in found)


def _group(channels: Bits, states: States, reference: Node) -> Group:
    sizes = zip(states, reference.output_shape[1:], strict=True)
    spans = [_span(state, size) for state, size in sizes]
    jumps = (state.jump if isinstance(state, Extent) else 0 for state in states)
    starts = (span[0] if span else 0 for span in spans)
    return Group(channels, tuple(map(length, spans)), tuple(jumps), tuple(starts))


def _span(state: Extent | Beyond | None, size: int) -> Span:
    if isinstance(state, Extent):
        return max(state.spans, key=length)
    return (0, size - 1) if state else None


def by_channel(wiring: Wiring, reference: Node) -> Mapping[str, Channels]:
    """The pass over the network, channel by channel."""
    axes = len(reference.output_shape) - 1
    every = sets.full(plain(reference.output_shape[0]))
    onward = passage(wiring, reference.name)
    found: dict[str, Channels] = {reference.name: ((every, (ITSELF,) * axes),)}
    for node in wiring.network.nodes:
        if node is not reference:
            entries = (entry for entry in wiring.entries(node) if entry.source in found)
            reached = [part for entry in entries for part in _onward(found[entry.source], entry, onward)]
            found[node.name] = _joined(node, reached, axes)
    return found


def united(channels: Mapping[str, Channels]) -> Mapping[str, States]:
    """What all channels of a node read between them; nodes that read nothing are left out."""
    found = {name: joined([states for _, states in parts]) for name, parts in channels.items()}
    return {name: states for name, states in found.items() if any(state is not None for state in states)}


def channels_onward(entry: Entry, channels: Bits) -> Bits:
    """The channels that read one of those that enter."""
    if entry.moves:
        whole = ((channels, *map(sets.full, entry.shape[1:])),)
        return reduce(or_, (box[0] for box in boxes.forward(entry.moves, whole, entry.shape)))
    size, outputs = plain(entry.shape[0]), plain(entry.node.output_shape[0])
    return sets.reading(entry.channel_taps, channels, size, outputs)


def split(channels: Bits, reached: Iterable[tuple[Bits, T]]) -> list[tuple[Bits, list[T]]]:
    """The channels in sets that do not overlap, each with all that reaches its channels."""
    parts: list[tuple[Bits, list[T]]] = [(channels, [])]
    for some, one in reached:
        apart = [(bits & some, [*met, one]) for bits, met in parts]
        apart += [(bits & ~some, met) for bits, met in parts]
        parts = [(bits, met) for bits, met in apart if bits]
    return parts


def _onward(before: Channels, entry: Entry, onward: Passage) -> Iterator[tuple[Bits, States]]:
    """Channels that leave, by what each set of channels that enters brings them."""
    for channels, states in before:
        yield channels_onward(entry, channels), onward(states, entry)


def _joined(node: Node, reached: list[tuple[Bits, States]], axes: int) -> Channels:
    """For each set of channels the union of what reaches it."""
    by_states: dict[States, Bits] = {}
    for bits, met in split(sets.full(plain(node.output_shape[0])), reached):
        read = joined(met) if met else (None,) * axes
        by_states[read] = by_states.get(read, 0) | bits
    return tuple(
        sorted(((bits, states) for states, bits in by_states.items()), key=lambda part: part[0] & -part[0])
    )
