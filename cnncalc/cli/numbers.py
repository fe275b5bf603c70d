"""Numbers on the command line."""

from __future__ import annotations

import click


class Whole(click.IntRange):
    """A whole number between bounds; help and messages call it an integer, not an "integer range"."""

    name = "integer"
