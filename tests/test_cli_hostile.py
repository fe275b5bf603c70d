"""Inputs that hurt, given to every command that reads, with little memory and little time.

Commands come from the table in :mod:`tests.test_cli_faults`, so a new one falls in by itself. By default
every command meets a quarter of the inputs, and every input a quarter of the commands; ``--slow`` runs all.
"""

import sys

import pytest

from tests.spec.test_hostile import HOSTILE
from tests.test_cli_faults import MODEL, READERS, SHEET, SPEC, arguments

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: limits")

MEMORY = 3 << 30
"""Bytes of address space beside what is there; PyTorch's threads take some."""

SECONDS = 30
"""Of processor time until the command is killed, whatever else the machine does."""

SOME, ALL = 2_000, 99_999_999_999

OVERSIZED = {
    "long chain": f"INPUT(3x8x8) -> relu*{SOME}",
    "long chain of convolutions": f"INPUT(3x8x8) -> conv(3, 3, padding=1)*{SOME}",
    "blocks": f"INPUT(3x8x8) -> [conv(3, 3, padding=1) -> bn -> relu]*{SOME // 3}",
    "residual blocks": f"INPUT(3x8x8) -> [add[conv(3, 3, padding=1) -> relu | id]]*{SOME // 4}",
    "branches": f"INPUT(3x8x8) -> add[{' | '.join(['conv(2, 1)'] * (SOME // 4))}] -> relu",
    "dense": "INPUT(3x8x8) -> conv(3, 1) as n0 -> "
    + " -> ".join(
        f"cat[{' | '.join(f'from(n{j})' for j in range(max(0, i - 30), i))} | id] -> conv(3, 1) as n{i}"
        for i in range(1, 100)
    ),
    "channels": f"INPUT(3x8x8) -> conv({ALL}, 3) -> relu -> conv({ALL}, 3) -> fc(10)",
    "image": f"INPUT(1x{ALL}x{ALL}) -> conv(1, 3) -> relu -> POOL(2) -> conv(2, 3)",
    "volume": "INPUT(3x99999x99999x99999) -> conv(8, 3) -> bn -> relu",
    "window": "INPUT(1x999999999) -> conv(1, 499999999) -> relu -> fc(3)",
    "fully connected": f"INPUT(3x8x8) -> fc({ALL}) -> fc({ALL})",
    "doublings": "INPUT(1x1) -> conv_transpose(1, 2, stride=2)*22",
    "upsampling": "INPUT(1x2x2) -> upsample(scale_factor=1000)*4 -> conv(2, 3)",
    "uneven upsampling": "INPUT(1x20x20) -> upsample(scale_factor=1.5)*20 -> conv(2, 3)",
    "halvings": "INPUT(1x562949953421312) -> conv(1, 3, stride=2, padding=1)*40",
    "dilation": f"INPUT(1x{ALL}) -> conv(1, 3, dilation=99999999)*2 -> relu",
    "bins": "INPUT(1x7x7) -> adaptive_avgpool(1000000) -> conv(2, 3)",
    "few bins": "INPUT(1x99999999x99999999) -> adaptive_avgpool(9999999) -> conv(2, 3)",
    "padding": f"INPUT(1x7x7) -> conv(2, 3, padding={ALL}) -> relu",
    "mirrors": "INPUT(1x9999999) -> conv(2, 3, padding=999999, padding_mode=reflect) -> relu -> fc(3)",
    "recurrence": "INPUT(99999999x99999999) -> lstm(9999999)",
    "attention": "INPUT(999999x9999999) -> mha(3)",
    "embedding": "INPUT(99999999) -> embedding(999999999, 99999)",
    "unfolding": "INPUT(3x9999x9999) -> unfold(99)",
    "table": "input: 600x8x8\nlayers: conv(600, 3, table=t)\ntables:\n  t:\n" + f"    - {'X' * 600}\n" * 600,
}  # fmt: skip
"""Specs that are right, and ask for more than there is."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sheet.csv").write_text(SHEET)
    return tmp_path


def pairs(inputs):
    """Every command with every input; three of four only when asked for what is slow."""
    return [
        pytest.param(
            command, name, marks=[pytest.mark.slow] * ((row + column) % 4 > 0), id=f"{command}-{name}"
        )
        for row, name in enumerate(inputs)
        for column, command in enumerate(READERS)
    ]


def answered(ran):
    """Check that a command was not killed, and said in a few words whatever it said."""
    assert ran.status in (0, 1, 2), ran
    assert "Traceback" not in ran.err
    assert len(ran.err) < 30_000
    return ran


def limited(shell, folder, *words, **conditions):
    return answered(shell(*words, folder=str(folder), memory=MEMORY, seconds=SECONDS, **conditions))


@pytest.mark.parametrize(("command", "name"), pairs(HOSTILE))
def test_hostile_specs_are_refused_by_every_command(shell, folder, command, name):
    text, code = HOSTILE[name]
    spec = folder / "given.yaml"
    spec.write_text(text, encoding="utf-8")
    words = arguments(command, "new.csv" if command != "sweep" else "new", str(spec))
    ran = limited(shell, folder, *words)
    assert ran.status in (1, 2)  # 2 where an option cannot be right either, as in sweeps of no parameter
    assert code in ran.err
    assert ran.seconds < 10
    assert command == "sweep" or not list(folder.glob("new*"))  # a sweep says so of every configuration


@pytest.mark.parametrize(("command", "name"), pairs(OVERSIZED))
def test_every_command_answers_what_asks_for_too_much(shell, folder, command, name):
    spec = folder / "given.yaml"
    spec.write_text(OVERSIZED[name], encoding="utf-8")
    limited(shell, folder, *arguments(command, "new", str(spec)))


SHEETS = {
    "no heading": "",
    "null characters": "layer,params\n\0\0,\0\n",
    "a quote not closed": 'layer,params\n"' + "conv1,112\n" * 10_000,
    "a long cell": f"layer,params\nconv1,{'9' * 1_000_000}\n",
    "many columns": f"layer{',params' * 100_000}\n",
    "many other columns": f"layer,{','.join(f'c{n}' for n in range(100_000))}\n",
    "many rows": "layer,params\n" + "conv1,112\n" * 100_000,
    "many students": "student,layer,params\n" + "".join(f"s{n},conv1,112\n" for n in range(20_000)),
    "a large exponent": "layer,params\nconv1,1e999999999\n",
    "a fraction": f"layer,params\nconv1,1.{'0' * 100_000}1\n",
    "a shape of many axes": f"layer,output_shape\nconv1,{'x'.join('9' * 100_000)}\n",
    "digits of other scripts": "layer,params\nconv1,\u0661\u0661\u0662\n",
    "escape sequences": "layer,params\n\x1b[2Jconv1,\x1b[31m112\n",
    "binary": bytes(range(256)).decode("latin-1") * 100,
    "a formula": "layer,params\nconv1,=cmd|' /C calc'!A0\n",
    "brackets": f"layer,output_shape\nconv1,{'(' * 100_000}\n",
}


@pytest.mark.parametrize("name", SHEETS)
def test_hostile_answers_are_graded_or_refused(shell, folder, name):
    (folder / "net.yaml").write_text(SPEC)
    (folder / "sheet.csv").write_text(SHEETS[name], encoding="utf-8")
    ran = limited(shell, folder, "grade", "sheet.csv", "--key", "net.yaml")
    assert ran.status or ran.out
    assert "\x1b" not in ran.err + ran.out


LAYER = '{{"class_name": "Conv2D", "config": {{"name": "c", "filters": {0}, "kernel_size": [{0}, {0}]}}}}'
MODELS = {
    "deep.json": "[" * 100_000,
    "deeper.json": '{"a":' * 100_000,
    "numbers.json": f'{{"class_name": "Sequential", "config": {{"layers": [{LAYER.format("9" * 5_000)}]}}}}',
    "infinite.json": f'{{"class_name": "Sequential", "config": {{"layers": [{LAYER.format("1e999")}]}}}}',
    "nothing.json": f'{{"class_name": "Sequential", "config": {{"layers": [{LAYER.format("null")}]}}}}',
    "list.json": "[1, 2, 3]",
    "many.json": '{"class_name": "Sequential", "config": {"layers": [' + ",".join(["{}"] * 100_000) + "]}}",
    "binary.json": bytes(range(256)).decode("latin-1"),
    "deep.prototxt": "layer {" * 100_000,
    "open.prototxt": 'layer { name: "' + "x" * 1_000_000,
    "numbers.prototxt": MODEL.replace("dim: 8", f"dim: {'9' * 5_000}"),
    "negative.prototxt": MODEL.replace("num_output: 4", "num_output: -4"),
    "large.prototxt": MODEL.replace("num_output: 4", "num_output: 999999999999"),
    "circle.prototxt": MODEL.replace('bottom: "data"', 'bottom: "c"'),
    "many.prototxt": MODEL + 'layer { name: "r" type: "ReLU" bottom: "c" top: "c" }\n' * 50_000,
    "unknown.prototxt": MODEL.replace("Convolution", "\\x1b[31m"),
    "binary.prototxt": bytes(range(256)).decode("latin-1"),
    "garbage.onnx": bytes(range(256)).decode("latin-1") * 100,
    "empty.onnx": "",
    "zeros.onnx": "\0" * 1_000_000,
    "lengths.onnx": "\x3a\u00ff\u00ff\u00ff\u00ff\x0f" * 10,
}
"""Files to import, by name; characters are bytes in those that are no text."""


@pytest.mark.parametrize("name", MODELS)
def test_hostile_models_are_imported_or_refused(shell, folder, name):
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")
    encoding = "latin-1" if name.endswith(".onnx") or name.startswith("binary") else "utf-8"
    (folder / name).write_bytes(MODELS[name].encode(encoding))
    ran = limited(shell, folder, "import", name, "-o", "new.yaml")
    assert (ran.status == 0) == (folder / "new.yaml").exists()
    assert "\x1b" not in ran.err
    if name not in ("large.prototxt", "many.prototxt"):
        assert ran.status != 0
        assert "rror" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["sweep", "INPUT(3x8x8) -> conv(c, 3)", "--over", f"c={','.join(map(str, range(1, 20_000)))}"],
        ["solve", "mlp", "9" * 15, "--inputs", "40", "--outputs", "10", "--hidden", "3"],
        ["solve", "window", "999999999:3", "--dilation", "1..999999"],
        ["solve", "field", "9" * 15, "--kernel", "3"],
        ["solve", "usable", "INPUT(3x8x8) -> relu*2000"],
        ["solve", "fit", "9" * 15, "--kernel", "3", "--stride", "99999"],
        ["compare", "connectivity", "3x999999x999999", "--out", "999999", "--kernel", "11"],
        ["exercise", "0..999999999999"],
        ["exercise", "3", "--net", "INPUT(3x8x8) -> relu*2000 -> conv(999999999999, 3)"],
        ["memory", "lenet5", "--batch", "1000000000"],
        ["field", "INPUT(1x999999999) -> conv(1, 3, 2)*20", "conv20", "--unit", "0,0"],
        ["field", "INPUT(1x999999999) -> conv(1, 3, 2)*20", "conv20", "--unread"],
        ["field", "INPUT(1x999999999) -> conv(1, 3, 2)*20", "conv20", "--picture"],
        ["field", "INPUT(1x99) -> conv(1, 3)*20", "conv20", "--reach", "9" * 15],
        ["render", "INPUT(3x8x8) -> conv(999, 3)", "--view", "matrix", "--format", "svg"],
        ["render", "lenet5", "--aspect", "1e309", "--format", "svg"],
        ["explain", "INPUT(3x8x8) -> relu*2000", "relu2000"],
        ["explain", "INPUT(3x8x8) -> conv(3, 3, padding=1)*1000", "conv1000", "field"],
    ],
    ids=lambda words: "_".join(word[:12] for word in words[:1] + words[2:4]),
)  # fmt: skip
def test_options_that_ask_for_too_much_are_answered(shell, folder, words):
    limited(shell, folder, *words)
