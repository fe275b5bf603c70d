"""Protocol buffers' text format, as far as Caffe's network files use it: fields and messages."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.errors import CnncalcError

MAX_DEPTH = 32
MAX_CHARACTERS = 4 << 20

_TOKEN = re.compile(
    r"""(?P<skip>[\s,;]+|\#[^\n]*)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?f?)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<sign>[:{}<>\[\]])|(?P<bad>.)""",
    re.VERBOSE,
)

Message = dict[str, list[Any]]
"""Every field by name, with all its values in order."""


class PrototextError(CnncalcError, ValueError):
    """The text is not in protocol buffers' text format; tells the line."""


def parse(text: str) -> Message:
    """The message that a text is.

    >>> parse('name: "net" layer { type: "ReLU" top: "a" top: "b" }')["layer"]
    [{'type': ['ReLU'], 'top': ['a', 'b']}]
    """
    if len(text) > MAX_CHARACTERS:
        raise PrototextError(f"the text is longer than {MAX_CHARACTERS:,} characters")
    reader = _Reader(text)
    found = reader.message(0)
    if reader.at < len(reader.tokens):
        raise reader.wrong("the name of a field", *reader.tokens[reader.at][1:])
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        found = (m for m in _TOKEN.finditer(text) if m.lastgroup != "skip")
        self.tokens = [(str(m.lastgroup), m.group(), m.start()) for m in found]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def next(self) -> tuple[str, str, int]:
        if self.at >= len(self.tokens):
            raise PrototextError("the text ends within a message: a `}` is missing")
        self.at += 1
        return self.tokens[self.at - 1]

    def message(self, depth: int) -> Message:
        found: Message = {}
        while self.at < len(self.tokens) and self.peek() not in ("}", ">"):
            kind, name, start = self.next()
            if kind != "name":
                raise self.wrong("the name of a field", name, start)
            found.setdefault(name, []).extend(self.values(depth))
        return found

    def values(self, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise PrototextError(f"messages nested deeper than {MAX_DEPTH} levels")
        if self.peek() == ":":
            self.next()
        kind, word, start = self.next()
        if word in ("{", "<"):
            inner = self.message(depth + 1)
            self.next()
            return [inner]
        if word == "[":
            items: list[Any] = []
            while self.peek() not in ("]", ""):
                items += self.values(depth + 1)
            self.next()
            return items
        return [self.scalar(kind, word, start)]

    def scalar(self, kind: str, word: str, start: int) -> Any:
        if kind == "text":
            return word[1:-1]
        if kind == "number":
            digits = word.rstrip("f")
            return int(digits) if re.fullmatch(r"[-+]?\d{1,15}", digits) else float(digits)
        if kind == "name":
            return {"true": True, "false": False}.get(word, word)
        raise self.wrong("a value", word, start)

    def wrong(self, wanted: str, found: str, start: int) -> PrototextError:
        line = self.text.count("\n", 0, start) + 1
        return PrototextError(f"line {line}: expected {wanted}, found {found!r}")
