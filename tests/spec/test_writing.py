"""Networks written as specs: what is read back is the same network, and what recurs is written once."""

import re
from random import Random

import pytest

from cnncalc import spec
from cnncalc.layers import KINDS
from cnncalc.layers import show as show_shape
from cnncalc.network import Builder
from cnncalc.spec.formatting import format_spec
from cnncalc.spec.writing import write
from cnncalc.spec.writing.leaves import show, value_as_written
from tests.every_kind import alone, examples
from tests.generated import network as generated
from tests.graphs import random_network, rearranged_network


def read_back(network):
    """What a network is written as, in the usual way; read again it must be the same node by node."""
    written = write(network)
    again = spec.parse(written.text)
    for node in network:
        other = again[written.names[node.name]]
        assert (other.layer, other.site) == (node.layer, node.site)
        assert other.frozen == node.frozen or not node.layer.tensors(node.site)
        assert other.inputs == tuple(written.names[name] for name in node.inputs)
    assert len(again) == len(network)
    assert again.outputs == tuple(written.names[name] for name in network.outputs)
    assert format_spec(written.text) == written.text
    return written.text


@pytest.mark.parametrize("name", spec.bundled())
def test_a_bundled_network_is_read_back_as_it_was(name):
    read_back(spec.load(name))


RANDOM = {
    "windows": random_network,
    "rearranging": rearranged_network,
    "all kinds": lambda seed: generated(Random(seed)),  # noqa: S311 - the same networks every time
}


@pytest.mark.parametrize("make", RANDOM.values(), ids=RANDOM)
def test_a_network_made_at_random_is_read_back_as_it_was(make):
    for seed in range(100):
        read_back(make(seed))


def test_a_branch_that_is_a_layer_of_its_own_though_it_does_nothing():
    build = Builder("branches")
    x = build.input("input", (4, 8, 8))
    build.add(KINDS["add"](), build.add(KINDS["id"](), x), build.add(KINDS["relu"](), x))
    assert "id as " in read_back(build.network())


def two_paths_and_a_trunk():
    """A stretch of layers four times in branches, and four times with others between in the trunk."""
    build = Builder("paths")

    def stretch(x, channels, kernel):
        conv = KINDS["conv"](out_channels=channels, kernel_size=kernel, padding=kernel // 2)
        for kind in ("tanh", "sigmoid"):
            for layer in (conv, KINDS["bn"](), KINDS["relu"](), KINDS[kind]()):
                x = build.add(layer, x)
        return x

    x = build.input("input", (8, 32, 32))
    for channels in (8, 16):
        x = build.add(KINDS["add"](), stretch(x, channels, 3), stretch(x, channels, 5))
        x = build.add(KINDS["maxpool"](kernel_size=2), x)
    for channels, kind in ((32, "gelu"), (64, "silu"), (32, "mish"), (16, "gap")):
        x = build.add(KINDS[kind](), stretch(x, channels, 5))
    return build.network()


def test_a_block_is_not_but_another_name_of_one_other():
    text = read_back(two_paths_and_a_trunk())
    (block,) = re.findall(r"^  (\w+)\(.*\):", text, re.MULTILINE)
    assert (block, text.count(f"{block}(")) == ("unit", 1 + 8)


def said_in_full(layer):
    """A layer with all its arguments, those at their defaults as well."""
    arguments = (f"{name}={show(value_as_written(layer, name))}" for name in layer.arguments)
    return f"{layer.kind}({', '.join(arguments)})"


@pytest.mark.parametrize(("cls", "example"), examples())
def test_every_argument_may_be_said_though_it_is_the_default(cls, example):
    network = alone(cls, example)
    shapes = ", ".join(f"{node.name}: {show_shape(node.output_shape)}" for node in network.inputs)
    reads = " | ".join(f"from({node.name})" for node in network.inputs)
    layer = said_in_full(network["it"].layer)
    chain = f"{layer}[{reads}]" if len(network.inputs) > 1 else f"{reads} -> {layer}"
    text = f"input: {{{shapes}}}\nlayers: |\n  {chain}\n"
    assert [node.layer for node in spec.parse(text)] == [node.layer for node in network]
