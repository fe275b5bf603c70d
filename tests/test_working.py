"""The worked line: read from the formula's source, with neutral terms dropped."""

import re

import pytest
import sympy

from cnncalc import formulas
from cnncalc.notation import LATEX
from cnncalc.working import Nothing, Total, Working

from .test_formulas import FORMULAS, arguments

LINES = {
    "LeNet C1 params": (
        Working(formulas.conv_params, in_channels=1, out_channels=6, kernel=(5, 5)),
        "out_channels * (in_channels * kernel + bias) = 6 * (5 x 5 + 1) = 156",
    ),
    "3-D kernel": (
        Working(formulas.conv_params, in_channels=3, out_channels=64, kernel=(3, 7, 7), bias=0),
        "out_channels * in_channels * kernel = 64 * 3 * 3 x 7 x 7 = 28,224",
    ),
    "1-D kernel": (
        Working(formulas.conv_params, in_channels=1, out_channels=15, kernel=(3,)),
        "out_channels * (in_channels * kernel + bias) = 15 * (3 + 1) = 60",
    ),
    "groups": (
        Working(formulas.conv_params, in_channels=96, out_channels=256, kernel=(5, 5), groups=2),
        "out_channels * (floor(in_channels / groups) * kernel + bias) = 256 * (96 / 2 * 5 x 5 + 1) = 307,456",
    ),
    "stride that fits": (
        Working(formulas.output_size, size=227, kernel=11, stride=4),
        "floor((size - (kernel - 1) - 1) / stride) + 1 = (227 - (11 - 1) - 1) / 4 + 1 = 55",
    ),
    "stride that does not fit": (
        Working(formulas.output_size, size=224, kernel=11, stride=4, padding=2),
        (
            "floor((size + 2 * padding - (kernel - 1) - 1) / stride) + 1"
            " = floor((224 + 2 * 2 - (11 - 1) - 1) / 4) + 1 = 55"
        ),
    ),
    "uneven padding and dilation": (
        Working(formulas.output_size, size=10, kernel=3, padding=(1, 2), dilation=2),
        (
            "size + padding_before + padding_after - dilation * (kernel - 1) - 1 + 1"
            " = 10 + 1 + 2 - 2 * (3 - 1) - 1 + 1 = 9"
        ),
    ),
    "a fraction": (
        Working(formulas.output_size_exact, size=7, kernel=3, stride=3),
        "(size - (kernel - 1) - 1) / stride + 1 = (7 - (3 - 1) - 1) / 3 + 1 = 7/3",
    ),
}


@pytest.mark.parametrize(("working", "line"), LINES.values(), ids=LINES)
def test_worked_line(working, line):
    assert working.text() == line


@pytest.mark.parametrize("name", FORMULAS)
def test_the_numbers_shown_evaluate_to_the_value(name):
    """The middle of the worked line, read as arithmetic, gives the result."""
    working = Working(FORMULAS[name], **arguments(name))
    figures = re.sub(r"(?<=\d),(?=\d)", "", working.text().split(" = ")[-2])
    figures = figures.replace(" x ", "*").replace("min(", "Min(").replace("ceil(", "ceiling(")
    assert sympy.sympify(figures) == working.value


@pytest.mark.parametrize("name", FORMULAS)
def test_latex_has_balanced_braces_and_the_result(name):
    working = Working(FORMULAS[name], **arguments(name))
    assert working.latex().count("{") == working.latex().count("}")
    assert working.latex().endswith(f" = {LATEX.number(working.value)}")


def test_a_changed_formula_changes_its_line():
    def params(in_channels, out_channels):
        return in_channels * out_channels + 7

    assert Working(params, in_channels=2, out_channels=3).text().endswith("2 * 3 + 7 = 13")


def test_total_shows_parts_and_sum():
    part = Working(formulas.conv_params, in_channels=3, out_channels=6, kernel=(5, 5))
    assert Total({"a": part, "b": part}).text() == (
        "a + b = 6 * (3 * 5 x 5 + 1) + 6 * (3 * 5 x 5 + 1) = 456 + 456 = 912"
    )


def test_nothing_is_a_declared_zero():
    nothing = Nothing("relu has no parameters")
    assert nothing.value == 0
    assert nothing.text() == "0 (relu has no parameters)"
    assert "relu has no parameters" in nothing.latex()
