"""``cnncalc summarize``: the table of a network."""

from __future__ import annotations

import click

from cnncalc import conventions
from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import terminal
from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.failures import echo_diagnostics
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.errors import SpecError
from cnncalc.network import Network
from cnncalc.render.columns import COLUMNS
from cnncalc.render.table import FORMATS, partial_summary, summary

_COLUMNS = "\n".join(f"  {column.name:<17}{column.doc}" for column in COLUMNS.values())


@click.command(
    epilog=f"\b\nColumns:\n{_COLUMNS}\n\n\b\nExamples:\n"
    "  cnncalc summarize lenet5\n"
    "  cnncalc summarize net.yaml --depth 1 --set width=0.5\n"
    "  cnncalc summarize resnet50 --columns layer,output,params,field,jump,start\n"
    "  cnncalc summarize mnist1d --convention torchinfo --batch 100\n"
    "  cnncalc summarize vgg16 --set classes=10 --input 3x64x64 --format markdown\n"
    "  cnncalc summarize 'INPUT(3x32x32) -> [CONV(16,3) -> RELU -> POOL(2)?]*2' --without-optional\n"
    "  cnncalc summarize 'INPUT(1x8x8) -> [RELU]*20001' --max-layers 30000 --max-repeat 20001"
)
@spec_options
@format_option(FORMATS, "format", "A table to read, or one for pages, papers, spreadsheets and programs.")
@click.option("--columns", metavar="NAMES", help="Columns by name, with commas between.")
@click.option("--depth", type=Whole(1), metavar="N", help="Fold parts nested N deep, with subtotals.")
@click.option(
    "--convention",
    type=click.Choice([*conventions.CONVENTIONS, *conventions.ALIASES]),
    default=conventions.DEFAULT.name,
    show_default=True,
    help="How operations are counted.",
)
@click.option("--batch", type=Whole(1), default=1, help="Samples in a batch: multiplies operations.")
def command(
    source: Source,
    format: str,
    columns: str | None,
    depth: int | None,
    convention: str,
    batch: int,
) -> None:
    """Shapes, parameters, connections, MACs and receptive fields, layer by layer.

    Where a spec has errors, the layers up to the first of them are still shown. Status 1 where it
    has any, or does not have the numbers that it expects of itself.
    """

    def show(analysis: Analysis) -> str:
        if convention == "torchinfo" and format == "table" and columns is None:
            from cnncalc.render.torchinfo import torchinfo_table

            return torchinfo_table(analysis, batch)
        return summary(
            analysis,
            format=format,
            columns=columns,
            depth=depth,
            convention=convention,
            batch=batch,
            width=terminal.columns(),
        )

    try:
        network = source.load()
    except SpecError as error:
        beginning = _beginning(error)
        if beginning is not None and format in ("table", "markdown"):
            table = partial_summary(analyze(beginning), format, terminal.columns())
            click.echo(f"Up to the first error:\n\n{table}")
        raise
    analysis = analyze(network)
    click.echo(show(analysis), nl=False)
    unmet = source.unmet(analysis)
    if unmet:
        echo_diagnostics(unmet, network.about["text"], network.about["origin"])
        raise click.exceptions.Exit(1)


def _beginning(error: SpecError) -> Network | None:
    """The layers before the first error, where there are any and all errors are in the text."""
    in_text = all(found.span.line for found in error.diagnostics)
    network = error.network
    return network if in_text and network is not None and len(network) > 1 else None
