"""Errors as people read them, and the exit status each one has."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import click

from cnncalc.errors import CnncalcError, Diagnostic, LayerError, MissingExtra, SpecError, UsageError
from cnncalc.network import UnknownNode

_NOT_FOUND = "E017"
_TOO_LARGE = (
    "Storage size calculation overflowed",
    "multiplication overflow",
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "Output size is too small",  # where 32 bits have wrapped around: layers have checked it
)


def report(error: Exception) -> int:
    """Print an error to stderr and return the exit status; re-raise what is a defect of ours."""
    if isinstance(error, SpecError):
        echo_diagnostics(error.diagnostics, error.source, error.origin)
        return 2 if is_missing(error.diagnostics) else 1
    if isinstance(error, MissingExtra | UnknownNode | UsageError | FileNotFoundError | IsADirectoryError):
        _say(f"error: {_message(error)}")
        return 2
    if isinstance(error, LayerError):
        advice = f"\n  = help: {error.help}" if error.help else ""
        _say(f"error[{error.code}]: {error.message}{advice}")
        return 1
    if isinstance(error, CnncalcError | OSError):
        _say(f"error: {_message(error)}")
        return 1
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _is_too_large(str(error))):
        _say("error: this is too large for the memory here; a smaller --input may do")
        return 1
    raise error


def is_missing(found: Iterable[Diagnostic]) -> bool:
    """Whether all that is wrong with a spec is that there is none: wrong usage, not a wrong spec."""
    return all(diagnostic.code == _NOT_FOUND for diagnostic in found)


def _is_too_large(message: str) -> bool:
    """Whether PyTorch could not get or count the bytes of a tensor."""
    return any(sign in message for sign in _TOO_LARGE)


def echo_diagnostics(diagnostics: Iterable[Diagnostic], source: str, origin: str) -> None:
    """Print diagnostics to stderr, in colour on a terminal unless NO_COLOR is set."""
    from cnncalc.spec.report import render_all

    colour = not os.environ.get("NO_COLOR")
    _say(render_all(diagnostics, source, origin, colour=colour), nl=False)


def _say(text: str, *, nl: bool = True) -> None:
    """Print to stderr; where that is full or closed, the exit status has to do."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True, nl=nl)


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'cannot write the output'}: {error.strerror}"
    return str(error)
