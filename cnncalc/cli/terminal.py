"""How much room the terminal has."""

from __future__ import annotations

import os
import sys


def columns() -> int | None:
    """Columns of the terminal; None where what is printed goes to a file or pipe and COLUMNS is not set."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None
