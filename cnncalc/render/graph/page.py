"""Panels in rows, and the edges between them in lanes of their own.

Between the rows run channels, beside the panels gutters. An edge leaves its panel below, changes to
its own track in the channel, and where it stays in the row goes up a gutter; so it never meets a
panel, and no two edges share a track where they overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from cnncalc.render.graph.panel import Layout
from cnncalc.render.scene import Item, Path, Point, rounded

TRACK, CHANNEL, GUTTER = 8.0, 12.0, 14.0
"""Distance of tracks, and the least margins around them."""


class Sheet(NamedTuple):
    """Panels placed, and what joins them."""

    corners: list[Point]
    heights: list[float]
    edges: tuple[Item, ...]
    width: float
    height: float


class _Edge(NamedTuple):
    """A card that is read on another panel: the card, its panel, and the reader's."""

    card: int
    source: int
    target: int


class _Run(NamedTuple):
    """A horizontal stretch of an edge in a channel; zones are stacked within the channel."""

    edge: _Edge
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


def sheet(panels: Sequence[Layout], aspect: float) -> Sheet:
    """Panels in reading order, in as many rows as come nearest to the wanted width over height."""
    sheets = [_Sheet(panels, rows).made() for rows in _ways_to_wrap(panels)]
    return min(sheets, key=lambda made: abs(math.log(made.width / made.height / aspect)))


def _ways_to_wrap(panels: Sequence[Layout]) -> list[list[list[int]]]:
    widths = [panel.width for panel in panels]
    most = min(len(panels), 12)
    return [_wrapped(widths, rows) for rows in range(1, most + 1)]


def _wrapped(widths: Sequence[float], rows: int) -> list[list[int]]:
    """Consecutive panels in so many rows, the widest row as narrow as possible."""
    low, high = max(widths), sum(widths) + GUTTER * len(widths)
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


class _Sheet:
    def __init__(self, panels: Sequence[Layout], rows: list[list[int]]) -> None:
        self.panels, self.rows = panels, rows
        self.row_of = {panel: row for row, members in enumerate(rows) for panel in members}
        self.edges = self._edges()
        far = [edge for edge in self.edges if self._span(edge) > 1]
        self.margin = {edge: GUTTER / 2 + TRACK * place for place, edge in enumerate(far)}
        self.gutters = self._gutters()
        self.left = self._lefts()
        self.tracks, counts = self._tracks()
        self.channel_tops, self.tops, self.height = self._vertical(counts)

    def made(self) -> Sheet:
        """The finished sheet."""
        corners = [(self.left[p], self.tops[self.row_of[p]]) for p in range(len(self.panels))]
        heights = [self._row_height(self.row_of[p]) for p in range(len(self.panels))]
        width = max(self.left[row[-1]] + self.panels[row[-1]].width for row in self.rows)
        ways = tuple(Path(rounded(self._points(e)), stroke="edge", thickness=1.1) for e in self.edges)
        return Sheet(corners, heights, ways, width, self.height)

    def _edges(self) -> list[_Edge]:
        exits = {card: number for number, panel in enumerate(self.panels) for card in panel.exits}
        return [
            _Edge(card, exits[card], target)
            for target, panel in enumerate(self.panels)
            for card in panel.entries
        ]

    def _span(self, edge: _Edge) -> int:
        return self.row_of[edge.target] - self.row_of[edge.source]

    def _gutters(self) -> dict[_Edge, int]:
        """Its place in the gutter of its target, for every edge that stays in its row."""
        used: dict[int, int] = {}
        places = {}
        for edge in reversed(self.edges):
            if self._span(edge) == 0:
                places[edge] = used.get(edge.target, 0)
                used[edge.target] = places[edge] + 1
        return places

    def _lefts(self) -> dict[int, float]:
        lefts = {}
        counts = dict.fromkeys(self.row_of, 0)
        for edge in self.gutters:
            counts[edge.target] += 1
        for row in self.rows:
            x = TRACK * len(self.margin) + (GUTTER if self.margin else 0.0)
            for panel in row:
                x += (GUTTER + TRACK * counts[panel]) if panel != row[0] else 0.0
                lefts[panel] = x
                x += self.panels[panel].width
        return lefts

    def _exit(self, edge: _Edge) -> float:
        return self.left[edge.source] + self.panels[edge.source].exits[edge.card]

    def _entry(self, edge: _Edge) -> float:
        return self.left[edge.target] + self.panels[edge.target].entries[edge.card]

    def _turn(self, edge: _Edge) -> float:
        """Where an edge runs up its gutter, or down the margin."""
        if edge in self.margin:
            return self.margin[edge]
        return self.left[edge.target] - GUTTER / 2 - TRACK * self.gutters[edge] - 2

    def _runs(self, edge: _Edge) -> list[_Run]:
        """Horizontal runs of an edge.

        Runs that hang from the row above lie over those that run through, and those over the runs
        that stand on the row below; so ends at the same place never lie on each other.
        """
        lower, upper = self.row_of[edge.source] + 1, self.row_of[edge.target]
        if lower == upper:
            return [_Run(edge, lower, 1, self._exit(edge), self._entry(edge))]
        turn = self._turn(edge)
        below = _Run(edge, lower, 0 if edge in self.gutters else 1, self._exit(edge), turn)
        above = _Run(edge, upper, 2 if edge in self.gutters else 1, turn, self._entry(edge))
        return [below, above]

    def _tracks(self) -> tuple[dict[tuple[_Edge, int], int], list[int]]:
        """A track for every run, so that runs that overlap do not share one."""
        runs = sorted((run for edge in self.edges for run in self._runs(edge)), key=_Run.order)
        tracks: dict[tuple[_Edge, int], int] = {}
        counts = [0] * (len(self.rows) + 1)
        for _, alike in groupby(runs, key=lambda run: (run.channel, run.zone)):
            ends: list[float] = []
            for run in alike:
                track = next((t for t, end in enumerate(ends) if end + TRACK < run.low), len(ends))
                ends[track : track + 1] = [run.high]
                tracks[run.edge, run.channel] = counts[run.channel] + track
            counts[run.channel] += len(ends)
        return tracks, counts

    def _row_height(self, row: int) -> float:
        return max(self.panels[panel].height for panel in self.rows[row])

    def _vertical(self, counts: Sequence[int]) -> tuple[list[float], list[float], float]:
        channels, tops, y = [], [], 0.0
        for row in range(len(self.rows) + 1):
            channels.append(y)
            is_between = 0 < row < len(self.rows)
            y += CHANNEL + TRACK * counts[row] if counts[row] or is_between else 0.0
            tops.append(y)
            y += self._row_height(row) if row < len(self.rows) else 0.0
        return channels, tops, y

    def _points(self, edge: _Edge) -> list[Point]:
        below = self.tops[self.row_of[edge.source]] + self._row_height(self.row_of[edge.source])
        above = self.tops[self.row_of[edge.target]]
        points = [(self._exit(edge), below)]
        for run in self._runs(edge):
            track = self.tracks[edge, run.channel]
            y = self.channel_tops[run.channel] + CHANNEL / 2 + TRACK * (track + 0.5)
            points += [(run.start, y), (run.end, y)]
        return [*points, (self._entry(edge), above)]
