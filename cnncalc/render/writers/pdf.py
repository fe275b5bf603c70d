"""Scenes as PDF, by reportlab, in the Helvetica that every PDF reader has."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from cnncalc.errors import MissingExtra
from cnncalc.render import theme as themes
from cnncalc.render.scene import Box, Path, Scene, Text, flat
from cnncalc.render.writers.svg import hatching

_FONTS = {False: "Helvetica", True: "Helvetica-Bold"}
POINTS = 0.75
"""Points in a pixel."""


def pdf(scene: Scene, *, theme: str = "auto") -> bytes:
    """One page of the scene's size; ``auto`` is light. The same scene always gives the same bytes."""
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise MissingExtra("reportlab", "pictures", "writing PDF") from None
    buffer = io.BytesIO()
    size = (scene.width * POINTS, scene.height * POINTS)
    canvas = Canvas(buffer, pagesize=size, invariant=1, pageCompression=1, initialFontName="Helvetica")
    canvas.setTitle(printable(scene.title))
    canvas.setSubject(printable(scene.description))
    canvas.setCreator("cnncalc")
    canvas.translate(0, size[1])
    canvas.scale(POINTS, -POINTS)
    _Page(canvas, dark=theme == "dark").draw(scene)
    canvas.save()
    return buffer.getvalue()


class _Page:
    def __init__(self, canvas: Any, *, dark: bool) -> None:
        self.canvas, self.dark = canvas, dark

    def draw(self, scene: Scene) -> None:
        """Paper first, then every item."""
        self._box(Box(0, 0, scene.width, scene.height, fill="paper"))
        for item in flat(scene.items):
            if isinstance(item, Box):
                self._box(item)
            elif isinstance(item, Path):
                self._path(item)
            else:
                self._text(item)

    def _paint(self, fill: str, stroke: str, thickness: float, *, dash: bool) -> dict[str, int]:
        if fill:
            self.canvas.setFillColor(_color(fill, dark=self.dark))
        if stroke:
            self.canvas.setStrokeColor(_color(stroke, dark=self.dark))
            self.canvas.setLineWidth(thickness)
            self.canvas.setDash([5, 3] if dash else [])
        return {"fill": int(bool(fill)), "stroke": int(bool(stroke))}

    def _box(self, box: Box) -> None:
        paint = self._paint(box.fill, box.stroke, box.thickness, dash=box.dash)
        radius = min(box.radius, box.width / 2, box.height / 2)
        if radius:
            self.canvas.roundRect(box.x, box.y, box.width, box.height, radius, **paint)
        else:
            self.canvas.rect(box.x, box.y, box.width, box.height, **paint)
        for stroke in hatching(box) if box.pattern else ():
            self._path(stroke)

    def _path(self, path: Path) -> None:
        drawn = self.canvas.beginPath()
        for verb, points in path.commands:
            numbers = [number for point in points for number in point]
            {"M": drawn.moveTo, "L": drawn.lineTo, "C": drawn.curveTo, "Z": drawn.close}[verb](*numbers)
        paint = self._paint(path.fill, path.stroke, path.thickness, dash=path.dash)
        self.canvas.setStrokeAlpha(path.opacity)
        self.canvas.drawPath(drawn, **paint)
        self.canvas.setStrokeAlpha(1)

    def _text(self, text: Text) -> None:
        from reportlab.pdfbase.pdfmetrics import stringWidth

        shown, font = printable(text.text), _FONTS[text.bold]
        width = stringWidth(shown, font, text.size)
        self.canvas.saveState()
        self.canvas.translate(text.left if text.upright else text.x, text.y)
        self.canvas.scale(text.width / width if width else 1, -1)
        if not text.upright:
            self.canvas.rotate(90)
        self.canvas.setFillColor(_color(text.color, dark=self.dark))
        self.canvas.setFont(font, text.size)
        self.canvas.drawString(0, 0, shown)
        self.canvas.restoreState()


def _color(role: str, *, dark: bool) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(themes.color(role, dark=dark))


def printable(text: str) -> str:
    """Text in the characters of Helvetica; others by their number, so that none is lost.

    >>> printable("3×3 中")
    '3×3 <4E2D>'
    """
    return "".join(_printable(text))


def _printable(text: str) -> Iterator[str]:
    for character in text:
        try:
            is_known = bool(character.encode("cp1252")) and character.isprintable()
        except UnicodeEncodeError:
            is_known = False
        yield character if is_known else f"<{ord(character):04X}>"
