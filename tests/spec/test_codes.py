"""The explanations of codes have examples, and they are true."""

import re
from pathlib import Path

import pytest

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.errors import SpecError
from cnncalc.spec import parse
from cnncalc.spec.codes import codes, explain
from cnncalc.spec.expectations import check
from cnncalc.spec.lint import advice

PACKAGE = Path(cnncalc.__file__).parent


def found_in(text):
    try:
        network = parse(text)
    except SpecError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}
    analysis = analyze(network)
    warnings = (*network.about["warnings"], *check(analysis), *advice(analysis))
    return {diagnostic.code for diagnostic in warnings}


@pytest.mark.parametrize("code", [code for code, rule in codes().items() if rule.wrong])
def test_wrong_example_breaks_the_rule_and_no_other(code):
    found = found_in(codes()[code].wrong)
    assert code in found
    assert {other for other in found if other[0] == "E"} <= {code}


@pytest.mark.parametrize("code", [code for code, rule in codes().items() if rule.right])
def test_right_example_is_right(code):
    found = found_in(codes()[code].right)
    assert code not in found
    assert not any(other.startswith("E") for other in found)


def test_explanation_shows_both_examples():
    assert "Wrong:" in explain("e230")
    assert "conv(8, 5)" in explain("e230")


def test_every_code_in_the_source_is_explained():
    used = set()
    for path in PACKAGE.rglob("*.py"):
        used |= set(re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8")))
    assert used == set(codes())
