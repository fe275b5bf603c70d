"""Scenes as PNG: the PDF, drawn by PDFium with the fonts it brings along."""

from __future__ import annotations

import io

from cnncalc.errors import MissingExtra
from cnncalc.render.scene import Scene
from cnncalc.render.writers.pdf import POINTS, pdf

DENSITY = 2.0
"""Pixels drawn for each pixel of the scene."""
MOST_PIXELS = 60_000_000


def png(scene: Scene, *, theme: str = "auto") -> bytes:
    """The scene at twice its size, or less where that would be more than 60 million pixels."""
    try:
        import PIL  # noqa: F401 - pypdfium2 needs it to write pixels
        import pypdfium2
    except ImportError:
        raise MissingExtra("pypdfium2 with pillow", "pictures", "writing PNG") from None
    density = min(DENSITY, (MOST_PIXELS / (scene.width * scene.height)) ** 0.5)
    document = pypdfium2.PdfDocument(pdf(scene, theme=theme))
    try:
        page = document[0]
        image = page.render(scale=density / POINTS).to_pil()
        page.close()
    finally:
        document.close()
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
