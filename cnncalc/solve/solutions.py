"""What a search found: every solution, simplest first, and what to say about their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from cnncalc.errors import CnncalcError

Found = TypeVar("Found")


class SolveError(CnncalcError, ValueError):
    """A question that cannot be searched: it contradicts itself, or leaves too much open."""


class Solutions(Generic[Found]):
    """The answers to one question, simplest first; behaves as a sequence of them.

    ``total`` counts them all, also those beyond the ones kept; ``complete`` tells whether the
    search came to its end; ``nearest`` holds what comes closest where there is no solution, and
    ``notes`` what is worth knowing besides.
    """

    def __init__(
        self,
        found: Sequence[Found],
        *,
        nearest: Sequence[Found] = (),
        total: int | None = None,
        complete: bool = True,
        notes: Sequence[str] = (),
    ) -> None:
        self.found = tuple(found)
        self.nearest = tuple(nearest)
        self.total = len(self.found) if total is None else total
        self.complete = complete
        self.notes = tuple(notes)

    def __iter__(self) -> Iterator[Found]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, place: int) -> Found:
        return self.found[place]

    def __repr__(self) -> str:
        return f"<Solutions: {self.verdict}, {self.total} found>"

    @property
    def verdict(self) -> str:
        """``unique``, ``underdetermined``, ``impossible``, or ``not found`` in a search cut short."""
        if self.total == 0:
            return "impossible" if self.complete else "not found"
        return "unique" if self.total == 1 and self.complete else "underdetermined"

    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.total == 0:
            found = "impossible" if self.complete else "none found before the search was cut short"
            return f"{found}; nearest are:" if self.nearest else found
        if self.verdict == "unique":
            return "one solution:"
        least = "" if self.complete else "at least "
        shown = f", the {len(self.found)} simplest" if len(self.found) < self.total else ", simplest first"
        return f"underdetermined: {least}{self.total:,} solutions{shown}:"

    def text(self) -> str:
        """Everything, for people."""
        shown = self.found or self.nearest
        return "\n".join([self.headline(), *(f"  {one}" for one in shown), *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "verdict": self.verdict,
            "total": self.total,
            "complete": self.complete,
            "solutions": [plain(one) for one in self.found],
            "nearest": [plain(one) for one in self.nearest],
            "notes": list(self.notes),
        }


def plain(value: Any) -> Any:
    """A solution as data for JSON."""
    if hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def at_least(name: str, value: int, least: int = 1) -> int:
    """The value itself; refuses one below ``least``."""
    if value < least:
        raise SolveError(f"{name} must be at least {least}, but is {value}")
    return value
