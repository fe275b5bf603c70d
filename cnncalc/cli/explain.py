"""``cnncalc explain``: how a number comes about."""

from __future__ import annotations

import re
from typing import Any

import click

from cnncalc.analysis import TOTALS, Analysis, Row, analyze
from cnncalc.cli import completing
from cnncalc.cli.common import Source, spec_options
from cnncalc.layers import show
from cnncalc.quantities import EXPLAINED, QUANTITIES, canonical


class _Quantity(click.Choice):  # type: ignore[type-arg]
    """A quantity by its name or a usual other one: ``MACs``, ``parameters``, ``rf``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(canonical(str(value), EXPLAINED), param, ctx)


@click.command(
    epilog=f"Quantities: {', '.join(EXPLAINED)}.\n\n"
    "\b\nExamples:\n"
    "  cnncalc explain lenet5 C3 params\n"
    "  cnncalc explain lenet5 C3 params --latex\n"
    "  cnncalc explain lenet5 C3 params --answer 1516\n"
    "  cnncalc explain resnet50 conv1\n"
    "  cnncalc explain vgg16\n"
    "  cnncalc explain E230"
)
@spec_options
@click.argument("layer", required=False, shell_complete=completing.layers)
@click.argument("quantity", required=False, metavar="[QUANTITY]", type=_Quantity(EXPLAINED))
@click.option("--latex", is_flag=True, help="Formulas in LaTeX.")
@click.option(
    "--answer",
    metavar="VALUE",
    help="Your own answer: says whether it is right, or names the slip, and keeps the number to itself.",
)
def command(source: Source, layer: str | None, quantity: str | None, latex: bool, answer: str | None) -> None:
    """Show how a number comes about, or what an error means.

    Without QUANTITY, everything about LAYER; without LAYER, the totals of the network;
    QUANTITY alone is one of these totals. An error's number in place of SPEC tells more about it.
    With --answer, status 1 says that the answer is not right.
    """
    if layer is None and re.fullmatch("[EeWw][0-9]{3}", source.spec):
        click.echo(_code(source.spec), nl=False)
        return
    analysis = analyze(source.load())
    if answer is not None:
        _judge(analysis, layer, quantity, answer)
    else:
        click.echo(_explained(analysis, layer, quantity, latex=latex))


def _explained(analysis: Analysis, layer: str | None, quantity: str | None, *, latex: bool) -> str:
    if layer is None:
        return "\n".join(_total(analysis, name) for name in TOTALS if name in QUANTITIES)
    if not _is_layer(layer, analysis):
        total = (
            quantity if layer.lower() == "total" else canonical(layer, EXPLAINED) if not quantity else None
        )
        if total in TOTALS:
            return _total(analysis, total)
        if total in EXPLAINED:
            raise click.UsageError(f"{total} is told of a layer: name the layer before it")
    row = analysis[layer]
    if quantity is not None:
        return row.explain(quantity, latex=latex)
    enters = ", ".join(show(shape) for shape in row.input_shapes) or "nothing"
    head = f"{row.name} of {analysis.network.name}: {row.label}, {enters} -> {show(row.output_shape)}\n"
    quantities = (name for name in EXPLAINED if name != "trainable_params" or row.node.frozen)
    return "\n".join([head, *(row.explain(name, latex=latex) for name in quantities)])


def _code(code: str) -> str:
    from cnncalc.spec.codes import explain

    try:
        return explain(code)
    except KeyError:
        raise click.BadParameter(f"there is no error {code.upper()}", param_hint="SPEC") from None


def _judge(analysis: Analysis, layer: str | None, quantity: str | None, answer: str) -> None:
    """Say whether an answer is right; status 1 where it is not."""
    from cnncalc.homework import check

    if layer is not None and quantity is None and not _is_layer(layer, analysis):
        layer, quantity = None, layer
    if quantity is None:
        raise click.UsageError("--answer goes with a QUANTITY: explain SPEC LAYER QUANTITY --answer VALUE")
    verdict = check(answer, analysis.network, layer, quantity)
    click.echo(str(verdict))
    if not verdict.correct:
        raise click.exceptions.Exit(1)


def _is_layer(name: str, analysis: Analysis) -> bool:
    return name in (node.name for node in analysis.network)


def _total(analysis: Analysis, quantity: str) -> str:
    """The sum behind a total: every row that adds to it, by name."""
    parts = [row for row in analysis.rows if _of(row, quantity)]
    total = f"{quantity} = {getattr(analysis, quantity):,}"
    width = max((len(row.name) for row in parts), default=0)
    return "\n".join([total, *(f"  {row.name:<{width}}  {_of(row, quantity):>15,}" for row in parts)])


def _of(row: Row, quantity: str) -> int:
    value: int = getattr(row, quantity)
    return value
