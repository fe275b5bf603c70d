"""Numbers on the command line."""

from __future__ import annotations

import re
from typing import Any

import click

_MOST_VALUES = 100_000


class Whole(click.IntRange):
    """A whole number between bounds; help and messages call it an integer, not an "integer range"."""

    name = "integer"


class Candidates(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers to try: ``3``, ``1..5``, ``3,5,7``."""

    name = "numbers"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The numbers, in order."""
        try:
            return [n for part in str(value).split(",") for n in _span(part)]
        except ValueError:
            self.fail(f"{value!r} is not a number, 1..5 or 3,5,7", param, ctx)


def _span(text: str) -> range:
    first, _, last = text.strip().partition("..")
    if len(first) > 15 or len(last) > 15:
        raise ValueError(text)
    span = range(int(first), int(last or first) + 1)
    if not 0 < len(span) <= _MOST_VALUES:
        raise ValueError(text)
    return span


class Sizes(click.ParamType):  # type: ignore[type-arg]
    """Sizes, one for each axis: ``24x49``."""

    name = "sizes"
    fewest, most = 1, 4
    wanted = "a size such as 24 or 24x49"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The sizes as numbers."""
        sizes = str(value).split("x")
        well = all(re.fullmatch(r"[1-9]\d{0,8}", size) for size in sizes)
        if not well or not self.fewest <= len(sizes) <= self.most:
            self.fail(f"{value!r} is not {self.wanted}", param, ctx)
        return tuple(map(int, sizes))


class InputShape(Sizes):
    """Channels and sizes: ``3x224x224``."""

    name = "shape"
    fewest, most = 2, 4
    wanted = "channels and sizes such as 3x224x224"
