"""A network's graph as nested steps: chains, and joins of branches that start from one value.

Two rules are applied until neither does: a layer that alone reads another is put behind it, and a
join whose branches all start from one value becomes a step that reads that value. What is left over
(connections that cross) is written with names, as ``from(name)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnncalc.folding import Template
from cnncalc.layers.merge import Cat
from cnncalc.network import Network, Node

LONG_BRANCH = 12
"""Layers in a branch beside a plain connection from which on a concatenation is written with names."""


@dataclass(eq=False)
class Step:
    """A step of a chain: its text, and the nodes it adds in the order in which a reader adds them."""

    template: Template
    nodes: list[Node]
    name: str = ""
    """What it is called where others refer to it."""

    @property
    def size(self) -> int:
        """Layers in it."""
        return len(self.nodes)


@dataclass(eq=False)
class Leaf(Step):
    """One layer."""


@dataclass(eq=False)
class Join(Step):
    """A layer that joins branches; each branch is a chain, empty for the entering value itself."""

    head: Template = None  # type: ignore[assignment]
    branches: list[list[Step]] = None  # type: ignore[assignment]

    def compose(self) -> Template:
        """The text from the branches."""
        texts = [chain(branch) if branch else Template("id") for branch in self.branches]
        return Template(self.head, "[", Template.join(" | ", texts), "]")

    def with_parts(self, head: Template, branches: list[list[Step]]) -> Join:
        """The same step made of other parts."""
        made = type(self)(head, self.nodes, self.name, head, branches)
        made.template = made.compose()
        return made


@dataclass(eq=False)
class Loop(Join):
    """A chain several times in a row; the only branch is the chain, the head its number."""

    def compose(self) -> Template:
        """The chain, in brackets where it has several steps, and the number."""
        inner = chain(self.branches[0])
        body = inner if len(self.branches[0]) == 1 else Template("(", inner, ")")
        return Template(body, "*(", self.head, ")")


@dataclass(eq=False)
class Item:
    """A chain under construction: what it reads and the value it ends in."""

    steps: list[Step]
    reads: list[str]
    gives: str


def reduced(network: Network, leaf: Any) -> list[Item]:
    """The network as few chains, in an order in which they can be written.

    ``leaf`` gives the text of a node by itself.
    """
    places = {node.name: place for place, node in enumerate(network)}
    reads = sources(network)
    items = {
        node.name: Item([Leaf(leaf(node), [node])], list(reads[node.name]), node.name)
        for node in network
        if node.kind != "input"
    }
    changed = True
    while changed:
        changed = _series(items, network) | _parallel(items, network)
    return sorted(items.values(), key=lambda item: places[item.gives])


def sources(network: Network) -> dict[str, tuple[str, ...]]:
    """What every node reads, where a concatenation that continues another reads that one.

    ``cat(a, b, c)`` is ``cat(cat(a, b), c)`` where ``cat(a, b)`` is there: DenseNet's connections.
    """
    known: dict[tuple[str, ...], str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for node in network:
        found[node.name] = node.inputs
        if not isinstance(node.layer, Cat) or node.layer != Cat():
            continue
        for length in range(len(node.inputs) - 1, 1, -1):
            before = known.get(node.inputs[:length])
            if before:
                found[node.name] = (before, *node.inputs[length:])
                break
        known[node.inputs] = node.name
    return found


def _uses(items: dict[str, Item], network: Network) -> dict[str, int]:
    uses = dict.fromkeys((node.name for node in network), 0)
    for item in items.values():
        for source in item.reads:
            uses[source] += 1
    return uses


def _series(items: dict[str, Item], network: Network) -> bool:
    """Put chains behind the chain that they alone read."""
    uses = _uses(items, network)
    changed = False
    for name in list(items):
        item = items[name]
        before = items.get(item.reads[0]) if len(item.reads) == 1 else None
        if before is None or uses[before.gives] != 1 or before.gives in network.outputs:
            continue
        items[name] = Item([*before.steps, *item.steps], before.reads, name)
        del items[before.gives]
        changed = True
    return changed


def _parallel(items: dict[str, Item], network: Network) -> bool:
    """Fold branches that start from one value into the step that joins them."""
    uses = _uses(items, network)
    changed = False
    for name in list(items):
        item = items[name]
        if len(item.reads) < 2:
            continue
        start = _common_start(item, items, uses, network)
        if start is None:
            continue
        branches = [[] if read == start else items[read].steps for read in item.reads]
        first = item.steps[0]
        if any(source not in uses for source in item.reads) or _is_better_named(first, branches):
            continue
        if any(map(_is_mere_identity, branches)):
            continue
        for read in set(item.reads) - {start}:
            del items[read]
        items[name] = Item([join(first, branches), *item.steps[1:]], [start], name)
        changed = True
    return changed


def _common_start(item: Item, items: dict[str, Item], uses: dict[str, int], network: Network) -> str | None:
    """The value from which every branch of a join starts, if there is one."""

    def starts(read: str) -> set[str]:
        branch = items.get(read)
        inner = branch is not None and uses[read] == 1 and read not in network.outputs
        return {read, branch.reads[0]} if inner and branch and len(branch.reads) == 1 else {read}

    common = set.intersection(*map(starts, item.reads))
    return min(common) if len(common) == 1 else None


def _is_mere_identity(branch: Sequence[Step]) -> bool:
    """Whether a branch is a layer ``id`` alone, which there means the entering value and makes no layer."""
    return len(branch) == 1 and isinstance(branch[0], Leaf) and branch[0].nodes[0].kind == "id"


def _is_better_named(step: Step, branches: Sequence[Sequence[Step]]) -> bool:
    """Whether nesting would hide more than it shows: a long way round beside a plain connection."""
    if step.nodes[0].kind != "cat" or [] not in branches:
        return False
    longest = max(branches, key=lambda branch: sum(one.size for one in branch))
    nested = any(isinstance(one, Join) for one in longest)
    return nested and sum(one.size for one in longest) > LONG_BRANCH


def join(step: Step, branches: list[list[Step]]) -> Join:
    """A step with its branches."""
    nodes = [node for branch in branches for one in branch for node in one.nodes] + step.nodes
    made = Join(step.template, nodes, head=step.template, branches=branches)
    made.template = made.compose()
    return made


def chain(steps: Sequence[Step]) -> Template:
    """The text of a chain."""
    return Template.join(" -> ", [named(step) for step in steps])


def named(step: Step) -> Template:
    """The text of a step with its name."""
    return Template(step.template, f" as {step.name}") if step.name else step.template
