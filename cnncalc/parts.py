"""A network as the tree of its parts: what each part holds, reads and gives, in an order to run it.

A part can be called as a whole where nothing outside stands between its layers and where it shares
no weights with layers outside; else its layers belong to the part around it (``is_open``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cnncalc.network import Network, Node


@dataclass(eq=False)
class Part:
    """A named part of a network, with its nodes and inner parts."""

    network: Network
    path: tuple[str, ...]
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

    @property
    def nodes(self) -> list[Node]:
        """Every node in it, in the network's order."""
        depth = len(self.path)
        return [node for node in self.network if node.path[:depth] == self.path]

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the outside nodes it reads, in order of first reading."""
        own = {node.name for node in self.nodes}
        return tuple(dict.fromkeys(s for node in self.nodes for s in node.inputs if s not in own))

    @property
    def gives(self) -> tuple[str, ...]:
        """Names of its nodes that are read outside or leave the network."""
        own = {node.name for node in self.nodes}
        outside = {s for node in self.network if node.name not in own for s in node.inputs}
        wanted = outside | set(self.network.outputs)
        return tuple(node.name for node in self.nodes if node.name in wanted)

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
    ancestry = _Ancestry(network)
    for part in root.parts():
        part.twin = _twin(part)
        part.is_open = not part.twin and (_shares_outside(part) or not ancestry.is_convex(part))
    while cycle := _order(root):
        cycle.is_open = True
    return root


def _part_at(network: Network, path: tuple[str, ...], known: dict[tuple[str, ...], Part]) -> Part:
    if path not in known:
        known[path] = Part(network, path)
        _part_at(network, path[:-1], known).children.append(known[path])
    return known[path]


class _Ancestry:
    """What every node depends on, as bit sets over the nodes."""

    def __init__(self, network: Network) -> None:
        self.bits = {node.name: 1 << place for place, node in enumerate(network)}
        self.ancestors: dict[str, int] = {}
        for node in network:
            found = 0
            for source in node.inputs:
                found |= self.bits[source] | self.ancestors[source]
            self.ancestors[node.name] = found

    def is_convex(self, part: Part) -> bool:
        """Whether no node outside reads from the part and is read, directly or not, by the part."""
        own = before = 0
        for node in part.nodes:
            own |= self.bits[node.name]
            before |= self.ancestors[node.name]
        outside = before & ~own
        between = (name for name, bit in self.bits.items() if bit & outside)
        return not any(self.ancestors[name] & own for name in between)


def _shares_outside(part: Part) -> bool:
    own = {node.name for node in part.nodes}
    return any(node.weights_from and node.weights_from not in own for node in part.nodes)


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
    home = {name: step for step in steps for name in names_of(step)}
    waiting = {id(step): {id(home[s]) for s in reads_of(step) if s in home} - {id(step)} for step in steps}
    done: set[int] = set()
    ordered: list[Part | Node] = []
    while len(ordered) < len(steps):
        ready = next((s for s in steps if id(s) not in done and waiting[id(s)] <= done), None)
        if ready is None:
            return next(s for s in steps if id(s) not in done and isinstance(s, Part))
        ordered.append(ready)
        done.add(id(ready))
    part.order = ordered
    return None


def names_of(step: Part | Node) -> Iterable[str]:
    """Names of the nodes that a step runs."""
    return [step.name] if isinstance(step, Node) else [node.name for node in step.nodes]


def reads_of(step: Part | Node) -> tuple[str, ...]:
    """Names of the nodes that a step reads."""
    return step.inputs if isinstance(step, Node) else step.reads


def gives_of(step: Part | Node) -> tuple[str, ...]:
    """Names of the nodes that a step leaves for others."""
    return (step.name,) if isinstance(step, Node) else step.gives
