"""Errors as people read them, and the exit status each one has."""

from __future__ import annotations

import click

from cnncalc.errors import CnncalcError, MissingExtra, SpecError
from cnncalc.network import UnknownNode

_NOT_FOUND = "E017"


def report(error: Exception) -> int:
    """Print an error to stderr and return the exit status; re-raise what is a defect of ours."""
    if isinstance(error, SpecError):
        click.echo(str(error), err=True)
        return 2 if all(found.code == _NOT_FOUND for found in error.diagnostics) else 1
    if isinstance(error, MissingExtra | UnknownNode | FileNotFoundError | IsADirectoryError):
        click.echo(f"error: {_message(error)}", err=True)
        return 2
    if isinstance(error, CnncalcError | OSError):
        click.echo(f"error: {_message(error)}", err=True)
        return 1
    raise error


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'cannot write the output'}: {error.strerror}"
    return str(error)
