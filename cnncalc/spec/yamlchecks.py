"""What is refused of a text before or while YAML reads it, and what to say when it cannot."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.spec.source import Problems, Source

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028-\u2029"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters, those without width, and those that turn the direction of the text."""

_TAB = re.compile(r"^ *\t(?=[ \t]*[^\s#])", re.MULTILINE)

_DEEP = re.compile(r"(?:[\[{]\s*){65}")
"""More brackets in a row than the limit of nesting allows."""


class Refused(Exception):
    """The text cannot be read at all; the reason is among the problems."""


def check_characters(source: Source, problems: Problems) -> None:
    """Refuse what no editor shows: control characters and those that reverse the text."""
    if len(source.text) > problems.limits.characters:
        message = f"the spec is longer than {problems.limits.characters:,} characters"
        problems.add("E006", message, (0, 1), help="is this the right file?")
        raise Refused
    for match in _FORBIDDEN.finditer(source.text):
        at = match.start()
        name = f"U+{ord(match.group()):04X}"
        message = f"invisible character {name} in the text"
        problems.add("E001", message, (at, at + 1), help="delete it")
    if problems:
        raise Refused


def check_layout(source: Source, problems: Problems) -> None:
    """Refuse tabs that indent, and brackets nested so deep that reading them takes long."""
    deep = _DEEP.search(source.text)
    if deep:
        where = deep.start(), deep.start() + 1
        problems.add("E005", f"nested deeper than {problems.limits.depth} levels", where)
    for match in _TAB.finditer(source.text):
        at = match.end() - 1
        detail, advice = "YAML allows only spaces here", "replace the tab by spaces (`cnncalc fmt` does it)"
        problems.add("E002", "tab used for indentation", (at, at + 1), detail=detail, help=advice)
    if problems:
        raise Refused


def not_yaml(error: Any, source: Source, problems: Problems) -> None:
    """Say where a text is no YAML, and what most likely went wrong."""
    context = getattr(error, "context", None) or ""
    if "quoted scalar" in context:
        at = error.context_mark.index
        message = "not valid YAML: this quote is not closed"
        problems.add("E000", message, (at, at + 1), help="close it on the same line")
        return
    mark = getattr(error, "problem_mark", None)
    at = min(mark.index, len(source.text)) if mark is not None else 0
    line = source.span(at, at + 1).line
    text = source.line(line)
    what, advice = _reason(text)
    problems.add("E000", f"not valid YAML{what and f': {what}'}", (at, at + 1), help=advice)


def _reason(line: str) -> tuple[str, str]:
    """What most likely went wrong on a line that YAML does not take."""
    value = line.strip().removeprefix("- ").strip()
    if value.startswith("["):
        return (
            "a value that starts with `[` is a YAML list",
            "write `( ... )*2` or put quotes around the chain",
        )
    if value.startswith(("%", "@", "`")):
        return f"a value cannot start with `{value[0]}`", "put quotes around it"
    if ": " in value:
        return "a `key: value` does not fit here", "check the indentation of this line and the one before it"
    if line.strip().startswith("- "):
        return "this item does not line up", "indent the items of a list alike"
    return "", "check the indentation and brackets of this line and the one before it"
