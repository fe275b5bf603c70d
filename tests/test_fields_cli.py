"""The command field: what it prints, and how it refuses."""

import json

import pytest
from click.testing import CliRunner

from cnncalc.cli.field import command

GATED = (
    "INPUT(4x16x16) -> CONV(4,3,padding=1) as x -> mul[id | gap -> fc(4) -> sigmoid] -> CONV(4,3,padding=1)"
)
DILATED = "INPUT(1x64) -> [CONV(1,3,padding=2,dilation=2)]*3"
SKIP = "INPUT(1x64) -> CONV(1,3,2,1) -> CONV(1,3,2,1) -> upconv(1,4,2,1) -> upconv(1,4,2,1)"


def run(*arguments, status=0):
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


def data(*arguments):
    return json.loads(run(*arguments, "--format", "json"))


def test_a_table_of_all_layers():
    lines = run("lenet5").splitlines()
    (line,) = [line for line in lines if line.startswith("C3 ")]
    assert line.split("  ")[-1].strip() == "6.5, 6.5"
    assert "14 x 14" in line


def test_json_of_all_layers():
    layers = {layer["layer"]: layer for layer in data("lenet5")}
    assert layers["C3"]["size"] == [14, 14]
    assert layers["C3"]["center"] == ["13/2", "13/2"]
    assert layers["F6"]["global"] == [True, True]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(["lenet5", "C3"], "14 = 1 + 4 (C1) + 1 (S2) + 8 (C3)", id="path"),
        pytest.param(["lenet5", "C3"], "5 x 5 of ", id="previous layer"),
        pytest.param([GATED, "conv1"], "5 x 5, jump 1 x 1: gates", id="gates held constant"),
        pytest.param([GATED, "conv1", "--local"], "size         5 x 5", id="local"),
        pytest.param([DILATED, "conv3"], "closed by dilation 1 in conv1, 3 in conv2", id="holes"),
        pytest.param([SKIP, "conv_transpose2"], "11 to 15, by phase", id="phases"),
        pytest.param(["googlenet", "inception3a.cat1"], "0-63: 27 x 27 from -7, -7", id="channels"),
        pytest.param(["resnet50", "layer3"], "layer3.bottleneck6.relu1", id="a part's last layer"),
        pytest.param(["resnet50", "layer4"], "all 7 reach outside", id="borders"),
        pytest.param(
            ["resnet50", "layer4"],
            "halo of 213 before and 182 after every 32 positions (1 unit)",
            id="tiles",
        ),
        pytest.param(["lenet5", "F6"], "32 x 32: everything", id="everything"),
        pytest.param(["lenet5", "C3", "--reference", "S2"], "field in S2 (6x14x14)", id="reference"),
        pytest.param(["lenet5", "C3", "--unit", "0,2,3"], "positions  4..17 x 6..19", id="unit"),
        pytest.param(["lenet5", "C3", "--reads-pixel", "4,4-9"], "positions  0..2 x 0..4", id="box"),
        pytest.param(["lenet5", "S4", "--reach", "100"], "11 more 3x3 layers", id="reach"),
        pytest.param(["vgg16", "--inputs"], "smallest input accepted: 32 x 32", id="inputs"),
        pytest.param([DILATED, "conv3", "--unread"], "no unit of conv3 reads 0", id="unread"),
    ],
)
def test_what_is_shown(arguments, shown):
    assert shown in run(*arguments)


def test_pictures_show_taps_holes_padding_and_borders():
    lines = run("INPUT(1x6) -> CONV(1,3,padding=2,dilation=2)", "conv1", "--picture").splitlines()
    assert lines[0] == "0 --|#o#...|"
    assert lines[3] == "3   |.#o#o#|"
    assert lines[5] == "5   |...#o#|--"
    assert (
        "too many to draw" in CliRunner().invoke(command, ["vgg16", "conv1_1", "--picture"]).exception.args[0]
    )


def test_units_and_pixels_as_json():
    assert data("lenet5", "C3", "--unit", "0,2,3")["box"] == [[4, 17], [6, 19]]
    assert data("lenet5", "C3", "--reads-pixel", "4,4-9")["values"] == 240
    assert data("lenet5", "C3", "--unread")["read"]["positions"] == 1024
    assert data("vgg16", "--inputs")["smallest"]["inside"] == [218, 218]
    assert data("lenet5", "S4", "--reach", "100")["layers_3"] == 11


def test_phases_as_json():
    (phases,) = data(SKIP, "conv_transpose2")["phases"]
    assert (phases["period"], phases["spans"][0]) == (4, [-7, 3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lenet5", "--unit", "0,0,0"], "--unit needs a LAYER"),
        (["lenet5", "C3", "--unit", "0,99,0"], "not inside C3"),
        (["lenet5", "C3", "--unit", "0,0"], "has 3 axes"),
        (["lenet5", "C3", "--unit", "a"], "is no position"),
        (["lenet5", "C3", "--reads-pixel", "99,0"], "not inside input"),
        (["lenet5", "F6", "--reach", "99"], "reads everything already"),
    ],
)
def test_wrong_usage(arguments, message):
    assert message in run(*arguments, status=2)


def test_effective_fields_are_smaller():
    pytest.importorskip("torch")
    text = "INPUT(1x40x40) -> [CONV(2,3,padding=1)]*16"
    found = data(text, "conv16", "--effective")
    assert 0 < found["size"] < 33
    assert "the receptive field, which no weights can exceed: 33 x 33" in run(text, "conv16", "--effective")


def test_effective_fields_of_flat_layers_and_other_references():
    pytest.importorskip("torch")
    assert data("lenet5", "F6", "--effective")["positions"] > 1
    assert data("lenet5", "C3", "--effective", "--reference", "S2")["positions"] == 25
