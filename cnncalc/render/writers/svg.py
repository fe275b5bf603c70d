"""Scenes as SVG.

Colours are classes: in a file of its own they follow the reader's preference for light or dark,
unless one is chosen. Everything a spec says is escaped; characters that XML cannot hold are
replaced.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from cnncalc.render import icons as icons_
from cnncalc.render import theme as themes
from cnncalc.render.metrics import FAMILY
from cnncalc.render.scene import Box, Command, Group, Item, Path, Scene, Text, flat

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}

_PATTERNS = {
    "stripes": '<path d="M0 5L5 0" class="s-paper" stroke-linecap="square"/>',
    "dots": '<path d="M1 2.5L2.2 2.5" class="s-paper" stroke-width="1.2"/>',
}

_QUOTED = re.compile(r' ([a-zA-Z-]+)="([\w.#:-]+)"(?= )')
"""Attributes that HTML takes without quotes; names of a spec never match, as their quotes are escaped."""

_LENGTH = re.compile(r' textLength="([\d.]+)"')
SHORT = 56.0
"""Texts no wider than this may be set as wide as a page's font makes them."""

Wrapper = Callable[[Group, str], tuple[str, str]]
"""What opens and closes a group, for pages that link the nodes of a picture."""


def escape(text: str) -> str:
    """Text for XML and HTML, in elements and in quoted attributes."""
    clean = _FORBIDDEN.sub("\ufffd", text)
    return "".join(_ENTITIES.get(character, character) for character in clean)


def titled(group: Group, label: str) -> tuple[str, str]:
    """A group with its label as a title, which readers see when they point at it."""
    name = f' class="{group.role}"' if group.role else ""
    title = f"<title>{label}</title>" if label else ""
    return f"<g{name}>{title}", "</g>"


def svg(scene: Scene, *, theme: str = "auto", paper: bool = True) -> str:
    """A scene as a file of its own; ``paper`` False leaves the background transparent."""
    head = f"<style>{stylesheet(scene, theme)}</style>"
    background = Box(0, 0, scene.width, scene.height, fill="paper")
    items = (background, *scene.items) if paper else scene.items
    return "\n".join([_opening(scene), head, *_patterns(scene), *_lines(items, titled), "</svg>", ""])


def inline(scene: Scene, wrapper: Wrapper = titled, *, role: str = "img") -> str:
    """A scene for a page with :func:`page_rules` and :func:`page_icons`, in as few bytes as may be.

    The role must be ``group`` where groups are links: what is inside an image cannot be reached.
    """
    lines = _lines(scene.items, wrapper, shares_icons=True)
    text = "".join([_opening(scene, role), *_patterns(scene), *lines, "</svg>"])
    text = _LENGTH.sub(lambda m: m[0] if float(m[1]) > SHORT else "", text)
    text = text.replace(' lengthAdjust="spacingAndGlyphs"', "").replace(' fill="none"', "")
    text = re.sub(r' font-size="([\d.]+)" class="', lambda m: f' class="{_size_class(m[1])} ', text)
    return _QUOTED.sub(r" \1=\2", text)


def page_icons(scenes: Iterable[Scene]) -> str:
    """The icons that pictures on a page share: each is drawn once, and used by its name."""
    families = sorted({family for scene in scenes for family in _families(scene.items)})
    icons = (f'<g id="i-{name}">{"".join(_lines(icons_.drawn(name), titled))}</g>' for name in families)
    return f'<svg class="icons" width="0" height="0" aria-hidden="true">{"".join(icons)}</svg>'


