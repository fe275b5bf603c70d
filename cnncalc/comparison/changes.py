"""What changed from one network to another: layers aligned by name, and the deltas of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.layers import show
from cnncalc.narrow_table import fitting
from cnncalc.text_table import text_table

QUANTITIES = ("params", "macs", "connections", "neurons")
"""What deltas are given of, layer by layer."""

TOTALS = ("params", "trainable_params", "macs", "connections", "neurons")
"""What deltas are given of, for the whole networks."""

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


class Change(NamedTuple):
    """A layer before and after; None where it is only in one of the networks."""

    name: str
    before: Row | None
    after: Row | None

    @property
    def status(self) -> str:
        """Whether it was added, removed, changed, or is the same."""
        if self.before is None or self.after is None:
            return ADDED if self.before is None else REMOVED
        return SAME if _facts(self.before) == _facts(self.after) else CHANGED

    @property
    def layer(self) -> str:
        """What it is, or what it was and what it has become."""
        return _arrow(*("" if row is None else _label(row) for row in (self.before, self.after)))

    @property
    def output(self) -> str:
        """The shape that leaves, or the one before and the one after."""
        return _arrow(*("" if row is None else show(row.output_shape) for row in (self.before, self.after)))

    def delta(self, quantity: str) -> int:
        """By how much a quantity has grown."""
        before, after = (0 if row is None else getattr(row, quantity) for row in (self.before, self.after))
        return int(after - before)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "name": self.name,
            "status": self.status,
            "before": _data(self.before),
            "after": _data(self.after),
            "delta": {quantity: self.delta(quantity) for quantity in QUANTITIES},
        }


class Difference:
    """All layers of two networks side by side, and the totals."""

    def __init__(self, before: Analysis, after: Analysis) -> None:
        self.before = before
        self.after = after
        self.changes = tuple(_aligned(before, after))

    @property
    def changed(self) -> tuple[Change, ...]:
        """The layers that are not the same."""
        return tuple(change for change in self.changes if change.status != SAME)

    def total(self, quantity: str) -> tuple[int, int]:
        """A quantity of the whole networks, before and after."""
        return getattr(self.before, quantity), getattr(self.after, quantity)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        totals = {quantity: self.total(quantity) for quantity in TOTALS}
        return {
            "schema": 1,
            "before": self.before.network.name,
            "after": self.after.network.name,
            "totals": {
                quantity: {"before": before, "after": after, "delta": after - before}
                for quantity, (before, after) in totals.items()
            },
            "layers": [change.to_dict() for change in self.changes],
        }

    def table(self, *, every_layer: bool = False, width: int | None = None) -> str:
        """The layers that changed, or all, and the totals, in ``width`` columns if that is given."""
        shown = self.changes if every_layer else self.changed
        lines = [
            [c.name, c.status, c.layer, c.output, *(_signed(c.delta(q)) for q in QUANTITIES)] for c in shown
        ]
        same = len(self.changes) - len(shown)
        note = f"\n{same} more are the same." if same else ""
        headings = ["layer", "", "what", "output", *QUANTITIES]
        sides = ["left" if place < 4 else "right" for place in range(len(headings))]
        least, hint = ("neurons", "connections", "output", "what"), "--format json has all"
        names = [heading or "status" for heading in headings]
        table = fitting(names, lines, headings, sides, width, least=least, hint=hint) if shown else ""
        layers = f"{table}{note}" if shown else "Every layer is the same."
        return f"{layers}\n\n{self._totals()}"

    def _totals(self) -> str:
        lines = []
        for quantity in TOTALS:
            before, after = self.total(quantity)
            growth = f"{100 * (after - before) / before:+.1f} %" if before else ""
            lines.append([quantity, f"{before:,}", f"{after:,}", _signed(after - before), growth])
        headings = ["total", "before", "after", "difference", ""]
        return text_table(lines, headings, ["left", *["right"] * 4])


def _aligned(before: Analysis, after: Analysis) -> Iterator[Change]:
    """Layers by name, in the order of both networks; one that moved is shown where it is now."""
    old, new = ({row.name: row for row in analysis} for analysis in (before, after))
    matcher = SequenceMatcher(None, [*old], [*new], autojunk=False)
    for _, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        gone = [name for name in [*old][old_start:old_end] if name not in new]
        yield from (Change(name, old[name], None) for name in gone)
        yield from (Change(name, old.get(name), new[name]) for name in [*new][new_start:new_end])


def _facts(row: Row) -> tuple[Any, ...]:
    shapes = (row.input_shapes, row.output_shape)
    return (row.layer, row.inputs, shapes, _is_frozen(row), row.node.weights_from)


def _is_frozen(row: Row) -> bool:
    """Whether training leaves weights of it alone."""
    return row.trainable_params < row.params


def _label(row: Row) -> str:
    return f"{row.label}, frozen" if _is_frozen(row) else row.label


def _data(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    numbers = {quantity: getattr(row, quantity) for quantity in QUANTITIES}
    return {"layer": _label(row), "output_shape": list(row.output_shape), **numbers}


def _arrow(before: str, after: str) -> str:
    return f"{before} -> {after}" if before and after and before != after else after or before


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"
