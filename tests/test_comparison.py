"""Comparisons of the lectures, with their numbers."""

import json
from functools import partial

import pytest

from cnncalc.comparison import alternatives

ALEXNET = {"shape": (3, 227, 227), "out_channels": 96, "kernel_size": 11, "stride": 4}


@pytest.fixture
def run(run):
    """Run the command alone."""
    return partial(run, "compare")


def test_connectivity_of_the_first_layer_of_alexnet():
    compared = alternatives.connectivity(**ALEXNET)
    assert compared["convolution"].params == 34_944
    assert compared["locally connected"].params == 105_705_600
    assert compared["fully connected"].params == (227 * 227 * 3 + 1) * 55 * 55 * 96
    assert compared["convolution"].connections == compared["locally connected"].connections == 105_705_600
    assert compared.ratio("locally connected", "params") == 3025


def test_fully_connected_to_as_many_maps_as_the_lecture_says():
    compared = alternatives.connectivity((3, 55, 55), 96, 11, padding=5)
    assert compared["fully connected"].params == 2_635_670_400


@pytest.mark.parametrize(("bias", "stack", "single"), [(False, 27, 49), (True, 27, 49)])
def test_three_small_kernels_against_one_large(bias, stack, single):
    channels = 64
    compared = alternatives.kernels((channels, 56, 56), bias=bias)
    biases = channels * int(bias)
    assert compared["three 3x3"].params == stack * channels**2 + 3 * biases
    assert compared["one 7x7"].params == single * channels**2 + biases
    assert [each.field for each in compared.alternatives] == [(7, 7), (7, 7)]
    assert [each.output for each in compared.alternatives] == [(64, 56, 56), (64, 56, 56)]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_separable_costs_what_mobilenet_says(rank):
    """1/out_channels + 1/kernel**rank of the full convolution (Howard et al. 2017, section 3.1)."""
    shape = (16, *(12,) * rank)
    compared = alternatives.separable(shape, 32, 3, padding=1, bias=False)
    share = compared["depthwise-separable"].macs / compared["full"].macs
    assert share == pytest.approx(1 / 32 + 1 / 3**rank)


def test_heads():
    compared = alternatives.heads((512, 7, 7), 1000)
    assert compared["flatten"].params == 25_089_000
    assert compared["global pooling"].params == 513_000


@pytest.mark.parametrize(
    "arguments",
    [
        ["connectivity", "3x20x20", "--out", "6", "--kernel", "5"],
        ["kernels", "8x9x9", "--count", "2"],
        ["separable", "8x9", "--out", "4", "--kernel", "3", "--no-bias"],
        ["heads", "8x3x3", "--classes", "5"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_command(run, arguments):
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert "(1x)" in out
    data = json.loads(run(*arguments, "--format", "json")[1])
    assert len(data["alternatives"]) >= 2
    assert data["alternatives"][0]["params"] > 0


def test_shape_that_is_none(run):
    status, out, err = run("heads", "8", "--classes", "5")
    assert (status, out) == (2, "")
    assert "is not channels and sizes such as 3x224x224" in err