def _families(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield from (item.key,) if item.role == "icon" else _families(item.items)


def page_rules(scenes: Iterable[Scene]) -> str:
    """What :func:`inline` leaves to the style sheet of the page: sizes of text, shapes without fill."""
    sizes = sorted({number(item.size) for s in scenes for item in flat(s.items) if isinstance(item, Text)})
    rules = (f".{_size_class(size)}{{font-size:{size}px}}" for size in sizes)
    return "svg :is(path,rect):not([class*=f-],[fill]){fill:none}" + "".join(rules)


def _size_class(size: str) -> str:
    return "z" + size.replace(".", "-")


def _patterns(scene: Scene) -> Iterator[str]:
    """The patterns of the scene in their colours; the same wherever one of the name is defined."""
    boxes = (item for item in flat(scene.items) if isinstance(item, Box) and item.pattern)
    for name, role in sorted({(box.pattern, box.fill) for box in boxes}):
        yield (
            f'<pattern id="{_pattern_id(name, role)}" width="5" height="5" patternUnits="userSpaceOnUse">'
            f'<rect width="5" height="5" class="f-{_name(role)}"/>{_PATTERNS[name]}</pattern>'
        )


def _pattern_id(name: str, role: str) -> str:
    return f"{name}-{_name(role)}"


def stylesheet(scene: Scene, theme: str = "auto") -> str:
    """Rules for the colours that a scene uses."""
    used = sorted(roles(scene))
    rules = [f"text{{font-family:{FAMILY}}}.b{{font-weight:700}}"]
    rules.append(_rules(used, dark=theme == "dark"))
    if theme == "auto":
        rules.append(f"@media(prefers-color-scheme:dark){{{_rules(used, dark=True)}}}")
    return "".join(rules)


def _rules(roles: list[str], *, dark: bool) -> str:
    colors = {role: themes.color(role, dark=dark) for role in roles}
    fills = "".join(f".f-{_name(role)}{{fill:{color}}}" for role, color in colors.items())
    return fills + "".join(f".s-{_name(role)}{{stroke:{color}}}" for role, color in colors.items())


def _name(role: str) -> str:
    return role.replace("_", "-")


def roles(scene: Scene) -> set[str]:
    """The colours that a scene uses, by role."""
    used = {"paper"}
    for item in flat(scene.items):
        used |= {item.color} if isinstance(item, Text) else {item.fill, item.stroke}
    return used - {""}


def _opening(scene: Scene, role: str = "img") -> str:
    mark = f"{zlib.crc32(scene.title.encode() + scene.description.encode()):08x}"
    extent = f"{number(scene.width)} {number(scene.height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(scene.width)}" '
        f'height="{number(scene.height)}" viewBox="0 0 {extent}" role="{role}" '
        f'aria-labelledby="t{mark} d{mark}">'
        f'<title id="t{mark}">{escape(scene.title)}</title>'
        f'<desc id="d{mark}">{escape(scene.description)}</desc>'
    )


def _lines(items: Iterable[Item], wrapper: Wrapper, *, shares_icons: bool = False) -> Iterator[str]:
    for path, run in groupby(items, key=_style):
        if path is not None:
            yield _path(path, [item for item in run if isinstance(item, Path)])
            continue
        for item in run:
            if isinstance(item, Group):
                yield from _group(item, wrapper, shares_icons=shares_icons)
            elif isinstance(item, Text):
                yield _text(item)
            elif isinstance(item, Box):
                yield _box(item)


def _group(group: Group, wrapper: Wrapper, *, shares_icons: bool) -> Iterator[str]:
    if group.role == "icon":
        yield from (_use(group),) if shares_icons else _lines(group.items, wrapper)
        return
    opening, closing = wrapper(group, escape(group.label))
    yield opening
    yield from _lines(group.items, wrapper, shares_icons=shares_icons)
    yield closing


def _use(icon: Group) -> str:
    """An icon that the page has drawn already, moved to its place."""
    (x, y), (u, v) = (_begin(items) for items in (icon.items, icons_.drawn(icon.key)))
    return f'<use href="#i-{icon.key}" x="{number(x - u)}" y="{number(y - v)}"/>'


def _begin(items: Sequence[Item]) -> tuple[float, float]:
    first = next(item for item in items if isinstance(item, Path))
    return first.commands[0][1][0]


def _style(item: Item) -> Path | None:
    """A path without its points: neighbours that look alike are written as one."""
    return item._replace(commands=()) if isinstance(item, Path) else None


