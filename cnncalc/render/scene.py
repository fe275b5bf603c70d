"""What a picture is before it is written in some format: boxes, lines and texts with coordinates.

Lengths are in pixels, y runs down, the place of a text is on its baseline. Colours are roles
(``conv``, ``ink``) that a theme turns into colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from cnncalc.render.metrics import text_width

Point: TypeAlias = tuple[float, float]
Command: TypeAlias = tuple[str, tuple[Point, ...]]
"""``M`` and ``L`` with one point, ``C`` with three, ``Z`` with none."""


class Box(NamedTuple):
    """A rectangle. ``pattern`` ("stripes" or "dots") tells fills apart without colour."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    radius: float = 0.0
    thickness: float = 1.0
    dash: bool = False
    pattern: str = ""


class Path(NamedTuple):
    """Lines and curves, open or closed."""

    commands: tuple[Command, ...]
    stroke: str = ""
    fill: str = ""
    thickness: float = 1.0
    dash: bool = False
    opacity: float = 1.0


class Text(NamedTuple):
    """One line of text. ``anchor`` is start, middle or end; ``upright`` False turns it by 90 degrees."""

    x: float
    y: float
    text: str
    size: float = 10.0
    bold: bool = False
    anchor: str = "start"
    color: str = "ink"
    upright: bool = True

    @property
    def width(self) -> float:
        """How wide it is set."""
        return text_width(self.text, self.size, bold=self.bold)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - self.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]


class Group(NamedTuple):
    """Items that belong together, with a label for those who do not see them.

    ``key`` names the node that is shown, ``rows`` all layers that it stands for, ``role`` says what
    the group is ("node", "panel").
    """

    items: tuple[Item, ...]
    label: str = ""
    key: str = ""
    role: str = ""
    rows: tuple[str, ...] = ()


Item: TypeAlias = Box | Path | Text | Group


class Scene(NamedTuple):
    """A whole picture; ``hint`` says what else could be asked for, to whoever did not choose."""

    title: str
    description: str
    width: float
    height: float
    items: tuple[Item, ...]
    hint: str = ""

    def flat(self) -> Iterator[Box | Path | Text]:
        """All items outside their groups, in drawing order."""
        return flat(self.items)


def flat(items: Iterable[Item]) -> Iterator[Box | Path | Text]:
    """Items taken out of their groups, in drawing order."""
    for item in items:
        if isinstance(item, Group):
            yield from flat(item.items)
        else:
            yield item


def moved(items: Iterable[Item], dx: float, dy: float) -> tuple[Item, ...]:
    """The same items elsewhere."""
    return tuple(_moved(item, dx, dy) for item in items)


def _moved(item: Item, dx: float, dy: float) -> Item:
    if isinstance(item, Group):
        return item._replace(items=moved(item.items, dx, dy))
    if isinstance(item, Path):
        commands = ((verb, tuple((x + dx, y + dy) for x, y in points)) for verb, points in item.commands)
        return item._replace(commands=tuple(commands))
    return item._replace(x=item.x + dx, y=item.y + dy)


def polyline(points: Sequence[Point], *, closed: bool = False) -> tuple[Command, ...]:
    """Straight lines from point to point."""
    start: Command = ("M", (points[0],))
    lines: tuple[Command, ...] = tuple(("L", (point,)) for point in points[1:])
    return (start, *lines, ("Z", ())) if closed else (start, *lines)


def rounded(points: Sequence[Point], radius: float = 6.0) -> tuple[Command, ...]:
    """Straight lines with rounded corners."""
    commands: list[Command] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        enter, leave = _towards(corner, before, reach), _towards(corner, after, reach)
        commands += [("L", (enter,)), ("C", (corner, corner, leave))]
    return (*commands, ("L", (points[-1],)))


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, reach: float) -> Point:
    distance = _distance(start, end)
    share = reach / distance if distance else 0.0
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def arrowhead(tip: Point, direction: str = "down", color: str = "edge") -> Path:
    """A filled triangle whose tip is at a point; ``direction`` is down or right."""
    x, y = tip
    back = {"down": ((x - 3, y - 7), (x + 3, y - 7)), "right": ((x - 7, y - 3), (x - 7, y + 3))}
    return Path(polyline([tip, *back[direction]], closed=True), fill=color)
