"""Names of an imported model's nodes: the module's own, as far as a network can have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncalc.exchange.names import safe_name
from cnncalc.torch_backend.tracing import Call

if TYPE_CHECKING:
    from torch import nn


class Names:
    """Names of nodes: the module's own for what has its weights, else the module's and the function's."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._scopes: set[str] = set()
        self._named: set[tuple[int, int]] = set()
        self.classes: dict[str, str] = {}
        """The class of each part of the module, by the part's name."""

    def of(self, call: Call, *, has_weights: bool) -> tuple[tuple[str, ...], str]:
        """Path and local name of a call's node.

        The module's own name goes to its first call, or where it has weights to the first with these.
        """
        parts = [safe_name(part) for part in call.path.split(".")] if call.path else []
        function = call.name.strip("_")
        function = function[1:] if function in ("iadd", "radd", "imul", "rmul") else function
        if not parts or any(True for _ in call.module.children()):
            self.classes[".".join(parts)] = type(call.module).__name__
            return self.free(tuple(parts), safe_name(function))
        visit = id(call.module), call.visit
        if visit not in self._named and (has_weights or not _weighs(call.module)):
            self._named.add(visit)
            return self.free(tuple(parts[:-1]), parts[-1])
        return self.free(tuple(parts[:-1]), f"{parts[-1]}_{safe_name(function)}")

    def free(self, path: tuple[str, ...], local: str) -> tuple[tuple[str, ...], str]:
        """The name, numbered if it is taken by a node or a part."""
        path = tuple(self._free_path(path))
        name, number = local, 1
        while not self.take(path, name):
            number += 1
            name = f"{local}_{number}"
        return path, name

    def _free_path(self, path: Sequence[str]) -> list[str]:
        """The path, with a name changed where a node has it already."""
        free: list[str] = []
        for part in path:
            name = part
            while ".".join((*free, name)) in self._taken:
                name += "_"
            free.append(name)
        return free

    def take(self, path: Sequence[str], name: str) -> bool:
        """Take a name, unless a node or a part has it."""
        full = ".".join((*path, name))
        if full in self._taken or full in self._scopes:
            return False
        self._taken.add(full)
        for depth in range(1, len(path) + 1):
            self._scopes.add(".".join(path[:depth]))
        return True


def _weighs(module: nn.Module) -> bool:
    return any(True for _ in module.parameters(recurse=False))
