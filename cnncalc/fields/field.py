"""The receptive field of a node, one value per axis of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from cnncalc import formulas
from cnncalc.arithmetic import Number
from cnncalc.fields import sets
from cnncalc.fields.chain import States, states
from cnncalc.fields.extent import Beyond, Extent, Span, center
from cnncalc.fields.marks import Marks, marks
from cnncalc.fields.sets import Bits
from cnncalc.network import Network, Node


class Field:
    """What the units of ``node`` read of ``reference``; every tuple has one value per axis.

    Sizes are those of a unit in the interior: positions in the padding count. Units that read the
    whole axis (``is_global``) are clipped to it. A flattened row answers for each of its units,
    which reads what the position it came from reads.
    """

    def __init__(self, fields: Fields, node: Node, reference: Node, axes: States) -> None:
        self._fields = fields
        self.node = node
        self.reference = reference
        self.axes = axes

    def __repr__(self) -> str:
        return f"<Field of {self.node.name} in {self.reference.name}: size {self.size}, jump {self.jump}>"

    @property
    def is_constant(self) -> bool:
        """Whether nothing of the reference is read."""
        return all(state is None for state in self.axes)

    @property
    def is_global(self) -> bool:
        """Whether every unit reads the whole input, on every axis."""
        return bool(self.axes) and all(state is Beyond.EVERYWHERE for state in self.axes)

    @cached_property
    def size(self) -> tuple[int, ...]:
        """Positions from the first to the last one read; the largest where phases differ."""
        return tuple(max(map(_size, spans), default=0) for spans in self.spans)

    @cached_property
    def smallest(self) -> tuple[int, ...]:
        """As ``size``, in the phase where it is smallest."""
        return tuple(min(map(_size, spans), default=0) for spans in self.spans)

    @cached_property
    def touched(self) -> tuple[int, ...]:
        """Positions really read: fewer than ``size`` where there are holes."""
        return tuple(self._fields.touched(self, axis) for axis in range(len(self.axes)))

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

    @property
    def _first(self) -> tuple[Span, ...]:
        return tuple(spans[0] if spans else None for spans in self.spans)

    def _spans(self, axis: int, state: object) -> tuple[Span, ...]:
        if isinstance(state, Extent):
            return state.spans
        return () if state is None else (sets.span(self._fields.bits(self, axis)),)


def _size(span: Span) -> int:
    return int(formulas.field_span(*span)) if span else 0


def _jump(state: object) -> Number:
    return state.jump if isinstance(state, Extent) else 0


class Fields(Mapping[str, Field]):
    """The receptive field of every node of a network, in one reference.

    Without a reference each node is seen in the first of the network's inputs that it reads.
    """

    def __init__(self, network: Network, reference: str | None = None) -> None:
        self.network = network
        names = [network.resolve(reference)] if reference else [node.name for node in network.inputs]
        self.references = names
        self._states: dict[str, Mapping[str, States]] = {}
        self._marks: dict[str, Mapping[str, Marks]] = {}
        self._made: dict[str, Field] = {}

    def __iter__(self) -> Iterator[str]:
        return (node.name for node in self.network)

    def __len__(self) -> int:
        return len(self.network)

    def __getitem__(self, name: str) -> Field:
        node = self.network[name]
        if node.name not in self._made:
            self._made[node.name] = self._make(node)
        return self._made[node.name]

    def _make(self, node: Node) -> Field:
        for reference in self.references:
            found = self.states(reference).get(node.name)
            if found is not None:
                return Field(self, node, self.network[reference], found)
        reference = self.references[0]
        axes = len(self.network[reference].output_shape) - 1
        return Field(self, node, self.network[reference], (None,) * axes)

    def states(self, reference: str) -> Mapping[str, States]:
        """The pass over the network, made once for each reference."""
        if reference not in self._states:
            self._states[reference] = states(self.network, reference)
        return self._states[reference]

    def bits(self, field: Field, axis: int) -> Bits:
        """The positions on the given size that a unit in the middle reads."""
        middle = sets.axis_size(field.node.output_shape, axis) // 2
        read = sets.back(self.network, field.node.name, axis, 1 << middle)
        return read.get(field.reference.name, 0)

    def touched(self, field: Field, axis: int) -> int:
        """How many positions a unit reads."""
        state = field.axes[axis]
        if not isinstance(state, Extent):
            return self.bits(field, axis).bit_count()
        if state.dense:
            return field.size[axis]
        marks = self.marks(field.reference.name)[field.node.name][axis]
        return max(mark.bits.bit_count() for mark in marks if mark)

    def marks(self, reference: str) -> Mapping[str, Marks]:
        """The positions between the first and the last one read, made once for each reference."""
        if reference not in self._marks:
            self._marks[reference] = marks(self.network, self.states(reference))
        return self._marks[reference]


def receptive_fields(network: Network, reference: str | None = None) -> Fields:
    """The receptive field of every node, in the network's input or in another node before it.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import Builder
    >>> build = Builder("two convolutions")
    >>> x = build.input("input", (1, 32, 32))
    >>> for name in ("C1", "C2"):
    ...     x = build.add(Conv(out_channels=6, kernel_size=3), x, name=name)
    >>> receptive_fields(build.network())["C2"].size
    (5, 5)
    """
    return Fields(network, reference)
