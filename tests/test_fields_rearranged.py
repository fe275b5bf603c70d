"""Fields where values are arranged anew: tokens, windows, shuffles. PyTorch's modules are the judge.

``CNNCALC_REARRANGED`` sets how many random networks are tried, from number ``CNNCALC_FIELD_START`` on.
"""

import os
from random import Random

import pytest

from cnncalc import parse
from cnncalc.fields import receptive_fields, sets, units
from cnncalc.fields.extent import Beyond, Extent
from cnncalc.fields.wiring import Wiring

from .graphs import rearranged_network

torch = pytest.importorskip("torch")
probe = pytest.importorskip("cnncalc.torch_backend.probe")

from .test_fields_probe import bits_of, places_of, reads  # noqa: E402

GRAPHS = int(os.environ.get("CNNCALC_REARRANGED", "60"))
START = int(os.environ.get("CNNCALC_FIELD_START", "0"))
BATCH = 10
SEEDS = range(START, START + GRAPHS, BATCH)


TOKENS = "INPUT(3x32x48) -> conv(4,8,8) -> flatten(2) -> permute((0,2,1))"
SHUFFLE = "unflatten(1,(2,3)) -> permute((0,2,1,3,4)) -> flatten(1,2)"
WINDOWS = "unflatten(3,(3,4)) -> unflatten(2,(2,4)) -> permute((0,1,2,4,3,5)) -> flatten(4,5)"
DENSE = "linear(16,in_features=16)"
BACK = "unflatten(4,(4,4)) -> permute((0,1,2,4,3,5)) -> flatten(4,5) -> flatten(2,3)"
MIXED = "permute((0,2,1)) -> linear(8,in_features=8) -> permute((0,2,1))"
PIXELS = "unflatten(1,(2,2,2)) -> permute((0,1,4,2,5,3)) -> flatten(4,5) -> flatten(2,3)"

KNOWN = {
    "ViT's patches to tokens": (
        f"{TOKENS} -> tokens(1) -> ln(4)",
        ((8, 8), (8, 8), (0, 0)),
    ),
    "attention between tokens": (
        f"{TOKENS} -> attention(2)",
        ((32, 48), (0, 0), (0, 0)),
    ),
    "the class token's view": (
        f"{TOKENS} -> tokens(1) -> attention(2) -> slice(0,1) -> flatten -> linear(3)",
        ((32, 48), (0, 0), (0, 0)),
    ),
    "ShuffleNet's shuffle, spelled out": (
        f"INPUT(4x8x12) -> conv(6,3,padding=1) -> {SHUFFLE} -> conv(4,3,padding=1)",
        ((5, 5), (1, 1), (-2, -2)),
    ),
    "Swin's windows": (
        f"INPUT(4x8x12) -> conv(2,3,padding=1) -> {WINDOWS} -> {DENSE}",
        ((6, 6), (1, 1), (-1, -1)),
    ),
    "windows put back": (
        f"INPUT(4x8x12) -> conv(2,3,padding=1) -> {WINDOWS} -> {DENSE} -> {BACK} -> conv(2,3)",
        ((10, 10), (1, 1), (-1, -1)),
    ),
    "the mean of a window": ("INPUT(3x8x8) -> unflatten(3,(2,4)) -> mean(4)", ((1, 4), (1, 4), (0, 0))),
    "every fourth column": ("INPUT(3x8x8) -> unflatten(3,(2,4)) -> mean(3)", ((1, 5), (1, 1), (0, 0))),
    "rows and columns exchanged": (
        "INPUT(2x9x8) -> conv(3,3) -> permute((0,1,3,2)) -> conv(2,(1,3)) -> permute((0,1,3,2))",
        ((5, 3), (1, 1), (0, 0)),
    ),
    "a convolution by unfolding": (
        "INPUT(2x8x8) -> unfold(3,padding=1) -> permute((0,2,1)) -> linear(5,in_features=18)",
        ((3, 3), (1, 1), (-1, -1)),
    ),
    "windows unfolded, mixed and folded": (
        f"INPUT(2x8x8) -> unfold(2,stride=2) -> {MIXED} -> fold(8,2,stride=2)",
        ((2, 2), (1, 1), (0, 0)),
    ),
    "a pixel shuffle, spelled out": (
        f"INPUT(8x5x4) -> conv(8,3,padding=1) -> {PIXELS} -> conv(1,3)",
        ((4, 4), ("1/2", "1/2"), (-1, -1)),
    ),
    "a pixel unshuffle, spelled out": (
        "INPUT(3x8x8) -> unflatten(3,(4,2)) -> unflatten(2,(4,2)) -> permute((0,1,3,5,2,4)) -> flatten(1,3)",
        ((2, 2), (2, 2), (0, 0)),
    ),
    "the mean of one axis": ("INPUT(3x8x8) -> conv(4,3) -> mean(-1) -> conv(2,3)", ((5, 8), (1, 0), (0, 0))),
}


