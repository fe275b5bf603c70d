"""The main way through a network, as the steps that a drawing in a row can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from cnncalc.analysis import Analysis
from cnncalc.network import is_number
from cnncalc.render.graph.cards import Card, cards
from cnncalc.render.graph.folding import common_path
from cnncalc.render.names import span, told

MANY_STEPS = 20


class Step(NamedTuple):
    """Consecutive cards on the main way, of which the last one's output is shown.

    ``part`` is the part of the network that the step goes through, if it is one; ``layers`` counts
    all its rows, those of branches included.
    """

    cards: tuple[Card, ...]
    layers: int
    part: tuple[str, ...] = ()

    @property
    def last(self) -> Card:
        """The card whose output is shown."""
        return self.cards[-1]

    @property
    def full_name(self) -> tuple[str, ...]:
        """The name of the part or card that it is, or of the first and the last that it goes through."""
        if self.part or len(self.cards) == 1:
            return self.part or tuple(self.last.name.split("."))
        depth = len(common_path(self.cards))
        first, last = (told(card.name.split(".")[: depth + 1]) for card in (self.cards[0], self.last))
        return (*self.last.path[:depth], span(first, last))


class Trunk(NamedTuple):
    """Steps in order, their names, and the pairs of steps that are joined past others."""

    steps: tuple[Step, ...]
    names: tuple[str, ...]
    skips: tuple[tuple[int, int], ...]


def trunk(analysis: Analysis, most: int = MANY_STEPS) -> Trunk:
    """The longest way from an input to an output, in ``most`` steps or fewer where that can be.

    Steps are single cards, else parts of the network, neighbours of one shape joined where need be, or
    all that works at one resolution, whatever gives more of them.
    """
    everything = cards(analysis)
    steps = _steps(_longest(everything), everything, most)
    return Trunk(tuple(steps), _names(steps), tuple(_skips(steps, everything)))


def _steps(way: Sequence[Card], everything: Sequence[Card], most: int) -> list[Step]:
    if len(way) <= most:
        return [Step((card,), len(card.rows)) for card in way]
    parts = list(_by_parts(way, everything))
    choices = [*parts, *map(_alike_joined, parts), _by_size(way)]
    fitting = [steps for steps in choices if len(steps) <= most]
    return max(fitting, key=len) if fitting else min(choices, key=len)


def _by_parts(way: Sequence[Card], everything: Sequence[Card]) -> Iterator[list[Step]]:
    """The parts that a way goes through, from the innermost to the outermost."""
    for depth in range(max(len(card.path) for card in way), 0, -1):
        runs = groupby(way, partial(_part, depth=depth))
        yield [_step(tuple(run), everything, depth) for _, run in runs]


def _alike_joined(steps: Sequence[Step]) -> list[Step]:
    """Steps, those as one that go through neighbouring parts and leave the same shape."""
    joined: list[Step] = []
    for (is_part, _), alike in groupby(steps, lambda step: (bool(step.part), step.last.last.output_shape)):
        run = list(alike)
        if is_part and len(run) > 1:
            cards_ = tuple(card for step in run for card in step.cards)
            joined.append(Step(cards_, sum(step.layers for step in run)))
        else:
            joined += run
    return joined


def _by_size(way: Sequence[Card]) -> list[Step]:
    """The input, and runs of cards that leave maps of one size."""
    runs = [tuple(run) for _, run in groupby(way, lambda c: (bool(c.inputs), c.last.output_shape[1:]))]
    return [Step(run, sum(len(card.rows) for card in run), _own_part(run, way)) for run in runs]


def _own_part(run: Sequence[Card], way: Sequence[Card]) -> tuple[str, ...]:
    """The part that a run is, if the way passes that part nowhere else."""
    part = common_path(run)
    passed = sum(card.path[: len(part)] == part for card in way)
    return part if len(run) == passed and len(run) > 1 else ()


def _part(card: Card, depth: int) -> tuple[tuple[str, ...], int]:
    """The part that encloses a card, or the card itself where it lies less deep."""
    inside = len(card.path) >= depth
    return (card.path[:depth], -1 if inside else card.number)


def _step(run: tuple[Card, ...], everything: Sequence[Card], depth: int) -> Step:
    part = _part(run[0], depth)
    if len(run) == 1 and part[1] >= 0:
        return Step(run, len(run[0].rows))
    inside = [card for card in everything if _part(card, depth) == part]
    return Step(run, sum(len(card.rows) for card in inside), part[0])


def _names(steps: Sequence[Step]) -> tuple[str, ...]:
    """The last parts of the names, as many as tell the steps apart."""
    full = [step.full_name for step in steps]
    return tuple(_shortest(name, full) for name in full)


def _shortest(name: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> str:
    for length in range(1, len(name)):
        is_told = not is_number(name[-length]) and sum(other[-length:] == name[-length:] for other in others)
        if is_told == 1:
            return ".".join(name[-length:])
    return ".".join(name)


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
    """Steps whose output another step reads past those between: itself, or by way of cards beside."""
    home = {card.number: place for place, step in enumerate(steps) for card in step.cards}
    outputs = {step.last.number: place for place, step in enumerate(steps)}
    starts: dict[int, set[int]] = {number: {place} for number, place in outputs.items()}
    found: dict[tuple[int, int], None] = {}
    for card in everything:
        read = {start for source in card.inputs for start in starts.get(source, ())}
        if card.number not in home:
            starts[card.number] = read
            continue
        found |= {(start, home[card.number]): None for start in sorted(read) if home[card.number] > start + 1}
    return list(found)
