"""Networks read from ONNX files."""

import io
import math
import subprocess
import sys
import warnings

import pytest

import cnncalc
from cnncalc import CnncalcError, analyze, load
from cnncalc.cli import main
from cnncalc.exchange import read_file

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402 - onnx may be missing

N = helper.make_node


def exported(network):
    """The network as PyTorch writes it, batch norms folded."""
    torch = pytest.importorskip("torch")
    model = cnncalc.build(network).eval()
    inputs = tuple(torch.zeros(1, *node.output_shape) for node in network.inputs)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, inputs, file, dynamo=False)
    return file.getvalue()


@pytest.mark.parametrize("name", ["tiny_vgg", "resnet18", "mobilenet_v2", "googlenet"])
def test_bundled_networks_come_back(name, tmp_path):
    network = load(name)
    path = tmp_path / "net.onnx"
    path.write_bytes(exported(network))
    found = read_file(path)
    ours, theirs = analyze(network), analyze(found)
    folded = sum(node.output_shape[0] for node in network if node.kind == "bn")
    assert theirs.params == ours.params - folded
    assert theirs.macs == ours.macs
    convs = [[node.output_shape for node in net if "conv" in node.kind] for net in (network, found)]
    assert convs[0] == convs[1]
    assert [found[n].output_shape for n in found.outputs] == [
        network[n].output_shape for n in network.outputs
    ]
    assert "opaque" not in {node.kind for node in found}
    assert any("folded" in note for note in found.about["notes"])


def tensor(name, value):
    if isinstance(value, list):
        return helper.make_tensor(name, TensorProto.INT64, [len(value)], value)
    if isinstance(value, float):
        return helper.make_tensor(name, TensorProto.FLOAT, [], [value])
    return helper.make_tensor(name, TensorProto.FLOAT, value, [0.5] * math.prod(value))


@pytest.fixture
def write(tmp_path):
    def make(nodes, weights=(), entering=(1, 4, 9, 8), opset=17, domain=""):
        graph = helper.make_graph(
            nodes,
            "odd",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, entering)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [tensor(name, value) for name, value in dict(weights).items()],
        )
        opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
        path = tmp_path / "odd.onnx"
        path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())
        return path

    return make


W = {"w": (6, 4, 3, 3)}
RELU = N("Relu", ["x"], ["a"])
FLAT = N("Flatten", ["x"], ["f"])
NORM = dict.fromkeys(("s", "b", "m", "v"), (4,))

