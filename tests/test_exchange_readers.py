"""Networks read from Keras' JSON and Caffe's prototxt."""

import json

import pytest
from click.testing import CliRunner

from cnncalc import CnncalcError, analyze, load
from cnncalc.cli import cnncalc, main
from cnncalc.exchange import read_file


def keras(kind, name, inbound=None, **config):
    found = {"class_name": kind, "config": {"name": name, **config}}
    return found if inbound is None else {**found, "name": name, "inbound_nodes": inbound}


def conv(name, filters, size, inbound=None, **options):
    return keras("Conv2D", name, inbound, filters=filters, kernel_size=[size, size], **options)


def pool(name):
    return keras("MaxPooling2D", name, pool_size=[2, 2], strides=[2, 2], padding="valid")


LENET = {
    "class_name": "Sequential",
    "config": {
        "name": "lenet",
        "layers": [
            keras("InputLayer", "image", batch_shape=[None, 28, 28, 1]),
            conv("c1", 6, 5, padding="same", strides=[1, 1], activation="tanh"),
            pool("s2"),
            conv("c3", 16, 5, padding="valid", activation="tanh", data_format="channels_last"),
            pool("s4"),
            keras("Flatten", "flatten"),
            keras("Dense", "f5", units=120, activation="tanh"),
            keras("Dense", "f6", units=84, activation="tanh", trainable=False),
            keras("Dense", "out", units=10, activation="softmax"),
        ],
    },
}


def keras2(*names):
    return [[[name, 0, 0, {}] for name in names]]


def keras3(*names):
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}} for name in names
    ]
    return [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}]


def functional(inbound):
    same = {"padding": "same"}
    return {
        "class_name": "Functional",
        "config": {
            "name": "tower",
            "layers": [
                keras("InputLayer", "image", [], batch_input_shape=[None, 33, 32, 3]),
                conv("stem", 8, 3, inbound("image"), strides=[2, 2], use_bias=False, **same),
                keras("BatchNormalization", "norm", inbound("stem"), scale=False, center=True),
                keras("ReLU", "relu", inbound("norm")),
                keras("DepthwiseConv2D", "deep", inbound("relu"), kernel_size=[3, 3], strides=[1, 1], **same),
                keras("Add", "sum", inbound("deep", "relu")),
                keras("GlobalAveragePooling2D", "mean", inbound("sum")),
                keras("Dense", "out", inbound("mean"), units=10, activation="softmax"),
            ],
        },
    }


@pytest.fixture
def file(tmp_path):
    def make(name, content):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return make


def test_keras_sequential(file):
    net = read_file(file("lenet.json", LENET))
    a = analyze(net)
    assert (net.name, net.nodes[0].output_shape) == ("lenet", (1, 28, 28))
    assert [a[name].output_shape for name in ("c1", "s2", "c3", "s4", "f5")] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
        (120,),
    ]
    assert a.params == 61_706
    assert a.params - a.trainable_params == 120 * 84 + 84
    assert a.macs == 117_600 + 240_000 + 48_000 + 10_080 + 840


@pytest.mark.parametrize("inbound", [keras2, keras3], ids=["keras 2", "keras 3"])
def test_keras_functional(file, inbound):
    a = analyze(read_file(file("tower.json", functional(inbound))))
    assert a["stem"].output_shape == a["sum"].output_shape == (8, 17, 16)
    assert a["sum"].inputs == ("deep", "relu")
    assert a.params == 27 * 8 + 8 + (9 * 8 + 8) + (8 * 10 + 10)
    assert a.macs == 8 * 17 * 16 * 27 + 8 * 17 * 16 * 9 + 80


CAFFE_LENET = """
name: "LeNet"
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 64 dim: 1 dim: 28 dim: 28 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"  # a remark
  param { lr_mult: 1 } convolution_param { num_output: 20 kernel_size: 5 stride: 1 } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 50 kernel_size: 5 } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1" inner_product_param { num_output: 500 } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 10 } }
layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob" }
"""


def old(name, kind, bottom, options=""):
    top = name if kind not in ("RELU", "DROPOUT") else bottom
    return f'layers {{ name: "{name}" type: {kind} bottom: "{bottom}" top: "{top}" {options} }}\n'


