"""Exactly what single units read, and which units read a position: channels, borders and all.

A :class:`Reading` says for each node which of its channels are concerned at which positions. It is
found by a walk through the network, backward from units or forward from positions, and is the
union over all paths and taps, clipped at every layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.fields import masks, sets
from cnncalc.fields.masks import POINT, Mask
from cnncalc.fields.sets import Bits, full, positions
from cnncalc.fields.wiring import Axis, Entry, Wiring
from cnncalc.layers.base import show
from cnncalc.network import Node
from cnncalc.strides import place_in_row
from cnncalc.taps import SAME, Blocks, Taps, Whole

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
        raise IndexError(f"{node.name} has {len(shape)} axes ({show(shape)}), got {len(ends)} places")
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


def along(fields: Fields, reference: str, axis: int) -> Mapping[str, Sequence[Bits]]:
    """For every node what its units read along an axis, whatever the other axes say.

    Axes are independent, but for units that look at padding alone on one of them: they read nothing
    on any, and neither do paths that lead through them. Where there are such, or channels that are
    left out, all axes are walked.
    """
    rank = len(fields.network[reference].output_shape) - 1
    sets_ = {place: fields.units(reference, place) for place in range(rank)}
    silent = any(0 in read for found in sets_.values() for read in found.values())
    if not silent and not fields.wiring.selects:
        return sets_[axis]
    return {
        name: [_shadow(fields, reference, name, Axis(axis, rank), unit) for unit in range(len(read))]
        for name, read in sets_[axis].items()
    }


def _shadow(fields: Fields, reference: str, name: str, axis: Axis, unit: int) -> Bits:
    """What all units at one place on an axis read between them, along that axis."""
    node = fields.network[name]
    limits = [(0, size - 1) for size in node.output_shape]
    if len(limits) == axis.rank + 1:
        limits[axis.place + 1] = (unit, unit)
    found = read_by(fields.wiring, name, box(node, limits)).get(reference)
    return masks.shadows(found.mask)[axis.place] if found else 0


def _backward(entry: Entry, units: Part) -> Iterator[Part]:
    if entry.unrolls:
        yield from _rolled(units.channels, entry.shape)
        return
    channels = sets.read_by(entry.channel_taps, units.channels, entry.shape[0])
    sizes = entry.shape[1:]
    if len(units.mask[0]) != len(sizes):
        yield Part(channels, masks.image(masks.point((0,) * len(sizes)), map(_reads, entry.taps, sizes)))
    else:
        yield Part(channels, masks.image(units.mask, map(_reads, entry.taps, sizes)))


def _forward(entry: Entry, values: Part) -> Iterator[Part]:
    output = entry.node.output_shape
    if entry.unrolls:
        yield Part(_unrolled(values, entry.shape), POINT)
        return
    channels = reading(entry.channel_taps, values.channels, entry.shape[0], output[0])
    if len(output) != len(entry.shape):
        yield Part(channels, masks.whole(output[1:]))
        return
    moves = map(_is_read, entry.taps, entry.shape[1:], output[1:])
    yield Part(channels, masks.image(values.mask, moves))


def _reads(taps: Taps, size: int) -> Callable[[Bits], Bits]:
    """From units to the positions they read."""
    return lambda units: sets.read_by(taps, units, size)


def _is_read(taps: Taps, size: int, units: int) -> Callable[[Bits], Bits]:
    """From positions to the units that read one of them."""
    return lambda wanted: reading(taps, wanted, size, units)


def reading(taps: Taps, wanted: Bits, size: int, units: int) -> Bits:
    """The units, of so many, that read one of the positions wanted, on an axis of ``size``."""
    if taps is SAME or not wanted:
        return wanted & full(units)
    if wanted == full(size) and isinstance(taps, Whole | Blocks):
        return full(units)
    return sum(1 << unit for unit in range(units) if sets.read_by(taps, 1 << unit, size) & wanted)


def _rolled(row: Bits, shape: Shape) -> Iterator[Part]:
    """Places of a flattened row as channels and positions."""
    area = prod(shape[1:])
    if row == full(shape[0] * area):
        yield everything(shape)
        return
    for channel in range(shape[0]):
        bits = row >> channel * area & full(area)
        if bits:
            yield Part(1 << channel, _shaped(bits, shape[1:]))


def _shaped(bits: Bits, sizes: Shape) -> Mask:
    """Places of a row as positions on axes."""
    length = sizes[-1] if sizes else 1
    rows = enumerate(product(*map(range, sizes[:-1])))
    boxes = ((*(1 << at for at in place), bits >> number * length & full(length)) for number, place in rows)
    return masks.union(tuple(box for box in boxes if box[-1])) if sizes else POINT


def _unrolled(values: Part, shape: Shape) -> Bits:
    """Channels and positions as places of a flattened row."""
    places = sum(1 << place_in_row(place, shape[1:]) for place in masks.members(values.mask))
    area = prod(shape[1:])
    return sum(places << channel * area for channel in positions(values.channels))
