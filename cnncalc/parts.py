"""A network as the tree of its parts: what each part holds, reads and gives, in an order to run it.

A part can be called as a whole where nothing outside stands between its layers and where it shares
no weights with layers outside; else its layers belong to the part around it (``is_open``).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cnncalc.network import Network, Node


@dataclass(eq=False)
class Part:
    """A named part of a network, with its nodes and inner parts."""

    network: Network
    path: tuple[str, ...]
    nodes: list[Node] = field(default_factory=list)
    """Every node in it, in the network's order."""
    children: list[Part | Node] = field(default_factory=list)
    order: list[Part | Node] = field(default_factory=list)
    """What runs, one after the other: nodes and closed parts, those of open parts included."""
    is_open: bool = False
    twin: tuple[str, ...] = ()
    """Path of the part whose weights, all of them, this part uses in the same places."""

    @property
    def name(self) -> str:
        """Its own name, without what encloses it."""
        return self.path[-1] if self.path else ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of its nodes."""
        return frozenset(node.name for node in self.nodes)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Names of the outside nodes it reads, in order of first reading."""
        return tuple(dict.fromkeys(s for node in self.nodes for s in node.inputs if s not in self.names))

    @cached_property
    def gives(self) -> tuple[str, ...]:
        """Names of its nodes that are read outside or leave the network."""
        readers, leaving = self.network.readers, set(self.network.outputs)
        return tuple(
            node.name
            for node in self.nodes
            if node.name in leaving or not self.names.issuperset(readers[node.name])
        )

    @property
    def height(self) -> int:
        """How deep parts are nested in it."""
        return 1 + max((child.height for child in self.children if isinstance(child, Part)), default=-1)

    def parts(self) -> Iterator[Part]:
        """Every part below it, inner ones first."""
        for child in self.children:
            if isinstance(child, Part):
                yield from child.parts()
                yield child

    def steps(self) -> Iterator[Part | Node]:
        """What runs one after the other: nodes and closed parts; those in open parts too."""
        for child in self.children:
            if isinstance(child, Part) and child.is_open:
                yield from child.steps()
            else:
                yield child


def parts_of(network: Network) -> Part:
    """The tree of a network's parts."""
    root = Part(network, ())
    known: dict[tuple[str, ...], Part] = {(): root}
    for node in network:
        _part_at(network, node.path, known).children.append(node)
        for depth in range(len(node.path) + 1):
            known[node.path[:depth]].nodes.append(node)
    kinship = _Kinship(network)
    for part in root.parts():
        part.twin = _twin(part)
        part.is_open = not part.twin and (_shares_outside(part) or not kinship.is_convex(part))
    while cycle := _order(root):
        cycle.is_open = True
    return root


def _part_at(network: Network, path: tuple[str, ...], known: dict[tuple[str, ...], Part]) -> Part:
    if path not in known:
        known[path] = Part(network, path)
        _part_at(network, path[:-1], known).children.append(known[path])
    return known[path]


class _Kinship:
    """What every node depends on and what depends on it, as bit sets over the nodes."""

    def __init__(self, network: Network) -> None:
        self.bits = {node.name: 1 << place for place, node in enumerate(network)}
        self.ancestors = self._gathered({node.name: node.inputs for node in network})
        self.descendants = self._gathered(
            {node.name: network.readers[node.name] for node in network.nodes[::-1]}
        )

    def _gathered(self, nearest: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """For each name, in an order that begins far away: the names nearest to it and all behind them."""
        found: dict[str, int] = {}
        for name, others in nearest.items():
            found[name] = 0
            for other in others:
                found[name] |= self.bits[other] | found[other]
        return found

    def is_convex(self, part: Part) -> bool:
        """Whether no node outside reads from the part and is read, directly or not, by the part."""
        own = before = behind = 0
        for name in part.names:
            own |= self.bits[name]
            before |= self.ancestors[name]
            behind |= self.descendants[name]
        return not before & behind & ~own


def _shares_outside(part: Part) -> bool:
    return any(node.weights_from and node.weights_from not in part.names for node in part.nodes)


def _twin(part: Part) -> tuple[str, ...]:
    """Path of the part with the same layers in the same places, whose weights this one uses."""
    prefix = ".".join(part.path) + "."
    owners = set()
    for node in part.nodes:
        local = node.name.removeprefix(prefix)
        has_weights = bool(node.layer.tensors(node.site))
        if has_weights and not node.weights_from.endswith(f".{local}"):
            return ()
        if has_weights:
            owners.add(node.weights_from.removesuffix(f".{local}"))
    if len(owners) != 1:
        return ()
    owner = owners.pop()
    same = all(
        (twin := f"{owner}.{node.name.removeprefix(prefix)}") in part.network
        and part.network[twin].layer == node.layer
        for node in part.nodes
    )
    return tuple(owner.split(".")) if same else ()


def _order(part: Part) -> Part | None:
    """Put what runs in an order; the part that stands in the way, if there is no order."""
    for child in part.children:
        if isinstance(child, Part) and not child.is_open and (stuck := _order(child)):
            return stuck
    steps = list(part.steps())
    home = {name: place for place, step in enumerate(steps) for name in names_of(step)}
    places = _in_order([{home[s] for s in reads_of(step) if s in home} for step in steps])
    part.order = [steps[place] for place in places]
    stuck_in = set(range(len(steps))).difference(places)
    return next((step for place in sorted(stuck_in) if isinstance(step := steps[place], Part)), None)


def _in_order(needs: Sequence[set[int]]) -> list[int]:
    """Places in an order in which each follows those it needs, the first that can go first.

    Places that need each other are left out, and those that need them.
    """
    waiting = {place: needed - {place} for place, needed in enumerate(needs)}
    freed: dict[int, list[int]] = {place: [] for place in waiting}
    for place, needed in waiting.items():
        for other in needed:
            freed[other].append(place)
    ready = [place for place, needed in waiting.items() if not needed]
    ordered: list[int] = []
    while ready:
        ordered.append(place := heapq.heappop(ready))
        for reader in freed[place]:
            waiting[reader].discard(place)
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    return ordered


def names_of(step: Part | Node) -> Iterable[str]:
    """Names of the nodes that a step runs."""
    return [step.name] if isinstance(step, Node) else step.names


def reads_of(step: Part | Node) -> tuple[str, ...]:
    """Names of the nodes that a step reads."""
    return step.inputs if isinstance(step, Node) else step.reads


def gives_of(step: Part | Node) -> tuple[str, ...]:
    """Names of the nodes that a step leaves for others."""
    return (step.name,) if isinstance(step, Node) else step.gives
