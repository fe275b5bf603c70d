"""What each code of a diagnostic means, as written in ``codes.md`` beside this module."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

_SECTION = re.compile(r"^## (?P<code>\w+): (?P<title>.*)\n(?P<body>(?:(?!## ).*\n)*)", re.MULTILINE)
_EXAMPLE = re.compile(r"^(?P<kind>Wrong|Right):\n\n```\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)


class Code(NamedTuple):
    """A rule: its title, what there is to say about it, and specs that break and keep it."""

    title: str
    body: str
    wrong: str
    right: str


@functools.cache
def codes() -> dict[str, Code]:
    """Every code and its rule."""
    text = (Path(__file__).parent / "codes.md").read_text(encoding="utf-8")
    return {match["code"]: _code(match["title"], match["body"]) for match in _SECTION.finditer(text)}


def _code(title: str, body: str) -> Code:
    examples = {match["kind"]: match["text"] for match in _EXAMPLE.finditer(body)}
    return Code(title, body.strip(), examples.get("Wrong", ""), examples.get("Right", ""))


def explain(code: str) -> str:
    """The rule behind a code, as text; raises KeyError for a code that does not exist.

    >>> explain("E232").splitlines()[0]
    'E232: groups do not divide the channels'
    """
    code = code.upper()
    rule = codes()[code]
    body = _EXAMPLE.sub(lambda match: f"{match['kind']}:\n\n{_indented(match['text'])}", rule.body)
    return f"{code}: {rule.title}\n\n{body}\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
