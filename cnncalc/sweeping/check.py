"""PyTorch's word on some of the hits: they are built as modules, run and measured."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from cnncalc.analysis import analyze
from cnncalc.sweeping.quantities import QUANTITIES
from cnncalc.sweeping.table import Table

_CHECKED = ("output_shape", "params", "macs")
"""What PyTorch is asked about every node, whatever the columns are."""


class Checked(NamedTuple):
    """One hit: its row, and everything that is not as the sweep says."""

    row: dict[str, Any]
    mismatches: tuple[str, ...]


def prepare() -> None:
    """Raise :class:`cnncalc.MissingExtra` where PyTorch is not installed."""
    import_module("cnncalc.torch_backend.verify")


def check(table: Table, most: int) -> Iterator[Checked]:
    """Build hits of a table's sample in PyTorch and compare; needs torch."""
    from cnncalc.torch_backend import verify
    from cnncalc.torch_backend.verify import CHECKS

    asked = tuple(name for name in CHECKS if name in _CHECKED or name in table.quantities)
    for row in table.drawn(most):
        network = table.plan.network({name: row[name] for name in table.parameters})
        analysis = analyze(network)
        own = [
            f"{name} is {row[name]:,} in the sweep and {value:,} in the analysis"
            for name in table.quantities
            if (value := QUANTITIES[name].of(analysis)) != row[name]
        ]
        found = verify(network, quantities=asked).mismatches
        theirs = [f"{each.node} {each.quantity}: {each.ours}, PyTorch says {each.torch}" for each in found]
        yield Checked(row, (*own, *theirs))
