"""A layered drawing: every node a place, every edge a way that passes no node.

Ranks run downward. Between two ranks lies a strip in which edges change sides; through a rank they
pass in lanes of their own. So an edge never meets a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnncalc.render.layout.coordinates import horizontal
from cnncalc.render.layout.layers import Edge, Layers, layers
from cnncalc.render.layout.order import ordered

Point = tuple[float, float]

NODE_GAP, LANE_GAP, LANE = 22.0, 12.0, 2.0
STEM, ARROW = 17.0, 9.0
"""Room below a node for the shape that leaves it, and above one for the arrow that enters."""
HIGHEST_SHIFT, WIDEST_STEP = 20.0, 22.0


class Size(NamedTuple):
    """Extent of a node, and how far right of its middle edges enter and leave."""

    width: float
    height: float
    enter: float = 0.0
    leave: float = 0.0


class Stroke(NamedTuple):
    """A piece of an edge: straight down, across the strip between two ranks, straight down again.

    With ``is_curve``, the points are those of Bezier curves, three for each after the first.
    ``target`` is the node that the piece reaches, None where it goes on as another piece.
    """

    source: int
    target: int | None
    points: tuple[Point, ...]
    is_curve: bool = False


class Drawing(NamedTuple):
    """Upper left corners of the nodes, all pieces of edges, and the extent of both."""

    corners: list[Point]
    strokes: list[Stroke]
    width: float
    height: float


def layered(
    sizes: Sequence[Size],
    edges: Sequence[Edge],
    first: Iterable[int] = (),
    last: Iterable[int] = (),
) -> Drawing:
    """Draw a graph whose nodes are numbered by ``sizes``; raises ValueError on a cycle.

    Nodes in ``first`` are held in the top rank, those in ``last`` in the bottom rank.
    """
    if not sizes:
        return Drawing([], [], 0.0, 0.0)
    graph = layers(len(sizes), list(dict.fromkeys(edges)), first, last)
    rows = ordered(graph)

    def reach(node: int, side: int) -> float:
        """From where edges enter to the left or right border."""
        if graph.is_lane(node):
            return LANE
        return sizes[node].width / 2 - side * sizes[node].enter

    def gap(left: int, right: int) -> float:
        lanes = graph.is_lane(left) or graph.is_lane(right)
        return reach(left, 1) + reach(right, -1) + (LANE_GAP if lanes else NODE_GAP)

    places = horizontal(graph, rows, gap)
    leftmost = min(x - reach(node, -1) for node, x in enumerate(places))
    places = [x - leftmost for x in places]
    width = max(x + reach(node, 1) for node, x in enumerate(places))
    return _Placed(graph, rows, places, sizes).drawing(width)


class _Placed:
    """Nodes with the horizontal places where edges enter; finds the vertical ones and the edges."""

    def __init__(
        self, graph: Layers, rows: list[list[int]], places: list[float], sizes: Sequence[Size]
    ) -> None:
        self.graph, self.rows, self.places, self.sizes = graph, rows, places, sizes
        self.entries: dict[Edge, float] = {}
        for node in range(len(places)):
            self._spread_entries(node)
        self.tops, self.bottoms = self._vertical()

    def drawing(self, width: float) -> Drawing:
        """The finished drawing."""
        corners = [
            (self.places[node] - size.enter - size.width / 2, self.tops[self.graph.ranks[node]])
            for node, size in enumerate(self.sizes)
        ]
        return Drawing(corners, list(self._strokes()), width, self.bottoms[-1])

    def _spread_entries(self, node: int) -> None:
        """Edges enter a node side by side, in the order of where they come from."""
        sources = sorted(self.graph.above[node], key=lambda source: (self.places[source], source))
        middle, step = self.places[node], 0.0
        if not self.graph.is_lane(node):
            step = min(WIDEST_STEP, self.sizes[node].width / (len(sources) + 1))
        for index, source in enumerate(sources):
            self.entries[source, node] = middle + (index - (len(sources) - 1) / 2) * step

    def _vertical(self) -> tuple[list[float], list[float]]:
        tops, bottoms, y = [], [], 0.0
        for rank, row in enumerate(self.rows):
            heights = [self.sizes[node].height for node in row if not self.graph.is_lane(node)]
            tops.append(y)
            bottoms.append(y + max(heights, default=0.0))
            y = bottoms[-1] + self._strip(rank)
        return tops, bottoms

    def _strip(self, rank: int) -> float:
        """Height between a rank and the next: more where edges move further sideways."""
        shifts = [
            abs(self._exit(source) - self.entries[source, node])
            for source in self.rows[rank]
            for node in self.graph.below[source]
        ]
        return STEM + ARROW + min(HIGHEST_SHIFT, max(shifts, default=0.0) / 4)

    def _exit(self, node: int) -> float:
        if self.graph.is_lane(node):
            return self.places[node]
        return self.places[node] - self.sizes[node].enter + self.sizes[node].leave

    def _strokes(self) -> Iterator[Stroke]:
        origins = {lane: edge[0] for edge, way in self.graph.routes.items() for lane in way[:-1]}
        for upper, readers in enumerate(self.graph.below):
            for lower in readers:
                target = None if self.graph.is_lane(lower) else lower
                yield Stroke(origins[upper], target, self._points(upper, lower))

    def _points(self, upper: int, lower: int) -> tuple[Point, Point, Point, Point]:
        leave, enter = self._exit(upper), self.entries[upper, lower]
        rank, top = self.graph.ranks[upper], self.tops[self.graph.ranks[lower]]
        begin = self.tops[rank] - ARROW
        if not self.graph.is_lane(upper):
            begin = self.tops[rank] + self.sizes[upper].height
        end = top - ARROW if self.graph.is_lane(lower) else top
        start = self.bottoms[rank] + STEM
        return ((leave, begin), (leave, start), (enter, top - ARROW), (enter, end))
