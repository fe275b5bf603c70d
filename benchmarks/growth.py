"""How time and memory grow from 100 to 100,000 layers: in a straight line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.measuring import cpu, held, process, python, table
from cnncalc import analyze
from cnncalc.render.table import summary
from cnncalc.spec import Limits, parse

SIZES = (100, 1_000, 10_000, 100_000)
LIMITS = Limits(characters=1 << 24, events=1 << 24, layers=1 << 20, repeat=1 << 20)
TRIPLE = "  - conv(8, 3, padding=1)\n  - bn\n  - relu\n"


def lines(layers: int) -> str:
    """A spec with a layer on each line."""
    return "input: 8x32x32\nlayers:\n" + TRIPLE * (layers // 3)


def repeat(layers: int) -> str:
    """A spec of one line."""
    return f"INPUT(8x32x32) -> [conv(8, 3, padding=1) -> bn -> relu]*{layers // 3}"


def steps(layers: int) -> dict[str, Callable[[], Any]]:
    """What is measured."""
    network = parse(repeat(layers), limits=LIMITS)
    return {
        "parse, a line each": lambda: parse(lines(layers), limits=LIMITS),
        "parse, repeated": lambda: parse(repeat(layers), limits=LIMITS),
        "parameters, MACs": lambda: (analyze(network).params, analyze(network).macs),
        "receptive fields": lambda: [row.field.size for row in analyze(network)],
        "bytes": lambda: (analyze(network).saved_bytes, analyze(network).peak),
        "the table": lambda: summary(analyze(network)),
    }


def whole(layers: int) -> None:
    """From text to table, for a process of its own."""
    summary(analyze(parse(lines(layers), limits=LIMITS)))


def report() -> str:
    """The table, in Markdown: CPU seconds, and the memory of a process that does it all."""
    columns = [_column(size) for size in SIZES]
    rows = [[step, *(column[step] for column in columns)] for step in columns[0]]
    return table(["CPU s", *(f"{size:,} layers" for size in SIZES)], rows)


def _column(size: int) -> dict[str, str]:
    runs = 3 if size <= 10_000 else 1
    found = {step: f"{cpu(work, runs):.3f}" for step, work in steps(size).items()}
    cost = process(python(f"from benchmarks.growth import whole; whole({size})"))
    return {**found, "MiB, text to table": f"{cost.memory:,.0f}"}


if __name__ == "__main__":
    print(report(), f"\n{held():.0f} MiB held here")
