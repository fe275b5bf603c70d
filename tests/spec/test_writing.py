"""Networks written as specs: what is read back is the same network, and what recurs is written once."""

import re

import pytest

from cnncalc import spec
from cnncalc.layers import KINDS
from cnncalc.layers import show as show_shape
from cnncalc.network import Builder
from cnncalc.spec.writing import write
from cnncalc.spec.writing.leaves import show, value_as_written
from tests.every_kind import alone, examples


def layers_of(network):
    return [(node.layer, node.input_shapes, node.output_shape, node.frozen) for node in network]


@pytest.mark.parametrize("name", spec.bundled())
def test_a_bundled_network_is_read_back_as_it_was(name):
    network = spec.load(name)
    assert layers_of(spec.parse(write(network).text)) == layers_of(network)


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
    network = two_paths_and_a_trunk()
    text = write(network).text
    assert layers_of(spec.parse(text)) == layers_of(network)
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
    assert layers_of(spec.parse(text)) == layers_of(network)
