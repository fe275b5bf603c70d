"""The command verify, as it is typed."""

import json
import sys
from functools import partial

import pytest

pytest.importorskip("torch")

from cnncalc import formulas

TINY = "INPUT(3x8x8) -> CONV(4, 3) as C1 -> RELU -> FC(5) as F2"


@pytest.fixture
def run(run):
    """Run the command alone."""
    return partial(run, "verify")


def test_agreement_is_exit_status_0(run):
    status, out, err = run(TINY)
    assert (status, err) == (0, "")
    assert "PyTorch agrees with all" in out


def test_disagreement_is_exit_status_1_and_names_the_layer(run, monkeypatch):
    monkeypatch.setattr(formulas, "conv_macs", lambda *_, **__: 1)
    status, out, _ = run(TINY, "--quantity", "macs")
    assert status == 1
    assert ["C1", "macs", "1", "3,888", "differ"] in [line.split() for line in out.splitlines()]
    assert "PyTorch disagrees with 1 of 4 numbers." in out


def test_json_is_data_alone(run):
    status, out, err = run(TINY, "--format", "json", "--quantity", "params")
    data = json.loads(out)
    assert (status, err, data["ok"], data["device"]) == (0, "", True, "cpu")
    assert {"node": "C1", "quantity": "params", "ours": 112, "torch": 112}.items() <= data["rows"][1].items()


def test_all_shows_every_number(run):
    _, out, _ = run(TINY, "--all", "--quantity", "output_shape")
    assert ["C1", "output_shape", "4x6x6", "4x6x6", "agree"] in [line.split() for line in out.splitlines()]


def test_shrink_verifies_a_smaller_copy(run):
    status, out, _ = run("INPUT(3x64x64) -> CONV(64, 3, padding=1) -> POOL(2) -> FC(10)", "--shrink")
    assert status == 0
    assert "4 layers on 3x4x4" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quantity", "mass"], "'mass' is none of output_shape,"),
        (["--device", "nonsense"], "PyTorch cannot use 'nonsense' here:"),
    ],
    ids=["quantity", "device"],
)
def test_wrong_usage_is_exit_status_2(run, arguments, message):
    status, out, err = run(TINY, *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_without_torch_one_line_says_what_to_install(run, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("cnncalc.torch_backend")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("cnncalc.torch_backend")
    monkeypatch.setitem(sys.modules, "torch", None)
    status, out, err = run(TINY)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith("needs torch, which is not installed: pip install 'cnncalc[torch]'\n")


def test_progress_shows_on_a_terminal_alone(run, monkeypatch):
    monkeypatch.setattr("cnncalc.cli.verify._Progress._LEAST_SECONDS", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    _, out, err = run(TINY)
    assert "training pass: layer 1 of 4" in err
    assert "layer 1 of 4" not in out


def test_the_table_fits_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run("lenet5")
    assert max(map(len, out.splitlines())) <= 80
    assert "left out for want of room: what PyTorch does" in out
