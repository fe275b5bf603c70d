"""A smaller copy of a network keeps its layers, and is smaller."""

import pytest

pytest.importorskip("torch")

from cnncalc.layers import find
from cnncalc.network import Builder
from cnncalc.torch_backend import shrink, verify


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


def chain(shape, *layers):
    make = Builder("chain")
    x = make.input("x", shape)
    for each in layers:
        x = make.add(each, x)
    return make.network()


def test_sizes_and_channels_shrink_and_groups_stay_whole():
    conv = layer("conv", out_channels=64, kernel_size=3, padding=1, groups=4)
    network = chain((8, 64, 64), conv, layer("maxpool", kernel_size=2), layer("fc", out_features=100))
    small = shrink(network)
    assert [node.kind for node in small] == [node.kind for node in network]
    assert small.nodes[0].output_shape == (8, 4, 4)
    assert small.nodes[1].layer.out_channels == 4
    assert small.nodes[3].layer.out_features == 6
    assert verify(small).ok


def test_stops_where_windows_no_longer_fit():
    small = shrink(chain((1, 32, 32), layer("conv", out_channels=6, kernel_size=5)))
    assert small.nodes[0].output_shape == (1, 8, 8)


def test_network_that_cannot_shrink_is_left_as_it_is():
    network = chain((1, 7), layer("linear", out_features=3, in_features=7))
    assert shrink(network).nodes[0].output_shape == (1, 7)
