"""Horizontal places: long edges straight, nodes over the middle of what they join.

Source: Brandes, Koepf: Fast and simple horizontal coordinate assignment, 2001, with the compaction
over blocks that dagre uses. Four assignments (to the left or right, from above or below) are made
and the mean of the middle two is taken, which keeps the distances of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from cnncalc.render.layout.layers import Layers

Gap = Callable[[int, int], float]
"""Least distance between the middles of two neighbours, left and right."""


def horizontal(graph: Layers, rows: Sequence[Sequence[int]], gap: Gap) -> list[float]:
    """The middle of every node."""
    conflicts = _conflicts(graph, rows)
    assignments = [
        _assignment(graph, rows, gap, conflicts, upward=upward, mirrored=mirrored)
        for upward in (False, True)
        for mirrored in (False, True)
    ]
    _aligned(assignments)
    found = []
    for places in zip(*assignments, strict=True):
        middle = sorted(places)[1:3]
        found.append((middle[0] + middle[1]) / 2)
    return found


def _aligned(assignments: list[list[float]]) -> None:
    """Move all to the narrowest: those to the left by their left edge, the others by their right."""
    narrowest = min(assignments, key=lambda xs: max(xs) - min(xs))
    low, high = min(narrowest), max(narrowest)
    for number, xs in enumerate(assignments):
        shift = high - max(xs) if number % 2 else low - min(xs)
        xs[:] = [x + shift for x in xs]


def _conflicts(graph: Layers, rows: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Links that cross a link between two lanes: they give way to it."""
    found: set[tuple[int, int]] = set()
    for upper, lower in pairwise(rows):
        places = {node: place for place, node in enumerate(upper)}
        inner = [_inner(graph, node, places) for node in lower]
        bounds = _bounds(inner, len(upper))
        for index, node in enumerate(lower):
            if inner[index] is not None:
                continue
            low, high = bounds[index]
            for other in graph.above[node]:
                if not low <= places[other] <= high:
                    found.add((other, node))
    return found


def _inner(graph: Layers, node: int, places: dict[int, int]) -> int | None:
    """Place of the lane above a lane."""
    if not graph.is_lane(node):
        return None
    return next((places[other] for other in graph.above[node] if graph.is_lane(other)), None)


def _bounds(inner: Sequence[int | None], width: int) -> list[tuple[int, int]]:
    """For each place below, the places above between the lanes that pass left and right of it."""
    lows, low = [], 0
    for place in inner:
        low = low if place is None else max(low, place)
        lows.append(low)
    highs, high = [], width - 1
    for place in reversed(inner):
        high = high if place is None else min(high, place)
        highs.append(high)
    return list(zip(lows, reversed(highs), strict=True))


def _assignment(
    graph: Layers,
    rows: Sequence[Sequence[int]],
    gap: Gap,
    conflicts: set[tuple[int, int]],
    *,
    upward: bool,
    mirrored: bool,
) -> list[float]:
    neighbours = graph.below if upward else graph.above
    turned = [list(reversed(row)) if mirrored else list(row) for row in rows]
    if upward:
        turned.reverse()
    places = {node: place for row in turned for place, node in enumerate(row)}
    roots = _blocks(turned, neighbours, places, conflicts, upward=upward)
    wanted = (lambda left, right: gap(right, left)) if mirrored else gap
    xs = _compacted(turned, roots, wanted)
    return [-x for x in xs] if mirrored else xs


def _blocks(
    rows: Sequence[Sequence[int]],
    neighbours: Sequence[Sequence[int]],
    places: dict[int, int],
    conflicts: set[tuple[int, int]],
    *,
    upward: bool,
) -> list[int]:
    """Nodes that stand in one vertical line share a root: the first of them."""
    roots = list(range(len(places)))
    aligned: set[int] = set()
    for row in rows[1:]:
        reached = -1
        for node in row:
            near = sorted(neighbours[node], key=places.__getitem__)
            for other in near[(len(near) - 1) // 2 : len(near) // 2 + 1]:
                pair = (node, other) if upward else (other, node)
                if node not in aligned and places[other] > reached and pair not in conflicts:
                    roots[node] = roots[other]
                    aligned.add(node)
                    reached = places[other]
    return roots


def _compacted(rows: Sequence[Sequence[int]], roots: Sequence[int], gap: Gap) -> list[float]:
    """Blocks as far left as they can be, then each as far right as leaves the others in place."""
    left: dict[int, dict[int, float]] = {root: {} for root in roots}
    for row in rows:
        for one, other in pairwise(row):
            spaces = left[roots[other]]
            spaces[roots[one]] = max(spaces.get(roots[one], 0.0), gap(one, other))
    order = _order(left)
    xs: dict[int, float] = {}
    for root in order:
        xs[root] = max((xs[before] + space for before, space in left[root].items()), default=0.0)
    right: dict[int, list[tuple[int, float]]] = {root: [] for root in left}
    for root, spaces in left.items():
        for before, space in spaces.items():
            right[before].append((root, space))
    for root in reversed(order):
        if right[root]:
            xs[root] = max(xs[root], min(xs[after] - space for after, space in right[root]))
    return [xs[root] for root in roots]


def _order(left: dict[int, dict[int, float]]) -> list[int]:
    """Blocks so that each comes after all blocks to its left."""
    waiting = {root: len(befores) for root, befores in left.items()}
    after: dict[int, list[int]] = {root: [] for root in left}
    for root, befores in left.items():
        for before in befores:
            after[before].append(root)
    ready = [root for root, count in waiting.items() if not count]
    for root in ready:
        for other in after[root]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return ready
