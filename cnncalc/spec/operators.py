"""The table of operators: every layer kind with its names and arguments, from the layers' own declarations.

Parser, suggestions, ``fmt``, JSON Schema and the reference read the same declarations.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import NamedTuple

from cnncalc.layers import KINDS
from cnncalc.layers.arguments import Argument
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.spec.signatures import reference

HIDDEN = frozenset({"input", "opaque"})
"""Kinds that no spec names as a layer of a chain, or only those written by a program."""


class Operator(NamedTuple):
    """One row of the table."""

    kind: str
    aliases: tuple[str, ...]
    family: str
    doc: str
    arguments: tuple[Argument, ...]
    joins: bool
    """Whether it takes branches."""
    reference: str
    """The argument with which it refers to another layer instead of all others; empty for most."""

    @property
    def summary(self) -> str:
        """The first line of its description."""
        return self.doc.partition("\n")[0]

    @property
    def signature(self) -> str:
        """How it is written, with defaults."""
        if self.reference:
            return f"{self.kind}({self.reference}=NAME)"
        required = all(not argument.required for argument in self.arguments)
        inside = ", ".join(_shown(argument) for argument in self.arguments)
        branches = "[a | b]" if self.joins else ""
        return self.kind + (f"({inside})" if inside or not required else "") + branches


def operators() -> Iterator[Operator]:
    """Every operator, by family and name."""
    for kind, cls in sorted(KINDS.items(), key=lambda item: (item[1].family, item[0])):
        if kind not in HIDDEN:
            yield _operator(kind, cls)


def _operator(kind: str, cls: type[Layer]) -> Operator:
    aliases = cls.aliases + (("conv1d", "conv2d", "conv3d") if cls is Conv else ())
    doc = inspect.getdoc(cls) or ""
    return Operator(
        kind, aliases, cls.family, doc, tuple(cls.arguments.values()), cls.arity[1] != 1, reference(cls)
    )


def _shown(argument: Argument) -> str:
    from cnncalc.layers.arguments import shown_value

    if argument.required:
        return argument.name
    default = "none" if argument.default is None else shown_value(argument.default)
    return f"{argument.name}={default}"
