"""Keras source: it runs, is the network in shapes, counts and outputs, and its JSON reads back."""

import ast
import os

import pytest

from cnncalc import UsageError, analyze, parse, spec
from cnncalc.cli import main
from cnncalc.exchange import read_file
from cnncalc.exchange.keras_writer import layer_name, refused, write
from cnncalc.layers import KINDS
from cnncalc.network import Builder
from tests.every_kind import alone, examples

BUNDLED = sorted(spec.bundled())
NOT_SAID = {
    "captioning": ("embedding", "lstm", "linear", "unflatten"),
    "convnext_tiny": ("scale",),
    "cuda_convnet_local": ("local",),
    "deconvnet": ("unpool",),
    "deformable_resnet18": ("deform_conv",),
    "fast_rcnn_head": ("roi_pool",),
    "faster_rcnn": ("roi_pool",),
    "lenet5": ("conv", "rbf", "subsample"),
    "vit_b_16": ("attention", "flatten", "linear", "ln", "permute", "shift", "slice", "tokens"),
}
"""Bundled networks that Keras has no layers for, and the kinds it lacks."""

SAID = [name for name in BUNDLED if name not in NOT_SAID]
QUICK = ("alexnet", "googlenet_aux", "inception_v3", "mobilenet_v2", "resnet18", "siamese", "unet")
"""Networks run by default; all of them are run with --slow."""

UNUSUAL = {
    "names that would shadow Python's": "conv(3, 1) as x -> relu as keras -> conv(2, 1) as layers",
    "gates": "conv(4, 3) -> mul[id | gap -> fc(2) -> relu -> fc(4) -> sigmoid] -> gap",
    "uneven padding": "conv(4, 3, padding=((1, 0), (0, 2))) -> maxpool(3, 2, padding=same_upper) -> relu",
    "a pool that rounds up": "conv(4, 3) -> relu -> maxpool(2, 2, rounding=ceil) -> fc(3)",
    "flattened by hand": "conv(4, 3) -> flatten -> dropout -> relu -> linear(5) -> bn -> softmax",
    "cropped": "relu as a -> maxpool(2) -> conv_transpose(3, 2, 2) -> cat(fit=crop)[id | from(a)]",
    "frozen": "conv(4, 3) -> gn(2) -> relu",
}


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("torch")
    return pytest.importorskip("keras")


def assert_is_the_network(network, folder, *, outputs=True):
    """Shapes, parameters, and what comes back from JSON; with outputs, PyTorch's values as well."""
    from tests.keras_models import model_of

    model, analysis = model_of(network), analyze(network)
    statistics = sum(2 * node.output_shape[0] for node in network if node.kind == "bn")
    assert model.count_params() - statistics == analysis.params
    shapes = [network[name].output_shape for name in network.outputs]
    assert [tuple(one.shape)[1:] for one in model.outputs] == [(*rest, first) for first, *rest in shapes]
    path = folder / "model.json"
    path.write_text(model.to_json(), encoding="utf-8")
    found = analyze(read_file(path))
    assert (found.params, found.macs) == (analysis.params, analysis.macs)
    assert found.trainable_params == analysis.trainable_params
    rows = {row.name: row for row in found.rows}
    for row in analysis.rows:
        if row.macs and row.kind != "separable_conv" and not network[row.name].weights_from:
            assert rows[layer_name(row.name)].output_shape == row.output_shape
    if outputs:
        assert_same_outputs(network, model)


