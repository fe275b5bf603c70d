"""``cnncalc solve``: what it prints and how it exits."""

import json

import pytest

RIGHT = {
    "window 40:19 19:9 9:4 --kernel 3 --dilation 1..3": "k=3 s=2 p=2 d=3",
    "padding --kernel 5 --stride 2 --size 32": "p=(1, 2)",
    "window 7:4 --kernel 3 --rounding same": "k=3 s=2 p=1",
    "fit 227 --kernel 11 --stride 4": "-> 55",
    "input POOL(3,2)=24x49 POOL((3,2),(2,1))=24x99": "{49, 50} x 100",
    "mlp 308310 --inputs 3072 --outputs 10 --hidden 1": "3072-100-10",
    "pattern INPUT(1x64)->CONV(1,3)*n --let n=1..9 --want field=7": "n=3",
    "field 224 --kernel 3": "112 layers",
    "usable alexnet_torchvision": "smallest input 63",
}
NO_SOLUTION = ["fit 7 --kernel 3 --stride 3", "window 5:9 --kernel 1", "mlp 7 --inputs 40 --outputs 10"]
WRONG_USAGE = [
    "window 7",
    "window 7:5 --kernel x",
    "window 7:5 --kernel 9..1",
    "input POOL(2)",
    "pattern INPUT(1x9)->CONV(a,3) --let a --want params=3",
    "mlp 0 --inputs 1 --outputs 1",
]


@pytest.mark.parametrize("line", RIGHT)
def test_solutions_are_printed(run, line):
    status, out, err = run("solve", *line.split())
    assert (status, err) == (0, "")
    assert RIGHT[line] in out


@pytest.mark.parametrize("line", NO_SOLUTION)
def test_no_solution_is_status_1_and_says_what_is_nearest(run, line):
    status, out, _ = run("solve", *line.split())
    assert status == 1
    assert "nearest" in out


@pytest.mark.parametrize("line", WRONG_USAGE)
def test_wrong_usage_is_status_2(run, line):
    status, out, err = run("solve", *line.split())
    assert (status, out) == (2, "")
    assert "Error" in err


def test_a_question_that_contradicts_itself_is_status_1(run):
    status, _, err = run("solve", *["padding", "--kernel", "5", "--stride", "2"])
    assert status == 1
    assert "give the size" in err


def test_json_holds_every_solution(run):
    _, out, _ = run(
        "solve", *["window", "40:19", "19:9", "--kernel", "3", "--dilation", "1..3", "--format", "json"]
    )
    answer = json.loads(out)
    assert answer["verdict"] == "underdetermined"
    assert answer["solutions"][0] == {"kernel": 3, "stride": 2, "padding": 0, "dilation": 1}


@pytest.mark.parametrize(
    ("command", "text", "wanted"),
    [
        ("matrix", "1 2 3 0\n0 1 2 3", "k=3, weights (1, 2, 3)"),
        ("summary", "Conv1d-1 [-1, 15, 19] 60\nConv1d-2 [-1, 15, 9] 690", "input 39|40"),
    ],
)
def test_text_is_read_from_a_file(run, tmp_path, command, text, wanted):
    path = tmp_path / "printed.txt"
    path.write_text(text)
    status, out, _ = run("solve", command, str(path))
    assert status == 0
    assert wanted in out


def test_bytes_that_are_no_text_are_refused(run, tmp_path):
    path = tmp_path / "printed.txt"
    path.write_bytes(b"\xff\xfe\x00")
    status, _, err = run("solve", "matrix", str(path))
    assert status == 1
    assert "is not text" in err
