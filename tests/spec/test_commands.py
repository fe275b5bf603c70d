"""The commands check, schema and fmt, as a shell sees them."""

import json

import pytest
from click.testing import CliRunner

from cnncalc.cli import cnncalc

GOOD = "input: 3x32x32\nlayers:\n  - conv(8, 3, padding=1) -> relu\n  - fc(10)\nexpect: {params: 82154}\n"
BAD = "input: 3x32x32\nlayers:\n  - covn(8, 3)\n  - conv(8, kernal=3)\n"


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return str(path)


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return str(path)


def test_check_of_a_good_spec(run, good):
    status, out, err = run("check", good)
    assert (status, err) == (0, "")
    assert "4 layers, 82,154 parameters, as expected" in out


def test_check_reports_every_error_of_every_spec_on_stderr(run, good, bad):
    status, out, err = run("check", good, bad)
    assert status == 1
    assert "as expected" in out
    assert err.count("error[") == 2
    assert f"{bad}:3:5" in err


def test_check_without_a_terminal_prints_no_colour(run, bad):
    assert "\x1b" not in run("check", bad)[2]


def test_check_for_editors(run, bad):
    status, out, err = run("check", "--format", "json", bad)
    found = json.loads(out)
    assert (status, err) == (1, "")
    assert found["schema"] == "cnncalc-diagnostics/1"
    first = found["files"][0]["diagnostics"][0]
    assert (first["code"], first["line"], first["column"], first["end_column"]) == ("E200", 3, 5, 9)


def test_check_for_github(run, bad):
    status, out, _ = run("check", "--format", "github", bad)
    assert status == 1
    assert out.startswith(f"::error file={bad},line=3,col=5,endColumn=9,title=E200::unknown layer `covn`")


def test_check_says_how_far_an_expectation_is_missed(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(GOOD.replace("82154", "82000"))
    status, _, err = run("check", str(path))
    assert status == 1
    assert "expected params = 82,000, got 82,154" in err
    assert "154 more than expected" in err


def test_advice_alone_does_not_fail(run):
    status, _, err = run("check", "--lint", "INPUT(3x32x32) -> conv(8, 5) -> bn -> fc(10)")
    assert status == 0
    assert "advice[W412]" in err
    assert "8 parameters that the mean takes away again" in err


def test_advice_about_a_repeat_is_given_once(run):
    _, _, err = run("check", "--lint", "INPUT(3x32x32) -> (conv(8, 5) -> relu)*6 -> fc(10)")
    assert err.count("advice[W412]") == 1
    assert "the same for conv2, conv3, conv4 and 2 more" in err


def test_check_of_what_is_not_there(run):
    status, _, err = run("check", "resnet51")
    assert status == 2
    assert "did you mean" in err


def test_sizes_of_a_pattern_are_asked_for_at_once_and_then_taken(run):
    pattern = "[(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K,SOFTMAX"
    status, _, err = run("check", pattern)
    assert "--input 3x32x32" in err
    status, _, err = run("check", pattern, "--input", "3x32x32")
    assert status == 1
    options = err.partition("for example: ")[2].split()
    assert options.count("--set") == 7
    status, out, _ = run("check", pattern, "--input", "3x32x32", *options)
    assert status == 0
    assert "parameters" in out
    without = run("check", pattern, "--input", "3x32x32", "--without-optional", *options)[1]
    assert without != out


def test_schema_is_one(run):
    jsonschema = pytest.importorskip("jsonschema")
    status, out, _ = run("schema")
    assert status == 0
    jsonschema.Draft7Validator.check_schema(json.loads(out))


def test_a_code_is_explained(run):
    status, out, _ = run("explain", "w415")
    assert status == 0
    assert "bias before batch norm" in out


def test_limits_are_raised_by_options():
    result = CliRunner().invoke(cnncalc, ["check", "INPUT(3x8x8) -> relu*30000", "--max-repeat", "40000"])
    assert "limit is 20,000" in str(result.exception) or "limit is 20,000" in result.output


def test_fmt_writes_in_place_once(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 3x8x8   # kept\nlayers: CONV(4,3)->RELU\n")
    assert run("fmt", "--check", str(path))[0] == 1
    assert "+layers: conv(4, 3) -> relu" in run("fmt", "--diff", str(path))[1]
    assert "CONV" in path.read_text()
    assert run("fmt", str(path))[0] == 0
    assert path.read_text() == "input: 3x8x8   # kept\nlayers: conv(4, 3) -> relu\n"
    assert run("fmt", "--check", str(path)) == (0, "", "")


def test_fmt_of_a_chain_and_of_what_cannot_be_read(run, bad, tmp_path):
    assert run("fmt", "INPUT(3x8x8) - CONV-3-4")[1] == "input(3x8x8) -> conv(4, 3)\n"
    broken = tmp_path / "broken.yaml"
    broken.write_text("layers: conv(\n")
    status, _, err = run("fmt", str(broken), bad)
    assert status == 1
    assert "E101" in err
    assert broken.read_text() == "layers: conv(\n"
    assert run("fmt", "nothing.yaml")[0] == 2


def test_layers_are_listed(run):
    _, out, _ = run("list", "--layers")
    assert "conv(out_channels, kernel_size, stride=1" in out
    found = json.loads(run("list", "--layers", "--format", "json")[1])
    assert {entry["kind"] for entry in found} >= {"conv", "fc", "relu", "unpool"}