def _box(box: Box) -> str:
    radius = f' rx="{number(box.radius)}"' if box.radius else ""
    place = f'x="{number(box.x)}" y="{number(box.y)}"'
    extent = f'width="{number(box.width)}" height="{number(box.height)}"'
    paint = _paint(box.fill, box.stroke, box.thickness, dash=box.dash)
    if box.pattern:
        paint = f' fill="url(#{_pattern_id(box.pattern, box.fill)})"'
    return f"<rect {place} {extent}{radius}{paint}/>"


def hatching(box: Box) -> Iterator[Path]:
    """The pattern of a box as strokes in the colour of the paper, clipped to it."""
    if box.pattern == "stripes":
        yield from _stripes(box)
        return
    rows = (box.y + 2.5, box.y + box.height - 2.5)
    for row in rows:
        count = int((box.width - 2) // 5)
        dots = [
            ("M", ((box.x + 2.5 + 5 * i, row),)) if end == 0 else ("L", ((box.x + 3.7 + 5 * i, row),))
            for i in range(count)
            for end in (0, 1)
        ]
        if dots:
            yield Path(tuple(dots), stroke="paper", thickness=1.2)


def _stripes(box: Box) -> Iterator[Path]:
    """Slanted strokes, cut off where they leave the box."""
    strokes: list[tuple[str, tuple[tuple[float, float], ...]]] = []
    offset = 4.0
    while offset < box.width + box.height:
        low = max(0.0, offset - box.width)
        high = min(offset, box.height)
        strokes.append(("M", ((box.x + offset - low, box.y + low),)))
        strokes.append(("L", ((box.x + offset - high, box.y + high),)))
        offset += 5.0
    if strokes:
        yield Path(tuple(strokes), stroke="paper", thickness=1.0, opacity=0.7)


def _path(style: Path, paths: Sequence[Path]) -> str:
    data = "".join(piece for path in paths for piece in _data(path.commands))
    paint = _paint(style.fill, style.stroke, style.thickness, dash=style.dash)
    opacity = f' opacity="{number(style.opacity)}"' if style.opacity != 1 else ""
    return f'<path d="{data}"{paint}{opacity}/>'


def _data(commands: Iterable[Command]) -> Iterator[str]:
    """Path data; lines along an axis give one coordinate."""
    at = ("", "")
    for verb, points in commands:
        written = [(number(x), number(y)) for x, y in points]
        if verb == "L" and written[0][0] == at[0]:
            yield f"V{written[0][1]}"
        elif verb == "L" and written[0][1] == at[1]:
            yield f"H{written[0][0]}"
        else:
            yield verb + " ".join(f"{x} {y}" for x, y in written)
        at = written[-1] if written else ("", "")


def _paint(fill: str, stroke: str, thickness: float, *, dash: bool) -> str:
    classes = [f"f-{_name(fill)}"] if fill else []
    classes += [f"s-{_name(stroke)}"] if stroke else []
    paint = f' class="{" ".join(classes)}"' if classes else ""
    paint += "" if fill else ' fill="none"'
    if stroke and thickness != 1:
        paint += f' stroke-width="{number(thickness)}"'
    return paint + (' stroke-dasharray="5 3"' if dash else "")


def _text(text: Text) -> str:
    bold = " b" if text.bold else ""
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    place = f'x="{number(text.x)}" y="{number(text.y)}"'
    turned = "" if text.upright else f' transform="rotate(-90 {number(text.x)} {number(text.y)})"'
    width = (
        f' textLength="{number(text.width)}" lengthAdjust="spacingAndGlyphs"' if len(text.text) > 1 else ""
    )
    shown = escape(text.text)
    return (
        f'<text {place} font-size="{number(text.size)}" class="f-{_name(text.color)}{bold}"'
        f"{anchor}{turned}{width}>{shown}</text>"
    )


def number(value: float) -> str:
    """A length with at most one decimal.

    >>> number(3.0), number(2.25), number(-0.04)
    ('3', '2.2', '0')
    """
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
