"""Summary tables: plain text, Markdown, CSV, LaTeX, HTML, JSON."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

from cnncalc import conventions, formulas
from cnncalc.analysis import Analysis
from cnncalc.conventions import Convention
from cnncalc.layers import show
from cnncalc.render.columns import Column, Count, Group, choose, fold
from cnncalc.text_table import text_table

FORMATS = ("table", "markdown", "csv", "json", "latex", "html")

_WIDTH = 100
_MOST_ITEMS = 12
_TABULATE = {"markdown": "github", "latex": "latex_booktabs", "html": "html"}


def summary(
    analysis: Analysis,
    *,
    format: str = "table",
    columns: str | None = None,
    depth: int | None = None,
    convention: Convention | str = conventions.DEFAULT,
    batch: int = 1,
    width: int | None = None,
) -> str:
    """The summary of a network as text in one of :data:`FORMATS`.

    ``columns`` is a list of names with commas; ``depth`` folds parts nested that deep into one line
    with subtotals; operations are counted by ``convention``, for ``batch`` samples. The format
    ``table`` is made to fit ``width`` columns, if that is given.
    """
    conventions.check_batch(batch)
    count = Count(conventions.get(convention), batch)
    groups = fold(analysis, depth)
    chosen = choose(columns, groups)
    if format == "json":
        return _json(analysis, count)
    if format == "csv":
        return _csv(chosen, groups, count)
    table = _table(chosen, groups, count, format, Room(width, fixed=columns is not None))
    if format in ("latex", "html"):
        return table + "\n"
    return _with_totals(analysis, count, table, format, width)


class Room(NamedTuple):
    """How many columns of text there are, if it matters, and whether all columns must be shown."""

    width: int | None = None
    fixed: bool = False


def _json(analysis: Analysis, count: Count) -> str:
    import json

    data = analysis.to_dict()
    counted = {
        "convention": count.convention.name,
        "batch": count.batch,
        "operations": count.of(analysis.rows),
        "unit": count.convention.unit,
    }
    return json.dumps({**data, "counted": counted}, indent=2, ensure_ascii=False) + "\n"


def _csv(columns: list[Column], groups: list[Group], count: Count) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([_plain(column.cell(group, count)) for column in columns] for group in groups)
    return text.getvalue()


def _table(columns: list[Column], groups: list[Group], count: Count, format: str, room: Room) -> str:
    lines = _lines(columns, groups, count, format)
    return _tabulated(columns, [*lines, *_total(columns, groups, count, format)], count, format, room)


def _lines(columns: list[Column], groups: list[Group], count: Count, format: str) -> list[list[str]]:
    return [[_shown(column.cell(group, count), format) for column in columns] for group in groups]


def partial_summary(analysis: Analysis, format: str = "table", width: int | None = None) -> str:
    """The table of a network that could be built in part only: its layers, without totals."""
    count = Count(conventions.DEFAULT, 1)
    groups = fold(analysis, None)
    chosen = choose(None, groups)
    lines = _lines(chosen, groups, count, format)
    return _tabulated(chosen, lines, count, format, Room(width)) + "\n"


def _total(columns: list[Column], groups: list[Group], count: Count, format: str) -> list[list[str]]:
    """The line of totals, if any column adds up."""
    everything = Group("total", tuple(row for group in groups for row in group.rows))
    total = [_shown(column.cell(everything, count), format) if column.adds_up else "" for column in columns]
    return [["total", *total[1:]]] if any(total) else []


def _tabulated(columns: list[Column], lines: list[list[str]], count: Count, format: str, room: Room) -> str:
    headings = [_heading(column, count) for column in columns]
    sides = [_side(column) for column in columns]
    if format == "table" and room.width is not None:
        from cnncalc.narrow_table import fitting

        names = [column.name for column in columns]
        return fitting(names, lines, headings, sides, room.width, fixed=room.fixed)
    if format == "table":
        return text_table(lines, headings, sides)
    from tabulate import tabulate

    return tabulate(
        lines,
        headers=headings,
        tablefmt=_TABULATE[format],
        colalign=sides,
        disable_numparse=True,
    )


def _heading(column: Column, count: Count) -> str:
    return count.convention.unit if column.name == "macs" else column.heading


def _side(column: Column) -> str:
    is_number = column.adds_up or column.name in ("field", "jump", "start")
    return "right" if is_number else "left"


def _plain(value: Any) -> Any:
    """A cell for programs: all items of a list, in one text."""
    return ", ".join(value) if isinstance(value, tuple) else value


def _shown(value: Any, format: str) -> str:
    """A cell for people: numbers in groups of three digits, long lists cut short."""
    if isinstance(value, tuple):
        value = _some(value)
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|") if format == "markdown" else text


def _some(items: tuple[str, ...]) -> str:
    """A list in one text; every line of a table is as wide as its longest."""
    if len(items) <= _MOST_ITEMS:
        return ", ".join(items)
    first = items[: _MOST_ITEMS - 1]
    return f"{', '.join(first)} and {len(items) - len(first):,} more"


def _with_totals(analysis: Analysis, count: Count, table: str, format: str, width: int | None) -> str:
    heading = heading_line(analysis)
    lines = totals(analysis, count, min(width or _WIDTH, _WIDTH))
    if format == "markdown":
        bullets = "\n".join(f"- {' '.join(line.split())}" for line in lines)
        return f"## {heading}\n\n{table}\n\n{bullets}\n"
    return "\n".join([heading, "", table, "", *lines, ""])


def heading_line(analysis: Analysis) -> str:
    """The network's name and what enters and leaves it."""
    enters = ", ".join(show(node.output_shape) for node in analysis.network.inputs)
    leaves = ", ".join(show(shape) for shape in analysis.output_shapes)
    return f"{analysis.network.name}: {enters} -> {leaves}"


