"""Questions about fields: phases, borders, holes, branches, groups, gates, tiles, input sizes."""

from fractions import Fraction

import pytest

from cnncalc import load, parse
from cnncalc.errors import UsageError
from cnncalc.fields import (
    closing_dilations,
    dilation_needed,
    layers_needed,
    masks,
    receptive_fields,
    resized,
    sets,
    smallest_inputs,
    unproductive,
)
from cnncalc.fields.wiring import Axis
from cnncalc.layers import find
from cnncalc.network import Builder


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


def stack(*steps, shape=(1, 64)):
    """The network of layers one behind the other, each given as a kind and its arguments."""
    build = Builder("stack")
    x = build.input("input", shape)
    for number, (kind, arguments) in enumerate(steps):
        x = build.add(layer(kind, **arguments), x, name=f"n{number}")
    return build.network()


def conv(kernel, stride=1, padding=0, dilation=1, channels=1):
    return "conv", {
        "out_channels": channels,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }


def up(kernel, stride, padding=0):
    return "conv_transpose", {
        "out_channels": 1,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
    }


def last(network, **options):
    return list(receptive_fields(network, **options).values())[-1]


def unet(depth, size=64):
    """3x3 same convolutions in pairs, 2x2 pools and transposed convolutions, and skips."""
    build = Builder("unet")
    double = [conv(3, padding=1)] * 2
    x, skips = build.input("input", (1, size)), []
    for level in range(depth + 1):
        for kind, arguments in double:
            x = build.add(layer(kind, **arguments), x)
        if level < depth:
            skips.append(x)
            x = build.add(layer("maxpool", kernel_size=2), x)
    for skip in reversed(skips):
        kind, arguments = up(2, 2)
        x = build.add(layer("cat"), skip, build.add(layer(kind, **arguments), x))
        for kind, arguments in double:
            x = build.add(layer(kind, **arguments), x)
    return build.network()


def test_a_unet_of_depth_two_has_one_field_size_and_period_four():
    field = last(unet(2))
    assert (field.size, field.smallest, field.jump, field.axes[0].period) == ((44,), (44,), (1,), 4)


def test_transposed_convolutions_have_a_field_for_each_phase():
    field = last(stack(conv(3, 2, 1), conv(3, 2, 1), up(4, 2, 1), up(4, 2, 1)))
    assert (field.smallest, field.size, field.jump) == ((11,), (15,), (1,))
    assert field.axes[0].spans == ((-7, 3), (-7, 7), (-7, 7), (-3, 7))


def test_jumps_below_one_are_fractions():
    field = last(stack(up(3, 3), up(2, 2)))
    assert field.jump == (Fraction(1, 6),)


@pytest.mark.parametrize(
    ("name", "layer_name", "size", "jump", "start"),
    [
        ("resnet50", "layer4.bottleneck3.relu1", 427, 32, -213),
        ("googlenet", "inception5b.cat1", 379, 32, -167),
        ("vgg16", "pool5", 212, 32, -90),
        ("lenet5", "C3", 14, 2, 0),
    ],
)
def test_bundled_networks(name, layer_name, size, jump, start):
    field = receptive_fields(load(name))[layer_name]
    assert (field.size, field.jump, field.start) == ((size,) * 2, (jump,) * 2, (start,) * 2)


def test_mnist1d_grows_as_the_lecture_says():
    fields = receptive_fields(load("mnist1d"))
    assert [field.size for field in fields.values() if field.node.kind == "conv"] == [(3,), (7,), (15,)]


def test_units_at_the_borders():
    (border,) = last(stack(conv(3, 2, 1), conv(3, 1, 1), shape=(1, 16))).border
    assert border == (2, 5, 1)


def test_what_is_cut_off_makes_a_border_too():
    build = Builder("crop")
    x = build.add(layer("crop", border=2), build.input("input", (1, 12)))
    x = build.add(layer("conv", out_channels=1, kernel_size=3, padding=1), x, name="c")
    assert receptive_fields(build.network())["c"].border == ((1, 6, 1),)


