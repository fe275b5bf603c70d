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
    "  cnncalc export resnet18 --to onnx -o resnet18.onnx\n"
    "  cnncalc export vgg16 --to onnx --weights zeros -o vgg16.onnx\n"
    "  cnncalc export lenet5 --to json | jq .totals"
)
@spec_options
@click.option("--to", "form", type=click.Choice(list(WRITERS)), required=True, help="What to write.")
@click.option("-o", "--output", default="-", metavar="FILE", help="File to write; - for standard output.")
@click.option(
    "--weights",
    type=click.Choice(["random", "zeros"]),
    help="ONNX: values drawn from a seed, or zeros made when the file is loaded; random up to 256 MiB.",
)
def command(source: Source, form: str, output: str, weights: str | None) -> None:
    """Write a network as PyTorch source or in another system's format.

    The PyTorch source is nested as the spec's parts are; executed, it has the same shapes,
    parameter names and parameters. The ONNX model runs as it is, on batches of any size.
    """
    if weights and form != "onnx":
        raise click.BadParameter("only --to onnx has weights", param_hint="--weights")
    content = export(source.load(), form, **({"weights": weights} if weights else {}))
    emit(output, content, source=source.spec)
