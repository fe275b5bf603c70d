"""Texts that differ in numbers alone become one text with parameters.

Writers of code and of specs make a :class:`Template` of each part: pieces of text with holes where
numbers stand. Parts with the same pieces are :func:`unify`-ed: a hole with one value everywhere is
written out, one that varies becomes a parameter, and holes that always vary alike (``c`` and
``4*c``) share one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Vector: TypeAlias = tuple[Any, ...]
"""What stands in one hole, in each of the texts that are unified."""


class _Nothing:
    """No default; equal to nothing but itself."""

    def __repr__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT = _Nothing()


class Hole(NamedTuple):
    """A value in a text, and what a parameter that takes its place is called.

    ``lead`` is the text before it (``, stride=``), which is left out together with the value where
    that is ``default`` everywhere. ``around`` is a value that can be named where the hole is (the
    channels that enter).
    """

    value: Any
    hint: str
    lead: str = ""
    default: Any = NO_DEFAULT
    around: Any = None


class Template:
    """A text with holes."""

    def __init__(self, *pieces: str | Hole | Template) -> None:
        self.pieces: list[str | Hole] = []
        self.add(*pieces)

    def add(self, *pieces: str | Hole | Template) -> Template:
        """Append pieces; texts next to each other are joined."""
        for piece in pieces:
            if isinstance(piece, Template):
                self.add(*piece.pieces)
            elif isinstance(piece, str) and self.pieces and isinstance(self.pieces[-1], str):
                self.pieces[-1] += piece
            else:
                self.pieces.append(piece)
        return self

    @property
    def holes(self) -> list[Hole]:
        """The holes in order."""
        return [piece for piece in self.pieces if isinstance(piece, Hole)]

    @property
    def key(self) -> tuple[str, ...]:
        """What templates that can be unified have in common."""
        return tuple(f"\0{p.lead}{p.hint}" if isinstance(p, Hole) else p for p in self.pieces)

    def fill(self, texts: Sequence[str | None]) -> str:
        """The text with these in its holes; None leaves a hole out."""
        rest = iter(texts)
        return "".join(
            _filled(piece, next(rest)) if isinstance(piece, Hole) else piece for piece in self.pieces
        )

    def text(self, show: Callable[[Any], str]) -> str:
        """The text with the values themselves in its holes."""
        holes = self.holes
        return self.fill([None if _same(h.value, h.default) else show(h.value) for h in holes])

    @classmethod
    def join(cls, separator: str, parts: Sequence[str | Hole | Template]) -> Template:
        """The parts with a text between them."""
        joined = cls()
        for number, part in enumerate(parts):
            joined.add(*([separator] if number else []), part)
        return joined


def _filled(hole: Hole, text: str | None) -> str:
    return "" if text is None else hole.lead + text


class Unified(NamedTuple):
    """Parameters with their value in each text, and what stands in each hole."""

    parameters: dict[str, Vector]
    expressions: list[str | None]


def unify(
    templates: Sequence[Template],
    show: Callable[[Any], str],
    *,
    given: Mapping[str, Sequence[Vector]] | None = None,
    taken: frozenset[str] = frozenset(),
) -> Unified:
    """Find parameters for templates with the same key.

    ``given`` are names that have a value of their own in each hole (the channels that enter a
    layer); ``taken`` are names that parameters must not have.
    """
    columns = list(zip(*([hole.value for hole in t.holes] for t in templates), strict=True))
    holes = templates[0].holes
    known = {name: list(vectors) for name, vectors in (given or {}).items()}
    found: dict[str, Vector] = {}
    expressions: list[str | None] = []
    for place, (column, hole) in enumerate(zip(columns, holes, strict=True)):
        if all(_same(value, hole.default) for value in column):
            expressions.append(None)
            continue
        local = {name: vectors[place] for name, vectors in known.items()}
        alike = {name: v for name, v in {**found, **local}.items() if _family(name) == _family(hole.hint)}
        text = _expression(column, alike, show)
        if text is None:
            text = _fresh(hole.hint, {*found, *known, *taken})
            found[text] = column
        expressions.append(text)
    return Unified(found, expressions)


_CHANNELS = frozenset(
    {
        *("c", "cin", "out", "in", "shape", "num_channels", "num_features"),
        *("in_channels", "out_channels", "in_features", "out_features"),
    }
)


def _family(name: str) -> str:
    """What a value counts: only values that count the same thing are written by one another."""
    stem = name.rstrip("0123456789")
    return "channels" if stem in _CHANNELS else stem


def _expression(column: Vector, known: Mapping[str, Vector], show: Callable[[Any], str]) -> str | None:
    """The column as a constant or by what is known; None where neither does."""
    if all(_same(value, column[0]) for value in column):
        return show(column[0])
    for name, vector in known.items():
        if all(map(_same, column, vector)):
            return name
    for name, vector in known.items():
        text = _multiple(name, column, vector)
        if text:
            return text
    return None


def _multiple(name: str, column: Vector, vector: Vector) -> str:
    """``4*c`` or ``c // 4``, where one number leads from one column to the other."""
    if not all(type(value) is int and value > 0 for value in (*column, *vector)):
        return ""
    factors = {(value // base, value % base) for value, base in zip(column, vector, strict=True)}
    if len(factors) == 1 and (found := factors.pop())[1] == 0:
        return f"{found[0]} * {name}"
    divisors = {(base // value, base % value) for value, base in zip(column, vector, strict=True)}
    if len(divisors) == 1 and (found := divisors.pop())[1] == 0:
        return f"{name} // {found[0]}"
    return ""


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _fresh(hint: str, taken: set[str]) -> str:
    name, number, stem = hint, 1, hint.rstrip("0123456789")
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name
