"""Which cards stand on which panel, and which panels in which row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from cnncalc.analysis import Analysis
from cnncalc.arithmetic import added
from cnncalc.render.graph.drawing import Pen
from cnncalc.render.graph.folding import Block, common_path
from cnncalc.render.graph.frame import Frame
from cnncalc.render.graph.outline import Outline
from cnncalc.render.graph.page import Arrangement, ways_to_wrap
from cnncalc.render.graph.panel import Arrange, Outside, panel
from cnncalc.render.graph.stages import Stage, StageCard
from cnncalc.render.names import across, span

LIMITS = (0.45, 0.6, 0.8, 1.0, 1.4)
"""Heights above which panels are cut that are tried, in shares of that of a page without gaps."""
LOWEST = 300.0
"""Panels lower than this are never cut."""
CUT_COST = 0.04
"""How much larger everything must be drawn for one more cut to be worth it."""
LARGE_ENOUGH = 820.0
"""Root of the area below which nothing is gained by drawing on less."""
MOST_CROSSING = 5
"""Panels are not cut where more cards than this are read across."""
WHOLE_PART = 12
"""Parts of no more cards than this stay on one panel."""
MOST_MORE = 3
"""How many numbers of pieces are tried, as pieces of equal length need not be equally high."""


class Plan:
    """The panels of a network, cut and wrapped so that all is drawn as large as it can be."""

    def __init__(self, analysis: Analysis, shown: Outline, level: str, arrange: Arrange) -> None:
        self.analysis, self.shown, self.level = analysis, shown, level
        self.cards, self.pen = shown.cards, Pen(shown.cards)
        self.frames: dict[tuple[int, ...], Frame] = {}
        for _, blocks in shown.stages:
            for block in blocks:
                self._note_ranges(block)
        self.outside = Outside(self.cards, self._readers(), self._leaving(), arrange=arrange)

    def _readers(self) -> dict[int, list[int]]:
        readers: dict[int, list[int]] = {card.number: [] for card in self.cards}
        for card in self.cards:
            for source in card.inputs:
                readers[source].append(card.number)
        return readers

    def _leaving(self) -> frozenset[int]:
        outputs = set(self.analysis.network.outputs)
        return frozenset(card.number for card in self.cards if any(row.name in outputs for row in card.rows))

    def arranged(self, aspect: float, narrowest: float, extra: float) -> Arrangement:
        """The arrangement that fits best into a sheet of an aspect that needs so much more height."""
        found = {tuple(map(id, frames)): frames for frames in map(self._cut_above, self._limits(aspect))}

        def size(made: Arrangement) -> float:
            cuts = len(made.frames) - len(self.whole)
            height = max(made.width / aspect, made.height + extra, LARGE_ENOUGH / math.sqrt(aspect))
            return height * (1 + CUT_COST * cuts)

        ways = ((frames, rows) for frames in found.values() for rows in ways_to_wrap(frames))
        return min((Arrangement(frames, rows, narrowest) for frames, rows in ways), key=size)

    @cached_property
    def whole(self) -> list[Frame]:
        """One panel for each stage."""
        return [self._frame(stage, blocks) for stage, blocks in self.shown.stages]

    def _limits(self, aspect: float) -> list[float]:
        area = added(frame.width * frame.inner.height for frame in self.whole)
        lowest = LOWEST * 0.8 if self.level == "stages" else LOWEST
        return [max(lowest, math.sqrt(area / aspect) * share) for share in LIMITS]

    def _cut_above(self, height: float) -> list[Frame]:
        return [piece for frame in self.whole for piece in self._cut(frame, height)]

    def _note_ranges(self, block: Block) -> None:
        """Cards of a folded block show the range of their fields and names, and stand for every repeat."""
        for place, card in enumerate(block.repeats[0] if block.repeats else ()):
            low, high = card.field, block.repeats[-1][place].field
            if low:
                self.pen.ranges[card.number] = f"RF {low}" if low == high else f"RF {low}–{high}"
            last = block.repeats[-1][place].given_name
            if len(block.repeats[0]) == 1 and card.given_name != last:
                self.pen.names[card.number] = span(card.given_name, last)
            self.pen.rows_of[card.number] = tuple(
                row.name for repeat in block.repeats for row in repeat[place].rows
            )

    def _frame(self, stage: Stage, blocks: Sequence[Block]) -> Frame:
        """A stage on its panel; pieces that occur in several attempts are laid out once."""
        key = tuple(block.cards[0].number for block in blocks)
        if key not in self.frames or self.frames[key].stage.title != stage.title:
            width = self.pen.width([card for block in blocks for card in block.cards])
            inner = panel(blocks, self.outside, self.pen.draw, width)
            self.frames[key] = Frame(stage, blocks, inner, self.analysis)
        return self.frames[key]

    def _cut(self, frame: Frame, height: float) -> list[Frame]:
        count = math.ceil(frame.inner.height / height)
        if count < 2 or len(frame.blocks) < 2:
            return [frame]
        most = count + (MOST_MORE if self.level != "stages" else 1)
        tries = (self._pieces(frame, pieces) for pieces in range(count, most))
        low = (found for found in tries if max(piece.inner.height for piece in found) <= height)
        return next(low, None) or self._pieces(frame, count)

    def _pieces(self, frame: Frame, count: int) -> list[Frame]:
        cuts = [0, *_cuts(frame.blocks, count), len(frame.blocks)]
        pieces = [frame.blocks[start:end] for start, end in pairwise(cuts)]
        return [
            self._frame(_piece(frame.stage, blocks, place, len(pieces)), blocks)
            for place, blocks in enumerate(pieces)
        ]


def _piece(stage: Stage, blocks: Sequence[Block], place: int, count: int) -> Stage:
    inside = tuple(card for block in blocks for card in block.all_cards)
    if isinstance(inside[0], StageCard):
        return Stage(across(inside[0].title, inside[-1].title), inside)
    return Stage(f"{stage.title} ({place + 1} of {count})" if count > 1 else stage.title, inside)


def _cuts(blocks: Sequence[Block], count: int) -> list[int]:
    """Where to cut into pieces of about equal length, crossing as few edges as possible."""
    crossing, parts = _crossing(blocks), _Parts(blocks)
    length = len(blocks) / count
    cuts: list[int] = []
    for piece in range(1, count):
        ideal = piece * length
        reach = max(1, int(length / 2))
        lowest = (cuts[-1] if cuts else 0) + 1
        around = range(max(lowest, round(ideal) - reach), min(len(blocks) - 1, round(ideal) + reach) + 1)
        near = [cut for cut in around if parts.may_be_cut(cut)]
        if near and min(crossing[cut] for cut in near) <= MOST_CROSSING:
            cuts.append(min(near, key=lambda cut: (crossing[cut], *_seam(blocks, cut), abs(cut - ideal))))
    return cuts


class _Parts:
    """The parts that blocks are in, with their sizes."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        inside = [card for block in blocks for card in block.all_cards]
        self.blocks, self.shared = blocks, common_path([card for card in inside if card.path])
        self.holds_stages = isinstance(inside[0], StageCard)
        self.sizes = Counter(card.path[:depth] for card in inside for depth in range(len(card.path) + 1))

    def may_be_cut(self, cut: int) -> bool:
        """Whether a cut leaves small parts whole."""
        part = common_path((self.blocks[cut - 1].all_cards[-1], self.blocks[cut].all_cards[0]))
        return self.holds_stages or self.sizes[part] > WHOLE_PART or part == self.shared


def _seam(blocks: Sequence[Block], cut: int) -> tuple[int, bool]:
    """How bad a cut is: it should not go deep into a part, and come behind a pool."""
    before, behind = blocks[cut - 1].all_cards[-1], blocks[cut].all_cards[0]
    return len(common_path((before, behind))), before.family != "pool"


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
