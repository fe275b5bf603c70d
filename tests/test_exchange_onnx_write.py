"""ONNX models that are written: valid, equal to PyTorch's modules, and read back as they were."""

import itertools
import subprocess
import sys
from random import Random

import pytest

from cnncalc import UsageError, analyze, parse, spec
from cnncalc.cli import main
from cnncalc.exchange import export, read_file
from cnncalc.exchange.onnx_writer import refused, write
from tests.every_kind import alone, examples
from tests.generated import network as generated
from tests.graphs import random_network, rearranged_network

onnx = pytest.importorskip("onnx")

BUNDLED = sorted(spec.bundled())
NOT_SAID = {
    "blur": "no standard operation",
    "maxout": "no standard operation",
    "l2pool_features": "no standard operation",
    "opaque": "no standard operation",
    "lppool": "norm of",
    "lstm": "proj_size",
    "avgpool": "rounds up on one axis",
    "unpool": "reached over the edge",
    "upsample": "single precision",
}
"""Kinds with an example that ONNX cannot say, and why."""


OPEN_AFTER = ("deconvnet", "captioning", "cuda_convnet_local", "deformable_resnet18", "lenet5")
"""Networks with an operation whose shape ONNX cannot infer."""


def assert_same_outputs(network):
    """ONNX Runtime and PyTorch agree on random values, weights and statistics included."""
    torch = pytest.importorskip("torch")
    runtime = pytest.importorskip("onnxruntime")
    from cnncalc.torch_backend import build
    from cnncalc.torch_backend.measure import sample

    module = build(network).eval()
    generator = torch.Generator().manual_seed(1)
    for name, value in module.state_dict().items():
        if value.is_floating_point() and value.dim() == 1:
            value.copy_(
                torch.rand(value.shape, generator=generator).mul(0.4).add(0.1 * ("var" in name) - 0.1)
            )
    inputs = [sample(network, node, 2, torch.device("cpu")) for node in network.inputs]
    feeds = {
        node.name: value.long().numpy() if network.index_limit(node) is not None else value.numpy()
        for node, value in zip(network.inputs, inputs, strict=True)
    }
    with torch.no_grad():
        expected = module(*inputs)
    model = write(network, {name: value.numpy() for name, value in module.state_dict().items()})
    onnx.checker.check_model(model, full_check=True)
    found = runtime.InferenceSession(model).run(None, feeds)
    for one, other in zip(found, expected if isinstance(expected, tuple) else (expected,), strict=True):
        scale = max(1.0, float(other.abs().max()))
        torch.testing.assert_close(
            torch.from_numpy(one) / scale, other / scale, rtol=1e-4, atol=1e-5, equal_nan=True
        )


def rows(network):
    """Every number of every layer; a flat ``fc`` is what ONNX calls Gemm, and reads as ``linear``."""
    analysis = analyze(network)
    return [
        (row.name, "linear" if row.kind == "fc" else row.kind, row.output_shape, row.params, row.macs)
        for row in analysis.rows
    ]


def read_back(network, folder):
    path = folder / "net.onnx"
    path.write_bytes(write(network, "zeros"))
    return read_file(path)


@pytest.mark.parametrize(("cls", "example"), examples())
def test_every_kind_is_written_or_refused_by_name(cls, example, tmp_path):
    network = alone(cls, example)
    reasons = list(refused(network))
    if reasons:
        assert reasons[0].startswith(f"{cls.kind}: ")
        why = NOT_SAID.get(cls.kind)
        assert why, f"write {cls.kind} in cnncalc/exchange/onnx_writer, or say in NOT_SAID why not"
        assert why in reasons[0]
        return
    assert rows(read_back(network, tmp_path)) == rows(network)
    assert_same_outputs(network)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_networks_are_valid_and_read_back_the_same(name, tmp_path):
    network = spec.load(name)
    onnx.checker.check_model(write(network, "zeros"), full_check=True)
    found = read_back(network, tmp_path)
    assert rows(found) == rows(network)
    assert set(found.outputs) == set(network.outputs)
    assert found.about["notes"] == []


@pytest.mark.parametrize("seed", range(20))
def test_networks_made_at_random_are_valid_and_read_back_the_same(seed, tmp_path):
    made = [random_network(seed), rearranged_network(seed), generated(Random(seed))]  # noqa: S311 - repeatable
    for network in made:
        unchanged = {node.name for node in network.inputs} & set(network.outputs)
        if refused(network) or unchanged:
            continue
        onnx.checker.check_model(write(network, "zeros"), full_check=True)
        found, wanted = analyze(read_back(network, tmp_path)), analyze(network)
        assert (found.params, found.macs, found.output_shapes) == (
            wanted.params,
            wanted.macs,
            wanted.output_shapes,
        )


