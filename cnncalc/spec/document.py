"""What a spec says, before any layer is made: its keys with everything in them parsed.

A YAML tree is read with typed access (:class:`TreeReader`), so that no shape of input can surprise:
what is not as expected is reported with its place, and reading goes on.
"""

from __future__ import annotations

from typing import Any

from cnncalc.spec.source import Place
from cnncalc.spec.syntax import Broken, Expression, Given, Step

KEYS = (
    "cnncalc", "name", "doc", "source", "input", "params", "defaults", "blocks", "shared",
    "tables", "layers", "outputs", "freeze", "base", "rounding", "expect",
)  # fmt: skip
"""Top-level keys, in the order in which they read best."""

EXPECTED = {
    "params": "params",
    "trainable": "trainable_params",
    "trainable_params": "trainable_params",
    "frozen": "frozen_params",
    "frozen_params": "frozen_params",
    "macs": "macs",
    "flops": "flops",
    "connections": "connections",
    "neurons": "neurons",
}
"""Totals that a spec may expect, and what the analysis calls them."""

WITH_BASE = frozenset({"cnncalc", "name", "doc", "source", "base", "params", "freeze", "expect"})
"""Keys that a spec with a base may have."""


class Word:
    """A text with its place."""

    __slots__ = ("place", "text")

    def __init__(self, text: str, place: Place) -> None:
        self.text = text
        self.place = place


class Parameter:
    """A block's parameter, with its default if it has one."""

    __slots__ = ("default", "name", "place")

    def __init__(self, name: str, place: Place, default: Expression | None) -> None:
        self.name = name
        self.place = place
        self.default = default


class Block:
    """A part with arguments; ``shared`` ones have a single set of weights."""

    __slots__ = ("body", "name", "parameters", "place", "shared")

    def __init__(
        self, name: str, place: Place, parameters: tuple[Parameter, ...], body: Step, *, shared: bool
    ) -> None:
        self.name = name
        self.place = place
        self.parameters = parameters
        self.body = body
        self.shared = shared


class Document:
    """A spec's keys, read."""

    def __init__(self) -> None:
        self.name = ""
        self.doc = ""
        self.source = ""
        self.inputs: dict[str, tuple[Word, Expression]] = {}
        self.params: dict[str, tuple[Word, Expression]] = {}
        self.defaults: list[tuple[Word, tuple[Given, ...]]] = []
        self.blocks: dict[str, Block] = {}
        self.tables: dict[str, Any] = {}
        self.layers: Step = Broken(0, 1)
        self.outputs: list[Word] = []
        self.freeze: list[Word] = []
        self.base: Word | None = None
        self.keys: dict[str, Place] = {}
        """Where each key stands."""
        self.rounding: Word | None = None
        self.expect: dict[str, tuple[Word, Any, Place]] = {}
        self.guessed: set[str] = set()
        """Keys that a misspelt one was probably meant to be, and so are not missing."""
        self.is_pattern = False
        """Whether the text is a chain alone, as typed on a command line."""