class TestHoles:
    def test_equal_dilations(self):
        field = last(stack(*[conv(3, padding=2, dilation=2)] * 3))
        assert field.coverage == ((13, 7, Fraction(6, 13), 1),)
        assert closing_dilations(field, 0) == {"n0": 1, "n1": 3}

    @pytest.mark.parametrize("dilations", [(2, 2, 2), (4, 4, 4, 4), (2, 4, 8, 16), (5,), (3, 1, 9)])
    def test_the_proposed_dilations_close_them_and_keep_the_size(self, dilations):
        field = last(stack(*[conv(3, dilation=d) for d in dilations], shape=(1, 99)))
        found = closing_dilations(field, 0)
        if found is None:
            assert all(sum(ds) < sum(dilations) for ds in dense_stacks(len(dilations), sum(dilations)))
            return
        changed = [found.get(f"n{place}", d) for place, d in enumerate(dilations)]
        closed = last(stack(*[conv(3, dilation=d) for d in changed], shape=(1, 99)))
        assert closed.touched == closed.size == field.size

    def test_strides_above_kernels_cannot_be_closed(self):
        field = last(stack(conv(1, 3), conv(3)))
        assert field.coverage[0].largest_gap == 2
        assert closing_dilations(field, 0) is None

    def test_a_skip_fills_them(self):
        build = Builder("filled")
        x = build.input("input", (1, 32))
        holes = build.add(layer("conv", out_channels=1, kernel_size=3, padding=4, dilation=4), x)
        dense = build.add(layer("conv", out_channels=1, kernel_size=9, padding=4), x)
        build.add(layer("add"), holes, dense, name="sum")
        assert receptive_fields(build.network())["sum"].touched == (9,)


def dense_stacks(layers, most):
    """Dilations of 3-wide layers without holes, by trying."""
    from itertools import product

    for dilations in product(range(1, most + 1), repeat=layers):
        reached = {0}
        for dilation in dilations:
            reached = {place + tap for place in reached for tap in (-dilation, 0, dilation)}
        if len(reached) == max(reached) - min(reached) + 1:
            yield dilations


def inception():
    return parse(
        "INPUT(4x32x32) -> CONV(8,3,padding=1) as a -> "
        "cat[from(a) -> CONV(3,1) | from(a) -> CONV(5,5,padding=2)] as both -> dwconv(3,padding=1) as deep"
        " -> CONV(2,1) as mixed"
    )


def test_channels_keep_their_own_fields_until_they_are_mixed():
    fields = receptive_fields(inception())
    assert [(g.ranges, g.size) for g in fields["both"].groups] == [
        (((0, 2),), (3, 3)),
        (((3, 7),), (7, 7)),
    ]
    assert [g.size for g in fields["deep"].groups] == [(5, 5), (9, 9)]
    assert [g.size for g in fields["mixed"].groups] == [(9, 9)]


@pytest.mark.parametrize(
    "branch", ["gn(1)", "softmax", "dwconv(3,padding=1)", "channel_shuffle(2) -> CONV(1,1)"]
)
def test_a_channel_of_a_later_branch_reads_nothing_of_the_first(branch):
    field = receptive_fields(parse(f"INPUT(4x9) -> cat[{branch} | id] as both"))["both"]
    last = field.node.output_shape[0] - 1
    assert field.reads(last, 2).parts == [(1 << 3, ((1 << 2,),))]


def test_the_widest_and_the_narrowest_path():
    field = receptive_fields(inception())["both"]
    assert [path.size for path in field.max_path] == [7, 7]
    assert [(hop.node.kind, hop.adds) for hop in field.max_path[0].contributions] == [
        ("conv", 2),
        ("conv", 4),
    ]
    assert [path.size for path in field.min_path] == [3, 3]


def test_contributions_add_up_to_the_field():
    field = receptive_fields(load("resnet50"))["layer4.bottleneck3.relu1"]
    assert 1 + sum(hop.adds for hop in field.max_path[0].contributions) == 427


