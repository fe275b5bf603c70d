"""Exactly what single units read, and which units read a position: channels, borders and all.

A :class:`Reading` says for each node which of its channels are concerned at which positions. It is
found by a walk through the network, backward from units or forward from positions, and is the
union over all paths and taps, clipped at every layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.fields import boxes, masks, sets
from cnncalc.fields.masks import Box, Mask
from cnncalc.fields.sets import Bits, full
from cnncalc.fields.wiring import Entry, Wiring
from cnncalc.layers.base import show
from cnncalc.moves import Move
from cnncalc.network import Node
from cnncalc.taps import Taps

if TYPE_CHECKING:
    from cnncalc.fields.passes import Fields


class Part(NamedTuple):
    """Channels that are concerned at the same positions."""

    channels: Bits
    mask: Mask


class Reading:
    """Channels and positions of one node: parts whose channels do not overlap."""

    def __init__(self, shape: Shape, parts: Iterable[Part] = ()) -> None:
        self.shape = shape
        self.parts: list[Part] = []
        for part in parts:
            self.add(part)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def add(self, new: Part) -> None:
        """Join a part; parts of overlapping channels are split where they differ."""
        channels, parts = new.channels, []
        for part in self.parts:
            common = part.channels & channels
            if not common:
                parts.append(part)
                continue
            parts.append(Part(common, masks.union(part.mask, new.mask)))
            if part.channels != common:
                parts.append(Part(part.channels ^ common, part.mask))
            channels ^= common
        if channels and new.mask:
            parts.append(Part(channels, new.mask))
        self.parts = _coalesced(parts)

    @property
    def mask(self) -> Mask:
        """Positions concerned in any channel."""
        return masks.union(*(part.mask for part in self.parts))

    @property
    def channels(self) -> Bits:
        """Channels concerned anywhere."""
        joined = 0
        for part in self.parts:
            joined |= part.channels
        return joined

    @property
    def count(self) -> int:
        """Number of values: positions times channels, part by part."""
        return sum(part.channels.bit_count() * masks.count(part.mask) for part in self.parts)


def _coalesced(parts: list[Part]) -> list[Part]:
    """Parts with equal positions made one."""
    joined: list[Part] = []
    for part in parts:
        for place, known in enumerate(joined):
            if known.mask == part.mask:
                joined[place] = Part(known.channels | part.channels, known.mask)
                break
        else:
            joined.append(part)
    return joined


def box(node: Node, limits: Sequence[int | tuple[int, int]]) -> Part:
    """Values of a node in a box, each place one number or first and last.

    Raises :class:`IndexError` where the box does not lie inside the node's shape.
    """
    shape = node.output_shape
    ends = [limit if isinstance(limit, tuple) else (limit, limit) for limit in limits]
    if len(ends) != len(shape):
        raise IndexError(
            f"{node.name} has {len(shape)} axes ({show(shape)}), got {len(ends)}: write one number for each"
        )
    for (first, last), size in zip(ends, shape, strict=True):
        if not 0 <= first <= last < size:
            asked = first if first == last else f"{first}..{last}"
            raise IndexError(f"{asked} is not inside {node.name}, which is {show(shape)}")
    (channels, *positions_) = masks.between(ends)[0]
    return Part(channels, (tuple(positions_),))


def everything(shape: Shape) -> Part:
    """All values of a shape."""
    return Part(full(shape[0]), masks.whole(shape[1:]))


def read_by(wiring: Wiring, name: str, part: Part) -> Mapping[str, Reading]:
    """For each node before ``name``, which of its values the units of a part read."""
    found = {name: Reading(wiring.network[name].output_shape, [part])}
    for node in reversed(wiring.network.nodes):
        if node.name not in found:
            continue
        for entry in wiring.entries(node):
            reading = found.setdefault(entry.source, Reading(entry.shape))
            for units in found[node.name].parts:
                for read in _backward(entry, units):
                    reading.add(read)
    return found


def readers_of(wiring: Wiring, reference: str, part: Part) -> Mapping[str, Reading]:
    """For each node behind ``reference``, which of its units read a value of a part."""
    found = {reference: Reading(wiring.network[reference].output_shape, [part])}
    for node in wiring.network.nodes:
        for entry in wiring.entries(node):
            if entry.source in found and node.name != reference:
                reading = found.setdefault(node.name, Reading(node.output_shape))
                for values in found[entry.source].parts:
                    for units in _forward(entry, values):
                        reading.add(units)
    return found


def along(fields: Fields, reference: str, axis: int, tried: Bits) -> Mapping[str, Sequence[Bits]]:
    """For every node what its units read of the positions tried on an axis, whatever the other axes say.

    Axes are independent, but for units that look at padding alone on one of them: they read nothing
    on any, and neither do paths that lead through them. Where there are such, or channels that are
    left out, or values that are arranged anew, each position is followed on all axes.
    """
    wiring = fields.wiring
    if not wiring.selects and not wiring.rearranges:
        rank = len(fields.network[reference].output_shape) - 1
        sets_ = {place: fields.units(reference, place) for place in range(rank)}
        if not any(0 in read for found in sets_.values() for read in found.values()):
            return {name: [bits & tried for bits in read] for name, read in sets_[axis].items()}
    return _followed(wiring, fields.network[reference], axis, tried)


def _followed(wiring: Wiring, reference: Node, axis: int, tried: Bits) -> Mapping[str, Sequence[Bits]]:
    """The same, position by position."""
    place = wiring.axis(reference.name, axis)
    nodes = wiring.network.nodes
    groupings = {node.name: place.grouping(node) for node in nodes}
    moves = {node.name: groupings[node.name].moves(node.output_shape) for node in nodes}
    read = {name: [0] * grouping.units for name, grouping in groupings.items()}
    limits = [(0, int(size) - 1) for size in reference.output_shape]
    for position in sets.positions(tried):
        limits[axis + 1] = (position, position)
        for name, reading in readers_of(wiring, reference.name, box(reference, limits)).items():
            for unit in sets.positions(_units(reading, moves[name])):
                read[name][unit] |= 1 << position
    return read


def _units(reading: Reading, moves: Sequence[Move]) -> Bits:
    """The units that values belong to, which the moves bring to the front."""
    values = (value for part in reading.parts for value in _boxes(part))
    return reduce(or_, (found[0] for found in boxes.forward(moves, values, reading.shape)), 0)


def _backward(entry: Entry, units: Part) -> Iterator[Part]:
    if entry.moves:
        yield from _parts(boxes.backward(entry.moves, _boxes(units), entry.shape))
        return
    channels = sets.read_by(entry.channel_taps, units.channels, entry.shape[0])
    sizes = entry.shape[1:]
    if len(units.mask[0]) != len(sizes):
        yield Part(channels, masks.image(masks.point((0,) * len(sizes)), map(_reads, entry.taps, sizes)))
    else:
        yield Part(channels, masks.image(units.mask, map(_reads, entry.taps, sizes)))


def _forward(entry: Entry, values: Part) -> Iterator[Part]:
    if entry.moves:
        yield from _parts(boxes.forward(entry.moves, _boxes(values), entry.shape))
        return
    output = entry.node.output_shape
    channels = sets.reading(entry.channel_taps, values.channels, entry.shape[0], output[0])
    if len(output) != len(entry.shape):
        yield Part(channels, masks.whole(output[1:]))
        return
    moves = map(_is_read, entry.taps, entry.shape[1:], output[1:])
    yield Part(channels, masks.image(values.mask, moves))


def _boxes(part: Part) -> Iterator[Box]:
    """A part as boxes on all axes, channels first."""
    return ((part.channels, *box) for box in part.mask)


def _parts(found: Iterable[Box]) -> Iterator[Part]:
    """Boxes on all axes by their channels."""
    by_channels: dict[Bits, list[Box]] = {}
    for channels, *box in found:
        by_channels.setdefault(channels, []).append(tuple(box))
    for channels, boxes_ in by_channels.items():
        yield Part(channels, masks.union(tuple(boxes_)))


def _reads(taps: Taps, size: int) -> Callable[[Bits], Bits]:
    """From units to the positions they read."""
    return lambda units: sets.read_by(taps, units, size)


def _is_read(taps: Taps, size: int, units: int) -> Callable[[Bits], Bits]:
    """From positions to the units that read one of them."""
    return lambda wanted: sets.reading(taps, wanted, size, units)
