"""Operations and connections counted by hand, on layers small enough for that."""

import pytest

from cnncalc.layers import KINDS
from tests.layers.test_facets import site_of

OPERATIONS = {
    "two by two means: 3 sums and a division": (("avgpool", {"kernel_size": 2}, ((1, 4, 4),)), 4 * 4),
    "two by two maxima: 3 comparisons": (("maxpool", {"kernel_size": 2}, ((1, 4, 4),)), 4 * 3),
    "bilinear: 4 products and 3 sums": (
        ("upsample", {"scale_factor": 2, "mode": "bilinear"}, ((1, 2, 2),)),
        16 * 7,
    ),
    "bicubic: 16 products and 15 sums": (
        ("upsample", {"scale_factor": 2, "mode": "bicubic"}, ((1, 2, 2),)),
        16 * 31,
    ),
    "linear: 2 products and a sum": (("upsample", {"scale_factor": 2, "mode": "linear"}, ((1, 3),)), 6 * 3),
    "squares of two, a sum of them, a root": (
        ("lppool", {"norm_type": 2, "kernel_size": 2}, ((1, 4),)),
        2 * (2 + 1 + 1),
    ),
    # 4 projections of 3 tokens, each value 4 products, 3 sums and a bias; 2 heads x 9 pairs of 2 products,
    # a sum and a scaling; 6 rows of 3 exponentials, 2 sums, 3 quotients; 12 values of 3 products, 2 sums.
    "attention of 3 tokens to themselves": (
        ("attention", {"num_heads": 2}, ((3, 4),)),
        4 * 12 * 8 + 18 * 4 + 6 * 8 + 12 * 5,
    ),
    "attention of 3 tokens to 5": (
        ("attention", {"num_heads": 2}, ((3, 4), (5, 4))),
        2 * 12 * 8 + 2 * 20 * 8 + 30 * 4 + 6 * 14 + 12 * 9,
    ),
    # Of 2 inputs and 3 states: 5 products, 4 sums, 2 biases for each gate and unit. Then one tangent; or
    # 3 sigmoids of 4, 2 tangents, 3 products and a sum; or 2 sigmoids, a tangent and 5 between states.
    "4 steps of an RNN": (("rnn", {"hidden_size": 3}, ((4, 2),)), 4 * 3 * (11 + 1)),
    "4 steps of an LSTM": (("lstm", {"hidden_size": 3}, ((4, 2),)), 4 * 3 * (4 * 11 + 18)),
    "4 steps of a GRU": (("gru", {"hidden_size": 3}, ((4, 2),)), 4 * 3 * (3 * 11 + 14)),
    # With states of 2, gates take 2 products and 2 sums less; the projection 3 products and 2 sums.
    "4 steps of an LSTM with projection": (
        ("lstm", {"hidden_size": 3, "proj_size": 2}, ((4, 2),)),
        4 * (3 * (4 * 9 + 18) + 2 * 5),
    ),
    "4 steps of an RNN without biases": (
        ("rnn", {"hidden_size": 3, "bias": False}, ((4, 2),)),
        4 * 3 * (9 + 1),
    ),
    "sums of three branches": (("add", {}, ((7,), (7,), (7,))), 7 * 2),
    "products of three factors": (("mul", {}, ((4, 2, 2), (4,), (4, 2, 2))), 16 * 2),
    "three squares, two sums, a root": (("l2pool_features", {"size": 3}, ((6, 2),)), 4 * (3 + 2 + 1)),
    # 4 windows of 4 taps: 8 filters for the offsets and one for the values, each 2 for a tap with the bias;
    # a move of two coordinates for each tap; a value between positions is 4 products and 3 sums.
    "deformed windows of 2x2": (
        ("deform_conv", {"out_channels": 1, "kernel_size": 2}, ((1, 3, 3),)),
        4 * (8 + 1) * 8 + 16 * (2 + 7),
    ),
    # As before, with 4 filters for the weights of taps, their sigmoids of 4, and a product with each.
    "deformed windows of 2x2 with weights": (
        ("deform_conv", {"out_channels": 1, "kernel_size": 2, "mask": True}, ((1, 3, 3),)),
        4 * (8 + 4 + 1) * 8 + 16 * (2 + 7 + 4 + 1),
    ),
    "softsign: magnitude, sum, quotient": (("softsign", {}, ((5,),)), 5 * 3),
    "tanhshrink: tangent, difference": (("tanhshrink", {}, ((5,),)), 5 * 2),
}


@pytest.mark.parametrize("case", OPERATIONS)
def test_operations_counted_by_hand(case):
    (kind, arguments, inputs), expected = OPERATIONS[case]
    layer = KINDS[kind](**arguments)
    assert layer.operations(site_of(layer, inputs)).value == expected


INSIDE = {
    # Kernels of 3 at 4 positions with a zero on either side miss one tap at each end.
    "zeros": (("conv", {"out_channels": 1, "kernel_size": 3, "padding": 1}, ((1, 4),)), 3 * 4 - 2),
    "copies": (
        ("conv", {"out_channels": 1, "kernel_size": 3, "padding": 1, "padding_mode": "circular"}, ((1, 4),)),
        3 * 4,
    ),
    # The first window sees the first position twice, by two weights.
    "copies of the edge": (
        ("conv", {"out_channels": 1, "kernel_size": 3, "padding": 1, "padding_mode": "replicate"}, ((1, 4),)),
        3 * 4,
    ),
    "kernels of their own": (("local", {"out_channels": 1, "kernel_size": 2, "padding": 1}, ((1, 4),)), 8),
    # Each of 4 filters reads the 2 channels of its group at 3 positions.
    "stamps in groups": (
        ("conv_transpose", {"out_channels": 4, "kernel_size": 1, "groups": 2}, ((4, 3),)),
        4 * 2 * 3,
    ),
}


@pytest.mark.parametrize("case", INSIDE)
def test_connections_inside_counted_by_hand(case):
    (kind, arguments, inputs), expected = INSIDE[case]
    layer = KINDS[kind](bias=False, **arguments)
    assert layer.connections_inside(site_of(layer, inputs)).value == expected


def test_of_a_separable_convolution_only_the_second_stage_has_biases():
    """As in Keras's SeparableConv2D: 3x3 weights for each of 4 maps, 8 filters over these, 8 biases."""
    layer = KINDS["separable_conv"](out_channels=8, kernel_size=3)
    assert layer.params(site_of(layer, ((4, 6, 6),))).value == 4 * 9 + 8 * 4 + 8
    layer = KINDS["separable_conv"](out_channels=8, kernel_size=3, bias=False, multiplier=2)
    assert layer.params(site_of(layer, ((4, 6, 6),))).value == 8 * 9 + 8 * 8


def test_the_working_of_windows_that_fit_exactly():
    """Windows of 2 every 2 of 6 positions: (6 - 2)/2 + 1."""
    layer = KINDS["conv"](out_channels=1, kernel_size=2, stride=2, rounding="exact")
    assert [working.value for working in layer.shape_working(site_of(layer, ((1, 6),)))] == [3]


def test_a_deformed_convolution_without_biases_has_those_of_its_offsets():
    """2x2 weights for one filter, and for the 8 that work out where its 4 taps lie, with biases."""
    layer = KINDS["deform_conv"](out_channels=1, kernel_size=2, bias=False)
    assert layer.params(site_of(layer, ((1, 3, 3),))).value == 4 + 8 * 4 + 8
