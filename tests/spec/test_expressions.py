"""Expressions in place of numbers: what they give, and how those are refused that give none."""

import math
import re

import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import SpecError
from cnncalc.spec import parse
from cnncalc.spec.expectations import check

VALUES = {
    "max(4)": 4,
    "+4": 4,
    "--4": 4,
    "2**3": 8,
    "7//2 + 7%2": 7 // 2 + 7 % 2,
    "(not 0)*4": 4,
    "4 and 8": 8,
    "0 or 8": 8,
    "min(9, 3, 5)": 3,
    "round(3.7)": 4,
    "ceil(7/2)": math.ceil(7 / 2),
    "floor(7/2)": math.floor(7 / 2),
    "div8(20)": 24,
    "cin*2": 6,
    "(1 < 2) + (2 <= 2) + (3 != 4)": 3,
}

REFUSED = {
    "8/0": ("E203", "division by zero"),
    "8%0": ("E203", "division by zero"),
    "0**-1": ("E203", "division by zero"),
    "(-8)**0.5": ("E203", "power of a negative number"),
    "9**99": ("E203", "power too large"),
    "10.5**400": ("E203", "power too large"),
    "round(1, 2)": ("E202", "`round` takes one number, got 2"),
    "min()": ("E101", "expected a value"),
    "-4": ("E216", "must be at least 1, got -4"),
    "not 4": ("E215", "must be a whole number, got false"),
    "4 < 5 < 6": ("E215", "must be a whole number, got true"),
    "2.5": ("E215", "must be a whole number, got 2.5"),
    "999999999*999999999*999999999": ("E203", "number too large"),
    "sqrt(4)": ("E101", "expected"),
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_an_expression_is_worth(text, value):
    assert list(parse(f"INPUT(3x8x8) -> conv({text}, 3)"))[-1].output_shape == (value, 6, 6)


@pytest.mark.parametrize(("text", "told"), REFUSED.items(), ids=REFUSED)
def test_an_expression_is_refused(text, told):
    with pytest.raises(SpecError) as caught:
        parse(f"INPUT(3x8x8) -> conv({text}, 3)")
    (found,) = caught.value.diagnostics
    assert found.code == told[0]
    assert told[1] in found.message


TABLES = {
    "[X., .X, XX]": ((0, 2), (1, 2)),
    "[x., .x, xx]": ((0, 2), (1, 2)),
    "[[1, 0], [2]]": ((0, 1), (2,)),
    "[X., X., X.]": "output map 1 of `table` is connected to nothing",
    "[X., X.X]": "must have rows of equal length",
    "[XX, XY, XX]": "of X and . alone",
    "[[0, 1], [3]]": "names 4 input maps, but 3 enter",
    "[[0], [1], [2]]": "has 3 output maps, but out_channels=2",
    "XX": "must be rows of X and ., or lists of input maps",
    "[[0, -1], [2]]": "must be a whole number, got -1",
}


@pytest.mark.parametrize(("text", "meant"), TABLES.items(), ids=TABLES)
def test_a_connection_table(text, meant):
    spec = f"input: 3x8x8\ntables: {{t: {text}}}\nlayers: conv(2, 3, table=t)"
    if isinstance(meant, tuple):
        assert list(parse(spec))[-1].layer.table == meant
        return
    with pytest.raises(SpecError, match=re.escape(meant)):
        parse(spec)


TWO = """\
input: {a: 3x8x8, b: 3x8x8}
layers:
  - add[from(a) | from(b)] as s
  - maxpool(2)
outputs: [s, maxpool1]
expect: {output: {s: 3x8x8, maxpool1: SHAPE}}
"""


@pytest.mark.parametrize(("shape", "unmet"), [("3x4x4", []), ("3x5x4", ["E300"])])
def test_every_output_can_be_expected_by_its_name(shape, unmet):
    found = check(analyze(parse(TWO.replace("SHAPE", shape))))
    assert [diagnostic.code for diagnostic in found] == unmet
    assert all("maxpool1" in diagnostic.message and "3x4x4" in diagnostic.message for diagnostic in found)


def test_an_output_that_is_expected_must_be_there():
    with pytest.raises(SpecError, match="no layer named `other`"):
        parse("input: 3x8x8\nlayers: relu\nexpect: {output: {other: 3x8x8}}")
