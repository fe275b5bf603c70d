"""``cnncalc diff``: what changed from one network to another."""

from __future__ import annotations

import json

import click

from cnncalc.analysis import analyze
from cnncalc.cli.common import Source, many_spec_options
from cnncalc.cli.formats import format_option
from cnncalc.cli.terminal import columns
from cnncalc.comparison.changes import Difference


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc diff resnet18 resnet50\n"
    "  cnncalc diff vgg16 vgg16_transfer --all\n"
    "  cnncalc diff net.yaml --from width=1 --to width=0.5"
)
@many_spec_options
@click.option(
    "--from", "before", multiple=True, metavar="NAME=VALUE", help="Set a parameter before the change alone."
)
@click.option("--to", "after", multiple=True, metavar="NAME=VALUE", help="Set a parameter after it alone.")
@format_option()
@click.option("--all", "every_layer", is_flag=True, help="Show the layers that are the same as well.")
def command(
    sources: tuple[Source, ...],
    before: tuple[str, ...],
    after: tuple[str, ...],
    format_: str,
    every_layer: bool,
) -> None:
    """Compare two networks layer by layer: SPEC and SPEC, or one SPEC under two settings.

    Layers are aligned by name. --set holds for both networks, --from and --to for one of them.
    """
    if len(sources) > 2:
        raise click.UsageError("diff compares two networks")
    if len(sources) == 1 and not (before or after):
        raise click.UsageError("diff needs a second SPEC, or --from and --to with one")
    first, last = sources[0], sources[-1]
    old = first._replace(settings=first.settings + before).load()
    new = last._replace(settings=last.settings + after).load()
    difference = Difference(analyze(old), analyze(new))
    if format_ == "json":
        click.echo(json.dumps(difference.to_dict(), indent=2))
        return
    click.echo(f"{_title(old.name, before)} -> {_title(new.name, after)}\n")
    click.echo(difference.table(every_layer=every_layer, width=columns()))


def _title(name: str, settings: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(settings)})" if settings else name
