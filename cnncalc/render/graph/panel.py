"""One panel: its cards and folded blocks, laid out, with the places where edges enter and leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from cnncalc.render.graph.cards import Card
from cnncalc.render.graph.folding import Block
from cnncalc.render.layout import Drawing, Size, layered
from cnncalc.render.layout.layered import Stroke
from cnncalc.render.metrics import text_width
from cnncalc.render.scene import Box, Group, Item, Path, Point, Text, arrowhead, moved

LABEL_SIZE = 9.5
FRAME_TOP, FRAME_SIDE, FRAME_BOTTOM, STACK = 8.0, 14.0, 6.0, 4.0
"""Room inside the frame of a folded block, and how far the sheets behind it show."""

Items = Callable[[], tuple[Item, ...]]
"""Draws when called: of the layouts that are tried, only the chosen one is ever drawn."""

Draw = Callable[[Card, float, int], tuple[float, Items]]
"""The height of a card of a given width that stands for so many, and what draws it."""


Arrange = Callable[[Sequence[Size], Sequence[tuple[int, int]], Iterable[int], Iterable[int]], Drawing]
"""Places nodes of given sizes, joined by edges, with some held at the top and some at the bottom."""


class Layout(NamedTuple):
    """What draws it from the origin, extent, and where edges from and to other panels cross the border.

    ``entries`` has a place for each card outside that is read, ``exits`` for each card inside that
    is read outside.
    """

    items: Items
    width: float
    height: float
    entries: Mapping[int, float]
    exits: Mapping[int, float]


class Outside(NamedTuple):
    """What a panel must know of the rest: the cards, and who reads them.

    ``outputs`` leave the network; ``unlabelled`` need no shape, as it stands nearby already;
    ``arrange`` places nodes.
    """

    cards: Sequence[Card]
    readers: Mapping[int, Sequence[int]]
    outputs: frozenset[int]
    unlabelled: frozenset[int] = frozenset()
    arrange: Arrange = layered


def panel(blocks: Sequence[Block], outside: Outside, draw: Draw, width: float) -> Layout:
    """Lay out blocks; cards are ``width`` wide."""
    return _Panel(blocks, outside, draw, width).layout()


class _Panel:
    def __init__(self, blocks: Sequence[Block], outside: Outside, draw: Draw, width: float) -> None:
        self.blocks, self.outside, self.draw, self.width = blocks, outside, draw, width
        self.home = {card.number: place for place, block in enumerate(blocks) for card in block.all_cards}
        self.entries = list(dict.fromkeys(self._outer_sources()))
        self.exits = [number for number in self.home if self._is_read_outside(number)]
        self.bodies = [self._body(block) for block in blocks]

    def _outer_sources(self) -> Iterable[int]:
        cards = (card for block in self.blocks for card in block.all_cards)
        return (source for card in cards for source in card.inputs if source not in self.home)

    def _is_read_outside(self, number: int) -> bool:
        return any(reader not in self.home for reader in self.outside.readers[number])

    def _body(self, block: Block) -> tuple[Size, Items]:
        if block.repeats:
            return self._folded(block)
        card = block.cards[0]
        height, items = self.draw(card, self.width, 1)
        return Size(max(self.width, _label_room(card.output)), height), items

    def _folded(self, block: Block) -> tuple[Size, Items]:
        """A block drawn once, as the top sheet of a stack with the number of sheets on it."""
        times = len(block.repeats)
        first = block.repeats[0]
        inside = {card.number for card in first}
        readers = {
            card.number: [r for r in self.outside.readers[card.number] if r in inside] for card in first
        }
        readers[first[-1].number] = [-1]
        read = {source for card in first for source in card.inputs} - inside
        ends = frozenset({*read, first[-1].number})
        outside = Outside(self.outside.cards, readers, frozenset(), ends, self.outside.arrange)

        def draw(card: Card, width: float, _: int) -> tuple[float, Items]:
            return self.draw(card, width, times)

        inner = panel([Block((card,)) for card in first], outside, draw, self.width)
        width, height = inner.width + 2 * FRAME_SIDE, inner.height + FRAME_TOP + FRAME_BOTTOM
        enter = next(iter(inner.entries.values())) + FRAME_SIDE - width / 2
        leave = inner.exits[first[-1].number] + FRAME_SIDE - width / 2

        def items() -> tuple[Item, ...]:
            content = moved(inner.items(), FRAME_SIDE, FRAME_TOP)
            return (*_frame(width, height, times), *content, *_threads(width, height, enter, leave))

        return Size(width + 2 * STACK, height + 2 * STACK, enter - STACK, leave - STACK), items

    def _entering(self, number: int) -> str:
        """The shape of a card outside that is read inside."""
        cards = (self.outside.cards[inside] for inside in self.home)
        inside = [card for card in cards if number in card.inputs]
        return self.outside.cards[number].output_to(inside)

    def layout(self) -> Layout:
        """Everything placed."""
        count, entering = len(self.blocks), len(self.entries)
        first = range(count, count + entering)
        last = range(count + entering, count + entering + len(self.exits))
        sizes = [size for size, _ in self.bodies]
        sizes += [Size(_label_room(self._entering(number)), 0.0) for number in self.entries]
        sizes += [Size(8.0, 0.0) for _ in self.exits]
        drawing = self.outside.arrange(sizes, self._edges(first, last), first, last)

        def middle(node: int) -> float:
            return drawing.corners[node][0] + sizes[node].width / 2

        def items() -> tuple[Item, ...]:
            edges = self._edge_items(drawing, set(last))
            return (*edges, *self._node_items(drawing), *self._labels(drawing, sizes))

        entries = {number: middle(node) for number, node in zip(self.entries, first, strict=True)}
        exits = {number: middle(node) for number, node in zip(self.exits, last, strict=True)}
        return Layout(items, drawing.width, drawing.height, entries, exits)

    def _edges(self, first: range, last: range) -> list[tuple[int, int]]:
        entry = dict(zip(self.entries, first, strict=True))
        edges = []
        for number, place in self.home.items():
            for source in self.outside.cards[number].inputs:
                start = self.home.get(source, entry.get(source, -1))
                if start != place:
                    edges.append((start, place))
        return edges + [(self.home[number], node) for number, node in zip(self.exits, last, strict=True)]

    def _edge_items(self, drawing: Drawing, last: set[int]) -> Iterable[Item]:
        yield from map(way, drawing.strokes)
        for stroke in drawing.strokes:
            ends_here = stroke.target is not None and stroke.target not in last
            if ends_here and not self.blocks[stroke.target or 0].repeats:
                yield arrowhead(stroke.points[-1])

    def _node_items(self, drawing: Drawing) -> Iterable[Item]:
        for (size, items), (x, y), block in zip(self.bodies, drawing.corners, self.blocks, strict=False):
            inset = 0.0 if block.repeats else (size.width - self.width) / 2
            yield from moved(items(), x + inset, y)

    def _labels(self, drawing: Drawing, sizes: Sequence[Size]) -> Iterable[Item]:
        """The shape that leaves each node or enters the panel, beside the start of its edge."""
        drawn = {stroke.source for stroke in drawing.strokes}
        leaving = [block.all_cards[-1].number for block in self.blocks]
        for node, number in enumerate([*leaving, *self.entries]):
            size, (x, y) = sizes[node], drawing.corners[node]
            at = (x + size.width / 2 + size.leave, y + size.height + 12)
            is_output = node < len(leaving) and number in self.outside.outputs
            yield from self._label(number, at, is_read=node in drawn, is_output=is_output)

    def _label(self, number: int, at: Point, *, is_read: bool, is_output: bool) -> Iterable[Item]:
        if number in self.outside.unlabelled or not (is_read or is_output):
            return
        shown = self.outside.cards[number].output if number in self.home else self._entering(number)
        text = f"output {shown}" if is_output else shown
        if is_read:
            yield Text(at[0] + 5, at[1], text, LABEL_SIZE, color="muted")
        else:
            yield Text(*at, text, LABEL_SIZE, anchor="middle", color="muted")


def _label_room(text: str) -> float:
    return 2 * text_width(text, LABEL_SIZE) + 16


def way(stroke: Stroke) -> Path:
    """A piece of an edge: straight, across in an S, straight; or curves."""
    if stroke.is_curve:
        curves = (("C", stroke.points[place : place + 3]) for place in range(1, len(stroke.points), 3))
        return Path((("M", stroke.points[:1]), *curves), stroke="edge", thickness=1.1)
    begin, start, end, finish = stroke.points
    if abs(start[0] - end[0]) < 0.05:
        return Path((("M", (begin,)), ("L", (finish,))), stroke="edge", thickness=1.1)
    middle = (start[1] + end[1]) / 2
    across = ("C", ((start[0], middle), (end[0], middle), end))
    commands = (("M", (begin,)), ("L", (start,)), across, ("L", (finish,)))
    return Path(commands, stroke="edge", thickness=1.1)


def _frame(width: float, height: float, times: int) -> tuple[Item, ...]:
    sheets = tuple(
        Box(back * STACK, back * STACK, width, height, fill="panel", stroke="card_edge", radius=6)
        for back in (2, 1, 0)
    )
    text = f"×{times}"
    room = text_width(text, 11, bold=True) + 14
    badge = Box(width - room - 6, -7, room, 18, fill="badge", radius=9)
    number = Text(width - 6 - room / 2, 6, text, 11, bold=True, anchor="middle", color="badge_ink")
    return (*sheets, Group((badge, number), label=f"{times} equal blocks, drawn once", role="badge"))


def _threads(width: float, height: float, enter: float, leave: float) -> tuple[Item, ...]:
    """The edge from the frame to what is inside it, and out of it below."""
    top, bottom = width / 2 + enter, width / 2 + leave
    return (
        Path((("M", ((top, 0.0),)), ("L", ((top, FRAME_TOP),))), stroke="edge", thickness=1.1),
        Path(
            (("M", ((bottom, height - FRAME_BOTTOM),)), ("L", ((bottom, height + 2 * STACK),))),
            stroke="edge",
            thickness=1.1,
        ),
    )
