"""The Pareto front as a scatter plot: what two goals cost each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path as File
from typing import Any, NamedTuple

from cnncalc.files import destination
from cnncalc.render.metrics import text_width
from cnncalc.render.scene import Box, Group, Item, Path, Scene, Text, polyline
from cnncalc.sweeping.axes import SweepError, shown
from cnncalc.sweeping.selection import Goal
from cnncalc.sweeping.table import Table
from cnncalc.sweeping.ticks import Scale, scale, short

SAMPLES = 1500
"""Hits shown behind the front."""

_WIDTH, _HEIGHT = 760.0, 500.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 76.0, 24.0, 62.0, 58.0
_LABELLED = 1000
"""Points of a front from which none is labelled: there is no room."""


class _Frame(NamedTuple):
    """The plot's two scales on paper."""

    across: Scale
    up: Scale

    def x(self, value: float) -> float:
        """From left to right."""
        return _LEFT + self.across.place(value) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """From bottom to top."""
        return _HEIGHT - _BOTTOM - self.up.place(value) * (_HEIGHT - _TOP - _BOTTOM)


class _Area(NamedTuple):
    """What a text takes up."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def is_inside(self) -> bool:
        """Whether it lies within the plot."""
        across = self.left >= _LEFT + 4 and self.right <= _WIDTH - 6
        return across and self.top >= _TOP and self.bottom <= _HEIGHT - _BOTTOM

    def overlaps(self, other: _Area) -> bool:
        """Whether two texts would hide each other."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def check(path: File, pareto: Sequence[object]) -> None:
    """Refuse what cannot be drawn or written."""
    if path.suffix.lower() != ".svg":
        raise SweepError(f"{path}: pictures of sweeps are SVG; the name must end in .svg")
    destination(path)
    _check_goals(pareto)


def _check_goals(pareto: Sequence[object]) -> None:
    if len(pareto) < 2:
        raise SweepError("a picture shows two goals against each other: add a Pareto front of two")


def scatter(table: Table, name: str) -> Scene:
    """The front of the first two goals of a table, over a sample of the hits."""
    pareto = table.plan.selection.pareto
    _check_goals(pareto)
    if not len(table):
        raise SweepError("a picture needs hits, and there are none")
    one, other = pareto[:2]
    rows = list(table)
    cloud = [(row[one.quantity], row[other.quantity]) for row in table.drawn(SAMPLES)]
    front = [(row[one.quantity], row[other.quantity]) for row in rows]
    frame = _Frame(scale(x for x, _ in (*front, *cloud)), scale(y for _, y in (*front, *cloud)))
    items = [
        *_axes(frame, one, other),
        *_cloud(frame, cloud),
        *_line(frame, front, one, other),
        *_points(frame, rows, front, table),
        *_heading(table, name, len(cloud)),
    ]
    description = f"{len(rows)} configurations that no other beats, among {table.hits:,} hits"
    return Scene(
        f"{name}: {one.quantity} against {other.quantity}", description, _WIDTH, _HEIGHT, tuple(items)
    )


def _axes(frame: _Frame, one: Goal, other: Goal) -> Iterator[Item]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for tick in frame.across.ticks():
        x = frame.x(tick)
        yield Path(polyline([(x, _TOP), (x, bottom)]), stroke="faint")
        yield Text(x, bottom + 16, short(tick), 11, anchor="middle", color="muted")
    for tick in frame.up.ticks():
        y = frame.y(tick)
        yield Path(polyline([(_LEFT, y), (right, y)]), stroke="faint")
        yield Text(_LEFT - 8, y + 4, short(tick), 11, anchor="end", color="muted")
    yield Path(polyline([(_LEFT, _TOP), (_LEFT, bottom), (right, bottom)]), stroke="edge")
    better = "more is better", "less is better"
    across = f"{one.quantity} ({better[not one.more_is_better]}{', log' if frame.across.is_log else ''})"
    up = f"{other.quantity} ({better[not other.more_is_better]}{', log' if frame.up.is_log else ''})"
    yield Text((_LEFT + right) / 2, _HEIGHT - 16, across, 12, anchor="middle")
    yield Text(18, (_TOP + bottom) / 2, up, 12, anchor="middle", upright=False)


