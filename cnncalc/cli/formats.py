"""The option ``--format``, which every command has that a script might read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click


def format_option(
    choices: Sequence[str] = ("table", "json"),
    name: str = "format_",
    help: str = "Text for people, JSON for programs.",
) -> Callable[[Any], Any]:
    """``--format`` with its choices, of which the first is the default; the command receives ``name``."""
    return click.option(
        "--format", name, type=click.Choice(choices), default=choices[0], show_default=True, help=help
    )