def totals(analysis: Analysis, count: Count, width: int = _WIDTH) -> list[str]:
    """What the rows add up to, in words."""
    operations = count.of(analysis.rows)
    frozen = analysis.frozen_params
    trained = f" ({analysis.trainable_params:,} trainable, {frozen:,} frozen)" if frozen else ""
    for_batch = "per sample" if count.batch == 1 else f"for a batch of {count.batch:,}"
    flops = f" = {analysis.flops:,} FLOPs" if count == Count(conventions.DEFAULT, 1) else ""
    backward = analysis.backward_macs
    if count.convention.unit == "FLOPs":
        backward = formulas.flops(backward)
    facts = {
        "parameters": f"{analysis.params:,}{trained}",
        "connections": f"{analysis.connections:,}",
        "neurons": f"{analysis.neurons:,}",
        count.convention.unit: f"{operations:,}{flops} {for_batch}",
        "backward": f"{backward:,} {'FLOPs' if count.convention.unit == 'FLOPs' else 'MACs'} per sample",
        "bytes": _bytes(analysis),
        "counted by": f"{count.convention.name}: {count.convention.rule}",
    }
    if count.batch > 1:
        facts["batch"] = (
            f"{count.convention.unit} above are of {count.batch:,} samples; connections and neurons belong "
            "to the network, however many samples pass through it"
        )
    return [_fact(name, text, max(width, 30)) for name, text in facts.items()]


def _bytes(analysis: Analysis) -> str:
    """Memory in float32, of one sample."""
    return (
        f"{analysis.param_bytes:,} of parameters, {analysis.activation_bytes:,} of activations, "
        f"{analysis.saved_bytes:,} kept for backward; at inference at most {analysis.peak.bytes:,} of "
        f"activations at once, at {analysis.peak.node} (float32, one sample)"
    )


def _fact(name: str, text: str, width: int) -> str:
    """A fact under its name, long ones wrapped below themselves."""
    return textwrap.fill(text, width, initial_indent=f"{name:<13}", subsequent_indent=" " * 13)
