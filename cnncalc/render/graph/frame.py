"""A stage on its panel: heading with subtotals, and the laid out content below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnncalc.analysis import Analysis
from cnncalc.render.figures import share, short
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.folding import Block
from cnncalc.render.graph.panel import Layout
from cnncalc.render.graph.stages import Stage
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Group, Item, Text, moved

HEADER, PAD, FOOT, OUTPUT = 40.0, 14.0, 10.0, 16.0
"""Room for the heading, at the sides, at the bottom, and there for the shape of an output."""
WIDEST_HEADING = 330.0


class Frame:
    """A stage laid out, with what a page must know to place it and to join it to others."""

    def __init__(self, stage: Stage, blocks: Sequence[Block], inner: Layout, analysis: Analysis) -> None:
        self.stage, self.blocks, self.inner = stage, blocks, inner
        self.subtotal = _subtotal(stage.cards, analysis)
        wanted = max(text_width(stage.title, 12, bold=True), text_width(self.subtotal, 9.5))
        self.heading = min(wanted, WIDEST_HEADING)
        self.width = max(inner.width, self.heading) + 2 * PAD
        self.foot = FOOT if inner.exits else FOOT + OUTPUT

    def inset(self, width: float) -> float:
        """Where the content begins on a panel of a width."""
        return (width - self.inner.width) / 2

    def enters_above(self, card: int) -> bool:
        """Whether an edge comes down to the content past the heading, wherever it is centred."""
        return self.inset(self.width) + self.inner.entries[card] > PAD + self.heading + 8

    def items(self, width: float, height: float, header: float) -> Iterable[Item]:
        """Frame, heading, and the content below a header of a height."""
        frame = Box(0, 0, width, height, fill="panel", stroke="panel_edge", radius=6)
        yield Group((frame,), label=f"{self.stage.title}: {self.subtotal}", role="panel")
        room = self.heading + 1
        yield Text(PAD, 17, fitted(self.stage.title, 12, room, bold=True), 12, bold=True)
        yield Text(PAD, 31, fitted(self.subtotal, 9.5, room), 9.5, color="muted")
        yield from moved(self.inner.items(), self.inset(width), header)


def _subtotal(shown: Sequence[Card], analysis: Analysis) -> str:
    params = sum(card.params for card in shown)
    macs = sum(card.macs for card in shown)
    return (
        f"{short(params)} params ({share(params, analysis.params)}) · "
        f"{short(macs)} MACs ({share(macs, analysis.macs)})"
    )
