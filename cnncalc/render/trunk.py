"""The main way through a network, as the steps that a drawing in a row can show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.render.graph.cards import Card, cards

MANY_STEPS = 20


class Step(NamedTuple):
    """Consecutive cards on the main way, of which the last one's output is shown.

    ``layers`` counts all rows of the part that the step stands for, branches included.
    """

    cards: tuple[Card, ...]
    layers: int

    @property
    def last(self) -> Card:
        """The card whose output is shown."""
        return self.cards[-1]

    @property
    def full_name(self) -> tuple[str, ...]:
        """The name of the part that it is, or of its only card."""
        return self.last.path[:1] if len(self.cards) > 1 else tuple(self.last.name.split("."))


class Trunk(NamedTuple):
    """Steps in order, their names, and the pairs of steps that are joined past others."""

    steps: tuple[Step, ...]
    names: tuple[str, ...]
    skips: tuple[tuple[int, int], ...]


def trunk(analysis: Analysis, most: int = MANY_STEPS) -> Trunk:
    """The longest way from an input to an output, by parts where it has more than ``most`` steps."""
    everything = cards(analysis)
    way = _longest(everything)
    steps = [Step((card,), len(card.rows)) for card in way]
    if len(steps) > most:
        runs = [tuple(run) for _, run in groupby(way, _part)]
        steps = [Step(run, _layers(run, everything)) for run in runs]
    return Trunk(tuple(steps), _names(steps), tuple(_skips(steps, everything)))


def _layers(run: Sequence[Card], everything: Sequence[Card]) -> int:
    """Rows of the part that a run goes through, or of the run where it is in none."""
    part = _part(run[0])
    inside = [card for card in everything if _part(card) == part]
    return sum(len(card.rows) for card in inside)


def _names(steps: Sequence[Step]) -> tuple[str, ...]:
    """The last parts of the names, as many as tell the steps apart."""
    full = [step.full_name for step in steps]
    return tuple(_shortest(name, full) for name in full)


def _shortest(name: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> str:
    for length in range(1, len(name)):
        if sum(other[-length:] == name[-length:] for other in others) == 1:
            return ".".join(name[-length:])
    return ".".join(name)


def _part(card: Card) -> tuple[str, int]:
    return (card.path[0], -1) if card.path else ("", card.number)


def _longest(everything: Sequence[Card]) -> list[Card]:
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for card in everything:
        source = max(card.inputs, key=lambda number: length[number], default=-1)
        length[card.number] = length.get(source, 0) + 1
        before[card.number] = source
    number = max(length, key=lambda card: (length[card], card))
    way = []
    while number >= 0:
        way.append(everything[number])
        number = before[number]
    return way[::-1]


def _skips(steps: Sequence[Step], everything: Sequence[Card]) -> list[tuple[int, int]]:
    """Steps whose output another step reads, though it does not follow: by a card beside the way too."""
    home = {card.number: place for place, step in enumerate(steps) for card in step.cards}
    outputs = {step.last.number: place for place, step in enumerate(steps)}
    found: dict[tuple[int, int], None] = {}
    for card in everything:
        for source in card.inputs:
            if source in outputs and card.number in home and home[card.number] > outputs[source] + 1:
                found[outputs[source], home[card.number]] = None
    return list(found)
