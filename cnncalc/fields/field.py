"""The receptive field of a node, one value per axis of the reference."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnncalc.arithmetic import Number
from cnncalc.errors import UsageError
from cnncalc.fields import sets
from cnncalc.fields.chain import States
from cnncalc.fields.extent import Beyond, Extent, Span, center, length
from cnncalc.network import Node

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.fields.borders import Border, Halo
    from cnncalc.fields.coverage import Coverage
    from cnncalc.fields.groups import Group
    from cnncalc.fields.passes import Fields
    from cnncalc.fields.paths import Branch, Path
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
        """Whether every unit reads the whole input, on every axis, as far as is known."""
        beyond = (Beyond.EVERYWHERE, Beyond.UNKNOWN)
        return bool(self.axes) and all(state in beyond for state in self.axes)

    @property
    def is_bound(self) -> bool:
        """Whether on some axis it is not known what units read, so that sizes are the most there can be."""
        return Beyond.UNKNOWN in self.axes

    def told(self, name: str) -> Any:
        """One of the properties below, or None where the units are too many to be told apart."""
        try:
            return getattr(self, name) if self.spans else ()
        except UsageError:
            return None

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
        """Units whose fields reach outside, per axis.

        None where all read the whole axis, or the units of the network are too many to be told apart.
        """
        from cnncalc.fields.borders import border

        try:
            return border(self)
        except UsageError:
            return (None,) * len(self.axes)

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
        read = self.fields.sets(self, axis)
        spans = {bits: sets.span(bits) for bits in set(read)}
        return tuple(spans[bits] for bits in read)


def _jump(state: object) -> Number:
    return state.jump if isinstance(state, Extent) else 0
