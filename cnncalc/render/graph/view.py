"""The graph view: panels with subtotals, cards, folded blocks, edges with shapes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from cnncalc.analysis import Analysis
from cnncalc.errors import UsageError
from cnncalc.render.figures import share, short
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.drawing import Pen
from cnncalc.render.graph.folding import Block
from cnncalc.render.graph.outline import Outline, outline
from cnncalc.render.graph.page import TRACK, sheet
from cnncalc.render.graph.panel import Arrange, Layout, Outside, panel
from cnncalc.render.graph.stages import Stage, StageCard
from cnncalc.render.heading import footing, heading
from cnncalc.render.layout import layered
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Group, Item, Path, Point, Scene, Text, moved, rounded
from cnncalc.render.words import describe

ASPECT = 16 / 9
LAYOUTS = ("layered", "dot")
MARGIN, HEADER, PAD, FOOT, JOG = 20.0, 40.0, 14.0, 10.0, 8.0
LOWEST = 480.0
"""Panels lower than this are never cut."""
MOST_CROSSING = 5
"""Nor are they cut where more cards than this are read across."""
MOST_MORE = 3
"""How many numbers of pieces are tried, as pieces of equal length need not be equally high."""


def graph(
    analysis: Analysis, *, level: str = "blocks", aspect: float = ASPECT, layout: str = "layered"
) -> Scene:
    """The graph of a network: its stages, its blocks with repeats folded, or every layer."""
    if not 0.05 <= aspect <= 20:
        raise UsageError(f"aspect is width over height, from 0.05 to 20, not {aspect!r}")
    plan = _Plan(analysis, outline(analysis, level), level, _arrangement(layout))
    return _assembled(analysis, plan.panels(aspect), plan, aspect)


def _arrangement(layout: str) -> Arrange:
    """What places the nodes of a panel: our own layout, or Graphviz."""
    if layout == "layered":
        return layered
    if layout != "dot":
        raise UsageError(f"no layout is called {layout!r}; there are {', '.join(LAYOUTS)}")
    from cnncalc.render.layout.graphviz_layout import by_graphviz

    return by_graphviz


class _Panel:
    """A stage laid out, with its frame."""

    def __init__(self, stage: Stage, blocks: Sequence[Block], inner: Layout, analysis: Analysis) -> None:
        self.stage, self.blocks, self.inner = stage, blocks, inner
        self.subtotal = _subtotal(stage.cards, analysis)
        self.heading = min(_heading_width(stage.title, self.subtotal), 330.0)
        past_heading = TRACK * len(inner.entries) + 4 if inner.entries else 0.0
        self.width = max(inner.width, self.heading + past_heading) + 2 * PAD
        self.shift = (self.width - inner.width) / 2
        self.threads = self._threads()
        self.header = HEADER + JOG * sum(start != end for start, end in self.threads)
        self.height = inner.height + self.header + FOOT + (0 if inner.exits else 16)

    def _threads(self) -> list[tuple[float, float]]:
        """Where each edge crosses the border, and where it goes below the heading."""
        threads: list[tuple[float, float]] = []
        free = PAD + self.heading + 8
        for x in sorted(x + self.shift for x in self.inner.entries.values()):
            threads.append((max(x, free), x))
            free = threads[-1][0] + TRACK
        return threads

    @property
    def outline(self) -> Layout:
        """The panel as others see it."""
        by_place = sorted(self.inner.entries, key=self.inner.entries.__getitem__)
        entries = {card: self.threads[place][0] for place, card in enumerate(by_place)}
        exits = {card: x + self.shift for card, x in self.inner.exits.items()}
        in_order = {card: entries[card] for card in self.inner.entries}
        return Layout((), self.width, self.height, in_order, exits)

    def items(self, height: float) -> Iterable[Item]:
        """Frame, title, content, and the edges from its border to the content."""
        frame = Box(0, 0, self.width, height, fill="panel", stroke="panel_edge", radius=6)
        yield Group((frame,), label=f"{self.stage.title}: {self.subtotal}", role="panel")
        room = self.heading + 1
        yield Text(PAD, 17, fitted(self.stage.title, 12, room, bold=True), 12, bold=True)
        yield Text(PAD, 31, fitted(self.subtotal, 9.5, room), 9.5, color="muted")
        yield from self._edges(height)
        yield from moved(self.inner.items, self.shift, self.header)

    def _edges(self, height: float) -> Iterable[Item]:
        y = HEADER - 2
        for start, end in self.threads:
            points = [(start, 0.0), (start, y), (end, y), (end, self.header)]
            straight = start == end
            yield _line(points[::3] if straight else points)
            y += 0 if straight else JOG
        for x in self.inner.exits.values():
            yield _line([(x + self.shift, self.header + self.inner.height), (x + self.shift, height)])


def _line(points: Sequence[Point]) -> Path:
    return Path(rounded(points), stroke="edge", thickness=1.1)


def _heading_width(title: str, subtotal: str) -> float:
    return max(text_width(title, 12, bold=True), text_width(subtotal, 9.5))


class _Plan:
    """Which blocks stand on which panel."""

    def __init__(self, analysis: Analysis, shown: Outline, level: str, arrange: Arrange) -> None:
        self.analysis, self.shown, self.level = analysis, shown, level
        self.cards, self.pen = shown.cards, Pen(shown.cards)
        self.readers: dict[int, list[int]] = {card.number: [] for card in self.cards}
        for card in self.cards:
            for source in card.inputs:
                self.readers[source].append(card.number)
        outputs = set(analysis.network.outputs)
        leaving = {card.number for card in self.cards if any(row.name in outputs for row in card.rows)}
        self.outside = Outside(self.cards, self.readers, frozenset(leaving), arrange=arrange)

    def panels(self, aspect: float) -> list[_Panel]:
        """All panels; those much taller than suits the picture are cut into several."""
        for _, blocks in self.shown.stages:
            for block in blocks:
                self._note_ranges(block)
        made = [self._panel(stage, blocks) for stage, blocks in self.shown.stages]
        area = sum(panel.width * panel.height for panel in made)
        lowest = LOWEST / 2 if self.level == "stages" else LOWEST
        height = max(lowest, math.sqrt(area / aspect) * 0.8)
        return [piece for panel in made for piece in self._cut(panel, height)]

    def _note_ranges(self, block: Block) -> None:
        """Cards of a folded block show the range of their receptive fields, and stand for every repeat."""
        for place, card in enumerate(block.repeats[0] if block.repeats else ()):
            low, high = card.field, block.repeats[-1][place].field
            self.pen.ranges[card.number] = f"RF {low}" if low == high else f"RF {low}–{high}"
            self.pen.rows_of[card.number] = tuple(
                row.name for repeat in block.repeats for row in repeat[place].rows
            )

    def _panel(self, stage: Stage, blocks: Sequence[Block]) -> _Panel:
        width = self.pen.width([card for block in blocks for card in block.cards])
        return _Panel(stage, blocks, panel(blocks, self.outside, self.pen.draw, width), self.analysis)

    def _cut(self, panel: _Panel, height: float) -> list[_Panel]:
        count = math.ceil(panel.height / (1.25 * height))
        if count < 2 or len(panel.blocks) < 2:
            return [panel]
        most = count + (MOST_MORE if self.level != "stages" else 1)
        tries = (self._pieces(panel, pieces) for pieces in range(count, most))
        low = (found for found in tries if max(piece.height for piece in found) <= 1.25 * height)
        return next(low, None) or self._pieces(panel, count)

    def _pieces(self, panel: _Panel, count: int) -> list[_Panel]:
        cuts = [0, *_cuts(panel.blocks, count), len(panel.blocks)]
        pieces = [panel.blocks[start:end] for start, end in pairwise(cuts)]
        return [
            self._panel(_piece(panel.stage, blocks, place, len(pieces)), blocks)
            for place, blocks in enumerate(pieces)
        ]


def _piece(stage: Stage, blocks: Sequence[Block], place: int, count: int) -> Stage:
    inside = tuple(card for block in blocks for card in block.all_cards)
    if isinstance(inside[0], StageCard):
        titles = dict.fromkeys((inside[0].title, inside[-1].title))
        return Stage(" – ".join(titles), inside)
    return Stage(f"{stage.title} ({place + 1} of {count})", inside)


def _cuts(blocks: Sequence[Block], count: int) -> list[int]:
    """Where to cut into pieces of about equal length, crossing as few edges as possible."""
    crossing = _crossing(blocks)
    length = len(blocks) / count
    cuts: list[int] = []
    for piece in range(1, count):
        ideal = piece * length
        reach = max(1, int(length / 2))
        lowest = (cuts[-1] if cuts else 0) + 1
        near = range(max(lowest, round(ideal) - reach), min(len(blocks) - 1, round(ideal) + reach) + 1)
        if near and min(crossing[cut] for cut in near) <= MOST_CROSSING:
            cuts.append(min(near, key=lambda cut: (crossing[cut], abs(cut - ideal))))
    return cuts


def _crossing(blocks: Sequence[Block]) -> list[int]:
    """How many cards are read across a cut before each block."""
    home = {card.number: place for place, block in enumerate(blocks) for card in block.all_cards}
    reach: dict[int, int] = {}
    for block in blocks:
        for card in block.all_cards:
            for source in card.inputs:
                if source in home:
                    reach[source] = max(reach.get(source, 0), home[card.number])
    crossing = [0] * (len(blocks) + 1)
    for source, end in reach.items():
        for cut in range(home[source] + 1, end + 1):
            crossing[cut] += 1
    return crossing


def _subtotal(shown: Sequence[Card], analysis: Analysis) -> str:
    params = sum(card.params for card in shown)
    macs = sum(card.macs for card in shown)
    return (
        f"{short(params)} params ({share(params, analysis.params)}) · "
        f"{short(macs)} MACs ({share(macs, analysis.macs)})"
    )


def _assembled(analysis: Analysis, panels: Sequence[_Panel], plan: _Plan, aspect: float) -> Scene:
    made = sheet([panel.outline for panel in panels], aspect)
    drawn = sum(len(block.cards) for placed in panels for block in placed.blocks)
    width = max(made.width, 420.0) + 2 * MARGIN
    top, head = heading(analysis, width, _families(plan.cards), drawn=drawn)
    items: list[Item] = [*head, *moved(made.edges, MARGIN, top)]
    for placed, (x, y), height in zip(panels, made.corners, made.heights, strict=True):
        items += moved(placed.items(height), x + MARGIN, y + top)
    bottom = top + made.height + MARGIN / 2
    foot = footing(width, bottom)
    return Scene(analysis.network.name, describe(analysis), width, bottom + foot[0], (*items, *foot[1]))


def _families(shown: Sequence[Card]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for card in shown:
        counts[card.family] = counts.get(card.family, 0) + 1
    return counts
