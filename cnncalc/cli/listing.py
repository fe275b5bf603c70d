"""``cnncalc list``: the bundled networks, or the layers that a spec can have."""

from __future__ import annotations

import json

import click

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli.formats import format_option
from cnncalc.cli.terminal import columns
from cnncalc.layers import show
from cnncalc.narrow_table import fitting


@click.command(epilog="\b\nExamples:\n  cnncalc list\n  cnncalc list --format json\n  cnncalc list --layers")
@click.option("--layers", is_flag=True, help="List the layers that specs are made of instead.")
@format_option(name="format")
def command(format: str, layers: bool) -> None:
    """List the bundled networks: name, title, input, parameters and MACs."""
    if layers:
        _print_layers(format)
        return
    from cnncalc import spec

    entries = [_entry(name, analyze(spec.load(name))) for name in spec.bundled()]
    if format == "json":
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    lines = [
        [str(e["name"]), str(e["title"]), str(e["input"]), f"{e['params']:,}", f"{e['macs']:,}"]
        for e in entries
    ]
    headings = ["name", "network", "input", "params", "MACs"]
    sides = ("left", "left", "left", "right", "right")
    least, hint = ("network", "input"), "--format json has all"
    click.echo(fitting(headings, lines, headings, sides, columns(), least=least, hint=hint))


def _print_layers(format: str) -> None:
    from cnncalc.spec.operators import operators

    table = list(operators())
    if format == "json":
        entries = [
            {"kind": o.kind, "aliases": o.aliases, "signature": o.signature, "doc": o.summary} for o in table
        ]
        click.echo(json.dumps(entries, indent=2))
        return
    for operator in table:
        click.echo(f"{operator.signature}\n    {operator.summary}")


def _entry(name: str, analysis: Analysis) -> dict[str, object]:
    inputs = ", ".join(show(node.output_shape) for node in analysis.network.inputs)
    return {
        "name": name,
        "title": analysis.network.name,
        "input": inputs,
        "params": analysis.params,
        "macs": analysis.macs,
    }
