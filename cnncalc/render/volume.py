"""The volume view: feature maps as boxes to scale, in the tradition of LeNet's and AlexNet's figures.

Height and depth are the maps' sizes, thickness the number of channels. A window on a box is the
footprint of the kernel that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.arithmetic import Shape
from cnncalc.layers.conv import Conv
from cnncalc.render.figures import crosses, shape
from cnncalc.render.graph.stages import ALL_AT_ONCE
from cnncalc.render.heading import MARGIN, paragraph, title, totals
from cnncalc.render.icons import look
from cnncalc.render.metrics import fitted, text_width
from cnncalc.render.scales import Scale, scale_bar, scale_for
from cnncalc.render.scene import Group, Item, Path, Scene, Text, arrowhead, polyline
from cnncalc.render.solids import Solid, arrow, faces
from cnncalc.render.trunk import Step, Trunk, trunk
from cnncalc.render.words import describe
from cnncalc.taps import Window

TALLEST, THICKEST, FLAT_TALLEST = 190.0, 110.0, 190.0
NARROWEST = 560.0
GAP, LABEL_ROOM, FLAT_THICKNESS, LINE_DEPTH = 26.0, 112.0, 11.0, 9.0
MOST_TOWERS = 4
MANY_STEPS = (22, 16, 12)
"""How many steps are drawn at most; fewer where the row would be wider than ``WIDEST``."""
SIZES = (1.0, 0.8, 0.62)
"""In what sizes boxes are drawn; the first in which the row is no wider than ``WIDE``."""
WIDE, WIDER, WIDEST = 1310.0, 1500.0, 1900.0
"""Rows are to be read on a page; those that would have fewer than ``FEW_STEPS`` then, on a slide."""
FEW_STEPS = 7


class Scales(NamedTuple):
    """How sizes become lengths: of maps, of channels, of flat rows."""

    maps: Scale
    channels: Scale
    units: Scale


def volume(analysis: Analysis) -> Scene:
    """The network's main way as boxes to scale, in towers where convolutions work in groups."""
    return next(_rows(analysis)).scene()


def _rows(analysis: Analysis) -> Iterator[_Row]:
    """Rows that are not too wide: as large as they can be, with as many steps as they can have."""
    towers = _towers(analysis)
    ways = [trunk(analysis, most) for most in MANY_STEPS]
    most = max(len(way.steps) for way in ways)
    tried = [_Row(analysis, way, towers, share) for way in ways for share in SIZES]
    has_many = [row for row in tried if len(row.way.steps) >= min(FEW_STEPS, most)]
    for width in (WIDE, WIDER, WIDEST):
        yield from (row for row in has_many if row.width <= width)
    yield min(tried, key=lambda row: row.width)


def _towers(analysis: Analysis) -> int:
    """Into how many towers the network is divided: groups of a few convolutions, without branches."""
    groups = {row.layer.groups for row in analysis if isinstance(row.layer, Conv) and row.layer.groups > 1}
    is_chain = all(len(row.inputs) < 2 for row in analysis)
    few = groups.pop() if len(groups) == 1 and is_chain else 1
    return few if few <= MOST_TOWERS else 1