def test_branches_that_lie_beside_each_other():
    build = Builder("uneven")
    x = build.input("input", (1, 16))
    left = build.add(layer("conv", out_channels=1, kernel_size=2, padding=((1, 0),)), x)
    right = build.add(layer("conv", out_channels=1, kernel_size=2, padding=((0, 1),)), x)
    build.add(layer("add"), left, right, name="sum")
    first, second = receptive_fields(build.network())["sum"].branches
    assert (first.center, second.center, second.offset) == ((Fraction(-1, 2),), (Fraction(1, 2),), (1,))
    assert first.is_aligned
    assert not second.is_aligned


def gated():
    build = Builder("gated")
    x = build.input("input", (4, 16, 16))
    x = build.add(layer("conv", out_channels=4, kernel_size=3, padding=1), x)
    gate = build.add(layer("fc", out_features=4), build.add(layer("gap"), x))
    x = build.add(layer("mul"), x, build.add(layer("sigmoid"), gate), name="scaled")
    build.add(layer("conv", out_channels=4, kernel_size=3, padding=1), x, name="after")
    return build.network()


def test_a_gate_reads_everything_and_is_constant_in_local_mode():
    network = gated()
    field, local = (receptive_fields(network, local=mode)["after"] for mode in (False, True))
    assert (field.size, field.is_global) == ((16, 16), True)
    assert (local.size, local.is_global, local.jump) == ((5, 5), False, (1, 1))


@pytest.mark.parametrize("norm", [("gn", {"num_groups": 2}), ("instance_norm", {})])
def test_statistics_over_positions_read_everything(norm):
    network = stack(conv(3, padding=1, channels=4), norm, conv(3, padding=1), shape=(1, 16))
    assert last(network).size == (16,)
    assert last(network, local=True).size == (5,)


def test_global_layers_read_what_is_read_and_not_more():
    field = last(stack(conv(2, 3), conv(3, padding=1), ("gap", {}), shape=(1, 10)))
    assert (field.size, field.is_global) == ((8,), True)


def test_several_inputs_have_fields_of_their_own():
    build = Builder("two")
    one = build.add(layer("conv", out_channels=2, kernel_size=3), build.input("a", (1, 16)))
    other = build.add(layer("conv", out_channels=2, kernel_size=5, padding=1), build.input("b", (1, 16)))
    build.add(layer("add"), one, other, name="sum")
    network = build.network()
    assert receptive_fields(network)["sum"].size == (3,)
    assert receptive_fields(network, "b")["sum"].size == (5,)
    (other,) = receptive_fields(network)["sum"].others
    assert (other.reference.name, other.size, other.start) == ("b", (5,), (-1,))
    assert receptive_fields(network, "b")["a"].is_constant


