"""Which cards go on one panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple

from cnncalc.analysis import Row
from cnncalc.network import is_number
from cnncalc.render.figures import shape
from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.folding import common_path
from cnncalc.render.icons import look
from cnncalc.render.names import inside, span, told

MANY_PARTS = 7
SMALL_PART = 7
"""Above so many parts of fewer cards, neighbours that work at one resolution share a panel."""

ALL_AT_ONCE = frozenset({"attention", "linear", "recurrent"})
"""Families that do not work on maps of a size."""


class Stage(NamedTuple):
    """Consecutive cards with a title."""

    title: str
    cards: tuple[Card, ...]


def stages(cards: Sequence[Card]) -> list[Stage]:
    """The parts of a network as its author named them, or by resolution where there are none."""
    parts = _opened(list(_parts(cards, 0)), len(cards))
    if not any(_name(part) for part in parts):
        return [Stage(_by_size(part), part) for part in _by_resolution(cards)]
    parts = list(_joined(parts))
    if sum(map(_is_named, parts)) > MANY_PARTS and len(cards) < SMALL_PART * len(parts):
        parts = _neighbours_joined(parts)
    titles = _outer([_title(part, place, len(parts)) for place, part in enumerate(parts)], parts)
    titles = _distinct(_inner(titles, parts))
    return [Stage(title, part) for title, part in zip(titles, parts, strict=True)]


Part = tuple[Card, ...]


def _parts(cards: Sequence[Card], depth: int) -> Iterator[Part]:
    """Runs of cards in the same part at a depth; cards in none make runs of their own."""

    def key(card: Card) -> str:
        return card.path[depth] if len(card.path) > depth else ""

    return (tuple(run) for _, run in groupby(cards, key))


def _opened(parts: list[Part], count: int) -> list[Part]:
    """Parts that hold nearly everything are replaced by the parts inside them, unless these are alike."""
    opened: list[Part] = []
    for part in parts:
        depth = len(common_path(part))
        inner = list(_parts(part, depth))
        is_shell = len(part) > 0.6 * count and bool(_name(part)) and any(map(_name_at(depth), inner))
        opens = is_shell and len(inner) > 1 and not _repeats(inner)
        opened += _opened(inner, len(part) + 1) if opens else [part]
    return opened


def _repeats(parts: Sequence[Part]) -> bool:
    """Whether most of the parts do the same, so that on one panel they fold."""
    alike = Counter(tuple(card.title for card in part) for part in parts).most_common(1)[0][1]
    return alike > max(2, len(parts) / 2)


def _name_at(depth: int) -> Callable[[Part], bool]:
    def named(part: Part) -> bool:
        return len(part[0].path) > depth

    return named


def _name(part: Part) -> str:
    """The name of a part; single cards have none that is worth a panel."""
    return ".".join(common_path(part)) if len(part) > 1 else ""


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Loose cards join the part before them; those at the start and at the end make their own.

    A single card at the start, the input, is no panel.
    """
    named = [place for place, part in enumerate(parts) if _name(part)]
    gathered: list[Card] = []
    for place, part in enumerate(parts):
        if (len(gathered) > 1 or place - 1 in named) and (place in named or place == named[-1] + 1):
            yield tuple(gathered)
            gathered = []
        gathered += part
    yield tuple(gathered)


def _is_named(part: Part) -> bool:
    """Whether it begins with a part of the network rather than with loose cards."""
    return len(part) > 1 and bool(part[0].path) and part[0].path[:1] == part[1].path[:1]


def _neighbours_joined(parts: list[Part]) -> list[Part]:
    """Parts next to each other that work at one resolution become one."""

    def joins(before: Part, part: Part) -> bool:
        return _is_named(before) and _is_named(part) and _resolution(before) == _resolution(part)

    gathered = [parts[0]]
    for before, part in pairwise(parts):
        if joins(before, part):
            gathered[-1] += part
        else:
            gathered.append(part)
    return gathered


def _resolution(part: Part) -> tuple[int, ...]:
    """Sizes that leave the last named card."""
    named = [card for card in part if card.path]
    return tuple(named[-1].last.output_shape[1:]) if named else ()


def _by_resolution(cards: Sequence[Card]) -> list[Part]:
    """A new panel where the first layer with weights works on smaller maps than those before."""
    parts: list[list[Card]] = [[]]
    current: tuple[int, ...] | None = None
    for card in cards:
        is_flat = card.family in ALL_AT_ONCE or not card.head.input_shapes
        entering = () if is_flat else tuple(card.head.input_shapes[0][1:])
        if card.head.layer.is_weight_layer and card.family != "pool" and card.head.input_shapes:
            if current is not None and entering != current and len(parts[-1]) > 1:
                parts.append([])
            current = entering
        parts[-1].append(card)
    return [tuple(part) for part in parts]


def _by_size(part: Part) -> str:
    """What its first layer with weights works on: maps of a size, or everything at once."""
    first = next((card for card in part if card.head.layer.is_weight_layer), None)
    first = first or next((card for card in part if card.head.input_shapes), part[0])
    if first.family in ALL_AT_ONCE:
        return look(first.family).word
    entering = first.head.input_shapes[0] if first.head.input_shapes else first.last.output_shape
    return "fully connected" if len(entering) == 1 else f"on {shape(entering[1:])}"


