"""The house: rooms import one way, torch stays behind its door, formulas stand alone."""

import ast
import re
from pathlib import Path

import pytest

from cnncalc import errors, spec

ROOT = Path(__file__).parent.parent / "cnncalc"
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}

FLOORS = (
    ("_version", "arithmetic"),
    ("errors", "formulas", "misuse", "notation", "strides", "recipes", "text_table", "narrow_table"),
    ("worked_line", "working", "taps", "devices", "files"),
    ("layers", "moves", "numeric"),
    ("network", "frameworks"),
    ("fields", "folding", "backward", "conventions", "structure", "parts", "straight_line"),
    ("quantities", "memory"),
    ("analysis",),
    ("spec", "solve", "comparison", "roofline", "advise", "exchange"),
    ("render", "homework"),
    ("sweeping", "torch_backend"),
    ("cli",),
)
"""From the ground up; a room imports rooms of its own floor and of those below."""

HEIGHT = {room: height for height, floor in enumerate(FLOORS) for room in floor}


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree):
    """Modules that a module imports as it is loaded."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            if statement.module == "cnncalc":
                yield from (f"cnncalc.{alias.name}" for alias in statement.names)
            else:
                yield statement.module


def edges():
    for path, tree in MODULES.items():
        for name in imported(tree):
            parts = name.split(".")
            if parts[0] == "cnncalc" and len(parts) > 1 and room_of(path) in HEIGHT:
                yield room_of(path), parts[1]


def test_every_room_has_its_floor():
    rooms = {room_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set(HEIGHT)


def test_rooms_import_downwards():
    assert {(one, other) for one, other in edges() if HEIGHT[other] > HEIGHT[one]} == set()


def test_no_two_rooms_import_each_other():
    found = {edge for edge in edges() if edge[0] != edge[1]}
    assert {edge for edge in found if edge[::-1] in found} == set()


DOORS = {"torch": {"torch_backend"}, "numpy": {"numeric", "sweeping"}, "graphviz": set(), "sympy": set()}
"""Rooms that may import a heavy package as they are loaded; elsewhere functions do."""


@pytest.mark.parametrize("package", DOORS)
def test_heavy_packages_stay_behind_their_doors(package):
    importing = {
        room_of(path)
        for path, tree in MODULES.items()
        if package in {name.split(".")[0] for name in imported(tree)}
    }
    assert importing <= DOORS[package]


def test_the_tree_of_errors_is_drawn_whole():
    classes = {name: thing for name, thing in vars(errors).items() if isinstance(thing, type)}
    drawn = set(re.findall(r"^    [│├└─ ]*(\w+)", errors.__doc__, re.MULTILINE))
    assert drawn == {name for name, cls in classes.items() if issubclass(cls, Exception)}


def test_the_map_of_spec_has_every_module():
    named = set(re.findall(r"\w+", spec.__doc__.partition("The way of a text")[2]))
    assert {path.stem for path in MODULES if path.parent == ROOT / "spec"} - {"__init__"} <= named
