"""Panels in rows, as wide as each other's row, and the edges between them.

From a panel to its neighbour an edge leaves on the right, below the content, and enters on the
left, below the heading. To other panels it leaves at the bottom and changes to a track of its own
in the channel below its row; it comes down into a panel past the heading, or where there is no
room, enters on the left too. So it meets no card and no text, and no two edges share a track where
they overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from cnncalc.arithmetic import added
from cnncalc.render.graph.frame import HEADER, Frame
from cnncalc.render.scene import Item, Path, Point, moved, rounded

TRACK, CHANNEL, GUTTER = 8.0, 12.0, 16.0
"""Distance of tracks, and the least margins around them."""
MOST_ROWS = 12
FILLED = 0.62
"""Rows filled less than this are not stretched to the width of the others."""


class Sheet(NamedTuple):
    """Panels placed and joined, and the extent of all."""

    items: tuple[Item, ...]
    width: float
    height: float


class Edge(NamedTuple):
    """A card that is read on another panel: the card, its panel, and the reader's."""

    card: int
    source: int
    target: int


class _Run(NamedTuple):
    """A horizontal stretch of an edge in a channel; zones are stacked within the channel."""

    edge: Edge
    channel: int
    zone: int
    start: float
    end: float

    @property
    def low(self) -> float:
        """The left end."""
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        """The right end."""
        return max(self.start, self.end)

    def order(self) -> tuple[float, ...]:
        """By channel and zone, then from the left."""
        return (self.channel, self.zone, self.low, -self.high, *self.edge)


