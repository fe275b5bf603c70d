"""``cnncalc memory``: bytes at inference and in training."""

from __future__ import annotations

import json

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.formats import format_option
from cnncalc.memory import DTYPES, OPTIMIZERS
from cnncalc.render.memory_table import memory_report


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc memory resnet50\n"
    "  cnncalc memory vgg16 --batch 64 --optimizer momentum\n"
    "  cnncalc memory unet --dtype bfloat16 --top 3"
)
@spec_options
@click.option(
    "--batch", type=click.IntRange(1, 10**9), default=1, show_default=True, help="Samples in a batch."
)
@click.option(
    "--dtype",
    type=click.Choice(list(DTYPES)),
    default="float32",
    show_default=True,
    help="Of parameters and activations.",
)
@click.option(
    "--optimizer",
    type=click.Choice(list(OPTIMIZERS)),
    default="adam",
    show_default=True,
    help="Whose state is counted.",
)
@click.option("--top", type=click.IntRange(0), default=5, show_default=True, help="Largest layers to name.")
@format_option(name="format")
def command(source: Source, batch: int, dtype: str, optimizer: str, top: int, format: str) -> None:
    """Bytes of parameters, activations, what training keeps, and the peak of inference.

    What training keeps for backward is what PyTorch's autograd keeps on the CPU, to the byte.
    """
    report = memory_report(source.load(), batch=batch, dtype=dtype, optimizer=optimizer)
    click.echo(json.dumps(report.to_dict(), indent=2) if format == "json" else report.table(top))
