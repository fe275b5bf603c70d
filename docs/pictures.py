"""Writes the pictures of these pages: ``python docs/pictures.py``.

A test compares the pictures with what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cnncalc
from cnncalc.render.pictures import VIEWS, picture

FOLDER = Path(__file__).parent / "pictures"
NETWORKS = ("lenet5", "alexnet", "resnet50", "googlenet", "unet")
OTHERS = (
    ("vgg16", "graph", {}),
    ("vgg16", "volume", {}),
    ("mobilenet_v2", "graph", {}),
    ("siamese", "graph", {}),
    ("r3d18", "volume", {}),
    ("dilated_context", "field", {}),
    ("dilated_context", "matrix", {}),
    ("mnist1d", "matrix", {}),
    ("mnist1d", "field", {}),
    ("resnet50", "graph", {"level": "stages"}),
)


def pictures() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Network, view and options of every picture."""
    for name in NETWORKS:
        for view in VIEWS:
            yield name, view, {}
    yield from OTHERS


def path(name: str, view: str, options: dict[str, str]) -> Path:
    """Where a picture is kept."""
    return FOLDER / ("-".join([name, view, *options.values()]) + ".svg")


def draw(name: str, view: str, options: dict[str, str]) -> str:
    """A picture as it is now."""
    return str(picture(cnncalc.load(name), view=view, **options))


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, view, options in pictures():
        path(name, view, options).write_text(draw(name, view, options), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
