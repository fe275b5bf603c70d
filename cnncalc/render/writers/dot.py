"""The graph of a network in Graphviz's language: clusters for stages, the same words as the cards.

Identifiers are ours (``n0``, ``n1``); what a spec says stands in quoted labels alone, so that no
name is taken for HTML, an escape or an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.analysis import Analysis
from cnncalc.errors import UsageError
from cnncalc.render import theme as themes
from cnncalc.render.figures import short
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.folding import Block
from cnncalc.render.graph.outline import outline
from cnncalc.render.icons import look

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def dot(analysis: Analysis, *, view: str = "graph", level: str = "blocks") -> str:
    """A digraph; only the graph view can be written so."""
    only_graphs("dot", view)
    shown = outline(analysis, level)
    lines = [
        f"digraph {quoted(analysis.network.name)} {{",
        '  graph [rankdir=TB, fontname="Helvetica", nodesep=0.35, ranksep=0.45];',
        '  node [shape=box, style="rounded", fontname="Helvetica", fontsize=10];',
        '  edge [fontname="Helvetica", fontsize=8, arrowsize=0.7];',
    ]
    for number, (stage, blocks) in enumerate(shown.stages):
        lines += [f"  subgraph cluster_{number} {{", f"    label={quoted(stage.title)};"]
        lines += [
            f"    {line}" for place, block in enumerate(blocks) for line in _block(block, number, place)
        ]
        lines.append("  }")
    for source, target in shown.edges:
        read = shown.cards[source].output_to([shown.cards[target]])
        lines.append(f"  n{source} -> n{target} [label={quoted(read)}];")
    return "\n".join([*lines, "}", ""])


def _block(block: Block, stage: int, place: int) -> Iterator[str]:
    nodes = (_node(card) for card in block.cards)
    if not block.repeats:
        yield from nodes
        return
    yield f"subgraph cluster_{stage}_{place} {{"
    yield f'  label="×{block.times}"; style=rounded;'
    yield from (f"  {node}" for node in nodes)
    yield "}"


def _node(card: Card) -> str:
    color = themes.color(look(card.family).role)
    return f'n{card.number} [label={quoted(chr(10).join(words(card)))}, color="{color}"];'


def words(card: Card) -> list[str]:
    """The lines of a card."""
    name = f"{card.given_name}: " if card.given_name and card.family != "input" else ""
    title = (card.given_name or "input") if card.family == "input" else card.title
    after = f" + {card.followers}" if card.followers else ""
    lines = [f"{name}{title}{after}"]
    if card.has_numbers:
        lines.append(f"{short(card.params)} params, {short(card.macs)} MACs")
    return [*lines, f"RF {card.field}"]


def quoted(text: str) -> str:
    r"""A quoted label: backslashes and quotes escaped, line feeds kept, control characters replaced.

    >>> print(quoted('say "hi"\\'))
    "say \"hi\"\\"
    """
    lines = (_CONTROL.sub("\ufffd", line) for line in text.split("\n"))
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def only_graphs(format: str, view: str) -> None:
    """Refuse views that are no graphs."""
    if view != "graph":
        raise UsageError(f"{format} describes graphs: it has no {view} view; take svg, pdf, png or tex")
