"""Fields of chains and equal-jump merges, against published numbers."""

import pytest

from cnncalc import spec
from cnncalc.fields import receptive_fields
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC
from cnncalc.layers.merge import Add
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.shape import Flatten
from cnncalc.network import Builder


def chain(*windows, size=256):
    """The field behind convolutions given as (kernel, stride, padding, dilation), in one dimension."""
    build = Builder("chain")
    x = build.input("input", (1, size))
    for kernel, stride, padding, dilation in windows:
        layer = Conv(out_channels=1, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation)
        x = build.add(layer, x)
    return receptive_fields(build.network())[x.name]


ALEXNET = [(11, 4, 2, 1), (3, 2, 0, 1), (5, 1, 2, 1), (3, 2, 0, 1), *[(3, 1, 1, 1)] * 3, (3, 2, 0, 1)]
VGG16 = [step for convs in (2, 2, 3, 3, 3) for step in [*[(3, 1, 1, 1)] * convs, (2, 2, 0, 1)]]


@pytest.mark.parametrize(
    ("windows", "size", "jump", "start"),
    [
        pytest.param(ALEXNET, 195, 32, -66, id="AlexNet as in torchvision"),
        pytest.param(VGG16, 212, 32, -90, id="VGG-16"),
        pytest.param([(5, 1, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1)], 14, 2, 0, id="LeNet-5 C3"),
        pytest.param([(3, 1, d, d) for d in (1, 2, 4, 8)], 31, 1, -15, id="dilations 1, 2, 4, 8"),
        pytest.param([(3, 2, 0, 1)] * 3, 15, 8, 0, id="three 3x3 of stride 2"),
    ],
)
def test_published_fields(windows, size, jump, start):
    field = chain(*windows)
    assert (field.size, field.jump, field.start) == ((size,), (jump,), (start,))
    assert field.touched == (size,)
    assert all(type(number) is int for number in (*field.size, *field.jump, *field.start))


def test_equal_dilations_leave_holes():
    field = chain(*[(3, 1, 2, 2)] * 3)
    assert (field.size, field.touched) == ((13,), (7,))


def test_stride_above_kernel_leaves_holes():
    field = chain((1, 2, 0, 1), (3, 1, 1, 1))
    assert (field.size, field.touched, field.start, field.center) == ((5,), (3,), (-2,), (0,))


def test_branches_merge_by_first_and_last_position():
    build = Builder("uneven")
    x = build.input("input", (4, 32, 32))
    wide = build.add(Conv(out_channels=4, kernel_size=5, padding=((4, 0), (2, 2))), x)
    narrow = build.add(Conv(out_channels=4, kernel_size=3, padding=((0, 2), (1, 1))), x)
    build.add(Add(), wide, narrow, name="sum")
    field = receptive_fields(build.network())["sum"]
    assert (field.size, field.start) == ((7, 5), (-4, -2))


def test_fully_connected_layers_read_the_whole_input():
    build = Builder("head")
    x = build.input("input", (1, 28, 20))
    x = build.add(MaxPool(kernel_size=2), x, name="pool")
    x = build.add(Flatten(), x, name="row")
    build.add(FC(out_features=10), x, name="out")
    fields = receptive_fields(build.network())
    assert (fields["out"].size, fields["out"].is_global) == ((28, 20), True)
    assert (fields["row"].size, fields["row"].jump, fields["row"].is_global) == ((2, 2), (2, 2), False)


def test_any_ancestor_is_a_reference():
    build = Builder("reference")
    x = build.input("input", (1, 64))
    for name in ("a", "b", "c"):
        x = build.add(Conv(out_channels=1, kernel_size=3, stride=2), x, name=name)
    fields = receptive_fields(build.network(), "a")
    assert [fields[name].size for name in "abc"] == [(1,), (3,), (7,)]
    assert fields["input"].is_constant


def test_a_row_that_gates_channels_lets_every_position_read_all_of_it():
    text = "input: 1x8\nlayers:\n  - relu as a\n  - mul[from(a) -> flatten | from(a)] as gated\n"
    fields = receptive_fields(spec.parse(text))
    assert fields["flatten1"].size == (1,)
    assert fields["gated"].size == (8,)