def _title(part: Part, place: int, count: int) -> str:
    depth = _depth(part)
    names = list(dict.fromkeys(inside(card.path[:depth]) for card in part if card.path))
    if len(names) > 1:
        return span(names[0], names[-1])
    if names:
        return names[0]
    return "stem" if place == 0 else "head" if place == count - 1 else _by_size(part)


def _outer(titles: list[str], parts: Sequence[Part]) -> list[str]:
    """Titles that occur several times, replaced by the outermost part where that is told apart by it."""
    outermost = [tuple(dict.fromkeys(card.path[0] for card in part if card.path)) for part in parts]
    return [
        outer[0] if titles.count(title) > 1 and len(outer) == 1 and outermost.count(outer) == 1 else title
        for title, outer in zip(titles, outermost, strict=True)
    ]


def _inner(titles: list[str], parts: Sequence[Part]) -> list[str]:
    """Titles that occur several times, replaced by the parts inside where these tell the panels apart."""
    inside_ = [_numbered(part) or _parts_inside(part) for part in parts]
    shown = [new if titles.count(title) > 1 else title for title, new in zip(titles, inside_, strict=True)]
    clear = {
        title
        for title in titles
        if all(new and shown.count(new) == 1 for old, new in zip(titles, shown, strict=True) if old == title)
    }
    return [new if title in clear else title for title, new in zip(titles, shown, strict=True)]


def _numbered(part: Part) -> str:
    """From which to which number a panel goes, where its parts or layers are numbered: ``features.2 – 3``."""
    depth = _depth(part) + 1
    names = [card.name.split(".")[:depth] for card in part if card.path]
    if not names or not all(is_number(name[-1]) for name in names):
        return ""
    first, last = told(names[0]), told(names[-1])
    return first if first == last else span(first, last)


def _parts_inside(part: Part) -> str:
    """From which to which of the parts one level deeper a panel goes."""
    depth = _depth(part) + 1
    names = [told(card.path[:depth]) for card in part if len(card.path) >= depth]
    if not names:
        return ""
    return names[0] if names[0] == names[-1] else span(names[0], names[-1])


def _distinct(titles: list[str]) -> list[str]:
    """Titles that occur several times, numbered."""
    seen: dict[str, int] = {}
    numbered = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        numbered.append(f"{title} · {seen[title]}" if titles.count(title) > 1 else title)
    return numbered


def _depth(part: Part) -> int:
    """How many parts of a path a panel's title gives."""
    return len(common_path([card for card in part if card.path])) or 1


class StageCard(Card):
    """A whole stage as one node."""

    def __init__(self, number: int, stage: Stage, inputs: Sequence[int], leaving: Sequence[Row]) -> None:
        super().__init__(number, [row for card in stage.cards for row in card.rows], inputs)
        self.stage, self.leaving = stage, tuple(leaving)

    @cached_property
    def output(self) -> str:
        """Every shape that other stages read or that leaves the network."""
        return _shapes(self.leaving) or super().output

    def output_to(self, readers: Sequence[Card]) -> str:
        """Every shape that some of its readers read."""
        read = {source for reader in readers for row in reader.rows for source in row.inputs}
        return _shapes([row for row in self.leaving if row.name in read]) or self.output

    @property
    def name(self) -> str:
        """The stage's title."""
        return self.stage.title

    @cached_property
    def title(self) -> str:
        """The stage's title."""
        return self.stage.title

    @cached_property
    def given_name(self) -> str:
        """None beside the title."""
        return ""

    @property
    def family(self) -> str:
        """That of the layer that costs most."""
        return max(self.rows, key=lambda row: row.macs).layer.family

    @cached_property
    def followers(self) -> str:
        """How much it holds."""
        count = len(self.rows)
        return f"{count} layer{'s' if count > 1 else ''}"


def _shapes(rows: Sequence[Row]) -> str:
    """All of them, or of many the last, which the main way carries on."""
    shapes = list(dict.fromkeys(shape(row.output_shape) for row in rows))
    return " and ".join(shapes if len(shapes) < 3 else (shapes[-1], f"{len(shapes) - 1} more"))


def stage_cards(cards: Sequence[Card], outputs: Sequence[str]) -> list[Card]:
    """One card for each stage, reading the stages that its layers read."""
    found = stages(cards)
    known = set(outputs)
    home = {card.number: place for place, stage in enumerate(found) for card in stage.cards}
    crossing = {source for card in cards for source in card.inputs if home[source] != home[card.number]}
    made: list[Card] = []
    for place, stage in enumerate(found):
        read = dict.fromkeys(home[source] for card in stage.cards for source in card.inputs)
        left = [
            card.last
            for card in stage.cards
            if known & {row.name for row in card.rows} or card.number in crossing
        ]
        made.append(StageCard(place, stage, [source for source in read if source != place], left))
    return made
