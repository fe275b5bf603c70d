"""A network put together from another system's layers, one by one, by the names of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.errors import ImportFailure, LayerError
from cnncalc.exchange.names import safe_name
from cnncalc.layers import KINDS
from cnncalc.network import Builder, Network, Node

MAX_LAYERS = 20_000
MALFORMED = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError)
"""What reading data of an unexpected form raises."""


class Part(NamedTuple):
    """One of our layers: its kind and arguments."""

    kind: str
    arguments: Mapping[str, Any] = {}


class Assembly:
    """Layers added in the file's order; each takes and gives values by the file's names."""

    def __init__(self, name: str, *, dotted: bool = False, **about: Any) -> None:
        shown = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
        self.build = Builder(shown[:80] or "imported", **about)
        self.notes: list[str] = []
        self.build.about["notes"] = self.notes
        self.values: dict[str, Node] = {}
        self.owners: dict[str, str] = {}
        """For each name of weights, the node that has them."""
        self._dotted = dotted
        self._taken: set[str] = set()
        self._tried: dict[tuple[str, ...], int] = {}
        """The number up to which names like one were found taken."""

    def input(self, name: str, shape: Shape) -> None:
        """Where data enters."""
        self.values[name] = self.build.input(self._free(name.replace(".", "_"))[1], shape)

    def shape(self, value: str) -> Shape:
        """The shape of a value for one sample."""
        return self.values[value].output_shape

    def add(
        self,
        name: str,
        parts: Sequence[Part],
        takes: Sequence[str],
        gives: str,
        weights_from: str = "",
        frozen: bool = False,
    ) -> Node | None:
        """A layer of the file as one or several of ours in a row; none for what changes nothing.

        Returns the last of them, if there is one.
        """
        for source in takes:
            if source not in self.values:
                raise ImportFailure(f"layer {name!r} reads {source!r}, which no layer before it gives")
        nodes = [self.values[source] for source in takes]
        if len(self.build.nodes) > MAX_LAYERS:
            raise ImportFailure(f"more than {MAX_LAYERS:,} layers")
        for number, part in enumerate(parts):
            path, own = self._free(name if number == 0 else f"{name}_{part.kind}")
            try:
                layer = KINDS[part.kind](**part.arguments)
                node = self.build.add(
                    layer, *nodes, name=own, path=path, weights_from=weights_from, frozen=frozen
                )
                nodes = [node]
            except LayerError as error:
                raise ImportFailure(f"layer {name!r}: {error}") from error
        self.values[gives] = nodes[0]
        return nodes[0] if parts else None

    def network(self, outputs: Sequence[str] = ()) -> Network:
        """The network; its outputs are the values named, or those that nothing reads."""
        if len(self.build.nodes) < 2:
            raise ImportFailure("there are no layers in it")
        named = [self.values[name] for name in outputs if name in self.values]
        read = {source for node in self.build.nodes for source in node.inputs}
        loose = [node for node in self.build.nodes if node.name not in read and node.kind != "input"]
        return self.build.network(named or loose)

    def _free(self, name: str) -> tuple[tuple[str, ...], str]:
        """Path and name that no layer and no part has yet; dots make a path only where that is said."""
        *path, local = map(safe_name, name.split(".") if self._dotted else [name])
        wanted = (*path, local)
        number = self._tried.get(wanted, 1)
        free = local if number == 1 else f"{local}_{number}"
        while ".".join((*path, free)) in self._taken:
            number += 1
            free = f"{local}_{number}"
        self._tried[wanted] = number
        self._taken |= {".".join((*path, free)[:depth]) for depth in range(1, len(path) + 2)}
        return tuple(path), free


def text_of(path: Path, most: int) -> str:
    """The text in a file, unless it is larger than it may be."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ImportFailure(f"{path} is larger than {most:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFailure(f"{path} is not text in UTF-8: byte {error.start:,} is wrong") from error


def plain(sizes: Any) -> Any:
    """Sizes as a spec writes them: one number where all are equal."""
    if isinstance(sizes, list | tuple):
        items = tuple(sizes)
        return items[0] if len(set(items)) == 1 else items
    return sizes
