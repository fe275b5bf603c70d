"""The receptive field of a node, one value per axis of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.arithmetic import Number
from cnncalc.fields import sets
from cnncalc.fields.chain import States, states
from cnncalc.fields.extent import Beyond, Extent, Span, center, length
from cnncalc.fields.sets import Bits
from cnncalc.fields.wiring import Axis, Wiring
from cnncalc.network import Network, Node

if TYPE_CHECKING:
    from cnncalc.fields.borders import Border, Halo
    from cnncalc.fields.coverage import Coverage
    from cnncalc.fields.everywhere import Everywhere
    from cnncalc.fields.groups import Channels, Group
    from cnncalc.fields.marks import Phases
    from cnncalc.fields.paths import Branch, Choice, Path
    from cnncalc.fields.units import Reading
    from cnncalc.working import Worked


class Field:
    """What the units of ``node`` read of ``reference``; every tuple has one value per axis.

    Sizes are those of a unit in the interior: positions in the padding count. Units that read the
    whole axis (``is_global``) are clipped to it. A flattened row answers for each of its units,
    which reads what the position it came from reads.
    """

    def __init__(self, fields: Fields, node: Node, reference: Node, axes: States) -> None:
        self.fields = fields
        self.node = node
        self.reference = reference
        self.axes = axes

    def __repr__(self) -> str:
        return f"<Field of {self.node.name} in {self.reference.name}: size {self.size}, jump {self.jump}>"

    @property
    def is_constant(self) -> bool:
        """Whether nothing of the reference is read."""
        return self.node.name not in self.fields.states(self.reference.name)

    @property
    def is_global(self) -> bool:
        """Whether every unit reads the whole input, on every axis."""
        return bool(self.axes) and all(state is Beyond.EVERYWHERE for state in self.axes)

    @cached_property
    def size(self) -> tuple[int, ...]:
        """Positions from the first to the last one read; the largest where phases differ."""
        return tuple(max(map(length, spans), default=0) for spans in self.spans)

    @cached_property
    def smallest(self) -> tuple[int, ...]:
        """As ``size``, in the phase where it is smallest."""
        return tuple(min(map(length, spans), default=0) for spans in self.spans)

    @cached_property
    def touched(self) -> tuple[int | None, ...]:
        """Positions really read: fewer than ``size`` where there are holes.

        None where a field with holes has more positions than are worth counting (4 million).
        """
        return tuple(self.fields.touched(self, axis) for axis in range(len(self.axes)))

    @cached_property
    def jump(self) -> tuple[int | Fraction, ...]:
        """Distance in the reference between neighbouring units; 0 where all read the same."""
        return tuple(map(_jump, self.axes))

    @cached_property
    def start(self) -> tuple[int, ...]:
        """First position that unit 0 reads, negative in the padding."""
        return tuple(span[0] if span else 0 for span in self._first)

    @cached_property
    def center(self) -> tuple[int | Fraction, ...]:
        """Middle of what unit 0 reads, a half where the size is even."""
        return tuple(center(span) if span else 0 for span in self._first)

    @cached_property
    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """First and last position read, for each phase on each axis."""
        return tuple(self._spans(axis, state) for axis, state in enumerate(self.axes))

    @cached_property
    def min_path(self) -> tuple[Path, ...]:
        """Per axis the path whose field alone is smallest: how local the finest information is."""
        from cnncalc.fields.paths import path

        return tuple(path(self, axis, widest=False) for axis in range(len(self.axes)))

    @cached_property
    def max_path(self) -> tuple[Path, ...]:
        """Per axis the path whose field alone is largest: where the size comes from."""
        from cnncalc.fields.paths import path

        return tuple(path(self, axis, widest=True) for axis in range(len(self.axes)))

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """What each input brings, and how far the branches lie apart."""
        from cnncalc.fields.paths import branches

        return branches(self)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The channels by field: one group, unless groups or concatenation make them differ."""
        from cnncalc.fields.groups import groups

        return groups(self)

    @cached_property
    def coverage(self) -> tuple[Coverage | None, ...]:
        """How much of the field is read, per axis."""
        from cnncalc.fields.coverage import coverage

        return coverage(self)

    @cached_property
    def border(self) -> tuple[Border | None, ...]:
        """Units whose fields reach outside, per axis; None where all read the whole axis."""
        from cnncalc.fields.borders import border

        return border(self)

    @cached_property
    def halo(self) -> tuple[Halo | None, ...]:
        """What tiles of an image need around them, per axis."""
        from cnncalc.fields.borders import halo

        return halo(self)

    def reads(self, *unit: int) -> Reading:
        """Exactly which values of the reference one unit reads, given as channel and position.

        On the present input size, with every hole and border. Raises :class:`IndexError` for a unit
        that does not exist.
        """
        from cnncalc.fields import units

        part = units.box(self.node, unit)
        found = units.read_by(self.fields.wiring, self.node.name, part)
        return found.get(self.reference.name, units.Reading(self.reference.output_shape))

    def readers(self, *limits: int | tuple[int, int]) -> Reading:
        """Exactly which units read a value of the reference, given as channel and position.

        Each place is one number, or a pair of first and last for a box. Raises :class:`IndexError`
        for places outside the reference.
        """
        from cnncalc.fields import units

        part = units.box(self.reference, limits)
        found = units.readers_of(self.fields.wiring, self.reference.name, part)
        return found.get(self.node.name, units.Reading(self.node.output_shape))

    def read_at_all(self) -> Reading:
        """Which values of the reference any unit reads; the rest of the reference has no effect."""
        from cnncalc.fields import units

        part = units.everything(self.node.output_shape)
        found = units.read_by(self.fields.wiring, self.node.name, part)
        return found.get(self.reference.name, units.Reading(self.reference.output_shape))

    def awake(self) -> Reading:
        """Which units read anything at all of the reference; the rest see padding alone."""
        from cnncalc.fields import units

        part = units.everything(self.reference.output_shape)
        found = units.readers_of(self.fields.wiring, self.reference.name, part)
        return found.get(self.node.name, units.Reading(self.node.output_shape))

    @property
    def others(self) -> tuple[Field, ...]:
        """The fields of the same node in the other inputs of the network that it reads."""
        names = [node.name for node in self.fields.network.inputs if node is not self.reference]
        found = (self.fields.of(self.node.name, name) for name in names)
        return tuple(field for field in found if not field.is_constant)

    def before(self, name: str) -> Field:
        """The field of another node, in the same reference."""
        return self.fields.of(name, self.reference.name)

    def workings(self) -> list[tuple[str, Worked | str]]:
        """How the field comes about from the fields before it: names and worked lines."""
        from cnncalc.fields.workings import workings

        return workings(self)

    @property
    def _first(self) -> tuple[Span, ...]:
        return tuple(spans[0] if spans else None for spans in self.spans)

    def _spans(self, axis: int, state: object) -> tuple[Span, ...]:
        if isinstance(state, Extent):
            return state.spans
        return tuple(map(sets.span, self.fields.sets(self, axis)))


def _jump(state: object) -> Number:
    return state.jump if isinstance(state, Extent) else 0


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
            self._states[reference] = states(self.wiring, reference)
        return self._states[reference]

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
        if state is Beyond.EVERYWHERE:
            read = self.everywhere(reference)[name][axis]
            return (read or 0,)
        return () if state is None else self.units(reference, axis)[name]

    def units(self, reference: str, axis: int) -> Mapping[str, tuple[Bits, ...]]:
        """What every unit of every node reads on the given size; made once."""
        if (reference, axis) not in self._units:
            self._units[reference, axis] = sets.of_units(
                self.wiring, reference, Axis(axis, len(self.network[reference].output_shape) - 1)
            )
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
            rank = len(self.network[reference].output_shape) - 1
            self._inner[reference, axis] = sets.inner_units(self.wiring, reference, Axis(axis, rank))
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

            found = marks(self.wiring, self.states(reference))
            self._counts[reference] = {name: tuple(map(_count, axes)) for name, axes in found}
        return self._counts[reference]

    def marks(self, field: Field) -> tuple[Phases, ...]:
        """The positions between the first and the last one read; empty on axes without holes."""
        from cnncalc.fields.marks import marks

        found = marks(self.wiring, self.states(field.reference.name))
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
