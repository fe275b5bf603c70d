"""Where the result of a command goes."""

from __future__ import annotations

import os

import click


def emit(output: str, content: str | bytes, *, source: str) -> None:
    """Print the content, or write it to a file whole or not at all and say so on stderr.

    ``source`` is the file it was made from, which is never written over.
    """
    if output == "-":
        click.echo(content, nl=False)
        return
    from cnncalc.files import write_whole

    keep(source, output)

    write_whole(output, content)
    click.echo(f"wrote {output}", err=True)


def keep(source: str, output: str | os.PathLike[str]) -> None:
    """Refuse an output that would take the place of what it is made from."""
    from cnncalc.errors import UsageError
    from cnncalc.files import is_same

    if is_same(source, output):
        raise UsageError(f"{output} is what the output is made from: write to another file")
