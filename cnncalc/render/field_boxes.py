"""The receptive fields of the steps of a network as boxes on its input image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnncalc.fields import Field, Fields
from cnncalc.render.figures import share
from cnncalc.render.graph.cards import extent
from cnncalc.render.metrics import fitted
from cnncalc.render.scene import Box, Item, Point, Text
from cnncalc.render.trunk import Trunk

IMAGE, MOST_BOXES, HIGHEST = 260.0, 8, 118.0
LARGEST = 2.0
"""Fields more than so many times as large as the image are told and not drawn, or it would vanish."""
COLORS = ("pool", "conv", "merge", "macs", "recurrent", "activation", "dropout")


class Boxes(NamedTuple):
    """The items, their width, where they end, and what they show."""

    items: tuple[Item, ...] = ()
    width: float = 0.0
    end: float = 0.0
    note: str = ""


class _Image(NamedTuple):
    """The input as it is drawn: its size in positions, the middle on paper, pixels per position."""

    size: tuple[int, ...]
    middle: Point
    unit: float

    def reach(self, found: Field) -> float:
        """How many times as large as the image a field is, along the axis where it is most."""
        return max(size / whole for size, whole in zip(found.size[-2:], self.size, strict=True))

    def box(self, size: Sequence[int]) -> Box:
        """A box around the middle."""
        high, wide = size[0] * self.unit, size[1] * self.unit
        return Box(self.middle[0] - wide / 2, self.middle[1] - high / 2, wide, high)


def boxes(way: Trunk, fields: Fields, left: float) -> Boxes:
    """The fields of the steps on the image, right of ``left``."""
    growing = _growing(way, fields)
    if not growing:
        return Boxes()
    sizes = next(iter(growing.values())).reference.output_shape[-2:]
    drawn = _Image(sizes, (0.0, 0.0), 1.0)
    shown = [found.size[-2:] for found in growing.values() if drawn.reach(found) <= LARGEST]
    unit = IMAGE / max(map(max, [sizes, *shown]))
    high, x = unit * max(size[0] for size in [sizes, *shown]), left + 10
    image = _Image(sizes, (x + IMAGE / 2, HIGHEST + high / 2), unit)
    heading = f"the fields on the image, {sizes[0]}×{sizes[1]}"
    keys, end = _keys(growing, image, x, HIGHEST + high + 22)
    items = (Text(x, HIGHEST - 16, heading, 12, bold=True), *_nested(growing, image), *keys)
    return Boxes(items, IMAGE + 30, end, _note([image.reach(found) for found in growing.values()]))


def _note(reaches: Sequence[float]) -> str:
    """What is drawn, and how where it is larger than the image."""
    parts = ["boxes: fields of a unit in the interior"]
    parts += ["dashed where larger than the image"] if any(1 < reach <= LARGEST for reach in reaches) else []
    parts += ["not drawn where more than twice as large"] if max(reaches) > LARGEST else []
    return ", ".join(parts)


def _nested(growing: Mapping[str, Field], image: _Image) -> list[Item]:
    """The image, and on it the boxes that are not too large, the largest first."""
    items: list[Item] = [image.box(image.size)._replace(fill="panel", stroke="ink")]
    for place, found in reversed(list(enumerate(growing.values()))):
        reach = image.reach(found)
        if reach <= LARGEST:
            box = image.box(found.size[-2:])
            items.append(box._replace(stroke=_color(place), thickness=2, dash=reach > 1))
    return items


def _color(place: int) -> str:
    return COLORS[place % len(COLORS)]


def _growing(way: Trunk, fields: Fields) -> Mapping[str, Field]:
    """Fields larger than that of the step before, a few of them, by the name of their step."""
    found: dict[str, Field] = {}
    last: tuple[int, ...] = ()
    for step, name in zip(way.steps, way.names, strict=True):
        row = step.last.last
        field = fields[row.name]
        if row.inputs and len(field.size) > 1 and not field.is_global and field.size > last:
            found[name], last = field, field.size
    names = list(found)[::-1]
    kept = names[:: max(1, -(-len(names) // MOST_BOXES))][::-1]
    return {name: found[name] for name in kept}


def _keys(growing: Mapping[str, Field], image: _Image, x: float, y: float) -> tuple[list[Item], float]:
    """What each box is, below each other, and where that ends."""
    heading = "from the inside out: the field, and its share of the image"
    items: list[Item] = [Text(x, y, fitted(heading, 9.5, IMAGE), 9.5, color="muted")]
    for place, (name, found) in enumerate(growing.items()):
        at = y + 18 + 17 * place
        if image.reach(found) <= LARGEST:
            items.append(Box(x, at - 6, 16, 4, fill=_color(place)))
        text = f"{name}: {extent(found)}, {_part(found, image)}"
        items.append(Text(x + 22, at, fitted(text, 10, IMAGE - 22), 10))
    return items, y + 6 + 17 * len(growing)


def _part(found: Field, image: _Image) -> str:
    reach = image.reach(found)
    if reach > LARGEST:
        return f"{reach:.1f} × the image"
    high, wide = found.size[-2:]
    return "beyond the image" if reach > 1 else share(high * wide, image.size[0] * image.size[1])
