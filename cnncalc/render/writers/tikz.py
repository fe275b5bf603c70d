r"""Scenes as TikZ: a file that LaTeX compiles by itself, or that a paper can \input as it is.

The document class is ``standalone``; only ``tikz`` and a sans-serif Helvetica are needed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from cnncalc.render import theme as themes
from cnncalc.render.scene import Box, Path, Scene, Text, flat
from cnncalc.render.writers.svg import hatching, number

_COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",
    "×": r"\ensuremath{\times}",
    "·": r"\textperiodcentered{}",
    "–": r"\textendash{}",
    "−": r"\ensuremath{-}",
    "…": r"\ldots{}",
    "²": r"\ensuremath{^2}",
    "³": r"\ensuremath{^3}",
}

_HEAD = r"""\documentclass[tikz,border=2mm]{standalone}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage[scaled]{helvet}
\renewcommand{\familydefault}{\sfdefault}
"""


def tikz(scene: Scene, *, theme: str = "auto") -> str:
    """A document of one picture; ``auto`` is light. One pixel is 0.75 pt."""
    items = list(flat((Box(0, 0, scene.width, scene.height, fill="paper"), *scene.items)))
    comment = "\n".join(f"% {latex(line)}" for line in (scene.title, scene.description))
    lines = [
        comment,
        _HEAD.rstrip(),
        r"\begin{document}",
        *_colors(items, dark=theme == "dark"),
        r"\begin{tikzpicture}[x=0.75bp,y=-0.75bp,line width=0.75bp,inner sep=0pt,outer sep=0pt]",
        *(line for item in items for line in _lines(item)),
        r"\end{tikzpicture}",
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)


def latex(text: str) -> str:
    r"""Text with everything that LaTeX would take for a command escaped.

    >>> latex("50% of x_1 \\end{document}")
    '50\\% of x\\_1 \\textbackslash{}end\\{document\\}'
    """
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in _COMMANDS:
        return _COMMANDS[character]
    if " " <= character <= "~":
        return character
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    if plain.isalpha():
        return plain
    return f"[U+{ord(character):04X}]"


def _colors(items: Iterable[Box | Path | Text], *, dark: bool) -> Iterator[str]:
    roles = {"paper"}
    for item in items:
        roles |= {item.color} if isinstance(item, Text) else {item.fill, item.stroke}
    for role in sorted(roles - {""}):
        code = themes.color(role, dark=dark).removeprefix("#").upper()
        yield rf"\definecolor{{{_name(role)}}}{{HTML}}{{{code}}}"


def _name(role: str) -> str:
    return "cnncalc-" + role.replace("_", "-")


def _lines(item: Box | Path | Text) -> Iterator[str]:
    if isinstance(item, Box):
        yield _box(item)
        for stroke in hatching(item) if item.pattern else ():
            yield _path(stroke)
    elif isinstance(item, Path):
        yield _path(item)
    else:
        yield _text(item)


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def _box(box: Box) -> str:
    corners = f"rounded corners={number(box.radius * 0.75)}bp" if box.radius else ""
    options = ",".join(filter(None, [_paint(box.fill, box.stroke, box.thickness, dash=box.dash), corners]))
    end = _at(box.x + box.width, box.y + box.height)
    return rf"\path[{options}] {_at(box.x, box.y)} rectangle {end};"


def _path(path: Path) -> str:
    pieces = []
    for verb, points in path.commands:
        at = [_at(*point) for point in points]
        if verb == "C":
            pieces.append(f".. controls {at[0]} and {at[1]} .. {at[2]}")
        else:
            pieces.append({"M": "", "L": "-- ", "Z": "-- cycle"}[verb] + "".join(at))
    options = _paint(path.fill, path.stroke, path.thickness, dash=path.dash)
    if path.opacity != 1:
        options += f",opacity={number(path.opacity)}"
    return rf"\path[{options}] {' '.join(pieces)};"


def _paint(fill: str, stroke: str, thickness: float, *, dash: bool) -> str:
    parts = [f"fill={_name(fill)}"] if fill else []
    if stroke:
        parts.append(f"draw={_name(stroke)}")
        if thickness != 1:
            parts.append(f"line width={number(thickness * 0.75)}bp")
        if dash:
            parts.append("dash pattern=on 3.75bp off 2.25bp")
    return ",".join(parts)


def _text(text: Text) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
    size = text.size * 0.75
    font = rf"\fontsize{{{number(size)}}}{{{number(size * 1.2)}}}\selectfont"
    font += r"\bfseries" if text.bold else ""
    turned = "" if text.upright else ",rotate=90"
    place = f"anchor={anchor},text={_name(text.color)}{turned},font={font}"
    return rf"\node[{place}] at {_at(text.x, text.y)} {{{latex(text.text)}}};"
