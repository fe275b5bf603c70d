"""The fields of a whole network: passes over it, each made once and when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.arithmetic import plain
from cnncalc.fields import sets
from cnncalc.fields.chain import States, states
from cnncalc.fields.extent import Beyond, Extent
from cnncalc.fields.field import Field
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Wiring
from cnncalc.network import Network, Node

if TYPE_CHECKING:
    from cnncalc.fields.everywhere import Everywhere
    from cnncalc.fields.groups import Channels
    from cnncalc.fields.marks import Phases
    from cnncalc.fields.paths import Choice


class Fields(Mapping[str, Field]):
    """The receptive field of every node of a network, in one reference.

    Without a reference each node is seen in the first of the network's inputs that it reads. In
    ``local`` mode gates and the statistics of normalisations count as constants. The name of a part
    (``layer4`` of a ResNet) stands for its last layer.
    """

    def __init__(self, network: Network, reference: str | None = None, *, local: bool = False) -> None:
        self.network = network
        self.wiring = Wiring(network, local=local)
        names = [network.resolve(reference)] if reference else [node.name for node in network.inputs]
        self.references = names
        self._states: dict[str, Mapping[str, States]] = {}
        self._everywhere: dict[str, Mapping[str, Everywhere]] = {}
        self._units: dict[tuple[str, int], Mapping[str, tuple[Bits, ...]]] = {}
        self._channels: dict[str, Mapping[str, Channels]] = {}
        self._inner: dict[tuple[str, int], Mapping[str, Bits]] = {}
        self._choices: dict[tuple[str, bool], Mapping[str, Choice]] = {}
        self._counts: dict[str, Mapping[str, tuple[int | None, ...]]] = {}
        self._made: dict[str, Field] = {}

    def __iter__(self) -> Iterator[str]:
        return (node.name for node in self.network)

    def __len__(self) -> int:
        return len(self.network)

    def __getitem__(self, name: str) -> Field:
        node = self.network[self._last_of_part(name)]
        if node.name not in self._made:
            self._made[node.name] = self._make(node)
        return self._made[node.name]

    def _last_of_part(self, name: str) -> str:
        """The name itself, or the last layer of the part of the network that has this name."""
        if name in self.network:
            return name
        inside = [node.name for node in self.network if node.name.startswith(f"{name}.")]
        return inside[-1] if inside else name

    def _make(self, node: Node) -> Field:
        seen = (reference for reference in self.references if node.name in self.states(reference))
        return self.of(node.name, next(seen, self.references[0]))

    def of(self, name: str, reference: str) -> Field:
        """The field of a node in one of several references."""
        axes = len(self.network[reference].output_shape) - 1
        found = self.states(reference).get(name, (None,) * axes)
        return Field(self, self.network[name], self.network[reference], found)

    def states(self, reference: str) -> Mapping[str, States]:
        """The pass over the network, made once for each reference."""
        if reference not in self._states:
            self._states[reference] = self._passed(reference)
        return self._states[reference]

    def _passed(self, reference: str) -> Mapping[str, States]:
        """Channel by channel where some are left out on the way; else, and sooner, all together."""
        if not self.wiring.selects or len(self.network[reference].output_shape) == 1:
            return states(self.wiring, reference)
        from cnncalc.fields.groups import united

        return united(self.by_channel(reference))

    def choices(self, reference: str, *, widest: bool) -> Mapping[str, Choice]:
        """The widest or narrowest path to every node; made once."""
        if (reference, widest) not in self._choices:
            from cnncalc.fields.paths import choices

            self._choices[reference, widest] = choices(self.wiring, reference, widest=widest)
        return self._choices[reference, widest]

    def sets(self, field: Field, axis: int) -> tuple[Bits, ...]:
        """The sets on the given size where there is no interval for each phase.

        One set where all units read the whole axis, one for each unit where they move unevenly.
        """
        state, name, reference = field.axes[axis], field.node.name, field.reference.name
        if state is Beyond.UNKNOWN:
            return (sets.full(plain(field.reference.output_shape[axis + 1])),)
        if state is Beyond.EVERYWHERE:
            read = self.everywhere(reference)[name][axis]
            return (read or 0,)
        return () if state is None else self.units(reference, axis)[name]

    def units(self, reference: str, axis: int) -> Mapping[str, tuple[Bits, ...]]:
        """What every unit of every node reads on the given size; made once, as far as asked."""
        if (reference, axis) not in self._units:
            from cnncalc.fields.each_unit import EachUnit

            along = self.wiring.axis(reference, axis)
            self._units[reference, axis] = EachUnit(self.wiring, reference, along)
        return self._units[reference, axis]

    def by_channel(self, reference: str) -> Mapping[str, Channels]:
        """What every set of channels of every node reads; made once."""
        if reference not in self._channels:
            from cnncalc.fields.groups import by_channel

            self._channels[reference] = by_channel(self.wiring, self.network[reference])
        return self._channels[reference]

    def inner(self, reference: str, axis: int) -> Mapping[str, Bits]:
        """The units of every node that no padding reaches; made once."""
        if (reference, axis) not in self._inner:
            along = self.wiring.axis(reference, axis)
            self._inner[reference, axis] = sets.inner_units(self.wiring, reference, along)
        return self._inner[reference, axis]

    def everywhere(self, reference: str) -> Mapping[str, Everywhere]:
        """What the nodes read that read a whole axis; made once."""
        if reference not in self._everywhere:
            from cnncalc.fields.everywhere import everywhere

            found = everywhere(self.wiring, reference, self.states(reference))
            self._everywhere[reference] = found
        return self._everywhere[reference]

    def touched(self, field: Field, axis: int) -> int | None:
        """How many positions a unit reads; the most where units differ."""
        state = field.axes[axis]
        if not isinstance(state, Extent):
            return max((read.bit_count() for read in self.sets(field, axis)), default=0)
        if state.dense:
            return field.size[axis]
        return self.counts(field.reference.name)[field.node.name][axis]

    def counts(self, reference: str) -> Mapping[str, tuple[int | None, ...]]:
        """The positions read where there are holes, the most over the phases; made once."""
        if reference not in self._counts:
            from cnncalc.fields.marks import marks

            found = marks(self.wiring, self.network[reference])
            self._counts[reference] = {name: tuple(map(_count, axes)) for name, axes in found}
        return self._counts[reference]

    def marks(self, field: Field) -> tuple[Phases, ...]:
        """The positions between the first and the last one read; empty on axes without holes."""
        from cnncalc.fields.marks import marks

        found = marks(self.wiring, field.reference)
        return next(axes for name, axes in found if name == field.node.name)


def _count(phases: Phases) -> int | None:
    return max((mark.bits.bit_count() for mark in phases if mark), default=None)


def receptive_fields(network: Network, reference: str | None = None, *, local: bool = False) -> Fields:
    """The receptive field of every node, in the network's input or in another node before it.

    ``local`` treats gates (squeeze-and-excite) and the statistics of normalisations as constants.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import Builder
    >>> build = Builder("two convolutions")
    >>> x = build.input("input", (1, 32, 32))
    >>> for name in ("C1", "C2"):
    ...     x = build.add(Conv(out_channels=6, kernel_size=3), x, name=name)
    >>> receptive_fields(build.network())["C2"].size
    (5, 5)
    """
    return Fields(network, reference, local=local)