class TestSingleUnits:
    def test_a_unit_in_the_corner_reads_what_padding_leaves(self):
        reading = last(stack(conv(5, padding=2), shape=(2, 9, 9))).reads(0, 0, 8)
        assert masks.bounds(reading.mask) == ((0, 2), (6, 8))
        assert reading.count == 2 * 3 * 3

    def test_a_connection_table_decides_about_channels(self):
        found = receptive_fields(load("lenet5"), "S2")["C3"].reads(0, 0, 0)
        assert list(sets.positions(found.channels)) == [0, 1, 2]

    def test_units_of_a_row_read_one_position(self):
        build = Builder("row")
        x = build.add(layer("flatten"), build.input("input", (2, 3, 4)), name="row")
        reading = receptive_fields(build.network())["row"].reads(17)
        assert (reading.channels, list(masks.members(reading.mask))) == (0b10, [(1, 1)])
        assert x.output_shape == (24,)

    def test_a_cross_has_fewer_positions_than_its_box(self):
        build = Builder("cross")
        x = build.input("input", (1, 9, 9))
        tall = build.add(layer("conv", out_channels=1, kernel_size=(5, 1), padding=(2, 0)), x)
        wide = build.add(layer("conv", out_channels=1, kernel_size=(1, 5), padding=(0, 2)), x)
        build.add(layer("add"), tall, wide, name="cross")
        reading = receptive_fields(build.network())["cross"].reads(0, 4, 4)
        assert masks.count(reading.mask) == 9
        assert masks.bounds(reading.mask) == ((2, 6), (2, 6))

    @pytest.mark.parametrize("unit", [(0,), (0, 9, 0), (0, -1, 0), (1, 0, 0)])
    def test_units_that_do_not_exist_are_refused(self, unit):
        with pytest.raises(IndexError, match="n0"):
            last(stack(conv(1), shape=(1, 9, 9))).reads(*unit)

    def test_readers_are_those_whose_fields_hold_the_position(self):
        field = last(stack(conv(3, 2), shape=(1, 9)))
        assert list(masks.members(field.readers(0, 4).mask)) == [(1,), (2,)]
        assert list(masks.members(field.readers(0, (0, 4)).mask)) == [(0,), (1,), (2,)]

    def test_what_strides_leave_unread(self):
        field = last(stack(conv(1, 3), shape=(1, 9)))
        assert list(masks.members(field.read_at_all().mask)) == [(0,), (3,), (6,)]

    def test_units_that_see_padding_alone(self):
        field = last(stack(conv(1, 1, 2), shape=(1, 3)))
        assert list(masks.members(field.awake().mask)) == [(2,), (3,), (4,)]


class TestInputSizes:
    @pytest.mark.parametrize(("name", "accepted", "inside"), [("vgg16", 32, 218), ("lenet5", 32, 32)])
    def test_smallest(self, name, accepted, inside):
        found = smallest_inputs(load(name))
        assert (found.accepted, found.inside) == ((accepted,) * 2, (inside,) * 2)

    def test_sizes_that_only_multiples_fit(self):
        assert smallest_inputs(unet(3)).accepted == (8,)

    def test_layers_made_for_one_size_are_named(self):
        assert smallest_inputs(load("lenet5")).sized == ("F6",)

    def test_the_smallest_is_accepted_and_one_less_is_not(self):
        network = load("vgg16")
        assert resized(network, {"input": (3, 32, 224)})
        with pytest.raises(ValueError, match="does not fit"):
            resized(network, {"input": (3, 31, 224)})

    def test_layers_past_the_size_of_the_input(self):
        network = resized(stack(*[conv(3, 2, 1)] * 5, shape=(1, 64)), {"input": (1, 16)})
        assert unproductive(receptive_fields(network)).layers == ("n4",)


def test_depth_and_dilation_for_a_wanted_field():
    assert [layers_needed(n, 3) for n in (32, 224, 1024)] == [16, 112, 512]
    assert [layers_needed(n, 3, 2) for n in (32, 224, 1024)] == [5, 7, 10]
    assert dilation_needed(31, 3, size=15) == 8
    with pytest.raises(ValueError, match="never"):
        layers_needed(9, 1)


def test_other_ways_to_a_larger_field():
    """Depth, dilation, stride, a pool between, larger kernels: 5 becomes 7, 9, 7, 8, 9."""
    pool = ("maxpool", {"kernel_size": 2})
    stacks = [
        [conv(3)] * 2,
        [conv(3)] * 3,
        [conv(3, dilation=2)] * 2,
        [conv(3, 2), conv(3)],
        [conv(3), pool, conv(3)],
        [conv(5)] * 2,
    ]
    assert [last(stack(*steps)).size[0] for steps in stacks] == [5, 7, 9, 7, 8, 9]


def test_fields_directly_and_in_the_input():
    network = stack(conv(3), conv(3))
    from cnncalc.fields.data import data

    found = data(receptive_fields(network)["n1"])
    assert (found["previous"], found["size"]) == ({"n0": [3]}, [5])


def test_depth_of_twenty_thousand_layers():
    network = stack(*[conv(3, padding=1)] * 20_000)
    assert last(network).size == (40_001,)


