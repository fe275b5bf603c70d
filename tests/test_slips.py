"""Slips that are told in words: one bad sheet among many, rows that cannot be read, wrong types."""

import pytest

import cnncalc
from cnncalc.cli import main
from cnncalc.comparison.networks import table
from cnncalc.homework import HomeworkError, grade
from cnncalc.solve import summary

SHEETS = """student,layer,params
Ann,C1,156
Ben,C77,156
Cid,,
,,
"""


def test_a_sheet_that_cannot_be_graded_does_not_keep_the_others():
    ann, ben, cid = grade(SHEETS, cnncalc.load("lenet5"))
    assert (ann.score, ann.problem) == (1, "")
    assert "C77" in ben.problem
    assert "not graded" in ben.text()
    assert (cid.student, cid.most) == ("Cid", 0)


def test_a_single_sheet_that_cannot_be_graded_is_an_error():
    with pytest.raises(HomeworkError, match="C77"):
        grade("layer,params\nC77,156\n", cnncalc.load("lenet5"))


def test_the_command_names_the_sheet_and_ends_with_1(tmp_path, capsys):
    path = tmp_path / "sheets.csv"
    path.write_text(SHEETS)
    with pytest.raises(SystemExit) as ended:
        main(["grade", str(path), "--key", "lenet5"])
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "Ann: 1 of 1" in said.out
    assert "not graded: Ben: " in said.err


def test_rows_of_a_summary_that_are_left_out_are_named():
    text = "Conv2d-1  [-1, 8, 30, 30]  224\nWibble-2  [-1, 8, 30, 30]  0\nReLU-3  [-1, 8, 30, 30]  0\n"
    assert "Wibble-2" in summary(text).text()


def test_networks_of_one_name_have_headings_of_their_own():
    lenet = cnncalc.load("lenet5")
    assert "LeNet-5 (1)" in table([lenet, lenet])
    assert "LeNet-5 (2)" in table([lenet, lenet])


NO_NUMBERS = {
    "a word": ("  - conv(yes, 3)", "got yes"),
    "text": ("  - conv('4', 3)", "the text '4'"),
    "nothing": ("  - conv:\n      out_channels:\n      kernel_size: 3", "nothing"),
}


@pytest.mark.parametrize(("layer", "told"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_called_what_it_is(layer, told):
    with pytest.raises(cnncalc.SpecError) as refused:
        cnncalc.parse(f"input: 3x8x8\nlayers:\n{layer}\n")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: cnncalc.load("lenet5", limits=3),
        lambda: cnncalc.render(cnncalc.load("lenet5"), None),
        lambda: cnncalc.sweep(cnncalc.load("lenet5"), None),
    ],
    ids=["limits", "path", "over"],
)
def test_wrong_types_are_told_in_words(misuse):
    pytest.importorskip("numpy")
    with pytest.raises(cnncalc.CnncalcError, match=r"must be|takes|is a|is an|not"):
        misuse()
