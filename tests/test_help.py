"""What ``--help`` says: every option has a meaning, every command examples, and the examples run."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

from making.commands import every_command, examples, options_of  # noqa: E402 - found in docs

from cnncalc.cli import COMMANDS, main  # noqa: E402

COMMANDS_WITH_HELP = dict(every_command())
EXAMPLES = [line for command in COMMANDS_WITH_HELP.values() for line in examples(command)]

NET = """\
name: a network
input: 1x28x28
params: {width: 1, c: 8, k: 3}
layers:
  - conv(round(c*width), k, padding=k//2) as conv1 -> relu -> maxpool(2)
  - fc(10)
"""
MODELS = '''\
"""Modules to import."""
from torch import nn


def Tower(width=8):
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.ReLU(), nn.Flatten(), nn.Linear(width * 26 * 26, 10))


def Words():
    return nn.Sequential(nn.Embedding(100, 16), nn.Flatten(), nn.Linear(77 * 16, 5))
'''
FILES = {
    "net.yaml": NET,
    "nets/one.yaml": NET,
    "nets/two.yaml": NET,
    "my_models.py": MODELS,
    "answers.csv": "layer,params\nC1,156\nC3,1516\n",
    "homework.csv": "layer,params\nconv1,80\n",
    "weights.txt": "a b . . .\n. . a b .\n",
    "deploy.prototxt": 'name: "n"\ninput: "data"\ninput_shape { dim: 1 dim: 1 dim: 8 dim: 8 }\n'
    'layer { name: "a" type: "Convolution" bottom: "data" top: "a"\n'
    "  convolution_param { num_output: 2 kernel_size: 3 } }\n",
}

NOTHING_FOUND = ("solve fit 7 --kernel 3 --stride 3",)
"""Examples whose answer is no, which is exit status 1."""

LONG = ("*20001", "verify unet", "verify resnet50", "run resnet50", "run unet")
"""Examples that take more than a few seconds."""


def write_model(folder):
    onnx = pytest.importorskip("onnx")
    image = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 2, 8, 8])
    result = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 2, 8, 8])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "n", [image], [result])
    onnx.save(onnx.helper.make_model(graph), folder / "model.onnx")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with everything that the examples name, and a ``cnncalc`` on the path."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    program = tmp_path / "bin" / "cnncalc"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom cnncalc.cli import main\nmain()\n", encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line):
    """The exit status of an example; those with pipes and patterns go through a shell."""
    if set(line.split("'")[0]) & set("|>*$") or line.startswith("printf"):
        with Path("answers.csv").open(encoding="utf-8") as answers:
            shell = [shutil.which("bash") or "/bin/sh", "-c", line]
            return subprocess.run(shell, check=False, stdin=answers, stdout=subprocess.DEVNULL).returncode
    with pytest.raises(SystemExit) as caught:
        main(shlex.split(line)[1:])
    return caught.value.code


def refuse_where_it_cannot_run(line, request):
    needed = next((tool for tool in ("jq",) if f"| {tool}" in line and not shutil.which(tool)), None)
    if needed:
        pytest.skip(f"{needed} is not installed")
    if "onnx" in line:
        pytest.importorskip("onnx")
    needing = ("cnncalc verify", "cnncalc run", "cnncalc import my_")
    if line.startswith(needing) or "--effective" in line or "--to torch" in line:
        pytest.importorskip("torch")
    if "torchvision" in line:
        pytest.importorskip("torchvision")
    if "sweep" in line:
        pytest.importorskip("distributed" if "dask" in line else "torch" if "--verify" in line else "numpy")
    if "tcp://" in line:
        pytest.skip("needs a Dask scheduler at the address of the example")
    if "--layout dot" in line:
        pytest.importorskip("graphviz")
        if not shutil.which("dot"):
            pytest.skip("Graphviz' program dot is not installed")
    if ".pdf" in line or ".png" in line:
        pytest.importorskip("reportlab")
    if "cuda" in line:
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
    if any(part in line for part in LONG) and not request.config.getoption("--slow"):
        pytest.skip("takes long: run with --slow")


@pytest.mark.parametrize("line", EXAMPLES, ids=lambda line: line.removeprefix("cnncalc "))
def test_examples_run(line, folder, request):
    refuse_where_it_cannot_run(line, request)
    if "model.onnx" in line:
        write_model(folder)
    if "summary.txt" in line:
        torchinfo = pytest.importorskip("torchinfo")
        torch = pytest.importorskip("torch")
        text = str(torchinfo.summary(torch.nn.Linear(3, 2), (1, 3), verbose=0))
        (folder / "summary.txt").write_text(text, encoding="utf-8")
    assert run(line) == (1 if any(part in line for part in NOTHING_FOUND) else 0)


@pytest.mark.parametrize("name", COMMANDS_WITH_HELP)
def test_every_command_says_what_it_does_and_shows_it(name):
    command = COMMANDS_WITH_HELP[name]
    assert command.help
    assert all(option.help for option in options_of(command))
    shown = examples(command)
    assert shown or name == "schema"
    assert all("cnncalc" in line for line in shown)


def test_every_command_is_listed():
    assert {name.partition(" ")[0] for name in COMMANDS_WITH_HELP} == set(COMMANDS)


def shown_somewhere():
    """Every line that calls the program, on the pages and in help."""
    pages = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if "cnncalc " in line and not line.startswith("|")]


SHARED = {"--set", "--input", "--without-optional", "--max-layers", "--max-repeat", "--format"}
"""Options that are the same everywhere: one example in any command will do."""


@pytest.mark.parametrize("name", COMMANDS_WITH_HELP)
def test_every_option_stands_in_an_example(name):
    lines = [f"{line} " for line in shown_somewhere()]
    own = [line for line in lines if f"cnncalc {name} " in line]
    missing = [
        option.opts[0]
        for option in options_of(COMMANDS_WITH_HELP[name])
        if not is_in(option, lines if option.opts[0] in SHARED else own)
    ]
    assert missing == []


def is_in(option, lines):
    spellings = [*option.opts, *option.secondary_opts]
    return any(f" {spelling}{end}" in line for line in lines for spelling in spellings for end in " =")
