"""Where a step stands while a spec is expanded: its names, its values, its place in the nesting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from cnncalc.network import Node
from cnncalc.spec.source import Place


class Poison:
    """A shape that is unknown because of an error already reported."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Poison()

Flow: TypeAlias = Node | Poison | None
"""What leaves a step: a node, something unknown, or nothing yet."""


class NodeRef:
    """A layer given as an argument to a block (``up(512, d4)``)."""

    def __init__(self, name: str, flow: Flow) -> None:
        self.name = name
        self.flow = flow

    def __repr__(self) -> str:
        return f"the layer `{self.name}`"


class Frame:
    """One use of a block, or the top level: its arguments, and the names in it."""

    def __init__(self, path: tuple[str, ...], values: Mapping[str, Any]) -> None:
        self.path = path
        self.values = dict(values)
        self.flows: dict[str, Flow] = {}
        self.endings: dict[str, list[str]] = {}
        """Names by their last part."""
        self.places: dict[str, Place] = {}


class Scope:
    """A position in the nesting of a frame: the parts that enclose it, and repeats."""

    __slots__ = ("again", "frame", "parts")

    def __init__(self, frame: Frame, parts: tuple[str, ...] = (), *, again: bool = False) -> None:
        self.frame = frame
        self.parts = parts
        self.again = again
        """Whether this is a second or later repetition, whose names get numbers."""

    @property
    def path(self) -> tuple[str, ...]:
        """All enclosing parts, from the top."""
        return self.frame.path + self.parts

    def inside(self, part: str) -> Scope:
        """The scope within a named part."""
        return Scope(self.frame, (*self.parts, part), again=self.again)

    def repeated(self) -> Scope:
        """The scope of a later repetition."""
        return self if self.again else Scope(self.frame, self.parts, again=True)

    def local(self, name: str) -> str:
        """A name as the frame knows it."""
        return ".".join((*self.parts, name))

    def declare(self, name: str, place: Place, flow: Flow) -> None:
        """Remember what a name stands for from here on."""
        local = self.local(name)
        if local not in self.frame.flows:
            self.frame.endings.setdefault(name, []).append(local)
        self.frame.flows[local] = flow
        self.frame.places[local] = place

    def find(self, name: str) -> tuple[str, ...]:
        """The frame's names that ``name`` may mean: the one in the nearest part, or all that end in it."""
        flows = self.frame.flows
        for depth in range(len(self.parts), -1, -1):
            candidate = ".".join((*self.parts[:depth], name))
            if candidate in flows:
                return (candidate,)
        alike = self.frame.endings.get(name.rpartition(".")[2], ())
        return tuple(local for local in alike if local.endswith(f".{name}"))


class Namer:
    """Names that are free, over the whole network."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self._counts: dict[str, int] = {}

    def numbered(self, path: Iterable[str], stem: str) -> str:
        """``stem1``, ``stem2``, ...: the next one free within the path."""
        prefix = ".".join((*path, stem))
        return stem + str(self._next(prefix, prefix, 0))

    def again(self, path: Iterable[str], name: str) -> str:
        """The name itself, or ``name_2``, ``name_3``, ... where it is taken."""
        full = ".".join((*path, name))
        if full not in self.taken:
            self.taken.add(full)
            return name
        return f"{name}_{self._next(f'{full}_', f'{full}_', 1)}"

    def _next(self, prefix: str, key: str, last: int) -> int:
        number = self._counts.get(key, last) + 1
        while f"{prefix}{number}" in self.taken:
            number += 1
        self._counts[key] = number
        self.taken.add(f"{prefix}{number}")
        return number

    def take(self, path: Iterable[str], name: str) -> bool:
        """Take a name; False if it is taken already."""
        full = ".".join((*path, name))
        free = full not in self.taken
        self.taken.add(full)
        return free