class _Row:
    def __init__(self, analysis: Analysis, way: Trunk, towers: int, small: float) -> None:
        self.analysis, self.way, self.towers = analysis, way, towers
        self.shapes = [_drawn_shape(step.last.last.output_shape) for step in way.steps]
        shapes = self.shapes
        self.most_axes = max(map(len, shapes))
        maps = [shape_ for shape_ in shapes if not self._is_flat(shape_)]
        flat = [shape_[-1] for shape_ in shapes if self._is_flat(shape_)]
        self.scales = Scales(
            scale_for([size for shape_ in maps for size in shape_[1:]], TALLEST * small, 5.0, 12.0),
            scale_for([shape_[0] for shape_ in shapes if len(shape_) > 1], THICKEST * small, 2.5, 5.0),
            scale_for(flat, FLAT_TALLEST * small, 8.0, 12.0),
        )
        self.sizes = [self._size(step) for step in way.steps]
        self.arcs = 18.0 + 13.0 * len(way.skips) if way.skips else 0.0

    def _is_flat(self, sizes: Shape) -> bool:
        """Rows of values, and among maps sequences of them, have a scale of their own."""
        return len(sizes) == 1 or (len(sizes) == 2 and self.most_axes > 2)

    def _has_sequences(self) -> bool:
        return any(self._is_flat(sizes) and len(sizes) > 1 for sizes in self.shapes)

    def _scale(self, sizes: Shape) -> Scale:
        """How a shape's sizes become heights and depths."""
        return self.scales.units if self._is_flat(sizes) else self.scales.maps

    def _count(self, place: int) -> int:
        """Towers at a step: neither the input nor what leaves the network is divided."""
        is_inner = 0 < place < len(self.way.steps) - 1
        return self.towers if is_inner else 1

    def _size(self, step: Step) -> Solid:
        place = self.way.steps.index(step)
        sizes = self.shapes[place]
        channels = sizes[0] // self._count(place)
        if len(sizes) == 1:
            return Solid(0, 0, FLAT_THICKNESS, self.scales.units.length(channels), FLAT_THICKNESS)
        scale = self._scale(sizes)
        depth = scale.length(sizes[-1]) if len(sizes) > 2 else LINE_DEPTH
        height = scale.length(sizes[-2] if len(sizes) > 2 else sizes[-1])
        return Solid(0, 0, self.scales.channels.length(channels), height, depth)

    @cached_property
    def width(self) -> float:
        """How wide the picture is."""
        return max(self._lefts()[1] + MARGIN, NARROWEST)

    def scene(self) -> Scene:
        """Everything placed, in the middle of a sheet that is wider."""
        lefts, right = self._lefts()
        width = self.width
        lefts = [left + (width - MARGIN - right) / 2 for left in lefts]
        top, head = title(self.analysis.network.name, totals(self.analysis), width)
        tallest = max(size.extent[1] * self._count(place) for place, size in enumerate(self.sizes))
        spread = 26.0 if self.towers > 1 else 0.0
        middle = top + self.arcs + 24 + (tallest + spread) / 2
        labels = middle + (tallest + spread) / 2 + 9 + 13 * max(map(len, map(broken, self.way.names)))
        boxes = [self._boxes(place, left, middle) for place, left in enumerate(lefts)]
        links = [item for place in range(len(boxes) - 1) for item in self._links(place, boxes)]
        bottom, legend = self._legend(labels + 58, width)
        items = (*head, *self._groups(boxes, lefts, labels), *self._arcs(boxes, top + 14), *links, *legend)
        return Scene(self.analysis.network.name, describe(self.analysis), width, bottom + 14, items)

    def _lefts(self) -> tuple[list[float], float]:
        x, lefts = MARGIN, []
        for place, size in enumerate(self.sizes):
            room = max(size.extent[0], *(width for _, width in self._label(place)))
            lefts.append(x + (room - size.extent[0]) / 2)
            x += room + GAP
        return lefts, x - GAP

    def _boxes(self, place: int, left: float, middle: float) -> list[Solid]:
        """The towers of a step, from top to bottom."""
        size, count = self.sizes[place], self._count(place)
        pitch = max(s.extent[1] for s in self.sizes[1:]) + 26 if count > 1 else 0.0
        offset = size.extent[1] / 2
        return [
            size._replace(x=left, y=middle + offset + (tower - (count - 1) / 2) * pitch)
            for tower in range(count)
        ]

    def _label(self, place: int) -> list[tuple[Text, float]]:
        step, count = self.way.steps[place], self._count(place)
        sizes = step.last.last.output_shape
        shown = shape(sizes) if count == 1 else f"{count} × {shape((sizes[0] // count, *sizes[1:]))}"
        what = step.last.title if len(step.cards) == 1 else f"{step.layers} layers"
        name = self.way.names[place]
        above = [(line, 11, True, "ink") for line in broken(name)]
        below = [(shown, 10, False, "ink"), (crosses(what), 9, False, "muted")]
        made = []
        for line, (text, font, bold, color) in enumerate([*above, *below[: 1 if what == name else 2]]):
            cut = fitted(text, font, LABEL_ROOM, bold=bold)
            item = Text(0, 14.0 * line - 13 * (len(above) - 1), cut, font, bold, "middle", color)
            made.append((item, text_width(cut, font, bold=bold)))
        return made

    def _groups(self, boxes: Sequence[Sequence[Solid]], lefts: Sequence[float], y: float) -> Iterable[Item]:
        for place, step in enumerate(self.way.steps):
            middle = lefts[place] + self.sizes[place].extent[0] / 2
            texts = [text._replace(x=middle, y=text.y + y) for text, _ in self._label(place)]
            solids = [face for box in boxes[place] for face in faces(box, look(step.last.family).role)]
            yield Group((*solids, *texts), label=step.last.label, key=step.last.name, role="node")

    def _links(self, place: int, boxes: Sequence[Sequence[Solid]]) -> Iterable[Item]:
        """From every box to those that read it: a footprint and its lines, or an arrow."""
        reader = self.way.steps[place + 1].cards[0].head
        window = self._window(place)
        for number, source in enumerate(boxes[place]):
            for other, target in enumerate(boxes[place + 1]):
                apart = len(boxes[place]) == len(boxes[place + 1]) and self._stays(reader)
                if apart and number != other:
                    continue
                yield from (
                    self._footprint(window, reader, source, target) if window else arrow(source, target)
                )

    def _window(self, place: int) -> tuple[int, int] | None:
        """The extent of the window with which the next step reads a step, if it is one layer."""
        cards = self.way.steps[place + 1].cards
        return _window(cards[0].head) if len(cards) == 1 else None

    def _stays(self, row: Row) -> bool:
        """Whether towers do not mix in a layer."""
        if isinstance(row.layer, Conv):
            return row.layer.groups > 1
        return row.layer.family not in ALL_AT_ONCE

    def _footprint(self, window: tuple[int, int], row: Row, source: Solid, target: Solid) -> Iterable[Item]:
        sizes = row.input_shapes[0][1:]
        high, deep = (
            min(1.0, self._scale(row.input_shapes[0]).share(part, whole))
            for part, whole in zip(
                window, (sizes[-2] if len(sizes) > 1 else sizes[-1], sizes[-1]), strict=True
            )
        )
        if len(sizes) == 1:
            deep = 1.0
        corners = [
            source.at(1, 0.5 + dy * high / 2, 0.5 + dz * deep / 2)
            for dy, dz in ((-1, -1), (-1, 1), (1, 1), (1, -1))
        ]
        eye = target.at(0.5, 0.5, 0)
        for corner in corners:
            yield Path(polyline([corner, eye]), stroke="muted", thickness=0.8, dash=True)
        yield Path(polyline(corners, closed=True), stroke="ink", fill="window", thickness=1.2)
        yield Path(polyline([(eye[0] - 2, eye[1]), (eye[0] + 2, eye[1])]), stroke="ink", thickness=4)

    def _arcs(self, boxes: Sequence[Sequence[Solid]], top: float) -> Iterable[Item]:
        """Connections that pass steps by, each at a height of its own above the boxes."""
        for number, (start, end) in enumerate(sorted(self.way.skips, key=lambda pair: pair[0] - pair[1])):
            y = top + 13.0 * number + 8
            begin, finish = (boxes[place][0].at(0.5, 1, 0.5) for place in (start, end))
            points = [begin, (begin[0], y), (finish[0], y), (finish[0], finish[1] - 1)]
            yield Path(polyline(points), stroke="edge", thickness=1.1)
            yield arrowhead((finish[0], finish[1]))

    def _legend(self, top: float, width: float) -> tuple[float, tuple[Item, ...]]:
        """Scale bars, and what is drawn how."""
        if all(map(self._is_flat, self.shapes)):
            notes = paragraph(" · ".join(self._notes()), 9, width - 2 * MARGIN, top)
            return notes[-1].y, notes
        maps, map_end = scale_bar(self.scales.maps, "height and depth", MARGIN, top)
        channels, end = scale_bar(self.scales.channels, "channels", map_end + 30, top)
        if end > width - MARGIN:
            channels, _ = scale_bar(self.scales.channels, "channels", MARGIN, top + 24)
            top += 24
        notes = paragraph(" · ".join(self._notes()), 9, width - 2 * MARGIN, top + 26)
        return notes[-1].y, (*maps, *channels, *notes)

    def _notes(self) -> Iterable[str]:
        flat = list(map(self._is_flat, self.shapes))
        if not all(flat):
            yield (
                f"boxes: height × depth are the size of the maps ({self.scales.maps.kind}), "
                f"thickness is the number of channels ({self.scales.channels.kind})"
            )
        if any(flat):
            rows = "flat rows and sequences" if self._has_sequences() else "flat rows"
            yield f"{rows}: height is the number of values, on their own scale ({self.scales.units.kind})"
        if any(len(step.last.last.output_shape) > 3 for step in self.way.steps):
            yield "the first axis of 3-D maps is not drawn"
        if any(map(self._window, range(len(self.way.steps) - 1))):
            yield "window on a box: footprint of the kernel that reads it"
        count = len(self.analysis)
        beside = count - sum(step.layers for step in self.way.steps)
        if beside:
            yield f"the longest way is drawn; {beside} of {count} layers lie on branches beside it"
        if self.towers > 1:
            yield f"{self.towers} towers: convolutions in {self.towers} groups read their own tower alone"


def broken(name: str) -> list[str]:
    """A name in one line, or where that is too long in two, as even as they can be."""
    breaks = [place + 1 for place, character in enumerate(name[:-1]) if character in "._ "]
    if text_width(name, 11, bold=True) <= LABEL_ROOM or not breaks:
        return [name]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return [name[:middle].strip(), name[middle:].strip()]


def _drawn_shape(sizes: Shape) -> Shape:
    """Maps of one position are drawn as the flat rows that they are."""
    return sizes[:1] if set(sizes[1:]) == {1} else sizes


def _window(row: Row) -> tuple[int, int] | None:
    """The extent of the last two axes of a layer's window; None for a layer that has none."""
    taps = row.layer.taps(row.node.site)
    windows = [tap for tap in (taps[0] if taps else ()) if isinstance(tap, Window)]
    if not windows or len(windows) != len(row.input_shapes[0]) - 1:
        return None
    extents = [int(window.extent) for window in windows]
    if max(extents) == 1 and row.layer.family not in ("conv", "pool"):
        return None
    return (extents[-2] if len(extents) > 1 else extents[-1], extents[-1])
