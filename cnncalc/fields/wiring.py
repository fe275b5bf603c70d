"""How nodes read their inputs, as all passes over a network see it.

In ``local`` mode gates and the statistics of normalisations count as constants: what is left is
the part of a field that moves with the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.arithmetic import Shape, plain
from cnncalc.layers import Layer
from cnncalc.layers.learned import Tokens
from cnncalc.layers.merge import Cat
from cnncalc.layers.part import Slice, Split
from cnncalc.layers.shape import Flatten
from cnncalc.layers.spatial import PixelShuffle, PixelUnshuffle
from cnncalc.network import Memo, Network, Node
from cnncalc.taps import Moved, Taps, Unrolled, Whole

if TYPE_CHECKING:
    from cnncalc.fields.grouping import Grouping
    from cnncalc.fields.routes import RoutedAxis, Routes
    from cnncalc.moves import Move


class Entry(NamedTuple):
    """One input of a node: where it comes from, its shape, and how each of its axes is read."""

    node: Node
    place: int
    taps: tuple[Taps, ...]

    @property
    def source(self) -> str:
        """Name of the node read."""
        return self.node.inputs[self.place]

    @property
    def shape(self) -> Shape:
        """Shape of what is read."""
        return self.node.input_shapes[self.place]

    @property
    def channel_taps(self) -> Taps:
        """Which channels an output channel reads."""
        return self.node.layer.channel_taps(self.node.site)[self.place]

    @property
    def moves(self) -> tuple[Move, ...]:
        """How values move, where the node arranges them anew."""
        return self.node.layer.moves(self.node.site)

    @property
    def mixes(self) -> bool:
        """Whether a flat input is mixed: every value that leaves reads every value that enters."""
        return len(self.shape) == 1 and isinstance(self.channel_taps, Whole)

    @property
    def spreads(self) -> bool:
        """Whether each value of a flat input reaches every position of a channel, as a gate does."""
        return len(self.shape) == 1 and len(self.node.output_shape) > 1

    @property
    def unrolls(self) -> bool:
        """Whether the input is laid out in a row, value by value."""
        return bool(self.taps) and isinstance(self.taps[0], Unrolled)


class Axis(NamedTuple):
    """A spatial axis of a reference with ``rank`` axes, as it goes on through a network.

    Nodes with another number of axes have no place on it: all their values count as one unit.
    """

    place: int
    rank: int

    def units(self, node: Node) -> int:
        """Units of a node along the axis."""
        return self._size(node.output_shape)

    def _size(self, shape: Shape) -> int:
        return int(shape[self.place + 1]) if len(shape) == self.rank + 1 else 1

    def taps(self, entry: Entry) -> Taps:
        """How the axis is read by way of an entry."""
        if len(entry.shape) != self.rank + 1:
            return ONE
        own = len(entry.node.output_shape) == self.rank + 1
        return entry.taps[self.place] if own else Whole(entry.shape[self.place + 1])

    def has_places(self, node: Node) -> bool:
        """Whether units along the axis can be told by where they lie."""
        return len(node.output_shape) == self.rank + 1

    def grouping(self, node: Node) -> Grouping:
        """The axes of a node, and the one that says which unit a value belongs to."""
        from cnncalc.fields.grouping import Grouping

        sizes = tuple((size,) for size in node.output_shape)
        return Grouping(sizes, (self.place + 1,) if self.has_places(node) else ())


ONE = Whole(1)
"""How what has no place on an axis is read."""


MOST_CHANNELS = 1 << 16
"""Channels above which those that a layer leaves out are not told from the others."""


def _has(nodes: Iterable[Node], *kinds: type[Layer]) -> bool:
    return any(isinstance(node.layer, kinds) for node in nodes)


def _channels(node: Node) -> int:
    """Channels of a node, whose numbers are all plain ones: sets of channels have no arrays."""
    for number in (*node.output_shape, *_numbers(node.layer.given().values())):
        plain(number)
    return int(plain(node.output_shape[0]))


def _numbers(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from _numbers(value) if isinstance(value, tuple) else (value,)


class Wiring:
    """The entries of every node of a network."""

    def __init__(self, network: Network, *, local: bool = False) -> None:
        self.network = network
        self.local = local
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._memo = Memo()
        self._routes: dict[str, Routes] = {}

    @cached_property
    def selects(self) -> bool:
        """Whether channels that read different things are left out, so that they must be told apart."""
        nodes = self.network.nodes
        if not (_has(nodes, Slice, Split) and _has(nodes, Cat, Tokens)):
            return False
        return all(_channels(node) <= MOST_CHANNELS for node in nodes)

    @cached_property
    def rearranges(self) -> bool:
        """Whether axes take other places somewhere, so that they must be followed value by value."""
        nodes = self.network.nodes
        parts = _has(nodes, Slice, Split)
        found = parts and _has(nodes, Flatten, PixelUnshuffle)
        found = found or (_has(nodes, PixelShuffle) and _has(nodes, PixelUnshuffle, Cat, Tokens))
        found = found or any(map(self._moves_axes, nodes))
        return found and all(_channels(node) for node in nodes)

    def _moves_axes(self, node: Node) -> bool:
        if type(node.layer).moves is Layer.moves:
            return False
        (taps,) = self._maps(node)
        return any(isinstance(axis, Moved) for axis in taps) or (not taps and len(node.output_shape) > 1)

    def axis(self, reference: str, place: int) -> Axis | RoutedAxis:
        """A spatial axis of a reference, as it goes on through the network."""
        if not self.rearranges:
            return Axis(place, len(self.network[reference].output_shape) - 1)
        from cnncalc.fields.routes import RoutedAxis

        return RoutedAxis(place, self.routes(reference))

    def axes(self, reference: str) -> list[Axis | RoutedAxis]:
        """All spatial axes of a reference."""
        return [self.axis(reference, place) for place in range(len(self.network[reference].output_shape) - 1)]

    def routes(self, reference: str) -> Routes:
        """How the axes of a reference go on where layers arrange values anew; worked out once."""
        if reference not in self._routes:
            from cnncalc.fields.routes import Routes

            self._routes[reference] = Routes(self, self.network[reference])
        return self._routes[reference]

    def entries(self, node: Node) -> tuple[Entry, ...]:
        """The inputs that a node reads, in order."""
        known = self._entries.get(node.name)
        if known is None:
            known = self._entries[node.name] = self._read(node)
        return known

    def _maps(self, node: Node) -> tuple[tuple[Taps, ...], ...]:
        return self._memo.once("taps", node, lambda: node.layer.taps(node.site))

    def _read(self, node: Node) -> tuple[Entry, ...]:
        if not node.inputs:
            return ()
        maps = enumerate(self._maps(node))
        if not self.local:
            return tuple(Entry(node, place, taps) for place, taps in maps)
        gates = node.layer.gates(node.site)
        return tuple(
            Entry(node, place, tuple(axis.local() for axis in taps))
            for place, taps in maps
            if place not in gates
        )
