"""``cnncalc advise``: what to train on new data."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.numbers import Whole

MOST_PROBES = 20
"""Classifiers on inner layers that are named one by one."""


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc advise vgg16 --classes 10\n"
    "  cnncalc advise vgg16 --classes 10 --images 5000 --likeness similar"
)
@spec_options
@click.option("--classes", type=Whole(1, 10**6), help="Classes of the new data; a new last layer is made.")
@click.option("--images", type=Whole(1), help="How many images there are; below a million is little.")
@click.option("--likeness", type=click.Choice(["similar", "different"]), help="How alike the new data are.")
def command(source: Source, classes: int | None, images: int | None, likeness: str | None) -> None:
    """Which layers of a trained network to train on new data, with their numbers of parameters.

    The lectures' table: little or lots of data, similar to or different from the first.
    """
    network = source.load()
    from cnncalc.advise import needs_transfer, plans, probes

    data = None if images is None else "little" if needs_transfer(images) else "lots"
    for plan in plans(network, classes):
        if data in (None, plan.data) and likeness in (None, plan.likeness):
            click.echo(str(plan))
            if (plan.data, plan.likeness) == ("little", "different") and classes is not None:
                _show(probes(network, classes))


def _show(found: Sequence[object]) -> None:
    """The first probes, and how many more there are."""
    for probe in found[:MOST_PROBES]:
        click.echo(f"    or {probe}")
    if len(found) > MOST_PROBES:
        click.echo(f"    or on one of {len(found) - MOST_PROBES:,} later layers")
