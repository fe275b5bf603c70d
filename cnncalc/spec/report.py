"""Diagnostics as text for people, as JSON for editors, as annotations for GitHub."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from cnncalc.errors import Diagnostic, Label, SpecError

_WIDEST = 100
"""Columns of a source line that are shown."""

_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "advice": "\x1b[1;32m",
    "bar": "\x1b[1;34m",
    "bold": "\x1b[1m",
}
_RESET = "\x1b[0m"


class _Paint:
    """Colours where they are wanted."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def __call__(self, style: str, text: str) -> str:
        return f"{_COLOURS[style]}{text}{_RESET}" if self.colour and text else text


def render(error: SpecError, *, colour: bool = False) -> str:
    """Every diagnostic of an error, with the source lines they are about."""
    return render_all(error.diagnostics, error.source, error.origin, colour=colour)


def render_all(diagnostics: Iterable[Diagnostic], source: str, origin: str, *, colour: bool = False) -> str:
    """Diagnostics as text, one after the other."""
    lines = [line.rstrip("\r") for line in source.split("\n")]
    paint = _Paint(colour=colour)
    return "".join(f"{line}\n" for d in diagnostics for line in _render(d, lines, origin, paint))


def _render(diagnostic: Diagnostic, lines: list[str], origin: str, paint: _Paint) -> Iterator[str]:
    severity, code = diagnostic.severity, diagnostic.code
    yield paint(severity, f"{severity}[{code}]") + paint("bold", f": {safe(diagnostic.message)}")
    labels = [Label(diagnostic.span, diagnostic.detail), *diagnostic.labels]
    margin = " " * len(str(max(label.span.line for label in labels)))
    if diagnostic.span.line:
        span = diagnostic.span
        yield f"{margin}{paint('bar', '-->')} {safe(origin)}:{span.line}:{span.column}"
        yield from _excerpt(diagnostic, labels, lines, margin, paint)
    for note in diagnostic.notes:
        yield f"{margin} {paint('bar', '=')} {paint('bold', 'note')}: {safe(note)}"
    if diagnostic.help:
        yield f"{margin} {paint('bar', '=')} {paint('bold', 'help')}: {safe(diagnostic.help)}"


def _excerpt(
    diagnostic: Diagnostic, labels: list[Label], lines: list[str], margin: str, paint: _Paint
) -> Iterator[str]:
    """The lines that the labels are about, each followed by its marks."""
    bar = paint("bar", "|")
    yield f"{margin} {bar}"
    before = 0
    for number in sorted({label.span.line for label in labels}):
        if before and number > before + 1:
            yield paint("bar", "...")
        before = number
        text = lines[number - 1] if number <= len(lines) else ""
        marks = sorted((label for label in labels if label.span.line == number), key=lambda m: m.span.column)
        start = _window(text, marks[0].span.column - 1)
        yield f"{paint('bar', str(number).rjust(len(margin)))} {bar} {_cut(text, start)}".rstrip()
        for label in marks:
            mark = "^" if label.span == diagnostic.span else "-"
            style = diagnostic.severity if mark == "^" else "bar"
            yield f"{margin} {bar} {_indent(text, start, label)}{paint(style, _marked(text, label, mark))}"


def _window(text: str, column: int) -> int:
    """Where the shown part of a long line begins."""
    return 0 if len(text) <= _WIDEST or column < _WIDEST - 20 else column - 40


def _cut(text: str, start: int) -> str:
    shown = safe(text[start : start + _WIDEST])
    return f"{'...' if start else ''}{shown}{'...' if start + _WIDEST < len(text) else ''}"


def _indent(text: str, start: int, label: Label) -> str:
    return " " * (_width(text[start : label.span.column - 1]) + (3 if start else 0))


def _marked(text: str, label: Label, mark: str) -> str:
    span = label.span
    width = min(_width(text[span.column - 1 : span.end - 1]), _WIDEST - 20)
    return f"{mark * max(width, 1)} {safe(label.text)}".rstrip()


def safe(text: str) -> str:
    r"""Text that cannot move the cursor or turn the direction of what is read.

    >>> safe("a\x1b[31m")
    'a\\x1b[31m'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if _harmless(letter) else _escaped(letter) for letter in text)


def _harmless(letter: str) -> bool:
    return letter == " " or letter.isprintable()


def _escaped(letter: str) -> str:
    return " " if letter == "\t" else letter.encode("unicode_escape").decode("ascii")


def _width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(_columns(letter) for letter in safe(text))


def _columns(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def to_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic for editors: places count from 1, ``end_column`` is exclusive."""
    found: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_position(diagnostic.span),
    }
    if diagnostic.detail:
        found["detail"] = diagnostic.detail
    if diagnostic.labels:
        found["related"] = [{**_position(span), "message": text} for span, text in diagnostic.labels]
    if diagnostic.notes:
        found["notes"] = list(diagnostic.notes)
    if diagnostic.help:
        found["help"] = diagnostic.help
    return found


def _position(span: Any) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_column": span.end}


def to_json(reports: Iterable[tuple[str, Iterable[Diagnostic]]]) -> str:
    """The diagnostics of several files, in a versioned schema."""
    import json

    files = [{"file": origin, "diagnostics": [to_dict(d) for d in found]} for origin, found in reports]
    return json.dumps({"schema": "cnncalc-diagnostics/1", "files": files}, indent=2, ensure_ascii=False)


def to_github(diagnostics: Iterable[Diagnostic], origin: str) -> str:
    """Annotations that GitHub Actions shows beside the lines."""
    lines = []
    for d in diagnostics:
        kind = {"advice": "notice"}.get(d.severity, d.severity)
        place = f"file={_property(origin)}"
        if d.span.line:
            place += f",line={d.span.line},col={d.span.column},endColumn={d.span.end}"
        text = "\n".join([d.message, *d.notes, *([d.help] if d.help else [])])
        lines.append(f"::{kind} {place},title={d.code}::{_data(text)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
