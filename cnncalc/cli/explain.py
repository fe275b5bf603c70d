"""``cnncalc explain``: how a number comes about."""

from __future__ import annotations

import re

import click

from cnncalc.analysis import TOTALS, Analysis, Row, analyze
from cnncalc.cli import completing
from cnncalc.cli.common import Source, spec_options
from cnncalc.layers import show
from cnncalc.quantities import EXPLAINED, QUANTITIES


@click.command(
    epilog=f"Quantities: {', '.join(EXPLAINED)}.\n\n"
    "\b\nExamples:\n"
    "  cnncalc explain lenet5 C3 params\n"
    "  cnncalc explain lenet5 C3 params --latex\n"
    "  cnncalc explain resnet50 conv1\n"
    "  cnncalc explain vgg16\n"
    "  cnncalc explain E230"
)
@spec_options
@click.argument("layer", required=False, shell_complete=completing.layers)
@click.argument("quantity", required=False, metavar="[QUANTITY]", type=click.Choice(EXPLAINED))
@click.option("--latex", is_flag=True, help="Formulas in LaTeX.")
def command(source: Source, layer: str | None, quantity: str | None, latex: bool) -> None:
    """Show how a number comes about, or what an error means.

    Without QUANTITY, everything about LAYER; without LAYER, the totals of the network;
    QUANTITY alone is one of these totals. An error's number in place of SPEC tells more about it.
    """
    if layer is None and re.fullmatch("[EeWw][0-9]{3}", source.spec):
        click.echo(_code(source.spec), nl=False)
        return
    analysis = analyze(source.load())
    if layer is None:
        click.echo("\n".join(_total(analysis, name) for name in TOTALS if name in QUANTITIES))
        return
    if quantity is None and layer in TOTALS and layer not in (node.name for node in analysis.network):
        click.echo(_total(analysis, layer))
        return
    row = analysis[layer]
    if quantity is not None:
        click.echo(row.explain(quantity, latex=latex))
        return
    enters = ", ".join(show(shape) for shape in row.input_shapes) or "nothing"
    click.echo(f"{row.name} of {analysis.network.name}: {row.label}, {enters} -> {show(row.output_shape)}\n")
    quantities = (name for name in EXPLAINED if name != "trainable_params" or row.node.frozen)
    click.echo("\n".join(row.explain(name, latex=latex) for name in quantities))


def _code(code: str) -> str:
    from cnncalc.spec.codes import explain

    try:
        return explain(code)
    except KeyError:
        raise click.BadParameter(f"there is no error {code.upper()}", param_hint="SPEC") from None


def _total(analysis: Analysis, quantity: str) -> str:
    """The sum behind a total: every row that adds to it, by name."""
    parts = [row for row in analysis.rows if _of(row, quantity)]
    total = f"{quantity} = {getattr(analysis, quantity):,}"
    width = max((len(row.name) for row in parts), default=0)
    return "\n".join([total, *(f"  {row.name:<{width}}  {_of(row, quantity):>15,}" for row in parts)])


def _of(row: Row, quantity: str) -> int:
    value: int = getattr(row, quantity)
    return value
