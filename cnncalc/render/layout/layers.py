"""Ranks, and the proper layered graph in which every edge joins neighbouring ranks.

Edges that span several ranks run through lanes: places without extent, one in each rank they pass.
All edges of one source share its lanes, so that a source that many nodes read is drawn as one line
with branches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Edge = tuple[int, int]


class Layers(NamedTuple):
    """Nodes below ``real`` are real, the others lanes; ``links`` join neighbouring ranks."""

    real: int
    ranks: list[int]
    rows: list[list[int]]
    above: list[list[int]]
    below: list[list[int]]
    routes: dict[Edge, list[int]]

    def is_lane(self, node: int) -> bool:
        """Whether a node is a place where an edge passes."""
        return node >= self.real


def layers(count: int, edges: Sequence[Edge], first: Iterable[int], last: Iterable[int]) -> Layers:
    """The layered graph; ``first`` are held at the top, ``last`` at the bottom."""
    ranks = _ranks(count, edges, set(first), set(last))
    rows: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for node in range(count):
        rows[ranks[node]].append(node)
    routes = _add_lanes(count, edges, ranks, rows)
    above: list[list[int]] = [[] for _ in ranks]
    below: list[list[int]] = [[] for _ in ranks]
    for upper, lower in _links(routes):
        below[upper].append(lower)
        above[lower].append(upper)
    return Layers(count, ranks, rows, above, below, routes)


def _ranks(count: int, edges: Sequence[Edge], first: set[int], last: set[int]) -> list[int]:
    """Longest distance from the top, then each node without readers above pulled down to its readers."""
    readers = _by_source(count, edges)
    ranks = [0 if node in first or not first else 1 for node in range(count)]
    for node in _topological(count, edges):
        for reader in readers[node]:
            ranks[reader] = max(ranks[reader], ranks[node] + 1)
    deepest = max((ranks[node] for node in range(count) if node not in last), default=0)
    for node in last:
        ranks[node] = deepest + 1
    return _pulled_down(count, edges, ranks, readers, first)


def _pulled_down(
    count: int, edges: Sequence[Edge], ranks: list[int], readers: list[list[int]], first: set[int]
) -> list[int]:
    """Sources that stand higher than their readers need move down next to them."""
    has_input = {target for _, target in edges}
    for node in range(count):
        if node not in has_input and node not in first and readers[node]:
            ranks[node] = min(ranks[reader] for reader in readers[node]) - 1
    return ranks


def _topological(count: int, edges: Sequence[Edge]) -> list[int]:
    waiting = [0] * count
    for _, target in edges:
        waiting[target] += 1
    readers = _by_source(count, edges)
    ready = [node for node in range(count) if not waiting[node]]
    for node in ready:
        for reader in readers[node]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    if len(ready) != count:
        raise ValueError("the graph has a cycle")
    return ready


def _by_source(count: int, edges: Iterable[Edge]) -> list[list[int]]:
    readers: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        readers[source].append(target)
    return readers


def _add_lanes(
    count: int, edges: Sequence[Edge], ranks: list[int], rows: list[list[int]]
) -> dict[Edge, list[int]]:
    """The way of every edge through the ranks; lanes are appended to ``ranks`` and ``rows``."""
    routes: dict[Edge, list[int]] = {}
    for source, targets in enumerate(_by_source(count, edges)):
        way = [source]
        for target in sorted(targets, key=lambda node: ranks[node]):
            while ranks[way[-1]] < ranks[target] - 1:
                rank = ranks[way[-1]] + 1
                way.append(len(ranks))
                rows[rank].append(len(ranks))
                ranks.append(rank)
            routes[source, target] = [*way[: ranks[target] - ranks[source]], target]
    return routes


def _links(routes: Mapping[Edge, list[int]]) -> list[Edge]:
    """Every pair of neighbours on some way, once, in order."""
    pairs = (pair for way in routes.values() for pair in pairwise(way))
    return list(dict.fromkeys(pairs))
