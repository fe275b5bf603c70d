"""``cnncalc export``: a network as code or in another system's format."""

from __future__ import annotations

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.output import emit
from cnncalc.exchange import WRITERS, export

_FORMS = "\n".join(f"  {name:<10}{known.doc}" for name, known in WRITERS.items())


@click.command(
    epilog=f"\b\nForms:\n{_FORMS}\n\n\b\nExamples:\n"
    "  cnncalc export resnet50 --to torch -o resnet50.py\n"
    "  cnncalc export 'INPUT(1x28x28) -> CONV(8,3) -> RELU -> FC(10)' --to torch\n"
    "  cnncalc export lenet5 --to json | jq .totals"
)
@spec_options
@click.option("--to", "form", type=click.Choice(list(WRITERS)), required=True, help="What to write.")
@click.option("-o", "--output", default="-", metavar="FILE", help="File to write; - for standard output.")
def command(source: Source, form: str, output: str) -> None:
    """Write a network as PyTorch source or in another system's format.

    The PyTorch source is nested as the spec's parts are; executed, it has the same shapes,
    parameter names and parameters.
    """
    emit(output, export(source.load(), form))
