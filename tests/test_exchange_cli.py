"""``import`` and ``export`` on the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncalc import analyze, load, parse
from cnncalc.cli import cnncalc
from cnncalc.exchange import WRITERS

MODEL = """
from torch import nn

def net(width=4):
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.ReLU(), nn.Flatten(), nn.Linear(width * 36, 10))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(10, 4)
    def forward(self, x):
        return self.words(x)

def broken():
    raise RuntimeError("no weights here")

number = 3
"""


def invoke(*arguments):
    return CliRunner().invoke(cnncalc, list(arguments))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    (tmp_path / "tower_models.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_import_writes_a_spec_that_has_the_numbers():
    arguments = ("tower_models:net", "--input", "1x8x8", "--arg", "width=6", "-o", "net.yaml")
    result = invoke("import", *arguments)
    assert result.exit_code == 0, result.output
    assert "2,230 parameters" in result.output
    analysis = analyze(load("net.yaml"))
    assert (analysis.params, analysis.macs) == (2230, 6 * 9 * 36 + 216 * 10)


@pytest.mark.usefixtures("folder")
def test_import_tells_what_each_layer_is_called():
    run = invoke("import", "tower_models:net", "--input", "1x8x8", "-o", "net.yaml", "--names", "names.json")
    assert run.exit_code == 0, run.output
    names = json.loads(Path("names.json").read_text(encoding="utf-8"))
    assert names["3"] == "linear1"
    assert set(names.values()) == {node.name for node in load("net.yaml")}


@pytest.mark.usefixtures("folder")
def test_import_takes_typed_inputs():
    result = invoke("import", "tower_models:Words", "--input", "7:int64")
    assert result.exit_code == 0, result.output
    assert analyze(parse(result.stdout)).params == 40


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("tower_models:nothing", "tower_models has no nothing"),
        ("no_such_module:net", "cannot import no_such_module"),
        ("tower_models:broken", "tower_models:broken() fails: RuntimeError: no weights here"),
        ("tower_models:number", "neither a module nor what makes one"),
        ("model.pth", "is a pickle, which can run any code"),
        ("model.xyz", "files that can be imported end in"),
        ("plainword", "is neither package.module:factory nor a file"),
    ],
)
def test_what_cannot_be_imported_is_told(model, message):
    result = invoke("import", model, "--input", "1x8x8")
    assert result.exit_code != 0
    assert message in str(result.exception)


@pytest.mark.usefixtures("folder")
def test_import_asks_for_the_input():
    result = invoke("import", "tower_models:net")
    assert result.exit_code == 2
    assert "--input 3x224x224" in result.output


@pytest.mark.parametrize("form", [name for name in WRITERS if name != "onnx"])
def test_export_prints(form):
    if form == "torch":
        pytest.importorskip("torch")
    result = invoke("export", "vgg16", "--to", form)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


def test_exported_yaml_is_the_network():
    text = invoke("export", "resnet50", "--to", "yaml").stdout
    assert analyze(parse(text)).params == 25_557_032
    assert len(text.splitlines()) <= 22


def test_exported_json_is_the_analysis():
    assert json.loads(invoke("export", "lenet5", "--to", "json").stdout)["totals"]["params"] == 60_000


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    missing = tmp_path / "no" / "net.py"
    assert invoke("export", "lenet5", "--to", "json", "-o", str(missing)).exception is not None
    assert not missing.parent.exists()


def test_without_torch_one_line_and_status_2(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cnncalc.cli import main; main()"
    for command in (
        ["export", "lenet5", "--to", "torch"],
        ["run", "lenet5"],
        ["import", "a:b", "--input", "1"],
    ):
        run = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert run.stderr.count("\n") == 1
        assert "pip install 'cnncalc[torch]'" in run.stderr
