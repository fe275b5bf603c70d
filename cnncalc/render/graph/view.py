"""The graph view: panels with subtotals, cards, folded blocks, edges with shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cnncalc.analysis import Analysis
from cnncalc.errors import UsageError
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.outline import Outline, outline
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
LARGEST, SMALL_ON_PAGES = 2_400.0, 1_500.0
"""Roots of the areas above which not even a slide shows the blocks, so that stages are drawn instead, and
above which a page shows them too small to be read."""


def graph(
    analysis: Analysis, *, level: str | None = None, aspect: float = ASPECT, layout: str = "layered"
) -> Scene:
    """The graph of a network: its stages, its blocks with repeats folded, or every layer.

    Without a level these are blocks, or of a network whose blocks would be too small to be read the
    stages.
    """
    if not 0.05 <= aspect <= 20:
        raise UsageError(f"aspect is width over height, from 0.05 to 20, not {aspect!r}")
    place = _arrangement(layout)
    if level:
        return _drawn(analysis, outline(analysis, level), level, aspect, place)
    return _readable(analysis, aspect, place)


def _drawn(
    analysis: Analysis, shown: Outline, level: str, aspect: float, place: Arrange, hint: str = ""
) -> Scene:
    plan = Plan(analysis, shown, level, place)
    return _assembled(analysis, plan.arranged(aspect, NARROWEST, EXTRA), plan.cards, hint)


def _readable(analysis: Analysis, aspect: float, place: Arrange) -> Scene:
    """What is drawn where no level is asked for."""
    blocks = outline(analysis, "blocks")
    count = sum(len(block.cards) for _, inside in blocks.stages for block in inside)
    has_stages = len(blocks.stages) >= FEWEST_STAGES
    if not (count > FAR_TOO_MANY or (count > MOST_CARDS and has_stages)):
        drawn = _drawn(analysis, blocks, "blocks", aspect, place)
        if not has_stages or _side(drawn) <= LARGEST:
            return drawn._replace(hint=_on_pages(drawn) if has_stages else "")
    reason = "drawn as stages: blocks would be too small to be read"
    stages = _drawn(analysis, outline(analysis, "stages"), "stages", aspect, place, reason)
    return stages._replace(hint=f"{reason}; --level blocks draws them")


def _side(drawn: Scene) -> float:
    """The root of the area."""
    return math.sqrt(drawn.width * drawn.height)


def _on_pages(drawn: Scene) -> str:
    """What to do where all is too small to be read on a page."""
    if _side(drawn) <= SMALL_ON_PAGES:
        return ""
    size = f"{drawn.width:,.0f} by {drawn.height:,.0f} px"
    return f"{size}, to be read on a screen; on a page, --level stages can be read"


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
