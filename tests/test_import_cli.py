"""``cnncalc import`` of PyTorch modules: what is typed wrong, and what there is to say about a model."""

import sys

import pytest
from click.testing import CliRunner

from cnncalc.cli.importing import command

torch = pytest.importorskip("torch")

MODELS = '''\
import torch
from torch import nn


class Rolled(nn.Module):
    """Two operations that no layer kind describes."""

    def __init__(self, width=4, word="none"):
        super().__init__()
        assert isinstance(word, str)
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return torch.roll(torch.roll(self.conv(x), 1, 2), 1, 3)
'''


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    (tmp_path / "rolled_models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda *arguments: CliRunner().invoke(command, ["rolled_models:Rolled", *arguments])
    sys.modules.pop("rolled_models", None)


def test_operations_without_a_kind_are_named_with_their_number(invoke):
    result = invoke("--input", "3x8x8", "--arg", "width=5")
    assert result.exit_code == 0, result.output
    assert "Rolled: 140 parameters, 4,860 MACs" in result.output
    assert "opaque, with the shapes and counts that PyTorch measured: roll (2)" in result.output
    assert "opaque(operation='roll', output=(5, 6, 6))*2" in result.stdout


def test_an_argument_that_is_no_literal_is_a_word(invoke):
    assert invoke("--input", "3x8x8", "--arg", "word=relu-ish").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--input", "3,8,8"], "'3,8,8' is no shape: write 3x224x224, or 77:int64"),
        (["--input", "3x8x8", "--arg", "width"], "'width' is not NAME=VALUE"),
        (["--input", "3x8x8", "--arg", "2width=4"], "'2width=4' is not NAME=VALUE"),
        ([], "say what enters the model: --input 3x224x224"),
    ],
)
def test_what_is_typed_wrong_is_said(invoke, arguments, told):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert told in result.output