def test_large_strides_stay_exact():
    network = stack(*[conv(3, 2, 1)] * 200, shape=(1, 8))
    assert last(network).size == (2**201 - 1,)


def test_strides_beyond_all_numbers_are_told_on_the_given_size():
    """Unit 0 reads units 0 and 1 of the first layer, which read 0 to 1 and 2 to 4."""
    network = stack(*[conv(3, 3, 1)] * 9000, shape=(1, 8))
    assert last(network).size == (5,)


@pytest.mark.parametrize("seed", [10, 15, 28])
def test_everything_can_be_told_of_any_network(seed):
    """Networks with phases, gates and holes at once, through every question and both forms."""
    from cnncalc.fields.data import data
    from cnncalc.render.field_text import report

    from .graphs import random_network

    for local in (False, True):
        for name, field in receptive_fields(random_network(seed), local=local).items():
            assert data(field)["layer"] == name
            assert report(field, field).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "chain",
    [
        "INPUT(3x8x8) -> conv_transpose(3, 2, stride=2)*60",
        "INPUT(3x8x8) -> adaptive_avgpool(1000000000000)",
    ],
    ids=["60 doublings", "bins beyond memory"],
)
def test_units_too_many_to_tell_apart_are_refused(chain):
    fields = receptive_fields(load(chain))
    with pytest.raises(UsageError, match="smaller --input"):
        _ = list(fields.values())[-1].size


def test_sets_of_axes_too_long_are_refused():
    network = load("INPUT(3x999999999999x9) -> conv(4, 3)")
    with pytest.raises(UsageError, match="up to 4,194,304 positions"):
        sets.inner_units(receptive_fields(network).wiring, "input", Axis(0, 2))


def test_a_huge_kernel_reads_all_of_a_small_axis():
    network = load("INPUT(3x8x8) -> conv(4, 1000000000, padding=500000000)")
    axis = Axis(0, 2)
    read = sets.back(receptive_fields(network).wiring, network.outputs[0], axis, sets.one(4))
    assert read["input"] == sets.full(8)


CHOSEN = {
    "a branch": ("cat[conv(4, 3, padding=1) | conv(4, 7, padding=3)] -> slice(0, 4)", (3, 3)),
    "the other branch": ("cat[conv(4, 3, padding=1) | conv(4, 7, padding=3)] -> split(4, index=1)", (7, 7)),
    "parts of both": ("cat[conv(4, 3, padding=1) | conv(4, 7, padding=3)] -> slice(3, 5)", (7, 7)),
    "behind layers that keep channels apart": (
        "cat[conv(4, 3, padding=1) | conv(4, 7, padding=3)] -> bn -> dwconv(3, padding=1) -> slice(0, 4)",
        (5, 5),
    ),
    "a learned row": ("conv(4, 3) -> tokens(1) -> slice(0, 1)", (0, 0)),
    "rows behind a learned one": ("conv(4, 3) -> tokens(1) -> slice(1, 5)", (3, 3)),
}


@pytest.mark.parametrize(("layers", "size"), CHOSEN.values(), ids=CHOSEN)
def test_channels_left_out_are_not_read(layers, size):
    pytest.importorskip("torch")
    from cnncalc import verify

    network = parse(f"input: 3x24x24\nlayers: {layers}")
    assert list(receptive_fields(network).values())[-1].size == size
    assert verify(network, quantities=["field", "field_size"]).ok


def test_one_axis_may_be_read_as_a_whole_and_the_other_not():
    for chain, size in {
        "INPUT(3x6x6) -> linear(6,in_features=6)": (1, 6),
        "INPUT(3x6x6) -> conv(2,3) -> mean(2,keepdim=true)": (6, 3),
        "INPUT(3x9x9) -> conv(2,1,2,1) -> gap": (7, 7),
        "INPUT(3x8x8) -> conv(2,1,2) -> gap": (7, 7),
    }.items():
        assert last(parse(chain)).size == size, chain
