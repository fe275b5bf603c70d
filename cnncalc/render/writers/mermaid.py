"""The graph of a network as a Mermaid flowchart, for Markdown pages that draw it themselves."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis import Analysis
from cnncalc.render import theme as themes
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.folding import Block
from cnncalc.render.graph.outline import outline
from cnncalc.render.icons import look
from cnncalc.render.writers.dot import only_graphs, words


def mermaid(analysis: Analysis, *, view: str = "graph", level: str = "blocks") -> str:
    """A flowchart; only the graph view can be written so."""
    only_graphs("mermaid", view)
    shown = outline(analysis, level)
    lines = ["flowchart TB"]
    for number, (stage, blocks) in enumerate(shown.stages):
        lines.append(f'  subgraph s{number}["{text(stage.title)}"]')
        lines += [
            f"    {line}" for place, block in enumerate(blocks) for line in _block(block, number, place)
        ]
        lines.append("  end")
    for source, target in shown.edges:
        read = shown.cards[source].output_to([shown.cards[target]])
        lines.append(f'  n{source} -->|"{text(read)}"| n{target}')
    return "\n".join(
        [*lines, *_classes([card for _, blocks in shown.stages for b in blocks for card in b.cards]), ""]
    )


def _block(block: Block, stage: int, place: int) -> Iterator[str]:
    nodes = (f'n{card.number}["{"<br/>".join(map(text, words(card)))}"]' for card in block.cards)
    if not block.repeats:
        yield from nodes
        return
    yield f'subgraph s{stage}_{place}["×{block.times}"]'
    yield from (f"  {node}" for node in nodes)
    yield "end"


def _classes(drawn: list[Card]) -> Iterator[str]:
    """A coloured border for every family."""
    for role in dict.fromkeys(look(card.family).role for card in drawn):
        numbers = ",".join(f"n{card.number}" for card in drawn if look(card.family).role == role)
        yield f"  classDef {role} stroke:{themes.color(role)},stroke-width:2px"
        yield f"  class {numbers} {role}"


def text(words_: str) -> str:
    """Text in a quoted label: whatever is not plain becomes Mermaid's numbered entity.

    >>> text('a "b" <i>')
    'a #34;b#34; #60;i#62;'
    """
    return "".join(c if c.isalnum() or c in " .,:/+-_×–()" else f"#{ord(c)};" for c in words_)
