"""``cnncalc show``: the text of a bundled network."""

from __future__ import annotations

import click

from cnncalc.cli import completing


@click.command(epilog="\b\nExamples:\n  cnncalc show lenet5\n  cnncalc show vgg16 > net.yaml")
@click.argument("name", shell_complete=completing.specs)
def command(name: str) -> None:
    """Print the spec of a bundled network, to read or to start from."""
    from cnncalc import spec

    text, _, _ = spec.read(name)
    click.echo(text, nl=False)
