"""Diagnostics as text: carets under the right columns, whatever the line holds."""

import json

import pytest

from cnncalc.errors import Diagnostic, Label, Span, SpecError
from cnncalc.spec import parse
from cnncalc.spec.report import render, render_all, to_dict, to_json
from cnncalc.spec.suggest import did_you_mean, distance


def shown(source, span, **fields):
    return render_all([Diagnostic("E200", "message", span, **fields)], source, "net.yaml").splitlines()


def test_the_caret_stands_under_the_place():
    lines = shown("a: b\nlayers: relux\n", Span(2, 9, 14), detail="here")
    assert lines[1:] == [" --> net.yaml:2:9", "  |", "2 | layers: relux", "  |         ^^^^^ here"]


def test_wide_characters_take_two_columns():
    lines = shown("name: 畳み込み relux", Span(1, 12, 17))
    assert lines[-1] == "  | " + " " * (6 + 8 + 1) + "^^^^^"


def test_combining_characters_take_none():
    lines = shown("e\u0301x", Span(1, 3, 4))
    assert lines[-1] == "  |  ^"


def test_tabs_take_one_column():
    lines = shown("\trelux", Span(1, 2, 7))
    assert lines[-2:] == ["1 |  relux", "  |  ^^^^^"]


def test_long_lines_are_cut_around_the_place():
    text = "relu -> " * 100 + "relux" + " -> relu" * 100
    lines = shown(text, Span(1, 801, 806))
    assert lines[-2].count("...") == 2
    start = lines[-1].index("^")
    assert lines[-2][start : start + 5] == "relux"
    assert max(map(len, lines)) < 130


def test_a_long_stretch_is_marked_within_reason():
    assert max(map(len, shown("x" * 5000, Span(1, 1, 5001)))) < 130


def test_labels_stand_in_the_order_of_the_text_with_dashes():
    label = Label(Span(1, 1, 2), "first here")
    lines = shown("a\nb\nc\nd", Span(4, 1, 2), detail="again", labels=(label,))
    assert lines[2:] == ["  |", "1 | a", "  | - first here", "...", "4 | d", "  | ^ again"]


def test_line_numbers_get_as_much_room_as_they_need():
    lines = shown("\n" * 99 + "x", Span(100, 1, 2))
    assert lines[1:] == ["   --> net.yaml:100:1", "    |", "100 | x", "    | ^"]


def test_notes_and_help_follow_and_nowhere_has_no_excerpt():
    lines = shown("x", Span(0, 0, 0), notes=("why",), help="what")
    assert lines == ["error[E200]: message", "  = note: why", "  = help: what"]


def test_colour_is_added_where_wanted():
    text = render_all([Diagnostic("E200", "m", Span(1, 1, 2))], "x", "net.yaml", colour=True)
    assert "\x1b[1;31merror[E200]\x1b[0m" in text


def test_the_end_of_the_text_can_be_pointed_at():
    with pytest.raises(SpecError) as caught:
        parse("INPUT(3x8x8) -> conv(8,")
    assert render(caught.value).splitlines()[3].endswith("conv(8,")


def test_json_holds_everything():
    with pytest.raises(SpecError) as caught:
        parse("INPUT(3x8x8) -> relu as a -> relu as a")
    found = json.loads(to_json([("net", caught.value.diagnostics)]))
    only = found["files"][0]["diagnostics"][0]
    assert only["code"] == "E205"
    assert only["related"] == [{"line": 1, "column": 25, "end_column": 26, "message": "first here"}]
    assert to_dict(caught.value.diagnostics[0]) == only


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("conv", "conv", 0),
        ("covn", "conv", 1),
        ("relux", "relu", 1),
        ("kernal", "kernel", 1),
        ("abc", "xyz", 3),
    ],
)
def test_edits_between_words(one, other, edits):
    assert distance(one, other, 3) == edits


def test_suggestions_are_the_nearest_and_never_wild():
    assert did_you_mean("sofmax", ["softmax", "softmin", "relu"]) == "did you mean `softmax`?"
    assert did_you_mean("relux", ["relu", "relu6"]) == "did you mean `relu` or `relu6`?"
    assert did_you_mean("zzz", ["relu", "conv"]) == ""
    assert did_you_mean("k", ["s", "p"]) == ""


def test_lines_end_at_line_feeds_alone():
    with pytest.raises(SpecError) as caught:
        parse("input: 3x8x8\nname: a\u2028b\x85c\nlayers: relu\x0cx\n")
    text = render(caught.value)
    assert "2 | name: a\\u2028b\\x85c" in text
    assert "3 | layers: relu\\x0cx" in text
