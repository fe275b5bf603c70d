"""Chains and expressions cut into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple


class Token(NamedTuple):
    """A piece of text.

    ``kind`` is ``name``, ``number``, ``size``, ``text``, ``bad``, ``end``, or for everything else the
    piece itself (``->``, ``(``, ``*``). ``newline`` tells whether a line began just before it.
    """

    kind: str
    text: str
    start: int
    end: int
    newline: bool


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<size>[0-9]+(?:[xX\u00d7][0-9]+)+(?!\w))
    |(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    |(?P<operator>->|\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\]|,=?:])
    |(?P<arrow>[\u2192\u27f6\u2794])
    |(?P<times>[\u00d7])
    |(?P<text>'[^'\n]*'|"[^"\n]*")
    |(?P<bad>\{\{[^\n}]*(?:\}\})?|[\w.]+|.)""",
    re.VERBOSE,
)

_KINDS = {"arrow": "->", "times": "*"}


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """The tokens of a stretch of text, closed by one of kind ``end``."""
    tokens: list[Token] = []
    append, newline = tokens.append, False
    for match in _TOKEN.finditer(text, start, end):
        group = match.lastgroup or ""
        if group == "space":
            continue
        if group == "newline":
            newline = True
            continue
        piece = match.group()
        kind = piece if group == "operator" else _KINDS.get(group, group)
        append(Token(kind, piece, match.start(), match.end(), newline))
        newline = False
    last = tokens[-1].end if tokens else start
    append(Token("end", "", last, last, newline))
    return tokens
