"""Families as small drawings, so that no kind is told by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cnncalc.render.scene import Command, Group, Item, Path, moved, polyline

SIDE = 12.0
"""Icons are drawn in a square of this side."""


class Look(NamedTuple):
    """How a family is shown: the word for it, its colour's role, and its icon."""

    word: str
    role: str
    icon: Callable[[str], tuple[Item, ...]]


def _lines(*strokes: tuple[tuple[float, float], ...]) -> Callable[[str], tuple[Item, ...]]:
    def drawn(role: str) -> tuple[Item, ...]:
        commands = tuple(command for stroke in strokes for command in polyline(stroke))
        return (Path(commands, stroke=role, thickness=1.4),) if strokes else ()

    return drawn


def _framed(*strokes: tuple[tuple[float, float], ...]) -> Callable[[str], tuple[Item, ...]]:
    corners = ((0.7, 0.7), (11.3, 0.7), (11.3, 11.3), (0.7, 11.3), (0.7, 0.7))
    return _lines((*corners, (2, 0.7)), *strokes)


def _circle(x: float, y: float, radius: float) -> tuple[Command, ...]:
    """A circle of four curves."""
    bend = radius * 0.5523
    return (
        ("M", ((x + radius, y),)),
        ("C", ((x + radius, y + bend), (x + bend, y + radius), (x, y + radius))),
        ("C", ((x - bend, y + radius), (x - radius, y + bend), (x - radius, y))),
        ("C", ((x - radius, y - bend), (x - bend, y - radius), (x, y - radius))),
        ("C", ((x + bend, y - radius), (x + radius, y - bend), (x + radius, y))),
        ("Z", ()),
    )


def _round(*strokes: tuple[tuple[float, float], ...]) -> Callable[[str], tuple[Item, ...]]:
    def drawn(role: str) -> tuple[Item, ...]:
        return (Path(_circle(6, 6, 5.2), stroke=role, thickness=1.4), *_lines(*strokes)(role))

    return drawn


_GRID = _framed(((4.2, 1), (4.2, 11)), ((7.8, 1), (7.8, 11)), ((1, 4.2), (11, 4.2)), ((1, 7.8), (11, 7.8)))
_FUNNEL = _lines(((1, 2), (11, 2), (6, 10.5), (1, 2)))
_RISING = _lines(((1, 10), (11, 10), (6, 1.5), (1, 10)))
_CROSSED = _round(((6, 2.5), (6, 9.5)), ((2.5, 6), (9.5, 6)))
_BARS = _lines(((1, 2.5), (11, 2.5)), ((1, 6), (11, 6)), ((1, 9.5), (11, 9.5)))
_BELL = _lines(((1, 10), (3.5, 9), (4.8, 4), (6, 2), (7.2, 4), (8.5, 9), (11, 10)))
_RAMP = _lines(((1, 9), (6, 9), (11, 2)))
_STRUCK = _round(((2.6, 9.4), (9.4, 2.6)))
_BENT = _lines(((1, 2.5), (7, 2.5), (7, 9.5), (11, 9.5)), ((9, 7.5), (11, 9.5), (9, 11.5)))
_DOT = _framed(((4.5, 6), (7.5, 6)), ((6, 4.5), (6, 7.5)))
_EYE = _round(((4, 6), (8, 6)), ((6, 4), (6, 8)), ((4.5, 4.5), (7.5, 7.5)))
_LOOP = _lines(((10, 4), (10, 9.5), (2, 9.5), (2, 3), (8, 3)), ((6, 1), (8, 3), (6, 5)))

LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "input": Look("input", "input", _DOT),
        "conv": Look("convolution", "conv", _GRID),
        "pool": Look("pooling", "pool", _FUNNEL),
        "linear": Look("fully connected", "linear", _BARS),
        "merge": Look("merge", "merge", _CROSSED),
        "norm": Look("normalisation", "norm", _BELL),
        "activation": Look("activation", "activation", _RAMP),
        "upsample": Look("upsampling", "upsample", _RISING),
        "dropout": Look("dropout", "dropout", _STRUCK),
        "shape": Look("rearrangement", "shape", _BENT),
        "attention": Look("attention", "attention", _EYE),
        "recurrent": Look("recurrent", "recurrent", _LOOP),
    }
)
"""How each family of layers looks."""

OTHER = Look("other", "other", _framed())


def look(family: str) -> Look:
    """How a family is shown; a plain square for one that has no look of its own."""
    return LOOKS.get(family, OTHER)


def icon(family: str, x: float, y: float) -> tuple[Item, ...]:
    """The icon of a family with its upper left corner at a place."""
    return (Group(moved(drawn(family), x, y), key=family, role="icon"),)


def drawn(family: str) -> tuple[Item, ...]:
    """The icon of a family in the upper left corner."""
    chosen = look(family)
    return chosen.icon(chosen.role)
