"""``cnncalc schema``: a JSON Schema for editors."""

from __future__ import annotations

import json

import click


@click.command(
    epilog="\b\nFor yaml-language-server, write the schema to a file and name it in the spec's first line:\n"
    "  cnncalc schema > cnncalc.schema.json\n"
    "  # yaml-language-server: $schema=cnncalc.schema.json"
)
def command() -> None:
    """Print a JSON Schema of specs, made from the declarations of the layers.

    Editors that know it complete keys, layers and arguments, and mark misspelt ones.
    """
    from cnncalc.spec.schema import schema

    click.echo(json.dumps(schema(), indent=2))
