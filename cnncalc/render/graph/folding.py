"""Consecutive blocks that are alike, folded into one that is drawn once.

Only blocks that follow each other directly fold: each reads nothing but what leaves the block
before it, and nothing inside is read from elsewhere. So folding never makes a cycle, and never
hides an edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cnncalc.render.graph.cards import Card
from cnncalc.straight_line import shared_beginning

LONGEST_UNIT = 2
"""Blocks that repeat have so many parts at most, such as a body and the sum behind it."""


class Block(NamedTuple):
    """A card, or ``repeats``: blocks of cards that are alike, of which the first is drawn."""

    cards: tuple[Card, ...]
    repeats: tuple[tuple[Card, ...], ...] = ()

    @property
    def times(self) -> int:
        """How often it stands in the network."""
        return len(self.repeats) or 1

    @property
    def all_cards(self) -> tuple[Card, ...]:
        """The cards of every repeat."""
        return tuple(card for repeat in self.repeats for card in repeat) or self.cards


def folded(cards: Sequence[Card], everything: Sequence[Card], outputs: Iterable[str]) -> list[Block]:
    """Cards with runs of equal blocks folded.

    ``everything`` are the cards of the whole network, which may read these; ``outputs`` names the
    nodes that leave the network.
    """
    return _folded(cards, _Graph(everything, set(outputs)))


def _folded(cards: Sequence[Card], graph: _Graph) -> list[Block]:
    """Runs of segments that are alike folded, alone or in pairs; within the others the same again."""
    blocks: list[Block] = []
    segments = list(_segments(cards))
    start = 0
    while start < len(segments):
        for length in range(1, LONGEST_UNIT + 1):
            run = graph.run(segments, start, length)
            if len(run) > 2 or (len(run) == 2 and len(run[0]) > length):
                blocks.append(Block(run[0], run))
                start += length * len(run)
                break
        else:
            segment = segments[start]
            blocks += _folded(segment, graph) if len(segment) > 1 else [Block(segment)]
            start += 1
    return blocks


def _segments(cards: Sequence[Card]) -> Iterable[tuple[Card, ...]]:
    """Runs of cards in the same part, one level below what all of them are in."""
    depth = len(common_path(cards))

    def key(card: Card) -> tuple[str, int]:
        inside = len(card.path) > depth
        return (card.path[depth], -1) if inside else ("", card.number)

    return (tuple(run) for _, run in groupby(cards, key))


def common_path(cards: Sequence[Card]) -> tuple[str, ...]:
    """The parts that enclose all of the cards."""
    return shared_beginning([card.path for card in cards] or [()])


class _Graph:
    """Who reads whom, to tell which blocks may fold."""

    def __init__(self, cards: Sequence[Card], outputs: set[str]) -> None:
        self.readers: dict[int, list[int]] = {card.number: [] for card in cards}
        for card in cards:
            for source in card.inputs:
                self.readers[source].append(card.number)
        self.leaving = {card.number for card in cards if any(row.name in outputs for row in card.rows)}

    def run(
        self, segments: Sequence[tuple[Card, ...]], start: int, length: int
    ) -> tuple[tuple[Card, ...], ...]:
        """The blocks of ``length`` segments, from ``start`` on, that are like the first."""
        units = (
            tuple(card for segment in segments[at : at + length] for card in segment)
            for at in range(start, len(segments) - length + 1, length)
        )
        first = next(units, ())
        signature = self.signature(first) if first else None
        run = [first]
        for unit in units:
            if not self._continues(run[-1], unit, signature):
                break
            run.append(unit)
        return tuple(run)

    def _continues(self, before: tuple[Card, ...], block: tuple[Card, ...], signature: Any) -> bool:
        """Whether ``block`` is like ``before`` and hangs on it alone."""
        if signature is None or self.signature(block) != signature:
            return False
        inside = {card.number for card in block}
        return (
            self.entries(block) == {before[-1].number}
            and set(self.readers[before[-1].number]) <= inside
            and before[-1].number not in self.leaving
        )

    def entries(self, block: Sequence[Card]) -> set[int]:
        """Cards outside a block that it reads."""
        inside = {card.number for card in block}
        return {source for card in block for source in card.inputs} - inside

    def signature(self, block: Sequence[Card]) -> Any:
        """What is equal in blocks that are alike; None for a block with several ways in or out."""
        inside = {card.number: place for place, card in enumerate(block)}
        inner = {number for number in inside if number != block[-1].number}
        escapes = any(reader not in inside for number in inner for reader in self.readers[number])
        if len(self.entries(block)) != 1 or escapes or inner & self.leaving:
            return None
        return tuple(
            (
                tuple((row.layer, row.input_shapes, row.output_shape, row.node.frozen) for row in card.rows),
                tuple(row.node.weights_from for row in card.rows),
                tuple(inside.get(source, -1) for source in card.inputs),
            )
            for card in block
        )
