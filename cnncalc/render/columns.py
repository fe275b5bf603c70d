"""The columns of a summary table.

A line of the table stands for a group of rows: one row, or all rows of a folded part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.arithmetic import Shape
from cnncalc.conventions import Convention
from cnncalc.errors import UsageError
from cnncalc.fields import Field
from cnncalc.layers import show
from cnncalc.quantities import canonical


class Group(NamedTuple):
    """One line: a row, or the consecutive rows of a part folded into one.

    ``reads`` names the groups that it is connected to.
    """

    name: str
    rows: tuple[Row, ...]
    reads: tuple[str, ...] = ()

    @property
    def is_folded(self) -> bool:
        """Whether it stands for a part rather than for a layer."""
        return self.rows[-1].name != self.name

    @property
    def last(self) -> Row:
        """The row whose output leaves the group."""
        return self.rows[-1]

    def total(self, quantity: str) -> int:
        """A quantity added up over the group."""
        return sum(getattr(row, quantity) for row in self.rows)


class Count(NamedTuple):
    """How operations are counted in this table."""

    convention: Convention
    batch: int

    def of(self, rows: Iterable[Row]) -> int:
        """Operations of some rows."""
        return sum(row.operations(self.convention, self.batch) for row in rows)


class Column(NamedTuple):
    """A column: its name and heading, what it says, and whether it is a number to add up.

    A cell is a number, a text, or a tuple of texts where there may be several.
    """

    name: str
    heading: str
    doc: str
    cell: Callable[[Group, Count], Any]
    adds_up: bool = False


def fold(analysis: Analysis, depth: int | None) -> list[Group]:
    """One group per row, or with a depth one per part nested that deep."""
    homes = {row.name: _home(row, depth) for row in analysis.rows}
    groups = []
    for name, rows in groupby(analysis.rows, lambda row: homes[row.name]):
        members = tuple(rows)
        sources = dict.fromkeys(homes[source] for row in members for source in row.inputs)
        groups.append(Group(name, members, tuple(source for source in sources if source != name)))
    return groups


def _home(row: Row, depth: int | None) -> str:
    """The name of the part a row is folded into, or its own."""
    is_folded = depth is not None and len(row.path) >= depth
    return ".".join(row.path[:depth]) if is_folded else row.name


def choose(names: str | None, groups: Sequence[Group]) -> list[Column]:
    """The columns asked for by name, or those that fit the network.

    Raises :class:`UsageError` that lists the names where one is unknown.
    """
    if names is not None:
        return [_column(name.strip()) for name in names.split(",") if name.strip()]
    chain = [(), *((group.name,) for group in groups)]
    branches = any(group.reads != before for group, before in zip(groups, chain, strict=False))
    return [COLUMNS[name] for name in DEFAULT_COLUMNS if name != "inputs" or branches]


_OTHER_NAMES = {"name": "layer", "output_shape": "output", "shape": "output", "type": "kind"}


def _column(name: str) -> Column:
    try:
        return COLUMNS[_OTHER_NAMES.get(name.lower(), canonical(name, COLUMNS))]
    except KeyError:
        raise UsageError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}") from None


def _label(group: Group, _: Count) -> str:
    return f"{len(group.rows)} layers" if group.is_folded else group.last.label


def _kind(group: Group, _: Count) -> str:
    return "part" if group.is_folded else group.last.kind


def _input_shapes(group: Group, _: Count) -> tuple[str, ...]:
    return tuple(map(show, group.rows[0].input_shapes))


def axes(values: Shape) -> str:
    """One value per axis, shortened to one where all are alike.

    >>> axes((14, 14)), axes((3, 5)), axes(())
    ('14', '3x5', '-')
    """
    if not values:
        return "-"
    return str(values[0]) if len(set(values)) == 1 else show(values)


def _field(group: Group, _: Count) -> str:
    field = group.last.field
    size = "all" if field.is_global else _told(field, "size")
    return f"at most {size}" if field.is_bound else size


def _told(field: Field, name: str) -> str:
    """One value per axis, or a question mark where units are too many to be told apart."""
    values = field.told(name)
    return "?" if values is None else axes(values)


def _added(name: str, heading: str, doc: str) -> Column:
    return Column(name, heading, doc, lambda group, _: group.total(name), adds_up=True)


_ALL = (
    Column("layer", "layer", "name, dotted", lambda group, _: group.name),
    Column("label", "kind", "kind, kernel and stride", _label),
    Column("kind", "kind", "kind alone", _kind),
    Column("inputs", "reads", "layers it is connected to", lambda group, _: group.reads),
    Column("input", "input", "shape that enters", _input_shapes),
    Column("output", "output", "shape that leaves", lambda group, _: show(group.last.output_shape)),
    _added("params", "params", "parameters"),
    _added("trainable_params", "trainable", "parameters that training changes"),
    _added("connections", "connections", "uses of a weight or bias, padded taps included"),
    _added("neurons", "neurons", "output values of layers with weights"),
    Column(
        "macs",
        "MACs",
        "operations under the convention chosen",
        lambda group, count: count.of(group.rows),
        adds_up=True,
    ),
    _added("flops", "FLOPs", "two for each MAC"),
    _added("backward_macs", "backward MACs", "multiply-accumulates of the backward pass"),
    _added("activation_bytes", "act. bytes", "bytes of the output, float32"),
    _added("saved_bytes", "saved bytes", "bytes kept for backward, float32"),
    Column("field", "field", "receptive field in the input, in pixels", _field),
    Column(
        "jump", "jump", "input pixels between neighbouring units", lambda g, _: _told(g.last.field, "jump")
    ),
    Column("start", "start", "first input pixel of unit 0", lambda g, _: _told(g.last.field, "start")),
)

COLUMNS = {column.name: column for column in _ALL}
DEFAULT_COLUMNS = ("layer", "label", "inputs", "output", "params", "connections", "macs", "field")
