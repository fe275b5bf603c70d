"""The order within each rank, with few crossings.

Barycentres swept down and up, then neighbours exchanged where that saves crossings; the best order
met is kept. Ties keep the order in which the nodes were given, so the result is always the same.
Source: Gansner, Koutsofios, North, Vo: A technique for drawing directed graphs, 1993.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnncalc.arithmetic import added
from cnncalc.render.layout.layers import Layers

SWEEPS, PATIENCE = 12, 3
"""How often at most, and after how many sweeps in vain no other is made."""
ROUNDS = 4
ENOUGH_LINKS = 3000
"""Above so many links only barycentres are used: exchanges would take seconds."""


def ordered(graph: Layers) -> list[list[int]]:
    """The rows of a layered graph, each in a good order."""
    rows = [list(row) for row in graph.rows]
    best, fewest = rows, crossings(graph, rows)
    exchanges = sum(map(len, graph.below)) < ENOUGH_LINKS
    idle = 0
    for sweep in range(SWEEPS):
        if not fewest or idle == PATIENCE:
            break
        rows = _swept(graph, rows, downward=sweep % 2 == 0)
        if exchanges:
            rows = _exchanged(graph, rows)
        count = crossings(graph, rows)
        idle += 1
        if count < fewest:
            best, fewest, idle = rows, count, 0
    return best


def crossings(graph: Layers, rows: Sequence[Sequence[int]]) -> int:
    """How often links cross in this order."""
    return sum(_between(graph, upper, lower) for upper, lower in pairwise(rows))


def _between(graph: Layers, upper: Sequence[int], lower: Sequence[int]) -> int:
    """Inversions among the links between two rows, counted with a tree of sums."""
    places = {node: place for place, node in enumerate(lower)}
    tree = [0] * (len(lower) + 1)
    crossed = seen = 0
    for node in upper:
        ends = sorted(places[reader] for reader in graph.below[node])
        for end in ends:
            crossed += seen - _sum(tree, end)
        for end in ends:
            _add(tree, end)
            seen += 1
    return crossed


def _sum(tree: list[int], place: int) -> int:
    """How many links so far end at ``place`` or before it."""
    total, index = 0, place + 1
    while index:
        total += tree[index]
        index &= index - 1
    return total


def _add(tree: list[int], place: int) -> None:
    index = place + 1
    while index < len(tree):
        tree[index] += 1
        index += index & -index


def _swept(graph: Layers, rows: list[list[int]], *, downward: bool) -> list[list[int]]:
    """Each row sorted by the mean place of its neighbours in the row before it."""
    neighbours = graph.above if downward else graph.below
    order = range(1, len(rows)) if downward else range(len(rows) - 2, -1, -1)
    swept = list(rows)
    for rank in order:
        before = swept[rank - 1 if downward else rank + 1]
        places = {node: place for place, node in enumerate(before)}
        swept[rank] = _by_mean(swept[rank], neighbours, places)
    return swept


def _by_mean(row: list[int], neighbours: list[list[int]], places: dict[int, int]) -> list[int]:
    """Sorted by the mean place of the neighbours; nodes without any keep their place."""
    keys = {}
    for place, node in enumerate(row):
        met = [places[other] for other in neighbours[node]]
        keys[node] = added(met) / len(met) if met else float(place)
    return sorted(row, key=keys.__getitem__)


def _exchanged(graph: Layers, rows: list[list[int]]) -> list[list[int]]:
    """Neighbours exchanged, row by row, as long as that saves crossings."""
    rows = [list(row) for row in rows]
    places = {node: place for row in rows for place, node in enumerate(row)}
    improved, rounds = True, 0
    while improved and rounds < ROUNDS:
        improved, rounds = False, rounds + 1
        for row in rows:
            for place in range(len(row) - 1):
                left, right = row[place], row[place + 1]
                if _saves(graph, places, left, right):
                    row[place], row[place + 1] = right, left
                    places[left], places[right] = place + 1, place
                    improved = True
    return rows


def _saves(graph: Layers, places: dict[int, int], left: int, right: int) -> bool:
    """Whether two neighbours cross fewer links the other way round."""
    now = then = 0
    for neighbours in (graph.above, graph.below):
        for one in neighbours[left]:
            for two in neighbours[right]:
                now += places[one] > places[two]
                then += places[two] > places[one]
    return then < now
