"""Where the result of a command goes."""

from __future__ import annotations

import click


def emit(output: str, content: str | bytes) -> None:
    """Print the content, or write it to a file whole or not at all and say so on stderr."""
    if output == "-":
        click.echo(content, nl=False)
        return
    from cnncalc.files import write_whole

    write_whole(output, content)
    click.echo(f"wrote {output}", err=True)
