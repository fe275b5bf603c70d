"""The graph view: panels with subtotals, cards, folded blocks, edges with shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.analysis import Analysis
from cnncalc.errors import UsageError
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.outline import outline
from cnncalc.render.graph.page import Arrangement
from cnncalc.render.graph.panel import Arrange
from cnncalc.render.graph.plan import Plan
from cnncalc.render.heading import MARGIN, footing, heading
from cnncalc.render.layout import layered
from cnncalc.render.scene import Scene, moved
from cnncalc.render.words import describe

ASPECT = 16 / 9
LAYOUTS = ("layered", "dot")
NARROWEST = 480.0
EXTRA = 120.0
"""About what title, legend and notes add to the height."""


MOST_CARDS, FEWEST_STAGES, FAR_TOO_MANY = 160, 4, 2_000
"""Above so many cards stages are drawn instead, if there are not too few of them; above the last, always."""


def graph(
    analysis: Analysis, *, level: str | None = None, aspect: float = ASPECT, layout: str = "layered"
) -> Scene:
    """The graph of a network: its stages, its blocks with repeats folded, or every layer.

    Without a level these are blocks, or of a network with very many of them the stages.
    """
    if not 0.05 <= aspect <= 20:
        raise UsageError(f"aspect is width over height, from 0.05 to 20, not {aspect!r}")
    chosen = level or _readable(analysis)
    plan = Plan(analysis, outline(analysis, chosen), chosen, _arrangement(layout))
    hint = "" if level or chosen == "blocks" else "too many blocks to be read, --level blocks draws them all"
    return _assembled(analysis, plan.arranged(aspect, NARROWEST, EXTRA), plan.cards, hint)


def _readable(analysis: Analysis) -> str:
    """The level that is drawn where none is asked for."""
    blocks = outline(analysis, "blocks")
    drawn = sum(len(block.cards) for _, inside in blocks.stages for block in inside)
    is_coarse = drawn > MOST_CARDS and len(blocks.stages) >= FEWEST_STAGES
    return "stages" if is_coarse or drawn > FAR_TOO_MANY else "blocks"


def _arrangement(layout: str) -> Arrange:
    """What places the nodes of a panel: our own layout, or Graphviz."""
    if layout == "layered":
        return layered
    if layout != "dot":
        raise UsageError(f"no layout is called {layout!r}; there are {', '.join(LAYOUTS)}")
    from cnncalc.render.layout.graphviz_layout import by_graphviz

    return by_graphviz


def _assembled(analysis: Analysis, arranged: Arrangement, cards: Sequence[Card], hint: str) -> Scene:
    """Heading, panels and notes under each other."""
    sheet = arranged.sheet()
    drawn = sum(len(block.cards) for frame in arranged.frames for block in frame.blocks)
    width = sheet.width + 2 * MARGIN
    top, head = heading(analysis, width, _families(cards), drawn=drawn)
    bottom = top + sheet.height + MARGIN / 2
    foot, notes = footing(width, bottom, hint)
    items = (*head, *moved(sheet.items, MARGIN, top), *notes)
    return Scene(analysis.network.name, describe(analysis), width, bottom + foot, items)


def _families(shown: Sequence[Card]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for card in shown:
        counts[card.family] = counts.get(card.family, 0) + 1
    return counts
