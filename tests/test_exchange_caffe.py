"""Each kind of layer that Caffe's definitions know, alone: what it is here, what leaves it, its weights.

What is expected follows Caffe's own rules: pools round up and convolutions down, an inner product
flattens, a scale has one factor for each channel.
"""

import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import ImportFailure
from cnncalc.exchange.caffe import from_text

HEAD = 'name: "n" input: "x" input_shape { dim: 1 dim: 8 dim: 12 dim: 9 }\n'


def alone(kind, options=""):
    return f'{HEAD}layer {{ name: "it" type: "{kind}" bottom: "x" top: "it" {options} }}'


LAYERS = {
    "convolution": (
        alone("Convolution", "convolution_param { num_output: 6 kernel_size: 3 pad: 1 stride: 2 group: 2 }"),
        ("conv", (6, 6, 5), 6 * 4 * 9 + 6),
    ),
    "without bias": (
        alone("Convolution", "convolution_param { num_output: 6 kernel_size: 3 bias_term: false }"),
        ("conv", (6, 10, 7), 6 * 8 * 9),
    ),
    "height and width": (
        alone("Convolution", "convolution_param { num_output: 4 kernel_h: 5 kernel_w: 1 pad_h: 2 pad_w: 0 }"),
        ("conv", (4, 12, 9), 4 * 8 * 5 + 4),
    ),
    "dilated": (
        alone("Convolution", "convolution_param { num_output: 4 kernel_size: 3 dilation: 2 }"),
        ("conv", (4, 8, 5), 4 * 8 * 9 + 4),
    ),
    "deconvolution": (
        alone("Deconvolution", "convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 }"),
        ("conv_transpose", (4, 24, 18), 8 * 4 * 16 + 4),
    ),
    "mean": (
        alone("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 }"),
        ("avgpool", (8, 6, 4), 0),
    ),
    "pool down": (
        alone("Pooling", "pooling_param { pool: MAX kernel_size: 3 stride: 2 round_mode: FLOOR }"),
        ("maxpool", (8, 5, 4), 0),
    ),
    "global": (
        alone("Pooling", "pooling_param { pool: AVE global_pooling: true }"),
        ("adaptive_avgpool", (8, 1, 1), 0),
    ),
    "inner product": (
        alone("InnerProduct", "inner_product_param { num_output: 10 bias_term: false }"),
        ("fc", (10,), 8 * 12 * 9 * 10),
    ),
    "relu": (alone("ReLU"), ("relu", (8, 12, 9), 0)),
    "leaky": (alone("ReLU", "relu_param { negative_slope: 0.1 }"), ("leaky_relu", (8, 12, 9), 0)),
    "slope each": (alone("PReLU"), ("prelu", (8, 12, 9), 8)),
    "one slope": (alone("PReLU", "prelu_param { channel_shared: true }"), ("prelu", (8, 12, 9), 1)),
    "lrn": (alone("LRN", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"), ("lrn", (8, 12, 9), 0)),
    "norm": (alone("BatchNorm"), ("bn", (8, 12, 9), 0)),
    "scale": (alone("Scale"), ("scale", (8, 12, 9), 8)),
    "bias": (alone("Bias"), ("shift", (8, 12, 9), 8)),
    "dropout": (alone("Dropout", "dropout_param { dropout_ratio: 0.3 }"), ("dropout", (8, 12, 9), 0)),
    "flatten": (alone("Flatten"), ("flatten", (864,), 0)),
    "sigmoid": (alone("Sigmoid"), ("sigmoid", (8, 12, 9), 0)),
    "tanh": (alone("TanH"), ("tanh", (8, 12, 9), 0)),
    "elu": (alone("ELU"), ("elu", (8, 12, 9), 0)),
    "softmax": (alone("Softmax"), ("softmax", (8, 12, 9), 0)),
    "training's softmax": (
        HEAD + 'layer { name: "it" type: "SoftmaxWithLoss" bottom: "x" bottom: "label" top: "loss" }',
        ("softmax", (8, 12, 9), 0),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_alone(name):
    text, expected = LAYERS[name]
    analysis = analyze(from_text(text))
    last = analysis.rows[-1]
    assert (last.kind, last.output_shape, analysis.params) == expected


def test_a_scale_with_a_bias_is_both():
    analysis = analyze(from_text(alone("Scale", "scale_param { bias_term: true }")))
    assert [row.kind for row in analysis.rows] == ["input", "scale", "shift"]
    assert analysis.params == 16


def of_two(layer):
    first = 'layer { name: "a" type: "ReLU" bottom: "x" top: "a" }\n'
    return f'{HEAD}{first}layer {{ name: "it" {layer} bottom: "x" bottom: "a" top: "it" }}'


@pytest.mark.parametrize(
    ("layer", "kind", "channels"),
    [
        ('type: "Eltwise"', "add", 8),
        ('type: "Eltwise" eltwise_param { operation: PROD }', "mul", 8),
        ('type: "Concat"', "cat", 16),
        ('type: "Concat" concat_param { axis: 1 }', "cat", 16),
        ('type: "Scale"', "mul", 8),
    ],
)
def test_layers_of_two_inputs(layer, kind, channels):
    last = analyze(from_text(of_two(layer))).rows[-1]
    assert (last.kind, last.inputs, last.output_shape[0]) == (kind, ("x", "a"), channels)


def test_a_split_passes_on_what_enters():
    split = 'layer { name: "s" type: "Split" bottom: "x" top: "one" top: "two" }\n'
    both = 'layer { name: "it" type: "Eltwise" bottom: "one" bottom: "two" top: "it" }'
    network = from_text(HEAD + split + both)
    assert network["it"].output_shape == (8, 12, 9)


def test_what_only_training_needs_is_left_out():
    silent = 'layer { name: "d" type: "Silence" bottom: "x" }\n'
    accuracy = 'layer { name: "acc" type: "Accuracy" bottom: "x" }\n'
    network = from_text(HEAD + silent + accuracy + 'layer { name: "it" type: "ReLU" bottom: "x" top: "it" }')
    assert [node.kind for node in network] == ["input", "relu"]


def test_an_input_can_be_a_layer():
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }'
    network = from_text(text + ' layer { name: "it" type: "ReLU" bottom: "x" top: "it" }')
    assert network["it"].output_shape == (3, 4, 4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            alone("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"),
            "STOCHASTIC has no counterpart",
        ),
        (alone("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }"), "LRN within channels"),
        (of_two('type: "Eltwise" eltwise_param { operation: MAX }'), "eltwise MAX has no counterpart"),
        (of_two('type: "Concat" concat_param { axis: 2 }'), "only channels can be joined"),
        (alone("SPP"), "is a SPP, which has no counterpart"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(text, told):
    with pytest.raises(ImportFailure, match=told):
        from_text(text)
