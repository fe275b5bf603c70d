"""Tables no wider than the terminal: what matters least goes first, and long names are shortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.text_table import text_table

_LEAST = ("inputs", "connections", "label", "output")
"""Columns that may be left out, the least important first."""

_NAMES = ("layer", "inputs")
_SHORT, _SHORTEST = 20, 10
"""How short names become before a column is left out, and after all have been."""


def fitting(
    names: Sequence[str],
    lines: Sequence[Sequence[str]],
    headings: Sequence[str],
    sides: Sequence[str],
    width: int | None,
    *,
    fixed: bool = False,
    least: Sequence[str] = _LEAST,
    hint: str = "--columns shows any",
) -> str:
    """The table in ``width`` columns if that is possible, and below it what was left out.

    Columns that were asked for by name are ``fixed``: only their names of layers are shortened.
    ``least`` may be left out, the least important first; ``hint`` says how to see them.
    """
    if width is None:
        return text_table(lines, headings, sides)
    table = ""
    for kept, most in _attempts(names, () if fixed else least):
        cells = [[_cell(names[i], line[i], most) for i in kept] for line in lines]
        table = text_table(cells, [headings[i] for i in kept], [sides[i] for i in kept])
        if max(map(len, table.splitlines())) <= width:
            break
    gone = ", ".join(name for i, name in enumerate(names) if i not in kept)
    return f"{table}\n\n{_left_out(gone, hint, width)}" if gone else table


def _left_out(gone: str, hint: str, width: int) -> str:
    from textwrap import fill

    return fill(f"left out for want of room: {gone} ({hint})", max(width, 30), break_long_words=False)


def _attempts(names: Sequence[str], droppable: Sequence[str]) -> Iterator[tuple[list[int], int]]:
    """Columns to keep, and the longest name of a layer; narrower and narrower."""
    kept = list(range(len(names)))
    for least in ("", *droppable):
        kept = [i for i in kept if names[i] != least]
        yield kept, 1000
        yield kept, _SHORT
    yield kept, _SHORTEST


def _cell(column: str, text: str, most: int) -> str:
    """A name is shortened at its front: its last parts tell layers apart."""
    return f"..{text[2 - most :]}" if column in _NAMES and len(text) > most else text
