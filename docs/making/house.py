"""The picture of the house and its page, made from the test that holds the floors and from docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from cnncalc.render.metrics import text_width
from cnncalc.render.scene import Box, Group, Item, Scene, Text
from cnncalc.render.writers.svg import svg

ROOT = Path(__file__).parent.parent.parent
WIDTH, MARGIN, GAP = 880.0, 12.0, 6.0
SIZE, LINE, HEAD_ROOM = 9.5, 12.0, 34.0

ROOFS = {
    "cli": "conv",
    "torch_backend": "merge",
    "sweeping": "merge",
    "render": "linear",
    "homework": "linear",
    "analysis": "pool",
}
"""Rooms that people come to first stand out; the analysis is where all their numbers come from."""

HEAD = """\
# How cnncalc is built

For those who change it. The [contributing page](../CONTRIBUTING.md) has the recipes; this page has the
picture in your head that makes them obvious. It is made by `python docs/generate.py` from the test
that holds the floors (`tests/test_architecture.py`) and from the rooms' own docstrings.

![The house: rooms on floors, each importing only rooms of its own floor and of those below](pictures/house.svg)

A room is a module or a package of `cnncalc`. **It imports rooms of its own floor and of the floors
below, never of those above**, and no two rooms import each other; a test fails when one does.

## One number, from the ground to the roof

What happens on `cnncalc explain lenet5 C3 params`, and why the answer can be trusted:

1. `cli` finds the command in its table and imports that one module.
2. `spec` reads the text into nodes with places (line and column), expands blocks and repeats, and asks
   the layer kinds to bind their arguments. Every mistake it meets becomes a diagnostic; it goes on, so
   that all are told at once.
3. `network` holds the result: frozen nodes in an order in which they can be run.
4. `analysis` makes a row for each node. Nothing is worked out yet: a row asks when it is asked.
5. `layers` answers: the class of the kind has one method for each quantity, which returns a *working*,
   a formula together with its numbers.
6. `working` evaluates the formula; `worked_line` reads the source of the same formula and writes the
   symbols and the numbers. The explanation cannot differ from the arithmetic: there is only one.
7. `formulas` is that arithmetic: one return expression each, for ints, for int64 arrays (a whole design
   space at once, in `sweeping`) and for symbols (`homework`).

Tables, pictures, JSON, exercises and the comparison with PyTorch all read the same `analysis`, so a
number cannot be one thing on a picture and another in a table.

## How it stays right

- `torch_backend` builds the same network from real modules and measures every number by a way that
  knows none of our formulas. The tests do so for every example of every layer kind.
- Other oracles: brute force on small tensors, published figures (`expect:` in the specs), and exact
  perturbation for receptive fields. None is our own arithmetic.
- Kinds, codes, commands, options and public functions are enumerated by tests: one that lacks a
  facet, an example, a PyTorch pair or its place on a page fails.

## What is slow stays outside

`import cnncalc` loads nothing; each name is imported when it is first used. Torch stays in
`torch_backend`, NumPy in `numeric` and `sweeping`; Graphviz and SymPy are imported where a function
needs them. Tests in fresh processes hold all that.

"""

INSIDE = """\
Every module in one line, as its own docstring begins. In which order `spec` uses its modules stands at
the head of the package."""


def page() -> str:
    """The page: the picture, the way of a number, and every room."""
    rooms = ["## The rooms, from the roof down", "", *_floors()]
    inside = ["## Inside the rooms that are packages", "", INSIDE, "", *_packages()]
    return HEAD + "\n".join([*rooms, *inside]) + "\n"


def picture() -> str:
    """The house as SVG."""
    rooms: list[Item] = []
    y = MARGIN
    for floor in reversed(floors()):
        drawn, height = _floor(floor, y)
        rooms += drawn
        y += height + GAP
    title = "The house of cnncalc"
    description = (
        "Rooms on floors; each imports only rooms of its own floor and of those below. From the roof: "
    )
    names = "; ".join(", ".join(floor) for floor in reversed(floors()))
    return svg(Scene(title, f"{description}{names}.", WIDTH, y - GAP + MARGIN, tuple(rooms)))


def floors() -> tuple[tuple[str, ...], ...]:
    """The floors as the test holds them, from the ground up."""
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "FLOORS":
            found: tuple[tuple[str, ...], ...] = ast.literal_eval(statement.value)
            return found
    raise LookupError("tests/test_architecture.py holds no FLOORS")


def purpose(room: str) -> str:
    """The first line of the docstring of a room, or of a module in one."""
    path = ROOT / "cnncalc" / room
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0].replace(":class:", "").replace("~cnncalc.network.", "").rstrip(".")


def _floors() -> Iterator[str]:
    for place, floor in enumerate(reversed(floors())):
        yield f"**Floor {len(floors()) - place}**\n"
        yield from (f"- `{room}`: {purpose(room).replace('``', '`')}." for room in floor)
        yield ""


def _packages() -> Iterator[str]:
    """Every module of every package, with its purpose."""
    for room in (room for floor in reversed(floors()) for room in floor):
        folder = ROOT / "cnncalc" / room
        modules = sorted(path for path in folder.rglob("*.py") if path.name != "__init__.py")
        if modules:
            yield f"**{room}**\n"
            yield from (_module(path.relative_to(folder.parent).with_suffix("")) for path in modules)
            yield ""


def _module(path: Path) -> str:
    text = purpose(str(path)).replace("``", "`")
    return f"- `{'.'.join(path.parts[1:])}`: {text}."


def _floor(floor: tuple[str, ...], y: float) -> tuple[list[Item], float]:
    """The rooms of a floor side by side, as high as the one that says most."""
    width = (WIDTH - 2 * MARGIN - (len(floor) - 1) * GAP) / len(floor)
    texts = [_wrapped(purpose(room).replace("`", ""), width - 20) for room in floor]
    size = (width, HEAD_ROOM + LINE * max(map(len, texts)))
    places = (MARGIN + number * (width + GAP) for number in range(len(floor)))
    drawn = [_room(*each, y, size) for each in zip(floor, texts, places, strict=True)]
    return [*drawn], size[1]


def _room(room: str, lines: list[str], x: float, y: float, size: tuple[float, float]) -> Group:
    role = ROOFS.get(room, "")
    box = Box(x, y, *size, f"{role}_soft" if role else "card", role or "card_edge", radius=5)
    name = Text(x + 10, y + 20, room, 12.5, bold=True)
    texts = [Text(x + 10, y + 36 + LINE * n, line, SIZE, color="muted") for n, line in enumerate(lines)]
    return Group((box, name, *texts), f"{room}: {purpose(room)}", room, "node")


def _wrapped(text: str, room: float) -> list[str]:
    """A text in lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, SIZE) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
