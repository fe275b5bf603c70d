"""Advice falls where a designer would want to know, and not on what famous networks do by design."""

import pytest

from cnncalc import analyze, load, parse
from cnncalc.spec.lint import advice


def codes(spec):
    network = parse(spec) if "->" in spec else load(spec)
    return [found.code for found in advice(analyze(network))]


@pytest.mark.parametrize(
    "name", ["vgg16", "resnet18", "resnet50", "resnet152", "r3d18", "densenet121", "googlenet"]
)
def test_networks_that_keep_the_rules_are_left_alone(name):
    assert codes(name) == []


BLOCK = "INPUT(8x32x32) -> {} -> conv(8, 3, padding=1) -> conv(8, 5, padding=2, groups=8) -> maxpool(2)*4"

ADVICE = {
    "a skip beside a dense branch": ("W414", "add[conv(8, 3, 2, padding=1) | conv(8, 1, 2)]", False),
    "both branches skip": ("W414", "add[conv(8, 1, 2) -> relu | conv(8, 1, 2)]", True),
    "a skip of what is an output": ("W414", "relu as kept -> conv(8, 1, 2)", True),
    "no branch": ("W414", "conv(8, 1, 2)", True),
}


@pytest.mark.parametrize("case", ADVICE)
def test_strides_are_told_where_nobody_reads_between_them(case):
    code, branch, wanted = ADVICE[case]
    assert (code in codes(BLOCK.format(branch))) == wanted


def test_a_skip_of_a_networks_output_leaves_nothing_out():
    spec = "input: 8x32x32\nlayers: conv(8, 3, padding=1) as seen -> conv(8, 1, 2)\noutputs: [seen, conv1]"
    assert "W414" not in [found.code for found in advice(analyze(parse(spec)))]


@pytest.mark.parametrize(("size", "told"), [(10, False), (11, True)])
def test_half_of_the_image_is_enough_to_see(size, told):
    """Two windows of 3 see 5 positions."""
    assert ("W417" in codes(f"INPUT(1x{size}x{size}) -> conv(8, 3, padding=1)*2 -> fc(10)")) == told


def test_the_widest_branch_counts():
    """The main way sees 13 positions of 20, the skip beside it one."""
    spec = "INPUT(1x20x20) -> add[conv(1, 3, padding=1)*6 | conv(1, 1)] -> fc(10)"
    assert codes(spec) == []


def test_layers_are_blind_where_no_path_keeps_anything_local():
    chain = "INPUT(4x8x8) -> conv(4, 3, padding=1)*6"
    skips = "INPUT(4x8x8) -> add[conv(4, 3, padding=1) | id]*6"
    assert "W418" in codes(chain)
    assert "W418" not in codes(skips)


def test_blind_layers_are_told_with_what_their_input_sees():
    (found,) = (f for f in advice(analyze(load("yolo_v1"))) if f.code == "W418")
    assert found.notes[0] == "c22.conv1: its input already sees 493x493 of 448x448"


def test_kept_inputs_are_told_once_for_a_kind_with_their_sum():
    (found,) = (
        f for f in advice(analyze(parse("INPUT(1x10) -> silu -> conv(2, 1) -> silu"))) if f.code == "W419"
    )
    assert found.notes[0].startswith("silu1: 120 bytes per sample in all 2 layers")


def test_a_convolution_to_a_single_position_shrinks_on_purpose():
    assert "W412" not in codes("INPUT(3x7x7) -> conv(8, 7)")
    assert "W412" in codes("INPUT(3x7x7) -> conv(8, 5)")
