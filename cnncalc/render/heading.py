"""What stands above and below the content of a picture: title, totals, legend, convention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cnncalc import conventions
from cnncalc.analysis import Analysis
from cnncalc.render.figures import shape, short
from cnncalc.render.graph.cards import field
from cnncalc.render.icons import icon, look
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scene import Box, Item, Text

MARGIN = 20.0


def heading(
    analysis: Analysis, width: float, families: Mapping[str, int], *, drawn: int = 0
) -> tuple[float, tuple[Item, ...]]:
    """Title, totals and legend, and where the content begins below them."""
    top, items = title(analysis.network.name, totals(analysis, drawn), width)
    bottom, keys = _legend(families, top + 8, width)
    return bottom + 12, (*items, *keys)


def title(name: str, line: str, width: float) -> tuple[float, tuple[Item, ...]]:
    """A title and a line below it, and where they end."""
    room = width - 2 * MARGIN
    below = paragraph(line, 11, room, 50)
    heading_ = Text(MARGIN, 32, fitted(name, 19, room, bold=True), 19, bold=True)
    return below[-1].y + 2, (heading_, *below)


def paragraph(text: str, size: float, room: float, top: float) -> tuple[Text, ...]:
    """Muted text broken into lines that fit, the first on the line at ``top``."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(
        Text(MARGIN, top + place * size * 1.4, fitted(line, size, room), size, color="muted")
        for place, line in enumerate(lines)
    )


def totals(analysis: Analysis, drawn: int = 0) -> str:
    """The network's numbers in one line."""
    enters = " and ".join(shape(node.output_shape) for node in analysis.network.inputs)
    last = analysis[analysis.network.outputs[0]]
    parts = [
        f"input {enters}",
        f"{analysis.params:,} parameters",
        f"{short(analysis.macs)} MACs",
    ]
    if last.field.is_global or last.field.size:
        parts.append(f"receptive field {_seen(field(last))}")
    if drawn:
        parts.append(f"{len(analysis)} layers drawn as {drawn}")
    return " · ".join(parts)


def _seen(size: str) -> str:
    return "the whole input" if size == "all" else size


def _legend(families: Mapping[str, int], top: float, width: float) -> tuple[float, tuple[Item, ...]]:
    """Icons with their words, and what the bars mean, wrapped to the width."""
    x, y = MARGIN, top
    items: list[Item] = []
    for room, drawn in _keys(families):
        if x > MARGIN and x + room > width - MARGIN:
            x, y = MARGIN, y + 18
        items += drawn(x, y)
        x += room
    return y + 14, tuple(items)


def _keys(families: Mapping[str, int]) -> Iterable[tuple[float, Callable[[float, float], tuple[Item, ...]]]]:
    for family in families:
        word = look(family).word

        def family_key(x: float, y: float, family: str = family, word: str = word) -> tuple[Item, ...]:
            return (*icon(family, x, y), Text(x + 17, y + 10, word, 10, color="muted"))

        yield text_width(word, 10) + 36, family_key
    for role, words in (("params", "params"), ("macs", "MACs")):
        text = f"{words}, share of the largest"
        pattern = "stripes" if role == "macs" else ""

        def bar_key(
            x: float, y: float, role: str = role, text: str = text, pattern: str = pattern
        ) -> tuple[Item, ...]:
            bar = Box(x, y + 4.5, 20, 4, fill=role, pattern=pattern)
            return (bar, Text(x + 26, y + 10, text, 10, color="muted"))

        yield text_width(text, 10) + 46, bar_key


def footing(width: float, top: float, hint: str = "") -> tuple[float, tuple[Item, ...]]:
    """What the abbreviations mean and how things are counted, and the room that takes."""
    line = (
        "RF: receptive field in the input, pixels per axis · shapes: channels × sizes, one sample · "
        f"MACs as {conventions.DEFAULT.name} counts them; FLOPs = 2 × MACs"
    )
    lines = paragraph(f"{line} · {hint}" if hint else line, 9, width - 2 * MARGIN, top + 10)
    return lines[-1].y - top + 16, lines