@pytest.mark.parametrize("name", BUNDLED)
def test_onnx_works_the_same_shapes_out(name):
    """What is stated is taken away, so that nothing but the operations tells the shapes."""
    network = spec.load(name)
    model = onnx.load_from_string(write(network, "zeros"))
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    known = {}
    for value in (*inferred.value_info, *inferred.output):
        dims = value.type.tensor_type.shape.dim
        known[value.name] = tuple(dim.dim_value for dim in dims)[1:]
    stated = {node.name: node.output_shape for node in network if node.inputs}
    found = {name: known[name] for name in stated if known.get(name) and all(known[name])}
    assert found == {name: stated[name] for name in found}
    assert len(found) >= (1 if name in OPEN_AFTER else len(stated))


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_networks_made_smaller_have_pytorchs_outputs(name):
    pytest.importorskip("torch")
    from cnncalc.torch_backend import shrink

    assert_same_outputs(shrink(spec.load(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_networks_have_pytorchs_outputs(name):
    assert_same_outputs(spec.load(name))


def test_drawn_weights_are_the_same_each_time_and_keep_signals_alive():
    runtime = pytest.importorskip("onnxruntime")
    import numpy

    network = parse("INPUT(3x16x16) -> [CONV(16,3,padding=1,bias=false) -> BN -> RELU]*6 -> GAP -> FC(10)")
    assert write(network) == write(network)
    assert write(network) != write(network, seed=1)
    values = numpy.random.default_rng(0).standard_normal((4, 3, 16, 16), numpy.float32)
    output = runtime.InferenceSession(write(network)).run(None, {"input": values})[0]
    assert output.shape == (4, 10)
    assert 0.01 < output.std() < 100


def test_shared_weights_are_there_once(tmp_path):
    network = spec.load("siamese")
    model = onnx.load_from_string(write(network))
    names = [tensor.name for tensor in model.graph.initializer]
    assert len(names) == len(set(names))
    stored = sum(onnx.numpy_helper.to_array(tensor).size for tensor in model.graph.initializer)
    assert stored == analyze(network).params == analyze(read_back(network, tmp_path)).params


def test_what_cannot_be_said_is_told_all_at_once():
    network = parse("INPUT(4x8x8) -> BLUR(3) -> LRN(4) -> RELU -> LPPOOL(3,2) -> BLUR(3)")
    with pytest.raises(UsageError) as raised:
        write(network)
    message = str(raised.value)
    assert all(kind in message for kind in ("blur: ", "lrn: ", "lppool: "))
    assert message.count("blur: ") == 1


def test_given_values_must_fit():
    network = parse("INPUT(4) -> FC(2)")
    with pytest.raises(UsageError, match=r"no values are given for fc1\.weight"):
        write(network, {})
    with pytest.raises(UsageError, match=r"fc1\.weight is \(2, 3\) where \(2, 4\) is wanted"):
        write(network, {"fc1.weight": [[0, 0, 0], [0, 0, 0]], "fc1.bias": [0, 0]})


def test_large_networks_are_written_only_when_that_is_said(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["export", "vgg16", "--to", "onnx"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert "553,430,176 bytes" in error
    assert all(way in error for way in ("--weights random", "--weights zeros"))
    assert len(write(spec.load("vgg16"), "zeros")) < 20_000
    with pytest.raises(UsageError, match="holds 2 GB"):
        export(parse("INPUT(60000) -> FC(60000)"), "onnx", weights="random")


def test_the_command_writes_a_file(tmp_path, capsys):
    path = tmp_path / "net.onnx"
    with pytest.raises(SystemExit) as ended:
        main(["export", "tiny_vgg", "--to", "onnx", "-o", str(path)])
    assert ended.value.code in (0, None)
    onnx.checker.check_model(str(path), full_check=True)
    with pytest.raises(SystemExit) as ended:
        main(["export", "tiny_vgg", "--to", "torch", "--weights", "zeros"])
    assert ended.value.code == 2
    assert "only --to onnx has weights" in capsys.readouterr().err


def test_without_onnx_one_line_and_status_2(tmp_path):
    (tmp_path / "onnx.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cnncalc.cli import main; main()"
    arguments = [sys.executable, "-c", code, "export", "lenet5", "--to", "onnx"]
    run = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "pip install 'cnncalc[onnx]'" in run.stderr


def test_nothing_of_pytorch_is_needed():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from cnncalc import load; from cnncalc.exchange import export\n"
        "assert export(load('resnet18'), 'onnx')[:1]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_are_those_of_the_spec():
    model = onnx.load_from_string(write(spec.load("resnet18"), "zeros"))
    made = {node.name for node in model.graph.node if node.op_type == "Conv"}
    network = spec.load("resnet18")
    assert made == {node.name for node in network if node.kind == "conv"}
    assert all(
        len(list(group)) == 1 for _, group in itertools.groupby(sorted(n.name for n in model.graph.node))
    )
