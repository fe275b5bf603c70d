"""How a card looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.render.figures import short
from cnncalc.render.graph.cards import Card
from cnncalc.render.icons import icon, look
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Group, Item, Path, Text, polyline

TITLE, DETAIL = 11.5, 9.5
LEFT, RIGHT, ICON = 9.0, 8.0, 17.0
LOW, HIGH = 25.0, 51.0
"""Height of a card without numbers and with them."""
BARS, BAR = (35.0, 41.0), 3.4
NARROWEST, WIDEST = 120.0, 252.0


class Pen:
    """Draws cards; bars are shares of the largest card of the picture."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self.most_params = max((card.params for card in cards), default=0)
        self.most_macs = max((card.macs for card in cards), default=0)
        self.ranges: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self.rows_of: dict[int, tuple[str, ...]] = {}
        self._widths: dict[int, float] = {}

    def width(self, cards: Sequence[Card]) -> float:
        """The width that all of these cards take."""
        wanted = max((self._wanted(card) for card in cards), default=NARROWEST)
        return min(WIDEST, max(NARROWEST, wanted))

    def _wanted(self, card: Card) -> float:
        """The width of a card's text, which is measured once."""
        if card.number not in self._widths:
            self._widths[card.number] = self._measured(card)
        return self._widths[card.number]

    def _measured(self, card: Card) -> float:
        name, title, after = self._headline(card)
        line = text_width(name, TITLE, bold=True) + text_width(title, TITLE, bold=not name)
        line += text_width(after, DETAIL) + ICON + 4
        field = text_width(self._field(card), DETAIL) + (10 if self._field(card) else 0)
        if not card.has_numbers:
            return LEFT + line + field + RIGHT
        return LEFT + RIGHT + max(line, text_width(_numbers(card), DETAIL) + field)

    def _headline(self, card: Card) -> tuple[str, str, str]:
        return _headline(card, self.names.get(card.number, card.given_name))

    def _field(self, card: Card) -> str:
        return self.ranges.get(card.number, f"RF {card.field}" if card.field else "")

    def draw(self, card: Card, width: float, times: int) -> tuple[float, Callable[[], tuple[Item, ...]]]:
        """The height of a card and what draws it."""
        height = HIGH if card.has_numbers else LOW
        return height, lambda: self._drawn(card, width, height, times)

    def _drawn(self, card: Card, width: float, height: float, times: int) -> tuple[Item, ...]:
        role = look(card.family).role
        label = card.label if times == 1 else f"{card.label}; {times} times in a row"
        items = (
            Box(0, 0, width, height, fill="card", stroke="card_edge", radius=4),
            Box(0, 0, 4, height, fill=role, radius=2),
            *icon(card.family, LEFT, 6.5),
            *self._texts(card, width),
            *(self._bars(card, width) if card.has_numbers else ()),
        )
        rows = self.rows_of.get(card.number, tuple(row.name for row in card.rows))
        return (Group(items, label, card.name, "node", rows),)

    def _texts(self, card: Card, width: float) -> tuple[Item, ...]:
        field = Text(width - RIGHT, 29.5, self._field(card), DETAIL, anchor="end", color="muted")
        shown = (field,) if field.text else ()
        if not card.has_numbers:
            return (*_title(self._headline(card), field.left - 6), *(text._replace(y=16.5) for text in shown))
        numbers = Text(LEFT, 29.5, _numbers(card), DETAIL, color="muted")
        return (*_title(self._headline(card), width - RIGHT), numbers, *shown)

    def _bars(self, card: Card, width: float) -> tuple[Item, ...]:
        room = width - LEFT - RIGHT
        items: list[Item] = [_tracks(room)]
        bars = (("params", card.params, self.most_params), ("macs", card.macs, self.most_macs))
        for place, (role, value, most) in enumerate(bars):
            pattern = "stripes" if role == "macs" else ""
            if value:
                length = max(1.0, room * value / most)
                items.append(Box(LEFT, BARS[place], length, BAR, fill=role, pattern=pattern))
        return tuple(items)


def _tracks(room: float) -> Path:
    """What the bars would fill at most."""
    ends = ((LEFT, top, LEFT + room, top + BAR) for top in BARS)
    outlines = (polyline([(x, y), (u, y), (u, v), (x, v)], closed=True) for x, y, u, v in ends)
    return Path(tuple(command for outline in outlines for command in outline), fill="faint")


def _headline(card: Card, given_name: str) -> tuple[str, str, str]:
    """The name somebody gave, what it is, and what follows."""
    name = f"{given_name}  " if given_name and card.family != "input" else ""
    if card.family == "input":
        name, title = "", card.given_name or "input"
    else:
        title = card.title
    after = f"  {'' if card.followers[0].isdigit() else '+ '}{card.followers}" if card.followers else ""
    return name, title, after


def _title(headline: tuple[str, str, str], right: float) -> tuple[Item, ...]:
    """The headline in one line, as much of it as fits."""
    name, title, after = headline
    parts = ((name, TITLE, True, "ink"), (title, TITLE, not name, "ink"), (after, DETAIL, False, "muted"))
    items: list[Item] = []
    x = LEFT + ICON
    for text, size, bold, color in parts:
        shown = fitted(text, size, right - x, bold=bold)
        indent = text_width(shown[: len(shown) - len(shown.lstrip())], size, bold=bold)
        if shown.strip():
            items.append(Text(x + indent, 16.5, shown.strip(), size, bold, color=color))
        if shown != text:
            break
        x += text_width(shown, size, bold=bold)
    return tuple(items)


def _numbers(card: Card) -> str:
    return f"{short(card.params)} params · {short(card.macs)} MACs"