def assert_same_outputs(network, model):
    import numpy
    import torch

    from cnncalc.torch_backend import build
    from cnncalc.torch_backend.measure import sample
    from tests.keras_models import copy_weights

    module = build(network).eval()
    copy_weights(network, module, model)
    inputs = [sample(network, node, 2, torch.device("cpu")) for node in network.inputs]
    with torch.no_grad():
        expected = module(*inputs)
        laid = [numpy.moveaxis(one.numpy(), 1, -1) for one in inputs]
        found = model(laid if len(laid) > 1 else laid[0], training=False)
    expected, found = ([one] if isinstance(one, torch.Tensor) else list(one) for one in (expected, found))
    for one, other in zip(found, expected, strict=True):
        scale = max(1e-6, float(other.abs().max()))
        torch.testing.assert_close(one / scale, other.movedim(1, -1) / scale, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_networks_are_source_or_refused_by_kind(name):
    network = spec.load(name)
    assert {reason.partition(":")[0] for reason in refused(network)} == set(NOT_SAID.get(name, ()))
    if name in NOT_SAID:
        with pytest.raises(UsageError, match="cannot be written in Keras") as raised:
            write(network)
        assert all(f"{kind}: " in str(raised.value) for kind in NOT_SAID[name])
    else:
        ast.parse(write(network))


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", QUICK)
def test_bundled_networks_run(name, tmp_path):
    from cnncalc.torch_backend import shrink

    assert_is_the_network(spec.load(name), tmp_path, outputs=False)
    assert_is_the_network(shrink(spec.load(name)), tmp_path)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.usefixtures("keras")
@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
def test_every_bundled_network_runs(name, tmp_path):
    test_bundled_networks_run(name, tmp_path)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(("cls", "example"), examples())
def test_every_kind_runs_or_is_refused_by_name(cls, example, tmp_path):
    network = alone(cls, example)
    reasons = list(refused(network))
    if reasons:
        assert reasons[0].startswith(f"{cls.kind}: ")
    else:
        assert_is_the_network(network, tmp_path)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("permute", "Permute"),
        ("unflatten", "Reshape"),
        ("rms_norm", "RMSNormalization"),
        ("embedding", "Embedding"),
        ("rnn", "SimpleRNN"),
        ("lstm", "LSTM"),
        ("gru", "GRU"),
        ("attention", "MultiHeadAttention"),
    ],
)
def test_a_layer_that_keras_has_is_not_called_missing(kind, layer):
    import keras

    assert hasattr(keras.layers, layer)
    cls = KINDS[kind]
    (reason,) = refused(alone(cls, cls.examples[0]))
    assert reason.startswith(f"{kind}: ")
    assert "no such layer" not in reason


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_networks_run(text, tmp_path):
    assert_is_the_network(parse(f"input: 3x9x9\nlayers:\n  - {text}"), tmp_path)


@pytest.mark.usefixtures("keras")
def test_frozen_layers_do_not_train(tmp_path):
    network = parse("input: 3x9x9\nfreeze: [a]\nlayers:\n  - conv(4, 3) as a -> conv(4, 3)")
    assert_is_the_network(network, tmp_path)


def test_parts_that_differ_in_numbers_are_one_function():
    source = write(spec.load("googlenet"))
    assert source.count("def inception(") == 1
    assert source.count("inception(") == 1 + 9


def test_padding_that_is_not_tensorflows_is_a_layer():
    source = write(parse("INPUT(3x32x32) -> CONV(8,3,2,1) -> CONV(8,3,padding=1) -> CONV(8,2,2)"))
    assert source.count("ZeroPadding2D(1,") == 1
    assert source.count('padding="same"') == 1


def test_a_name_from_a_stranger_stays_in_texts():
    network = parse('name: \'x""" \\ + __import__("os")\'\ninput: 1x8x8\nlayers: conv(1, 3)')
    source = write(network)
    ast.parse(source)
    assert source.splitlines()[0].count('"""') == 2
    assert "__import__(" not in source.replace("__import__( os )", "")


@pytest.mark.parametrize(("path", "name"), [(("a_b",), "c"), ((), "a_b_c_pad")])
def test_names_that_become_one_are_refused(path, name):
    make = Builder("twice")
    values = make.input("input", (1, 8, 8))
    padded = KINDS["conv"](out_channels=1, kernel_size=3, padding=2)
    values = make.add(padded, values, name="b_c", path=("a",))
    make.add(KINDS["conv"](out_channels=1, kernel_size=1), values, name=name, path=path)
    with pytest.raises(UsageError, match="'a_b_c"):
        write(make.network())


def test_the_command_prints_source_and_refuses_in_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["export", "tiny_vgg", "--to", "keras"])
    assert ended.value.code in (0, None)
    assert "keras.Model(inputs, " in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["export", "lenet5", "--to", "keras"])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert all(kind in error for kind in ("subsample", "rbf", "connection table"))