class Arrangement:
    """Panels in given rows."""

    def __init__(self, frames: Sequence[Frame], rows: Sequence[Sequence[int]], narrowest: float) -> None:
        self.frames, self.rows = frames, rows
        self.row_of = {panel: row for row, members in enumerate(rows) for panel in members}
        exits = {card: number for number, frame in enumerate(frames) for card in frame.inner.exits}
        self.edges = [
            Edge(card, exits[card], target)
            for target, frame in enumerate(frames)
            for card in frame.inner.entries
        ]
        self.margins = {
            edge: GUTTER / 2 + TRACK * place
            for place, edge in enumerate(edge for edge in self.edges if self._span(edge) > 1)
        }
        self.left, self.widths = self._columns(narrowest)
        self.width = max(self.left[row[-1]] + self.widths[row[-1]] for row in rows)

    @cached_property
    def height(self) -> float:
        """How high the whole is."""
        return self._vertical[2]

    def sheet(self) -> Sheet:
        """Everything drawn."""
        _, tops, height = self._vertical
        items: list[Item] = []
        for panel, frame in enumerate(self.frames):
            row = self.row_of[panel]
            drawn = frame.items(self.widths[panel], self._row_height(row), self._header(panel))
            items += moved(drawn, self.left[panel], tops[row])
        items += [Path(rounded(self._points(e)), stroke="edge", thickness=1.1) for e in self.edges]
        return Sheet(tuple(items), self.width, height)

    def _span(self, edge: Edge) -> int:
        return self.row_of[edge.target] - self.row_of[edge.source]

    def _is_next(self, edge: Edge) -> bool:
        """Whether it joins neighbours in a row."""
        return self._span(edge) == 0 and edge.target == edge.source + 1

    @cached_property
    def _sides(self) -> dict[int, list[Edge]]:
        """Edges that enter each panel on the left, from the heading down."""
        sides: dict[int, list[Edge]] = {panel: [] for panel in self.row_of}
        for edge in self.edges:
            if self._span(edge) == 0 or not self.frames[edge.target].enters_above(edge.card):
                sides[edge.target].append(edge)
        for panel, edges in sides.items():
            edges.sort(key=lambda edge: -self.frames[panel].inner.entries[edge.card])
        return sides

    @cached_property
    def _leaving(self) -> dict[int, list[Edge]]:
        """Edges that leave each panel on the right, from the content down."""
        leaving: dict[int, list[Edge]] = {panel: [] for panel in self.row_of}
        for edge in filter(self._is_next, self.edges):
            leaving[edge.source].append(edge)
        for panel, edges in leaving.items():
            edges.sort(key=lambda edge: -self.frames[panel].inner.exits[edge.card])
        return leaving

    def _columns(self, narrowest: float) -> tuple[dict[int, float], dict[int, float]]:
        """Where panels begin and how wide they are, in rows that end together.

        One track on the left finds room in the margin of the page.
        """
        first = max(len(self._sides[row[0]]) for row in self.rows)
        start = (
            TRACK * (len(self.margins) + first) + GUTTER if self.margins else max(0.0, TRACK * (first - 1))
        )
        gaps = {panel: GUTTER + TRACK * len(self._sides[panel]) for row in self.rows for panel in row[1:]}
        naturals = [
            start + added(self.frames[panel].width + gaps.get(panel, 0.0) for panel in row)
            for row in self.rows
        ]
        width = max(*naturals, narrowest)
        lefts, widths = {}, {}
        for row, natural in zip(self.rows, naturals, strict=True):
            is_full = natural > FILLED * width or len(self.rows) == 1
            more = (width - natural) / len(row) if is_full else 0.0
            x = start
            for panel in row:
                lefts[panel] = x + gaps.get(panel, 0.0)
                widths[panel] = self.frames[panel].width + more
                x = lefts[panel] + widths[panel]
        return lefts, widths

    def _inset(self, panel: int) -> float:
        return self.left[panel] + self.frames[panel].inset(self.widths[panel])

    def _exit(self, edge: Edge) -> float:
        return self._inset(edge.source) + self.frames[edge.source].inner.exits[edge.card]

    def _entry(self, edge: Edge) -> float:
        return self._inset(edge.target) + self.frames[edge.target].inner.entries[edge.card]

    def _turn(self, edge: Edge) -> float:
        """Where an edge runs beside its target, or comes down to it."""
        sides = self._sides[edge.target]
        if edge not in sides:
            return self._entry(edge)
        place = len(sides) - 1 - sides.index(edge)
        return self.left[edge.target] - GUTTER / 2 - TRACK * place

    def _runs(self, edge: Edge) -> list[_Run]:
        """Horizontal runs of an edge in channels.

        Runs that hang from the row above lie over those that run through; so ends at the same place
        never lie on each other.
        """
        lower, upper = self.row_of[edge.source] + 1, self.row_of[edge.target]
        if self._is_next(edge):
            return []
        if edge not in self.margins:
            return [_Run(edge, lower, 0 if upper < lower else 1, self._exit(edge), self._turn(edge))]
        margin = self.margins[edge]
        return [
            _Run(edge, lower, 1, self._exit(edge), margin),
            _Run(edge, upper, 1, margin, self._turn(edge)),
        ]

    @cached_property
    def _tracks(self) -> tuple[dict[tuple[Edge, int], int], list[int]]:
        """A track for every run, so that runs that overlap do not share one; how many each channel has."""
        runs = sorted((run for edge in self.edges for run in self._runs(edge)), key=_Run.order)
        tracks: dict[tuple[Edge, int], int] = {}
        counts = [0] * (len(self.rows) + 1)
        for _, alike in groupby(runs, key=lambda run: (run.channel, run.zone)):
            ends: list[float] = []
            for run in alike:
                track = next((t for t, end in enumerate(ends) if end + TRACK < run.low), len(ends))
                ends[track : track + 1] = [run.high]
                tracks[run.edge, run.channel] = counts[run.channel] + track
            counts[run.channel] += len(ends)
        return tracks, counts

    def _header(self, panel: int) -> float:
        return HEADER + TRACK * len(self._sides[panel])

    def _row_height(self, row: int) -> float:
        return max(
            self._header(panel)
            + self.frames[panel].inner.height
            + self.frames[panel].foot
            + TRACK * len(self._leaving[panel])
            for panel in self.rows[row]
        )

    @cached_property
    def _vertical(self) -> tuple[list[float], list[float], float]:
        """Where channels begin, where rows begin, and the height of all."""
        channels, tops, y = [], [], 0.0
        for row, count in enumerate(self._tracks[1]):
            channels.append(y)
            is_between = 0 < row < len(self.rows)
            y += CHANNEL + TRACK * count if count or is_between else 0.0
            tops.append(y)
            y += self._row_height(row) if row < len(self.rows) else 0.0
        return channels, tops, y

    def _points(self, edge: Edge) -> list[Point]:
        """From the content of one panel to the content of another."""
        channels, tops, _ = self._vertical
        source, target = tops[self.row_of[edge.source]], tops[self.row_of[edge.target]]
        below = source + self._header(edge.source) + self.frames[edge.source].inner.height
        points = [(self._exit(edge), below)]
        if self._is_next(edge):
            y = below + 2 + TRACK * self._leaving[edge.source].index(edge)
            points += [(self._exit(edge), y), (self._turn(edge), y)]
        for run in self._runs(edge):
            y = channels[run.channel] + CHANNEL / 2 + TRACK * (self._tracks[0][edge, run.channel] + 0.5)
            points += [(run.start, y), (run.end, y)]
        sides = self._sides[edge.target]
        if edge in sides:
            y = target + HEADER + 2 + TRACK * sides.index(edge)
            points += [(self._turn(edge), y), (self._entry(edge), y)]
        return [*points, (self._entry(edge), target + self._header(edge.target))]


def ways_to_wrap(frames: Sequence[Frame]) -> list[list[list[int]]]:
    """Panels in reading order in one row, in two, and so on."""
    widths = [frame.width for frame in frames]
    return [_wrapped(widths, rows) for rows in range(1, min(len(frames), MOST_ROWS) + 1)]


def _wrapped(widths: Sequence[float], rows: int) -> list[list[int]]:
    """Consecutive panels in so many rows, the widest row as narrow as possible."""
    low, high = max(widths), added(widths) + GUTTER * len(widths)
    for _ in range(30):
        middle = (low + high) / 2
        if len(_filled(widths, middle)) <= rows:
            high = middle
        else:
            low = middle
    return _filled(widths, high)


def _filled(widths: Sequence[float], limit: float) -> list[list[int]]:
    rows: list[list[int]] = [[]]
    used = 0.0
    for number, width in enumerate(widths):
        if rows[-1] and used + width + GUTTER > limit:
            rows.append([])
            used = 0.0
        rows[-1].append(number)
        used += width + GUTTER
    return rows