@pytest.mark.parametrize(("chain", "known"), KNOWN.values(), ids=KNOWN)
def test_known_fields(chain, known):
    network = parse(chain)
    field = list(receptive_fields(network).values())[-1]
    size, jump, start = known
    assert (field.size, tuple(map(str, field.jump)), field.start) == (size, tuple(map(str, jump)), start)
    assert not any(state is Beyond.UNKNOWN for state in field.axes)
    check_network(network, chain)


UNKNOWN = {
    "rows and columns added": "INPUT(2x6x6) -> add[id | permute((0,1,3,2))]",
    "a convolution over tokens": "INPUT(2x6x6) -> flatten(2) -> conv(2,3)",
    "some tokens": "INPUT(2x6x6) -> flatten(2) -> permute((0,2,1)) -> slice(3,20) -> mean(1)",
    "one pixel of each block": "INPUT(2x6x6) -> pixel_unshuffle(2) -> slice(0,1)",
    "one tap of each window": "INPUT(2x6x6) -> unfold(2) -> slice(0,1)",
    "values that are moved by values": "INPUT(2x6x6) -> deform_conv(2,3)",
}


@pytest.mark.parametrize("chain", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_told_is_not_claimed(chain):
    field = list(receptive_fields(parse(chain)).values())[-1]
    assert field.axes == (Beyond.UNKNOWN, Beyond.UNKNOWN)
    assert field.size == (6, 6)


def axes(network):
    return range(len(network.inputs[0].output_shape) - 1)


@pytest.mark.parametrize("first", SEEDS)
def test_single_values_reach_the_units_that_the_probe_says(first):
    for seed in range(first, first + BATCH):
        network = rearranged_network(seed)
        shape = network.inputs[0].output_shape
        wiring, random = Wiring(network), Random(seed)  # noqa: S311 - repeatable
        wanted = set(random.sample(range(torch.Size(shape).numel()), 3))
        for number, felt in probe.Probe(network).values():
            if number in wanted:
                place = [int(i) for i in torch.unravel_index(torch.tensor(number), shape)]
                readers = units.readers_of(wiring, "input", units.box(network["input"], place))
                for node in network:
                    found = places_of(readers[node.name]) if node.name in readers else set()
                    assert found == bits_of(felt[node.name]), (seed, node.name, place)


@pytest.mark.parametrize("first", SEEDS)
def test_what_the_units_along_an_axis_read_is_what_is_said(first):
    for seed in range(first, first + BATCH):
        check_network(rearranged_network(seed), seed)


def check_network(network, where):
    fields, tried = receptive_fields(network), probe.Probe(network)
    inner = [fields.inner("input", axis) for axis in axes(network)]
    plain = is_plain(fields)
    for axis in axes(network):
        along = fields.wiring.axis("input", axis)
        measured = tried.along(axis, grouping=along.grouping)
        for name, field in fields.items():
            has_inner = all(reads(field, place, found.get(name, 0)) for place, found in enumerate(inner))
            places = along.has_places(field.node) and has_inner
            whole = inner[axis].get(name, 0) if places else 0
            check(field, axis, measured[name], whole, (where, name, axis), plain=plain)


def is_plain(fields):
    """Whether every unit of the network reads something, and nothing is unknown."""
    sets_ = (fields.units("input", axis) for axis in axes(fields.network))
    silent = any(0 in read for found in sets_ for read in found.values())
    return not silent and not any(state is Beyond.UNKNOWN for one in fields.values() for state in one.axes)


def check(field, axis, measured, inner, where, *, plain):
    state, size = field.axes[axis], field.reference.output_shape[axis + 1]
    read = field.fields.units("input", axis).get(field.node.name, ())
    if isinstance(state, Extent):
        marks = field.fields.marks(field)[axis]
        for unit in sets.positions(inner):
            assert measured[unit] == formula(state, marks, unit), (*where, unit)
    elif state is Beyond.EVERYWHERE:
        (claimed,) = field.fields.sets(field, axis)
        assert all(bits & ~claimed == 0 for bits in measured), where
        assert not plain or any(bits == claimed for bits in measured), where
    elif state is Beyond.IRREGULAR and len(read) == len(measured):
        for unit in sets.positions(inner):
            # More is said where units of another axis read nothing: each axis is worked out by itself.
            assert measured[unit] & ~read[unit] == 0, (*where, unit)
    assert all(bits < 1 << size for bits in measured), where


def formula(state, marks, unit):
    """What a unit reads by jump, phases and holes."""
    cycle, phase = divmod(unit, state.period)
    if not state.dense:
        mark = marks[phase]
        return mark.bits << mark.start + cycle * state.shift if mark else 0
    span = state.at(unit)
    return sets.full(span[1] - span[0] + 1) << span[0] if span else 0