def old_conv(name, bottom, numbers):
    out, kernel, pad, group, stride = numbers
    options = f"num_output: {out} kernel_size: {kernel} pad: {pad} group: {group} stride: {stride}"
    return old(name, "CONVOLUTION", bottom, f"convolution_param {{ {options} }}") + old(
        f"r_{name}", "RELU", name
    )


def old_pool(name, bottom):
    return old(name, "POOLING", bottom, "pooling_param { pool: MAX kernel_size: 3 stride: 2 }")


def old_norm(name, bottom):
    return old(name, "LRN", bottom, "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")


def old_fc(name, bottom, out):
    return old(name, "INNER_PRODUCT", bottom, f"inner_product_param {{ num_output: {out} }}")


CAFFE_ALEXNET = (
    'name: "AlexNet"\ninput: "data"\ninput_dim: 10\ninput_dim: 3\ninput_dim: 227\ninput_dim: 227\n'
    + old_conv("conv1", "data", (96, 11, 0, 1, 4))
    + old_norm("norm1", "conv1")
    + old_pool("pool1", "norm1")
    + old_conv("conv2", "pool1", (256, 5, 2, 2, 1))
    + old_norm("norm2", "conv2")
    + old_pool("pool2", "norm2")
    + old_conv("conv3", "pool2", (384, 3, 1, 1, 1))
    + old_conv("conv4", "conv3", (384, 3, 1, 2, 1))
    + old_conv("conv5", "conv4", (256, 3, 1, 2, 1))
    + old_pool("pool5", "conv5")
    + old_fc("fc6", "pool5", 4096)
    + old("drop6", "DROPOUT", "fc6", "dropout_param { dropout_ratio: 0.5 }")
    + old_fc("fc7", "fc6", 4096)
    + old_fc("fc8", "fc7", 1000)
    + old("prob", "SOFTMAX", "fc8")
)


def test_caffe_lenet(file):
    a = analyze(read_file(file("lenet.prototxt", CAFFE_LENET)))
    assert a["pool2"].output_shape == (50, 4, 4)
    assert a.params == 431_080
    assert a.macs == 288_000 + 1_600_000 + 400_000 + 5_000


def test_caffe_alexnet_of_the_first_generation(file):
    net = read_file(file("alexnet.prototxt", CAFFE_ALEXNET))
    a = analyze(net)
    assert net.nodes[0].output_shape == (3, 227, 227)
    assert [a[f"conv{n}"].output_shape for n in (1, 2, 5)] == [(96, 55, 55), (256, 27, 27), (256, 13, 13)]
    assert a.params == 60_965_224
    assert a.macs == 724_406_816


def test_caffe_rounds_pools_up(file):
    text = 'input: "x" input_dim: 1 input_dim: 2 input_dim: 112 input_dim: 112\n' + old_pool("p", "x")
    assert read_file(file("p.prototxt", text))["p"].output_shape == (2, 56, 56)


def test_caffe_weights_of_one_name_count_once(file):
    layer = """layer {{ name: "ip{0}" type: "InnerProduct" bottom: "{1}" top: "ip{0}"
      param {{ name: "w" }} param {{ name: "b" }} inner_product_param {{ num_output: 8 }} }}"""
    text = 'input: "x" input_dim: 1 input_dim: 8 ' + layer.format(1, "x") + layer.format(2, "ip1")
    text = text.replace("input_dim: 1 input_dim: 8", "input_shape { dim: 1 dim: 8 }")
    analysis = analyze(read_file(file("twins.prototxt", text)))
    assert (analysis.params, analysis.macs) == (72, 128)


def keras_with(*layers):
    return {"class_name": "Sequential", "config": {"layers": [LENET["config"]["layers"][0], *layers]}}


