"""How nodes read their inputs, as all passes over a network see it.

In ``local`` mode gates and the statistics of normalisations count as constants: what is left is
the part of a field that moves with the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from cnncalc.arithmetic import Shape, plain
from cnncalc.layers import Layer
from cnncalc.layers.learned import Tokens
from cnncalc.layers.merge import Cat
from cnncalc.layers.part import Slice, Split
from cnncalc.network import Memo, Network, Node
from cnncalc.taps import Taps, Unrolled, Whole


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

    def size(self, shape: Shape) -> int:
        """Units of a shape along the axis.

        >>> Axis(1, 2).size((16, 5, 7)), Axis(1, 2).size((400,))
        (7, 1)
        """
        return int(shape[self.place + 1]) if len(shape) == self.rank + 1 else 1

    def taps(self, entry: Entry) -> Taps:
        """How the axis is read by way of an entry."""
        if len(entry.shape) != self.rank + 1:
            return ONE
        own = len(entry.node.output_shape) == self.rank + 1
        return entry.taps[self.place] if own else Whole(entry.shape[self.place + 1])


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

    @cached_property
    def selects(self) -> bool:
        """Whether channels that read different things are left out, so that they must be told apart."""
        nodes = self.network.nodes
        if not (_has(nodes, Slice, Split) and _has(nodes, Cat, Tokens)):
            return False
        return all(_channels(node) <= MOST_CHANNELS for node in nodes)

    def entries(self, node: Node) -> tuple[Entry, ...]:
        """The inputs that a node reads, in order."""
        known = self._entries.get(node.name)
        if known is None:
            known = self._entries[node.name] = self._read(node)
        return known

    def _read(self, node: Node) -> tuple[Entry, ...]:
        if not node.inputs:
            return ()
        maps = enumerate(self._memo.once("taps", node, lambda: node.layer.taps(node.site)))
        if not self.local:
            return tuple(Entry(node, place, taps) for place, taps in maps)
        gates = node.layer.gates(node.site)
        return tuple(
            Entry(node, place, tuple(axis.local() for axis in taps))
            for place, taps in maps
            if place not in gates
        )