def _cloud(frame: _Frame, cloud: list[tuple[int, int]]) -> Iterator[Item]:
    for x, y in cloud:
        yield _dot(frame.x(x), frame.y(y), 1.6, "other_side")


def _dot(x: float, y: float, radius: float, fill: str) -> Box:
    return Box(x - radius, y - radius, 2 * radius, 2 * radius, fill=fill, radius=radius)


def _line(frame: _Frame, front: list[tuple[int, int]], one: Goal, other: Goal) -> Iterator[Item]:
    """Steps along the front: what lies beyond them is not to be had."""
    if len(front) < 2 or not _is_staircase(front, one, other):
        return
    points = [(frame.x(x), frame.y(y)) for x, y in sorted(front)]
    steps = [points[0]]
    for (_, before), (x, y) in pairwise(points):
        steps += [(x, before), (x, y)] if not one.more_is_better else [(steps[-1][0], y), (x, y)]
    yield Path(polyline(steps), stroke="conv", thickness=1.4)


def _is_staircase(front: list[tuple[int, int]], one: Goal, other: Goal) -> bool:
    """Whether the points are a front of these two goals alone."""
    ups = [y for _, y in sorted(front)]
    rises = one.more_is_better != other.more_is_better
    return ups == sorted(ups, reverse=not rises)


def _points(
    frame: _Frame, rows: list[dict[str, Any]], front: list[tuple[int, int]], table: Table
) -> Iterator[Item]:
    varying = [name for name in table.parameters if len({str(row[name]) for row in rows}) > 1]
    places = [(frame.x(x), frame.y(y)) for x, y in front]
    placed = [_Area(x - 5, y - 5, x + 5, y + 5) for x, y in places]
    for row, at in zip(rows, places, strict=True):
        every = ", ".join(f"{name}={shown(value)}" for name, value in row.items())
        items: list[Item] = [_dot(*at, 4, "conv")]
        text = " ".join(f"{name}={shown(row[name])}" for name in varying[:4])
        label = _label(at, text, placed) if len(rows) < _LABELLED and text else None
        items += [label] if label else []
        yield Group(tuple(items), label=every, role="point")


def _label(at: tuple[float, float], text: str, placed: list[_Area]) -> Text | None:
    """A text beside a point where it hides no other; None where there is no room."""
    width = text_width(text, 10)
    for dx, dy in ((8.0, 12.0), (8.0, -6.0), (-8.0 - width, -6.0), (-8.0 - width, 12.0)):
        left, baseline = at[0] + dx, at[1] + dy
        area = _Area(left, baseline - 10, left + width, baseline + 3)
        if area.is_inside and not any(map(area.overlaps, placed)):
            placed.append(area)
            return Text(left, baseline, text, 10)
    return None


def _heading(table: Table, name: str, cloud: int) -> Iterator[Item]:
    yield Text(_LEFT, 26, f"{name}: Pareto front", 15, bold=True)
    where = f" where {table.plan.where}" if table.plan.where else ""
    of = f" of {table.hits:,}" if cloud < table.hits else ""
    told = f"{table.total:,} configurations, {table.hits:,} hits{where}"
    yield Text(_LEFT, 44, told if len(told) < 110 else f"{told[:107]}...", 11, color="muted")
    right = _WIDTH - _RIGHT
    yield _dot(right - 6, 22, 4, "conv")
    yield Text(right - 16, 26, f"front ({len(table):,})", 11, anchor="end")
    yield _dot(right - 6, 40, 1.6, "other_side")
    yield Text(right - 16, 44, f"hits ({cloud:,}{of})", 11, anchor="end", color="muted")
