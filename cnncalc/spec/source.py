"""The text of a spec, and the errors found in it.

Everything the parser makes remembers where it came from as two offsets into the text; they become
line and column only when somebody looks.
"""

from __future__ import annotations

from bisect import bisect_right

from cnncalc.errors import Diagnostic, Label, Span
from cnncalc.spec.limits import DEFAULT, Limits
from cnncalc.spec.remedies import REMEDIES

Place = tuple[int, int]
"""Offsets of the first character and of the one after the last."""

NOWHERE: Place = (-1, -1)
"""The place of an error that is not in the text but in an option beside it."""


class Source:
    """A text and where it came from."""

    def __init__(self, text: str, origin: str = "<spec>") -> None:
        self.text = text
        self.origin = origin
        self._starts = [0]
        find, at = text.find, text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = find("\n", at + 1)

    def span(self, start: int, end: int) -> Span:
        """Line and columns of a stretch of text, cut at the end of its first line; zeros for nowhere."""
        if start < 0:
            return Span(0, 0, 0)
        line = bisect_right(self._starts, start)
        first = self._starts[line - 1]
        stop = min(max(end, start + 1), first + len(self.line(line)))
        return Span(line, start - first + 1, max(stop, start + 1) - first + 1)

    def line(self, number: int) -> str:
        """A line of the text, counted from 1, without its end."""
        first = self._starts[number - 1]
        last = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[first:last].rstrip("\r")

    def offset(self, line: int, column: int) -> int:
        """Offset of a line and column, both counted from 0; at most the end of the text."""
        line = min(line, len(self._starts) - 1)
        return min(self._starts[line] + column, len(self.text))


class TooManyErrors(Exception):
    """Enough errors were found; looking for more would help nobody."""


class Problems:
    """Collects diagnostics: each code once per place, however often a repeat comes by."""

    def __init__(self, source: Source, limits: Limits = DEFAULT) -> None:
        self.source = source
        self.limits = limits
        self._found: dict[tuple[str, int, int, str], Diagnostic] = {}

    def __bool__(self) -> bool:
        return any(d.severity == "error" for d in self._found.values())

    def add(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        detail: str = "",
        labels: tuple[tuple[Place, str], ...] = (),
        notes: tuple[str, ...] = (),
        help: str = "",
        severity: str = "error",
    ) -> None:
        """Note one error, unless it is known already."""
        key = (code, *place, message if place == NOWHERE else "")
        if key in self._found:
            return
        span = self.source.span
        advice = help or REMEDIES.get(code, "")
        marks = tuple(Label(span(*where), text) for where, text in labels)
        self._found[key] = Diagnostic(code, message, span(*place), detail, marks, notes, advice, severity)
        if len(self._found) >= self.limits.diagnostics:
            raise TooManyErrors

    def found(self, severity: str | None = None) -> tuple[Diagnostic, ...]:
        """What was found, in order of place."""
        chosen = (d for d in self._found.values() if severity in (None, d.severity))
        return tuple(sorted(chosen, key=lambda d: (d.span, d.code)))
