"""The command line: what it prints, where, and how it exits."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS, main
from cnncalc.errors import MissingExtra

PATTERN = "INPUT(3x32x32) -> [[CONV(16,3,p=1) -> RELU]*2 -> POOL(2)]*3 -> [FC(64) -> RELU]*1 -> FC(10)"


def test_summarize_prints_the_numbers_of_the_paper(run):
    status, out, err = run("summarize", "lenet5")
    assert (status, err) == (0, "")
    line = {words[0]: words for words in map(str.split, out.splitlines()) if words}
    assert line["C1"][-4:-2] == ["156", "122,304"]
    assert line["C3"][-4:-2] == ["1,516", "151,600"]
    assert line["total"][1:3] == ["60,000", "340,908"]


def test_a_pattern_works_as_typed(run):
    status, out, _ = run("summarize", PATTERN)
    assert status == 0
    assert out.count("conv 3x3") == 6
    assert "conv6" in out


@pytest.mark.parametrize("format", ["table", "markdown", "csv", "json", "latex", "html"])
def test_every_format_holds_every_layer(run, format):
    status, out, err = run("summarize", "lenet5", "--format", format)
    assert (status, err) == (0, "")
    assert all(name in out for name in ("C1", "S2", "C3", "S4", "C5", "F6"))


def test_csv_is_raw_numbers(run):
    _, out, _ = run("summarize", "lenet5", "--format", "csv", "--columns", "layer,params,connections")
    rows = {row["layer"]: row for row in csv.DictReader(io.StringIO(out))}
    assert rows["C3"] == {"layer": "C3", "params": "1516", "connections": "151600"}


def test_json_names_its_convention(run):
    _, out, _ = run("summarize", "mnist1d", "--format", "json", "--convention", "torchinfo", "--batch", "100")
    assert json.loads(out)["counted"] == {
        "convention": "torchinfo",
        "batch": 100,
        "operations": 1_072_000,
        "unit": "mult-adds",
    }


def test_depth_folds_parts_with_subtotals(run):
    _, whole, _ = run("summarize", "vgg16")
    status, folded, _ = run("summarize", "vgg16", "--depth", "1")
    assert status == 0
    assert len(folded.splitlines()) < len(whole.splitlines())
    assert "14,714,688" in folded
    assert "138,357,544" in folded


def test_columns_are_chosen_by_name(run):
    status, out, _ = run("summarize", "lenet5", "--columns", "layer,field,jump,start")
    assert status == 0
    assert "layer" in out.splitlines()[2]
    status, _, err = run("summarize", "lenet5", "--columns", "layer,size")
    assert status == 2
    assert "no column is called 'size'" in err


def test_settings_and_input_change_the_network(run):
    _, out, _ = run("summarize", "vgg16", "--set", "classes=10", "--input", "3x64x64", "--format", "json")
    data = json.loads(out)
    assert data["inputs"] == {"input": [3, 64, 64]}
    assert list(data["outputs"].values()) == [[10]]


def test_standard_input_is_a_spec(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"input: 1x28x28\nlayers: [fc(10)]\n")))
    status, out, _ = run("summarize", "-")
    assert status == 0
    assert "7,850" in out


def test_rows_up_to_an_error_are_shown_and_then_the_error(run):
    status, out, err = run("summarize", "INPUT(1x8x8) -> CONV(4,3) -> POOL(2) -> CONV(4,5) -> FC(10)")
    assert status == 1
    assert "conv1" in out
    assert "maxpool1" in out
    assert "E230" in err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["summarize", "no_such_network"], 2, "no_such_network"),
        (["summarize", "lenet5", "--format", "xml"], 2, "xml"),
        (["summarise", "lenet5"], 2, "did you mean 'summarize'"),
        (["explain", "lenet5", "C9"], 2, "did you mean"),
        (["explain", "lenet5", "C3", "bytes"], 2, "params"),
        (["summarize", "lenet5", "--set", "x"], 2, "NAME=VALUE"),
        (["summarize"], 2, "SPEC"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_clear_message(run, arguments, status, message):
    code, out, err = run(*arguments)
    assert code == status
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_explain_shows_a_quantity_a_layer_or_the_totals(run):
    assert "= 1,516" in run("explain", "lenet5", "C3", "params")[1]
    whole = run("explain", "lenet5", "C3")[1]
    assert "C3 of" in whole
    assert "connections = " in whole
    assert "params = 60,000" in run("explain", "lenet5")[1]
    assert run("explain", "lenet5", "C3", "params", "--latex")[1].count(r"\times") == 3


def test_list_and_show_know_the_bundled_networks(run):
    status, out, _ = run("list")
    assert status == 0
    assert {"lenet5", "resnet50", "vgg16"} <= {line.split()[0] for line in out.splitlines() if line}
    status, out, _ = run("show", "lenet5")
    assert status == 0
    assert "layers:" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"cnncalc {command}" in out


def test_a_closed_pipe_is_no_error():
    code = "from cnncalc.cli import main; main(['summarize', 'resnet50', '--format', 'json'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        ran.stdout.read(1)
        ran.stdout.close()
        assert ran.stderr.read() == b""
        assert ran.wait(timeout=60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told():
    code = "from cnncalc.cli import main; main(['summarize', 'lenet5'])"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.returncode == 1
    assert "cannot write the output" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_terminal_of_another_encoding_gets_question_marks():
    code = "from cnncalc.cli import main; main(['summarize', 'mnist1d', '--convention', 'torchinfo'])"
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=False)
    assert ran.returncode == 0
    assert b"Conv1d" in ran.stdout


def test_numbers_that_a_spec_expects_in_vain_are_told(run, tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: 1x28x28\nparams: {n: 10}\nlayers: [fc(n)]\nexpect: {params: 7851}\n", encoding="utf-8"
    )
    for command in ("summarize", "check"):
        status, _, err = run(command, str(spec))
        assert status == 1
        assert "expected params = 7,851, got 7,850" in err
        status, out, err = run(command, str(spec), "--set", "n=5")
        assert (status, err) == (0, "")
        assert "3,925" in out


def test_an_error_number_is_explained(run):
    status, out, _ = run("explain", "E230")
    assert status == 0
    assert "kernel" in out


def test_memory_adds_up(run):
    _, out, _ = run("memory", "resnet50", "--batch", "2", "--optimizer", "adam", "--format", "json")
    data = json.loads(out)
    training = data["training"]
    assert data["parameters"] == training["weights"] == training["gradients"] == 4 * 25_557_032
    assert training["optimizer"] == 2 * training["weights"]
    assert training["saved"] == sum(data["saved"].values()) > 2 * 80e6
    assert training["total"] == sum(value for name, value in training.items() if name != "total")
    assert data["inference_peak"]["bytes"] < data["activations"]
    status, out, _ = run("memory", "resnet50", "--top", "3")
    assert status == 0
    assert "peak of inference, at" in out
    assert len(out.splitlines()) == 2 + 9 + 1 + 5


@pytest.mark.parametrize(
    ("closing", "message"),
    [("summarize lenet5 >&-", "cannot write the output"), ("summarize - <&-", "the spec is empty")],
    ids=["standard output", "standard input"],
)
def test_a_closed_stream_is_no_traceback(closing, message):
    command = f"{sys.executable} -m cnncalc {closing}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_input_that_cannot_be_read_is_reported_once(run):
    status, _, err = run("summarize", "lenet5", "--input", "0x0x0")
    assert status == 1
    assert err.count("error[") == 1
    assert "0x0x0" in err
    assert "UNKNOWN" not in err


@pytest.mark.parametrize(
    "chain", ["INPUT(3x8x8) -> conv_transpose(3, 2, stride=2)*60", "INPUT(1x999999999999999)"]
)
def test_sizes_beyond_memory_are_summarized(run, chain):
    status, out, err = run("summarize", chain, "--columns", "layer,field,start")
    assert (status, err) == (0, "")
    assert "layer" in out


def test_fields_on_axes_beyond_memory_are_refused(run):
    status, _, err = run("field", "INPUT(3x999999999999999x9) -> conv(4, 3)", "--inputs")
    assert (status, err.count("\n")) == (2, 1)
    assert "smaller --input" in err


def test_tensors_beyond_memory_are_no_traceback(run):
    pytest.importorskip("torch")
    status, _, err = run("verify", "INPUT(3x999999999999999x999999999999999) -> relu")
    assert (status, err.count("\n")) == (1, 1)
    assert "smaller --input" in err


def test_a_share_that_is_no_number_is_refused(run, tmp_path):
    sheet = tmp_path / "answers.csv"
    sheet.write_text("layer,params\nC1,156\n")
    status, _, err = run("grade", str(sheet), "--key", "lenet5", "--tolerance", "nan")
    assert status == 2
    assert "'nan' is not a number" in err


def test_help_of_explain_names_the_quantities_once(run):
    _, out, _ = run("explain", "--help")
    assert "SPEC [LAYER] [QUANTITY]" in out
    assert "trainable_params" in out


def test_a_quantity_in_place_of_a_layer_is_its_total(run):
    status, out, _ = run("explain", "lenet5", "params")
    assert (status, out.splitlines()[0]) == (0, "params = 60,000")
    assert "connections" not in out


def test_a_command_without_its_extra_still_has_help(run, monkeypatch):
    def lacking(_):
        raise MissingExtra("NumPy", "sweep", "a sweep")

    monkeypatch.setattr("cnncalc.cli.import_module", lacking)
    status, out, _ = run("sweep", "--help")
    assert status == 0
    assert "cnncalc[sweep]" in " ".join(out.split())
    status, out, err = run("sweep", "net.yaml", "--over", "c=1..4")
    assert (status, out) == (2, "")
    assert err == "error: a sweep needs NumPy, which is not installed: pip install 'cnncalc[sweep]'\n"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("summarize nets/net.yaml", 2, "check the path"),
        ("summarize lenet5 --columns outpt", 2, "no column is called 'outpt'"),
        ("explain resnet18 layer1", 2, "a part is called 'layer1' in ResNet-18; did you mean layer1.basic1."),
        ("compare lenet5 vgg16", 2, "'cnncalc compare networks lenet5 ...'"),
        ("compare kernel 64x5x5", 2, "'kernels'"),
        ("compare connectivity 3x4x4 --out 5 --kernel 11", 1, "error[E230]: kernel 11 does not fit"),
        ("exercise seven", 2, "'seven' is not a valid integer."),
        ("exercise 7 --format otter", 2, "name a folder with --output"),
        ("export lenet5 --to yaml -o nowhere/net.yaml", 2, "there is no folder"),
        ("run lenet5 --profile abacus", 2, "'rtx4090'."),
        ("import model.docx", 2, ".onnx"),
        ("field lenet5 C3 --unit 99,2,3", 2, "Error: 99 is not inside C3"),
        ("check lenet5 --set foo=1", 1, "it has no parameters"),
    ],
)
def test_a_slip_is_answered_with_the_way_out(run, tmp_path, monkeypatch, arguments, status, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*arguments.split())
    assert (code, message in err) == (status, True), err
    assert "Traceback" not in err


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_a_table_fits_the_terminal(run, monkeypatch, width):
    _, whole, _ = run("summarize", "resnet18")
    monkeypatch.setenv("COLUMNS", str(width))
    status, out, err = run("summarize", "resnet18")
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= max(width, 84) < max(map(len, whole.splitlines()))
    assert [line.split()[-1:] for line in out.splitlines()[2:70]] == [
        line.split()[-1:] for line in whole.splitlines()[2:70]
    ]
    assert ("left out for want of room: " in out) == (width < 130)
    chosen = run("summarize", "resnet18", "--columns", "layer,output,params,connections,macs,field")[1]
    assert "left out" not in chosen
    assert "connections" in chosen.splitlines()[2]


def test_a_table_without_a_terminal_is_whole(run, monkeypatch):
    _, whole, _ = run("summarize", "resnet18")
    for odd in ("", "0", "wide", "-5"):
        monkeypatch.setenv("COLUMNS", odd)
        assert run("summarize", "resnet18")[1] == whole


def test_flops_stand_beside_flops(run):
    _, macs, _ = run("summarize", "lenet5")
    _, flops, _ = run("summarize", "lenet5", "--convention", "torch")
    assert "backward     534,600 MACs per sample" in macs
    assert "backward     1,069,200 FLOPs per sample" in flops


def test_a_setting_that_does_not_exist_is_told_before_any_table(run):
    status, out, err = run("summarize", "lenet5", "--set", "foo=1")
    assert (status, out) == (1, "")
    assert "the spec has no parameter `foo`" in err


def test_the_letters_of_the_lectures_are_arguments(run):
    _, out, _ = run("explain", "INPUT(3x32x32) -> CONV(8, F=3, S=2, P=1)", "conv1", "output_shape")
    assert out == run("explain", "INPUT(3x32x32) -> CONV(8, 3, 2, 1)", "conv1", "output_shape")[1]
    status, _, err = run("check", "INPUT(3x32x32) -> CONV(K=8, F=3)")
    assert status == 1
    assert "the number of filters stands first" in err


DOUBLED = "INPUT(3x8x8) -> conv_transpose(3, 2, stride=2)*60"


def test_what_is_beyond_telling_of_one_layer_is_told_of_the_others(run):
    status, out, err = run("field", DOUBLED)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].split()[-4:] == ["?"] * 4
    found = {entry["layer"]: entry for entry in json.loads(run("field", DOUBLED, "--format", "json")[1])}
    assert found["conv_transpose3"]["size"] == [1, 1]
    assert found["conv_transpose60"]["size"] is None
    layers = json.loads(run("summarize", DOUBLED, "--format", "json")[1])["layers"]
    assert [layer["field"]["start"] for layer in (layers[3], layers[-1])] == [[0, 0], None]


@pytest.mark.parametrize("layer", ["conv_transpose5", "conv_transpose11"])
def test_a_layer_before_many_units_is_told_at_once(run, layer):
    started = time.process_time()
    status, out, _ = run("field", DOUBLED, layer)
    assert status == 0
    assert "widest path" in out
    assert time.process_time() - started < 10


@pytest.mark.parametrize("command", ["summarize", "check", "field", "memory"])
def test_a_warning_is_told_once_beside_the_numbers(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "INPUT(28x28x3) -> CONV(6, 5, p=2)"])
    shown = capsys.readouterr()
    assert left.value.code == 0
    assert shown.err.count("warning[W401]") == 1
    assert shown.out


SPOKEN = {
    "explain lenet5 C3 MACs": "= 150,000",
    "explain lenet5 C3 rf": "field = 14x14",
    "explain lenet5 C3 shape": "output_size = ",
    "explain lenet5 C3 weights": "= 1,516",
    "explain lenet5 Parameters": "params = 60,000",
    "explain lenet5 total flops": "flops = 653,040",
    "summarize lenet5 --columns name,Shape,RF": "layer    output      field",
    "exercise 3 --columns parameters": "params",
}

JUDGED = {
    "explain lenet5 C1 params --answer 156": (0, "right"),
    "explain lenet5 C1 params --answer 150": (1, "bias forgotten"),
    "explain lenet5 params --answer 60000": (0, "right"),
    "explain lenet5 total params --answer 61000": (1, "not right: 61,000"),
    "explain lenet5 C3 rf --answer 5x5": (1, "field in the previous layer"),
}


def said(line, capsys):
    with pytest.raises(SystemExit) as left:
        main(line.split())
    return left.value.code, capsys.readouterr().out


@pytest.mark.parametrize("line", SPOKEN)
def test_a_quantity_answers_to_its_usual_names(line, capsys):
    code, out = said(line, capsys)
    assert code == 0
    assert SPOKEN[line] in out


@pytest.mark.parametrize("line", JUDGED)
def test_an_answer_is_judged_and_the_number_kept(line, capsys):
    status, message = JUDGED[line]
    code, out = said(line, capsys)
    assert (code, message in out) == (status, True)
    assert status == 0 or not {"156", "60,000", "14"} & set(out.replace(":", " ").split())


@pytest.mark.parametrize(
    ("sheet", "score"),
    {
        "spoken headings": ("Name,Layer,Output Shape,Parameters\nAda,c1,6x28x28,156\n", "Ada: 2 of 2"),
        "receptive fields": ("layer;RF\nC3;14\n", "answers: 1 of 1"),
    }.values(),
    ids=["spoken headings", "receptive fields"],
)
def test_headings_and_layers_are_read_as_people_write_them(sheet, score, tmp_path, capsys):
    (tmp_path / "answers.csv").write_text(sheet)
    code, out = said(f"grade {tmp_path}/answers.csv --key lenet5", capsys)
    assert (code, out.strip()) == (0, score)


LOST = {
    "lenet5": "cnncalc summarize lenet5",
    "help": "cnncalc --help",
    "params lenet5": "cnncalc explain",
    "solve output 32": "cnncalc solve fit",
    "solve fitt 32": "there are field, fit,",
    "import camera.Net --input 3x8x8": "package.module:factory",
    "sweep lenet5 --over w=8-64": "8..64",
    "sweep lenet5 --over w=8 --where params<200k": "1e3",
}


@pytest.mark.parametrize("line", LOST)
def test_who_is_lost_is_shown_the_way(line, capsys):
    if line.startswith("sweep"):
        pytest.importorskip("numpy")
    with pytest.raises(SystemExit) as left:
        main(line.split())
    assert left.value.code == 2
    assert LOST[line] in capsys.readouterr().err


@pytest.mark.parametrize("ratio", ["16:9", "16/9"])
def test_a_ratio_is_read_as_screens_have_it(ratio, capsys):
    assert said(f"render lenet5 --aspect {ratio}", capsys) == said(f"render lenet5 --aspect {16 / 9}", capsys)


@pytest.mark.parametrize(
    ("command", "width"),
    [(c, w) for c in ("list", "field unet", "field resnet50") for w in (60, 80, 120)]
    + [("diff resnet18 resnet34", w) for w in (80, 120)],
)
def test_other_tables_fit_the_terminal_too_and_name_what_is_left_out(run, monkeypatch, command, width):
    whole = run(*command.split())[1]
    monkeypatch.setenv("COLUMNS", str(width))
    _, shown, _ = run(*command.split())
    assert max(map(len, shown.splitlines())) <= max(width, 66)
    assert ("left out for want of room" in shown) == (max(map(len, whole.splitlines())) > width)
    assert len(shown.splitlines()) >= len(whole.splitlines())


@pytest.mark.parametrize("size", [60, 70_000_000], ids=["binary", "too large"])
def test_a_model_given_for_a_spec_is_led_to_import(run, tmp_path, size):
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.write(b"\x08\x08\xff")
        file.truncate(size)
    status, _, err = run("render", str(path))
    assert status == 1
    assert f"cnncalc import {path} -o net.yaml" in err