REFUSED = {
    "json empty": ("a.json", "", "not what Keras writes"),
    "json truncated": ("a.json", json.dumps(LENET)[:300], "not what Keras writes"),
    "json of another kind": ("a.json", [1, 2], "not what Keras writes"),
    "json deep": ("a.json", "[" * 100_000, "not what Keras writes"),
    "json bytes": ("a.json", b"\xff\xfe\x00{", "not text in UTF-8"),
    "json huge": ("a.json", b" " * ((16 << 20) + 1), "larger than"),
    "lambda": ("a.json", keras_with(keras("Lambda", "evil", function="cos")), "'evil' is a Lambda"),
    "unknown layer": ("a.json", keras_with(keras("LSTM", "memory", units=3)), "'memory' is a LSTM"),
    "channels first": ("a.json", keras_with(conv("c", 6, 5, data_format="channels_first")), "channels first"),
    "causal": ("a.json", keras_with(conv("c", 6, 5, padding="causal")), "'causal' has no counterpart"),
    "filters of text": ("a.json", keras_with(conv("c", "__import__('os')", 5)), "layer 'c'"),
    "kernel too large": ("a.json", keras_with(conv("c", 6, 99)), "layer 'c': [E2"),
    "no layers": ("a.json", keras_with(), "no layers"),
    "open size": (
        "a.json",
        keras_with(keras("InputLayer", "free", batch_shape=[None, None, 8, 3])),
        "'free' has open sizes",
    ),
    "shared layer": (
        "a.json",
        {
            "class_name": "Functional",
            "config": {
                "layers": [
                    keras("InputLayer", "x", [], batch_shape=[None, 8, 8, 3]),
                    conv("twice", 3, 1, [*keras2("x"), *keras2("twice")], activation="relu"),
                ]
            },
        },
        "'twice' is several layers here, and is used several times",
    ),
    "circle": (
        "a.json",
        {
            "class_name": "Functional",
            "config": {
                "layers": [
                    keras("InputLayer", "x", [], batch_shape=[None, 8, 8, 3]),
                    conv("a", 3, 1, keras2("b")),
                    conv("b", 3, 1, keras2("a")),
                ]
            },
        },
        "'a' reads 'b', which no layer before it gives",
    ),
    "prototxt empty": ("a.prototxt", "", "does not say what enters"),
    "prototxt truncated": ("a.prototxt", CAFFE_LENET[:400], "a `}` is missing"),
    "prototxt garbage": ("a.prototxt", "\x00\x01 {{{", "line 1: expected the name of a field"),
    "prototxt deep": ("a.prototxt", "a { " * 5000, "nested deeper"),
    "prototxt closed twice": ("a.prototxt", CAFFE_LENET + "}", "expected the name of a field, found '}'"),
    "prototxt lists deep": ("a.prototxt", "a: " + "[" * 5000, "nested deeper"),
    "prototxt huge": ("a.prototxt", b" " * ((4 << 20) + 1), "larger than"),
    "prototxt without sizes": ("a.prototxt", 'input: "x" input_shape { }', "no network definition"),
    "prototxt with text for a number": (
        "a.prototxt",
        CAFFE_LENET.replace("num_output: 20", "num_output: many"),
        "no network definition",
    ),
    "prototxt infinite": (
        "a.prototxt",
        CAFFE_LENET.replace("num_output: 20", "num_output: 1e999"),
        "no network definition",
    ),
    "prototxt unknown layer": (
        "a.prototxt",
        CAFFE_LENET.replace('"Softmax"', '"Python"'),
        "'prob' is a Python, which has no counterpart",
    ),
    "prototxt reads ahead": (
        "a.prototxt",
        CAFFE_LENET.replace('bottom: "pool2"', 'bottom: "later"'),
        "'ip1' reads 'later', which no layer before it gives",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_one_clear_error(file, case, capsys):
    name, content, message = REFUSED[case]
    path = file(name, content)
    with pytest.raises(CnncalcError):
        read_file(path)
    with pytest.raises(SystemExit) as ended:
        main(["import", str(path)])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    assert message in told


def test_a_file_that_is_not_there_ends_with_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["import", str(tmp_path / "no.json")])
    assert ended.value.code == 2
    assert "No such file" in capsys.readouterr().err


def test_a_file_takes_no_input(file):
    result = CliRunner().invoke(cnncalc, ["import", str(file("a.json", LENET)), "--input", "1x28x28"])
    assert "leave out --input" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "content", "params"),
    [("net.json", LENET, 61_706), ("deploy.prototxt", CAFFE_ALEXNET, 60_965_224)],
    ids=["keras", "caffe"],
)
def test_the_spec_written_has_the_numbers(file, tmp_path, name, content, params):
    out = tmp_path / "net.yaml"
    result = CliRunner().invoke(cnncalc, ["import", str(file(name, content)), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert f"{params:,} parameters" in result.output
    assert analyze(load(str(out))).params == params
