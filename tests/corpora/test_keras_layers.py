"""Keras's own shapes and numbers of weights, of single layers as its models describe themselves."""

from importlib.util import find_spec
from itertools import product
from math import prod

import pytest

from cnncalc import analyze
from cnncalc.exchange import read_file
from tests.corpora.tally import Tally

pytest.importorskip("torch")

SIZES = {1: (11,), 2: (11, 8), 3: (5, 7, 6)}
PADDINGS = ("valid", "same")


def windows():
    """Kernel, stride and padding, in as many dimensions as there are."""
    for rank, kernel, stride, padding in product(SIZES, (1, 2, 3), (1, 2, 3), PADDINGS):
        yield rank, {"strides": stride, "padding": padding}, kernel, f"{rank}d-{kernel}-{stride}-{padding}"


@pytest.fixture(scope="module")
def keras():
    """Imported where it is used, as it takes seconds."""
    if find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        import keras
    return keras


def cases(layers):
    for rank, options, kernel, name in windows():
        conv = getattr(layers, f"Conv{rank}D")
        yield f"conv-{name}", rank, conv(4, kernel, **options)
        for pool in ("MaxPooling", "AveragePooling"):
            yield f"{pool}-{name}", rank, getattr(layers, f"{pool}{rank}D")(kernel, **options)
        if rank < 3 and (options["strides"] == 1 or kernel >= options["strides"]):
            yield f"depthwise-{name}", rank, getattr(layers, f"DepthwiseConv{rank}D")(kernel, **options)
            yield f"separable-{name}", rank, getattr(layers, f"SeparableConv{rank}D")(5, kernel, **options)
    for rank, padding in product(SIZES, PADDINGS):
        conv = getattr(layers, f"Conv{rank}D")
        yield f"dilated-{rank}d-{padding}", rank, conv(3, 3, padding=padding, dilation_rate=2, use_bias=False)
        yield f"groups-{rank}d-{padding}", rank, conv(6, 3, padding=padding, groups=3)
    for rank in SIZES:
        for pool in ("GlobalMaxPooling", "GlobalAveragePooling"):
            yield f"{pool}-{rank}d", rank, getattr(layers, f"{pool}{rank}D")()
        yield f"zeros-{rank}d", rank, getattr(layers, f"ZeroPadding{rank}D")(2)
        yield f"crop-{rank}d", rank, getattr(layers, f"Cropping{rank}D")(1)
        yield f"upsampling-{rank}d", rank, getattr(layers, f"UpSampling{rank}D")(2)
        yield f"norm-{rank}d", rank, layers.BatchNormalization()
        yield f"flatten-{rank}d", rank, layers.Flatten()


def compare(keras, path, rank, layer):
    model = keras.Sequential([keras.Input((*SIZES[rank], 3)), layer])
    path.write_text(model.to_json())
    network = read_file(path)
    found = network[network.outputs[0]]
    assert found.kind != "opaque"
    assert (*found.output_shape[1:], found.output_shape[0]) == model.output_shape[1:]
    assert analyze(network).params == sum(prod(weight.shape) for weight in model.trainable_weights)


def test_keras_agrees(keras, tmp_path):
    tally = Tally()
    for name, rank, layer in cases(keras.layers):
        tally.judge(name, compare, keras, tmp_path / f"{name}.json", rank, layer)
    tally.assert_as_documented("layers of Keras", f"Keras {keras.__version__}")
    assert not tally.left_out
