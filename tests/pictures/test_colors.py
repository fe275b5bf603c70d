"""Colours told apart and read: contrasts of WCAG 2.1, computed from the themes and from what is drawn."""

from itertools import combinations

import pytest

from cnncalc.render.field_boxes import COLORS as BOXES
from cnncalc.render.icons import LOOKS
from cnncalc.render.pictures import VIEWS
from cnncalc.render.scene import Box, Path, Text
from cnncalc.render.theme import color
from tests.pictures.looking import scene_of

THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
READABLE, VISIBLE, APART = 4.5, 3.0, 20.0
"""Contrasts of text and of shapes (WCAG 2.1, 1.4.3 and 1.4.11), and a clear distance in CIE Lab."""


def linear(code):
    channels = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one, other):
    bright = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))]
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def lab(code):
    r, g, b = linear(code)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.0888
    u, v, w = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return (116 * v - 16, 500 * (u - v), 200 * (v - w))


def polygons(path):
    found = []
    for verb, points in path.commands:
        if verb == "M":
            found.append([])
        found[-1] += points[-1:]
    return found


def encloses(polygon, x, y):
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def covers(shape, x, y):
    if isinstance(shape, Box):
        return shape.x <= x <= shape.x + shape.width and shape.y <= y <= shape.y + shape.height
    return any(encloses(polygon, x, y) for polygon in polygons(shape))


def grounds(picture):
    """The colour of every text, and of what lies behind its middle."""
    behind = []
    for item in picture.flat():
        if isinstance(item, Text) and item.upright:
            at = (item.left + item.width / 2, item.y - item.size * 0.35)
            ground = next((shape.fill for shape in reversed(behind) if covers(shape, *at)), "paper")
            yield item.color, ground
        elif isinstance(item, Box | Path) and item.fill:
            behind.append(item)


@THEMES
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["lenet5", "alexnet", "unet", "captioning"])
def test_texts_can_be_read_on_what_lies_behind_them(name, view, dark):
    for ink, ground in set(grounds(scene_of(name, view=view))):
        assert contrast(color(ink, dark=dark), color(ground, dark=dark)) >= READABLE, (ink, ground)


def test_texts_are_found_on_their_grounds():
    found = set(grounds(scene_of("lenet5", view="matrix")))
    assert {("letter_ink", "letter_a"), ("ink", "conv_soft"), ("ink", "paper")} <= found


@THEMES
@pytest.mark.parametrize("role", sorted({look.role for look in LOOKS.values()}))
@pytest.mark.parametrize("ground", ["paper", "card", "panel"])
def test_families_stand_out(role, ground, dark):
    assert contrast(color(role, dark=dark), color(ground, dark=dark)) >= VISIBLE


@THEMES
def test_boxes_of_fields_are_told_apart(dark):
    for one, other in combinations(BOXES, 2):
        colors = lab(color(one, dark=dark)), lab(color(other, dark=dark))
        distance = sum((a - b) ** 2 for a, b in zip(*colors, strict=True)) ** 0.5
        assert distance >= APART, (one, other)
