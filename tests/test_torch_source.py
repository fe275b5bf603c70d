"""The PyTorch source of networks: it runs, and is the network in shapes, names, counts and outputs."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from cnncalc import spec  # noqa: E402
from cnncalc.torch_backend import build, shrink  # noqa: E402
from cnncalc.torch_backend.measure import sample  # noqa: E402
from cnncalc.torch_backend.source import class_name, torch_source  # noqa: E402
from tests.every_kind import alone, examples  # noqa: E402

BUNDLED = sorted(spec.bundled())

UNUSUAL = {
    "a shared layer in three places": (
        "shared: {half: 'conv(3, 3, padding=1)'}",
        "layers: half -> relu -> half -> half",
    ),
    "names that would shadow Python's": ("layers: conv(3, 1) as x -> relu as torch -> conv(2, 1) as nn",),
    "the same part three times": (
        "blocks: {b(c): 'add[conv(c, 3, padding=1) | conv(c, 1)] -> relu'}",
        "layers: b(4) -> b(5)*2 -> gap",
    ),
    "a part left and entered again": (
        "layers: conv(3, 1) as a -> add[relu -> conv(3, 1) | from(a)] -> fc(2)",
    ),
    "gates": ("layers: conv(4, 3) -> mul[id | gap -> fc(2) -> relu -> fc(4) -> sigmoid] -> gap",),
    "uneven padding": (
        "layers:",
        "  - conv(4, 3, padding=((1, 0), (0, 2)))",
        "  - maxpool(3, 2, padding=same_upper)",
    ),
    "frozen": ("freeze: [part]", "layers:", "  - part: conv(3, 3) -> bn", "  - conv(4, 1)"),
}


def module_from(source, network):
    namespace = {"__name__": "exported"}
    exec(compile(source, "exported", "exec"), namespace)  # noqa: S102 - what exported code is for
    return namespace[class_name(network)]


def shapes(module):
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def assert_same_outputs(network):
    one, other = build(network).eval(), module_from(torch_source(network), network)().eval()
    assert shapes(one) == shapes(other)
    other.load_state_dict(one.state_dict())
    inputs = [sample(network, node, 1, torch.device("cpu")) for node in network.inputs]
    with torch.no_grad():
        torch.testing.assert_close(other(*inputs), one(*inputs), rtol=0, atol=0, equal_nan=True)
    frozen = {name for name, p in one.named_parameters() if not p.requires_grad}
    assert frozen == {name for name, p in other.named_parameters() if not p.requires_grad}


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_spec_has_the_same_shapes_names_and_counts(name):
    network = spec.load(name)
    source = torch_source(network)
    with torch.device("meta"):
        other = module_from(source, network)().eval()
        output = other(*(torch.empty(1, *node.output_shape) for node in network.inputs))
    assert shapes(build(network, device="meta")) == shapes(other)
    outputs = output if isinstance(output, tuple) else (output,)
    assert [tuple(o.shape[1:]) for o in outputs] == [network[n].output_shape for n in network.outputs]


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_spec_made_smaller_has_the_same_outputs(name):
    assert_same_outputs(shrink(spec.load(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_spec_has_the_same_outputs(name):
    assert_same_outputs(spec.load(name))


@pytest.mark.parametrize(("cls", "example"), examples())
def test_every_kind_can_be_written(cls, example):
    assert_same_outputs(alone(cls, example))


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_networks(text):
    assert_same_outputs(spec.parse("\n".join(["input: 3x9x9", *text])))


def test_parts_that_differ_in_numbers_are_one_class():
    source = torch_source(spec.load("googlenet"))
    assert source.count("class Inception(nn.Module)") == 1
    assert source.count("Inception(") == 1 + 9


def test_the_file_runs_by_itself_and_prints_the_parameters(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(torch_source(spec.load("lenet5")), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-I", str(path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout == "(1, 10) 60000 parameters\n"


def test_a_name_from_a_stranger_stays_in_the_docstring():
    network = spec.parse('name: \'x""" \\ + __import__("os")\'\ninput: 1x8x8\nlayers: conv(1, 3)')
    source = torch_source(network)
    compile(source, "exported", "exec")
    assert source.splitlines()[0].count('"""') == 2
