"""The nodes of a diagram: cards, each for one layer or for a layer and what follows it at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from cnncalc.analysis import Analysis, Row
from cnncalc.fields import Field
from cnncalc.render.columns import axes
from cnncalc.render.figures import crosses, shape
from cnncalc.render.names import told

FOLLOWERS = frozenset({"norm", "activation", "dropout"})
"""Families that are shown on the card of the layer they follow."""

_COUNTED = re.compile(r"_?([123]d)?(_?\d+)?$")
"""What stands behind the name of a kind: axes, as PyTorch has them, and a number."""


class Card:
    """Consecutive rows shown as one node; ``inputs`` are the numbers of the cards it reads."""

    def __init__(self, number: int, rows: Sequence[Row], inputs: Sequence[int]) -> None:
        self.number = number
        self.rows = tuple(rows)
        self.inputs = tuple(inputs)

    def __repr__(self) -> str:
        return f"<Card {self.number}: {self.name}>"

    @property
    def head(self) -> Row:
        """The row that gives the card its name and kind."""
        return self.rows[0]

    @property
    def last(self) -> Row:
        """The row whose output leaves."""
        return self.rows[-1]

    @property
    def name(self) -> str:
        """The full name of the first row."""
        return self.head.name

    @property
    def path(self) -> tuple[str, ...]:
        """The parts that enclose it."""
        return self.head.path

    @property
    def family(self) -> str:
        """What it looks like."""
        return self.head.layer.family

    @cached_property
    def params(self) -> int:
        """Parameters of its rows."""
        return sum(row.params for row in self.rows)

    @cached_property
    def macs(self) -> int:
        """MACs of its rows."""
        return sum(row.macs for row in self.rows)

    @property
    def has_numbers(self) -> bool:
        """Whether there are parameters or MACs to show."""
        return bool(self.params or self.macs)

    @cached_property
    def title(self) -> str:
        """Kind, size and channels: ``conv 3×3 /2, 64``."""
        label = crosses(self.head.label)
        if self.head.layer.is_weight_layer and len(self.last.output_shape) > 1 and self.family == "conv":
            return f"{label}, {self.head.output_shape[0]}"
        return label

    @cached_property
    def given_name(self) -> str:
        """The last part of the name, if somebody chose it rather than counting."""
        name = told(self.name.split("."))
        aliases = map(_plain, (self.head.kind, self.title, *self.head.layer.aliases))
        return "" if _plain(name) in aliases else name

    @cached_property
    def followers(self) -> str:
        """What else happens on this card: ``bn, relu``."""
        return ", ".join(row.kind for row in self.rows[1:])

    @cached_property
    def output(self) -> str:
        """The shape that leaves."""
        return shape(self.last.output_shape)

    def output_to(self, readers: Sequence[Card]) -> str:
        """The shape that some of its readers read."""
        return self.output

    @cached_property
    def field(self) -> str:
        """Receptive field in the input, one number where the axes agree; empty where there is none."""
        return field(self.last)

    @property
    def label(self) -> str:
        """Everything in words, for those who do not see the card."""
        parts = [f"{self.name}: {self.title}" if self.name != self.title else self.name]
        if self.followers:
            parts.append(f"with {self.followers}")
        parts.append(f"output {self.output}")
        if self.has_numbers:
            parts.append(f"{self.params:,} parameters, {self.macs:,} MACs")
        if self.field:
            parts.append(f"receptive field {self.field}")
        return ", ".join(parts)


def _plain(name: str) -> str:
    """A name as kinds are compared: ``adaptive_avg_pool2d_2`` is ``adaptiveavgpool``."""
    return _COUNTED.sub("", name.lower()).replace("_", "")


def field(row: Row) -> str:
    """A row's receptive field as pictures write it; empty where there is none."""
    return extent(row.field)


def extent(found: Field) -> str:
    """A receptive field as pictures write it, one number where the axes agree; empty where there is none."""
    if found.is_global:
        return "all"
    return axes(found.size).replace("x", "×") if found.size else ""


def cards(analysis: Analysis, *, fused: bool = True) -> list[Card]:
    """One card per row, or with ``fused`` one per row and its followers."""
    groups = _groups(analysis, fused=fused)
    owner = {row.name: number for number, rows in enumerate(groups) for row in rows}
    made = []
    for number, rows in enumerate(groups):
        read = (owner[source] for row in rows for source in row.inputs)
        made.append(Card(number, rows, [source for source in dict.fromkeys(read) if source != number]))
    return made


def _groups(analysis: Analysis, *, fused: bool) -> list[list[Row]]:
    readers = analysis.network.readers
    outputs = set(analysis.network.outputs)
    groups: list[list[Row]] = []
    at: dict[str, int] = {}
    for row in analysis.rows:
        source = row.inputs[0] if len(row.inputs) == 1 else ""
        joins = (
            fused
            and row.layer.family in FOLLOWERS
            and bool(source)
            and len(readers[source]) == 1
            and source not in outputs
            and _may_follow(groups[at[source]], row)
        )
        number = at[source] if joins else len(groups)
        if joins:
            groups[number].append(row)
        else:
            groups.append([row])
        at[row.name] = number
    return groups


def _may_follow(rows: Sequence[Row], row: Row) -> bool:
    """Whether a row goes on the card: nothing follows an input, or a part that it is not in.

    What normalises a sum outside the part that adds belongs to what comes next: else the last of
    equal blocks would not be like the others.
    """
    head = rows[0]
    if head.kind == "add" and row.layer.family == "norm" and row.path != head.path:
        return False
    return head.layer.family != "input" and head.path[: len(row.path)] == row.path
