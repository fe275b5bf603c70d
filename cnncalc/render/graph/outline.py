"""The graph of a network without coordinates, for formats that lay it out themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.errors import UsageError
from cnncalc.render.graph.cards import Card, cards
from cnncalc.render.graph.folding import Block, folded
from cnncalc.render.graph.stages import Stage, stage_cards, stages

LEVELS = ("stages", "blocks", "layers")


class Outline(NamedTuple):
    """Cards, the stages they are in with their blocks, and the edges between what is drawn.

    An edge joins the numbers of two cards that are drawn: of a folded block, the first repeat.
    """

    cards: Sequence[Card]
    stages: Sequence[tuple[Stage, Sequence[Block]]]
    edges: Sequence[tuple[int, int]]


def outline(analysis: Analysis, level: str = "blocks") -> Outline:
    """What is drawn of a network at a level."""
    if level not in LEVELS:
        raise UsageError(f"no level is called {level!r}; there are {', '.join(LEVELS)}")
    shown = cards(analysis, fused=level != "layers")
    if level == "stages":
        shown = stage_cards(shown, analysis.network.outputs)
        found = [Stage("stages", tuple(shown))]
    else:
        found = stages(shown)
    parts = [(stage, blocks_of(stage, shown, analysis, level)) for stage in found]
    return Outline(shown, parts, _edges(shown, parts))


def blocks_of(stage: Stage, shown: Sequence[Card], analysis: Analysis, level: str) -> list[Block]:
    """The cards of a stage, folded at the level of blocks."""
    if level != "blocks":
        return [Block((card,)) for card in stage.cards]
    return folded(stage.cards, shown, analysis.network.outputs)


def _edges(shown: Sequence[Card], parts: Sequence[tuple[Stage, Sequence[Block]]]) -> list[tuple[int, int]]:
    """Edges between drawn cards; those between repeats vanish, those out of the last leave the first."""
    drawn = {card.number: card.number for card in shown}
    for _, blocks in parts:
        for block in blocks:
            for repeat in block.repeats:
                drawn.update({c.number: f.number for c, f in zip(repeat, block.repeats[0], strict=True)})
    hidden = {number for number, first in drawn.items() if number != first}
    found = [
        (drawn[source], card.number) for card in shown if card.number not in hidden for source in card.inputs
    ]
    return list(dict.fromkeys(found))
