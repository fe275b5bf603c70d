"""``cnncalc report``: everything about a network in one page."""

from __future__ import annotations

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.output import emit


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc report resnet50 -o resnet50.html\n"
    "  cnncalc report net.yaml -o - > net.html"
)
@spec_options
@click.option("-o", "--output", required=True, metavar="FILE", help="File to write; - for standard output.")
def command(source: Source, output: str) -> None:
    """Write a page with diagram, table, workings, cost and receptive fields.

    The page is one file that works offline: nothing is loaded, with or without JavaScript.
    """
    from cnncalc.render.report import page

    emit(output, page(source.load()), source=source.spec)
