"""``cnncalc list``: the bundled networks."""

from __future__ import annotations

import json

import click

from cnncalc.analysis import Analysis, analyze
from cnncalc.layers import show


@click.command(epilog="\b\nExamples:\n  cnncalc list\n  cnncalc list --format json")
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(format: str) -> None:
    """List the bundled networks: name, title, input, parameters and MACs."""
    from cnncalc import spec

    entries = [_entry(name, analyze(spec.load(name))) for name in spec.bundled()]
    if format == "json":
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    from tabulate import tabulate

    lines = [[e["name"], e["title"], e["input"], f"{e['params']:,}", f"{e['macs']:,}"] for e in entries]
    headings = ["name", "network", "input", "params", "MACs"]
    sides = ("left", "left", "left", "right", "right")
    click.echo(tabulate(lines, headings, colalign=sides, disable_numparse=True))


def _entry(name: str, analysis: Analysis) -> dict[str, object]:
    inputs = ", ".join(show(node.output_shape) for node in analysis.network.inputs)
    return {
        "name": name,
        "title": analysis.network.name,
        "input": inputs,
        "params": analysis.params,
        "macs": analysis.macs,
    }
