"""Every puzzle of the lectures, answered by a line on the command line that the page shows."""

from pathlib import Path

import pytest

from cnncalc.cli import main

PAGE = (Path(__file__).parent.parent.parent / "docs" / "puzzles.md").read_text(encoding="utf-8")

PUZZLES = {
    "output size 7x7/3x3 stride 1": ('explain "INPUT(1x7x7) -> CONV(1,3)" conv1 output_shape', ["= 5"]),
    "output size 7x7/3x3 stride 2": ('explain "INPUT(1x7x7) -> CONV(1,3,2)" conv1 output_shape', ["= 3"]),
    "stride 3?": (
        "solve fit 7 --kernel 3 --stride 3",
        ["does not fit", "2.333", "padding 1: 7 -> 3", "size 6"],
    ),
    "pad 1": ('explain "INPUT(1x7x7) -> CONV(1,3,p=1)" conv1 output_shape', ["= 7"]),
    "output volume and parameters": (
        'explain "INPUT(3x32x32) -> CONV(10,5,p=2)" conv1',
        ["10x32x32", "= 760"],
    ),
    "F=5, S=2, even size": ("solve padding --kernel 5 --stride 2 --size 32", ["p=(1, 2)", "floor: p=2"]),
    "F=5, S=2, odd size": ("solve padding --kernel 5 --stride 2 --size 33", ["p=2"]),
    "same padding": ("solve padding --kernel 7", ["p=3"]),
    "project 1": (
        (
            'solve pattern "INPUT(3x192x256) -> [CONV(w,k,s) -> RELU]*n -> FC(2)" --let w=1..8 --let k=3,5 '
            "--let s=1..2 --let n=1..5 --want params=3442"
        ),
        ["w=5 k=5 s=2 n=4"],
    ),
    "parameters in 1-D": ('explain "INPUT(3x8) -> CONV(1,3)" conv1 params', ["= 10"]),
    "parameters in 2-D": ('explain "INPUT(3x8x8) -> CONV(4,3)" conv1 params', ["= 112"]),
    "configured 1": ("solve matrix question1.txt", ["one solution", "k=5 p=2"]),
    "configured 2": ("solve matrix question2.txt", ["one solution", "k=3, weights"]),
    "configured 3": ("solve matrix question3.txt", ["one solution", "k=3 p=2 d=2"]),
    "figure 3,2,1": ('explain "INPUT(1x6) -> CONV(1,3,2,1)" conv1 output_shape', ["= 3"]),
    "figure 5,1,1": ('explain "INPUT(1x6) -> CONV(1,5,1,2)" conv1 output_shape', ["= 6"]),
    "figure 3,1,2": ('explain "INPUT(1x6) -> CONV(1,3,1,2,2)" conv1 output_shape', ["= 6"]),
    "1-D example": (
        'summarize "INPUT(1x12) -> CONV(1,3,p=1)" --columns layer,output,params,field',
        ["conv1    1x12             4        3"],
    ),
    "MNIST-1D table": ("solve summary table.txt", ["3 solutions", "conv(15, 3, 2) -> relu", "input 39|40"]),
    "rand_input": ('solve input "POOL(3,2)=24x49" "POOL((3,2),(2,1))=24x99"', ["{49, 50} x 100"]),
    "150,185": ("solve mlp 150185 --inputs 40 --outputs 10 --keep 3", ["underdetermined"]),
    "vectorizing an image": (
        (
            'compare networks "INPUT(3x55x55) -> FC(290400)" "INPUT(3x55x55) -> LOCAL(96,11,p=5)" '
            '"INPUT(3x55x55) -> CONV(96,11,p=5)"'
        ),
        ["2,635,670,400", "105,705,600", "34,944"],
    ),
    "other ways to a larger field": ("solve field 224 --kernel 3 --stride 2", ["7 layers"]),
    "three 3x3 = one 7x7?": (
        (
            'compare networks "INPUT(64x28x28) -> [CONV(64,3,p=1) -> RELU]*3" '
            '"INPUT(64x28x28) -> CONV(64,7,p=3) -> RELU"'
        ),
        ["110,592", "200,704", "7x7"],
    ),
    "transfer learning 2x2": ("advise vgg13 --classes 10", ["40,970 trainable", "119,586,826 trainable"]),
    "need a lot of data?": ("advise vgg13 --classes 10 --images 5000 --likeness similar", ["little data"]),
    "field in the previous layer": (
        'field "INPUT(1x32x32) -> CONV(1,3)*2" --reference conv1',
        ["conv2    conv 3x3  3 x 3"],
    ),
    "field in the input": ('explain "INPUT(1x32x32) -> CONV(1,3)*2" conv2 field', ["field = 5x5"]),
    "C3 parameters": ("explain lenet5 C3 params", ["456 + 909 + 151 = 1,516"]),
    "C3 connections": ("explain lenet5 C3 connections", ["= 151,600"]),
    "larger inputs": ("solve usable alexnet_torchvision", ["smallest input 63"]),
    "fixed inputs": ("solve usable vgg16 --largest 300", ["fit 224..255", "classifier.fc6"]),
    "FC or conv at each position": (
        'compare networks "INPUT(64x56x56) -> CONV(32,1)" "INPUT(56x56x64) -> LINEAR(32, in_features=64)"',
        ["2,080 (x1)", "6,422,528 (x1)"],
    ),
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The files that the page has, in the working directory."""
    import re

    for name, text in re.findall(r"^```text\n# file: (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", PUZZLES)
def test_puzzle(name, capsys):
    import shlex

    command, wanted = PUZZLES[name]
    with pytest.raises(SystemExit):
        main(shlex.split(command))
    out = capsys.readouterr().out
    assert all(text in out for text in wanted), out


@pytest.mark.parametrize("name", PUZZLES)
def test_the_page_shows_the_line(name):
    assert f"$ cnncalc {PUZZLES[name][0]}\n" in PAGE