ODDITIES = {
    "same upper": (
        [N("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2])],
        W,
        "conv",
        (6, 5, 4),
        216,
    ),
    "same lower": (
        [N("Conv", ["x", "w"], ["y"], auto_pad="SAME_LOWER", strides=[2, 2])],
        W,
        "conv",
        (6, 5, 4),
        216,
    ),
    "valid": ([N("Conv", ["x", "w"], ["y"], auto_pad="VALID")], W, "conv", (6, 7, 6), 216),
    "dilated": ([N("Conv", ["x", "w"], ["y"], dilations=[2, 2], pads=[2] * 4)], W, "conv", (6, 9, 8), 216),
    "uneven pads": ([N("Conv", ["x", "w"], ["y"], pads=[0, 1, 2, 1])], W, "conv", (6, 9, 8), 216),
    "groups": ([N("Conv", ["x", "w"], ["y"], group=2)], {"w": (6, 2, 3, 3)}, "conv", (6, 7, 6), 108),
    "depthwise": (
        [N("Conv", ["x", "w", "b"], ["y"], group=4)],
        {"w": (8, 1, 3, 3), "b": (8,)},
        "dwconv",
        (8, 7, 6),
        80,
    ),
    "weights of a constant": (
        [N("Constant", [], ["w"], value=tensor("w", (6, 4, 3, 3))), N("Conv", ["x", "w"], ["y"])],
        {},
        "conv",
        (6, 7, 6),
        216,
    ),
    "transposed weights": (
        [FLAT, N("Transpose", ["w"], ["t"], perm=[1, 0]), N("MatMul", ["f", "t"], ["y"])],
        {"w": (5, 288)},
        "linear",
        (5,),
        1440,
    ),
    "ceil": (
        [N("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)],
        {},
        "maxpool",
        (4, 4, 4),
        0,
    ),
    "dilated pool": (
        [N("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], dilations=[2, 2])],
        {},
        "maxpool",
        (4, 5, 4),
        0,
    ),
    "mean pool": (
        [N("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 1, 1])],
        {},
        "avgpool",
        (4, 5, 4),
        0,
    ),
    "gemm": (
        [FLAT, N("Gemm", ["f", "w", "b"], ["y"], transB=1)],
        {"w": (5, 288), "b": (5,)},
        "linear",
        (5,),
        1445,
    ),
    "gemm not transposed": ([FLAT, N("Gemm", ["f", "w"], ["y"])], {"w": (288, 5)}, "linear", (5,), 1440),
    "matmul and bias": (
        [N("Reshape", ["x", "to"], ["f"]), N("MatMul", ["f", "w"], ["g"]), N("Add", ["g", "b"], ["y"])],
        {"to": [1, -1], "w": (288, 5), "b": (5,)},
        "shift",
        (5,),
        1445,
    ),
    "reshape": ([N("Reshape", ["x", "to"], ["y"])], {"to": [0, -1]}, "flatten", (288,), 0),
    "global mean": ([N("GlobalAveragePool", ["x"], ["y"])], {}, "adaptive_avgpool", (4, 1, 1), 0),
    "mean of axes": ([N("ReduceMean", ["x"], ["y"], axes=[-1, -2], keepdims=0)], {}, "gap", (4,), 0),
    "concat": ([RELU, N("Concat", ["x", "a"], ["y"], axis=-3)], {}, "cat", (8, 9, 8), 0),
    "add": ([RELU, N("Add", ["x", "a"], ["y"])], {}, "add", (4, 9, 8), 0),
    "learned sum": ([N("Add", ["x", "b"], ["y"])], {"b": (4, 1, 1)}, "shift", (4, 9, 8), 4),
    "constant factor": ([N("Mul", ["x", "c"], ["y"])], {"c": 0.5}, "opaque", (4, 9, 8), 0),
    "transposed, same upper": (
        [N("ConvTranspose", ["x", "t"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2])],
        {"t": (4, 3, 3, 3)},
        "crop",
        (3, 18, 16),
        108,
    ),
    "transposed, same lower": (
        [N("ConvTranspose", ["x", "t"], ["y"], auto_pad="SAME_LOWER", strides=[3, 3])],
        {"t": (4, 3, 2, 2)},
        "conv_transpose",
        (3, 26, 23),
        48,
    ),
    "transposed to a size": (
        [N("ConvTranspose", ["x", "t"], ["y"], output_shape=[18, 16], strides=[2, 2])],
        {"t": (4, 3, 4, 4)},
        "conv_transpose",
        (3, 18, 16),
        192,
    ),
    "clip": ([N("Clip", ["x", "l", "h"], ["y"])], {"l": -1.0, "h": 1.0}, "hardtanh", (4, 9, 8), 0),
    "group norm": (
        [N("InstanceNormalization", ["x", "s", "b"], ["y"])],
        {"s": (4,), "b": (4,)},
        "instance_norm",
        (4, 9, 8),
        8,
    ),
    "layer norm": (
        [N("LayerNormalization", ["x", "s", "b"], ["y"], axis=-2)],
        {"s": (9, 8), "b": (9, 8)},
        "ln",
        (4, 9, 8),
        144,
    ),
    "border": ([N("Pad", ["x", "p"], ["y"])], {"p": [0, 0, 1, 2, 0, 0, 3, 0]}, "pad", (4, 13, 10), 0),
    "border of samples": ([N("Pad", ["x", "p"], ["y"])], {"p": [0, 1] + [0] * 6}, "opaque", (5, 9, 8), 0),
    "turned": ([N("Transpose", ["x"], ["y"], perm=[0, 2, 3, 1])], {}, "permute", (9, 8, 4), 0),
    "twice as large": (
        [
            N("Constant", [], ["f"], value_floats=[1.0, 1.0, 2.0, 2.0]),
            N("Resize", ["x", "", "f"], ["y"], mode="linear"),
        ],
        {},
        "upsample",
        (4, 18, 16),
        0,
    ),
    "norm": ([N("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])], NORM, "bn", (4, 9, 8), 8),
    "relu6": ([N("Clip", ["x", "l", "h"], ["y"])], {"l": 0.0, "h": 6.0}, "relu6", (4, 9, 8), 0),
    "second half": (
        [N("Split", ["x"], ["first", "second"], axis=1), N("Relu", ["second"], ["y"])],
        {},
        "relu",
        (2, 9, 8),
        0,
    ),
}


@pytest.mark.parametrize("case", ODDITIES)
def test_operations(write, case):
    nodes, weights, kind, shape, params = ODDITIES[case]
    opset = 13 if case == "second half" else 17
    network = read_file(write(nodes, weights, opset=opset))
    last = network[network.outputs[0]]
    assert (last.kind, last.output_shape, analyze(network).params) == (kind, shape, params)


@pytest.mark.parametrize("rule", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(3, 2, 1), (2, 3, 1), (4, 2, 1), (3, 2, 2)])
def test_transposed_convolutions_by_rule_read_what_the_runtime_reads(write, rule, kernel, stride, dilation):
    """Where a unit lies is found by what the runtime makes of one lit input."""
    runtime = pytest.importorskip("onnxruntime")
    import numpy

    options = {"auto_pad": rule, "strides": [stride] * 2, "dilations": [dilation] * 2}
    path = write([N("ConvTranspose", ["x", "t"], ["y"], **options)], {"t": (4, 1, kernel, kernel)})
    network = read_file(path)
    lit = numpy.zeros((1, 4, 9, 8), numpy.float32)
    lit[:, :, 4, 4] = 1
    output = runtime.InferenceSession(path.read_bytes()).run(None, {"x": lit})[0]
    assert network[network.outputs[0]].output_shape == output.shape[1:]
    torch = pytest.importorskip("torch")
    module = cnncalc.build(network)
    for value in module.parameters():
        torch.nn.init.constant_(value, 0.5)
    with torch.no_grad():
        assert (module(torch.from_numpy(lit)).numpy() == output).all()


def test_products_that_no_kind_describes_have_their_macs(write):
    four_axes = N("Conv", ["x", "w"], ["y"], name="conv4d")
    network = read_file(write([four_axes], {"w": (6, 4, 2, 2, 2, 2)}, entering=(1, 4, 5, 5, 5, 5)))
    assert network["conv4d"].kind == "opaque"
    assert analyze(network).macs == 6 * 4**4 * 4 * 2**4
    assert network.about["notes"][:-1] == []


@pytest.mark.parametrize("name", ["alexnet", "alexnet_caffe"])
def test_local_response_norms_spelled_out_are_found(name, tmp_path):
    network = load(name)
    path = tmp_path / "net.onnx"
    path.write_bytes(exported(network))
    found = read_file(path)
    ours, theirs = analyze(network), analyze(found)
    assert (theirs.params, theirs.macs) == (ours.params, ours.macs)
    norms = [[node.layer for node in net if node.kind == "lrn"] for net in (network, found)]
    assert norms[0] == norms[1]
    assert "opaque" not in {node.kind for node in found}


def test_a_shape_computed_on_the_way_is_followed(write):
    nodes = [
        N("Shape", ["x"], ["s"]),
        N("Constant", [], ["zero"], value=tensor("zero", [0])),
        N("Constant", [], ["rest"], value=tensor("rest", [-1])),
        N("Gather", ["s", "zero"], ["batch"]),
        N("Concat", ["batch", "rest"], ["to"], axis=0),
        N("Reshape", ["x", "to"], ["f"]),
        N("Gemm", ["f", "w"], ["y"]),
    ]
    network = read_file(write(nodes, {"w": (288, 5)}, entering=("N", 4, 9, 8)))
    assert [node.kind for node in network] == ["input", "flatten", "linear"]


def test_weights_used_twice_count_once(write):
    nodes = [N("Conv", ["x", "w"], ["a"], pads=[1] * 4), N("Conv", ["a", "w"], ["y"])]
    analysis = analyze(read_file(write(nodes, {"w": (4, 4, 3, 3)})))
    assert (analysis.params, analysis.macs) == (144, 144 * 72 + 144 * 42)


def test_what_no_kind_describes_is_opaque_and_said(write):
    einsum = N("Einsum", ["x", "w"], ["y"], equation="bchw,cd->bdhw", name="mix")
    network = read_file(write([einsum], {"w": (4, 5)}))
    assert (network["mix"].kind, network["mix"].layer.operation) == ("opaque", "Einsum")
    assert (network["mix"].output_shape, analyze(network).params) == ((5, 9, 8), 20)
    assert any("MACs of mix (Einsum) are not known" in note for note in network.about["notes"])


def test_kept_norms_are_not_said_to_be_folded(write):
    nodes = [N("Conv", ["x", "w"], ["c"]), N("BatchNormalization", ["c", "s", "b", "m", "v"], ["y"])]
    network = read_file(write(nodes, {"w": (4, 4, 3, 3), **NORM}))
    assert network.about["notes"] == []


REFUSED = {
    "open size": ([RELU], {}, {"entering": ("N", 4, "H", 8)}, "open sizes"),
    "unknown operation": (
        [N("Foo", ["x"], ["y"], domain="my.ops")],
        {},
        {"domain": "my.ops"},
        "cannot work out",
    ),
    "undeclared domain": ([N("Foo", ["x"], ["y"], domain="my.ops")], {}, {}, "cannot be read as ONNX"),
    "batch moved": ([N("Reshape", ["x", "to"], ["y"])], {"to": [4, 72]}, {}, "makes a batch of 4"),
    "reads nothing": ([N("Relu", ["zz"], ["y"])], {}, {}, "'zz'"),
    "kernel too large": ([N("Conv", ["x", "w"], ["y"])], {"w": (6, 4, 30, 3)}, {}, "Conv"),
    "strides of text": ([N("Conv", ["x", "w"], ["y"], strides="abc")], W, {}, "Conv"),
    "conv without weights": ([N("Conv", ["x"], ["y"])], {}, {}, "Conv"),
    "weights of rank 1": ([N("Conv", ["x", "w"], ["y"])], {"w": (6,)}, {}, "Conv"),
    "no layers": ([], {}, {}, "no layers"),
}


def told(path, capsys):
    with pytest.raises(CnncalcError):
        read_file(path)
    with pytest.raises(SystemExit) as ended:
        main(["import", str(path)])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_one_clear_error(write, case, capsys):
    nodes, weights, options, message = REFUSED[case]
    assert message in told(write(nodes, weights, **options), capsys)


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 40, b"not onnx at all", b"\x80\x04\x95pickle"])
def test_garbage_is_one_clear_error(tmp_path, content, capsys):
    path = tmp_path / "odd.onnx"
    path.write_bytes(content)
    told(path, capsys)


def test_any_truncation_or_flipped_byte_is_an_error_of_ours_or_a_network(write):
    path = write([N("Conv", ["x", "w"], ["a"]), N("Relu", ["a"], ["y"])], W)
    whole = path.read_bytes()
    broken = [whole[:end] for end in range(0, len(whole), 40)]
    broken += [whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in range(0, len(whole), 7)]
    for content in broken:
        path.write_bytes(content)
        try:
            assert analyze(read_file(path)).params >= 0
        except CnncalcError as error:
            assert str(error)  # noqa: PT017 - either is right


def test_without_onnx_one_line_and_status_2(write, tmp_path):
    path = write([RELU])
    (tmp_path / "onnx.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cnncalc.cli import main; main()"
    arguments = [sys.executable, "-c", code, "import", str(path)]
    run = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "pip install 'cnncalc[onnx]'" in run.stderr


def scoped(*path, **rest):
    """A node as PyTorch's newer exporter writes it."""
    scopes = ["", *(".".join(path[:depth]) for depth in range(1, len(path) + 1))]
    node = N("Relu", **rest)
    entry = node.metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.name_scopes", repr([*scopes, "relu"])
    return node


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        (
            [
                N("Conv", ["x", "w"], ["a"], "/features/features.0/Conv", pads=[1, 1, 1, 1]),
                N("Relu", ["a"], ["b"], "/features/features.1/body/body.0/Relu"),
                N("Add", ["a", "b"], ["y"], "/features/features.1/Add"),
            ],
            ["features.0", "features.1.body.0", "features.1.Add"],
        ),
        (
            [
                N("Conv", ["x", "features.0.weight"], ["a"], "node_conv", pads=[1, 1, 1, 1]),
                scoped("features", "1", inputs=["a"], outputs=["b"], name="node_relu"),
                N("Add", ["a", "b"], ["y"], "node.add"),
            ],
            ["features.0", "features.1", "add"],
        ),
        (
            [
                N("Conv", ["x", "w"], ["a"], "Conv.0", pads=[1, 1, 1, 1]),
                N("Relu", ["a"], ["b"], "resnet/relu"),
                N("Add", ["a", "b"], ["y"], ""),
            ],
            ["Conv_0", "resnet_relu", "Add_y"],
        ),
    ],
    ids=["older exporter", "newer exporter", "no modules"],
)
def test_layers_are_called_as_the_modules_were(write, nodes, names):
    found = read_file(write(nodes, {"w": (4, 4, 3, 3), "features.0.weight": (4, 4, 3, 3)}))
    assert [node.name for node in found][1:] == names


@pytest.mark.parametrize(
    "scopes", ["[", "[1, 2]", "['', 3, 'relu']", "['']", "{}", "'" * 9, "[" * 90_000], ids=range(7)
)
def test_scopes_that_say_nothing_are_passed_by(write, scopes):
    node = scoped("a", inputs=["x"], outputs=["y"], name="/b/Relu")
    node.metadata_props[0].value = scopes
    assert [node.name for node in read_file(write([node]))] == ["x", "b"]


def test_a_graph_without_a_name_of_its_own_has_that_of_the_file(tmp_path):
    path = tmp_path / "tower.onnx"
    path.write_bytes(exported(load("tiny_vgg")))
    found = read_file(path)
    assert found.name == "tower"
    assert {"conv_1_1", "output"} <= {node.name for node in found}
