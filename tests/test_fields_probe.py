"""Receptive fields of random networks against a probe that runs the real modules.

``CNNCALC_FIELD_GRAPHS`` sets how many networks are tried, from number ``CNNCALC_FIELD_START`` on;
2,000 take some minutes.
"""

import os
from random import Random

import pytest

from cnncalc.fields import masks, receptive_fields, sets, units
from cnncalc.fields.extent import Extent
from cnncalc.fields.wiring import Axis, Wiring

from .graphs import decoder_network, random_network

torch = pytest.importorskip("torch")
probe = pytest.importorskip("cnncalc.torch_backend.probe")

GRAPHS = int(os.environ.get("CNNCALC_FIELD_GRAPHS", "40"))
START = int(os.environ.get("CNNCALC_FIELD_START", "0"))
BATCH = 10
MAKERS = {"graphs": random_network, "decoders": decoder_network}


def every_axis(network):
    rank = len(network.inputs[0].output_shape) - 1
    return [Axis(place, rank) for place in range(rank)]


def every_row(network, place):
    return sets.full(network.inputs[0].output_shape[place + 1])


def reads(field, axis, inner):
    """Whether a unit that no padding reaches reads anything along an axis."""
    read = field.fields.units("input", axis).get(field.node.name, ())
    return any(read[unit] for unit in sets.positions(inner))


def sets_of_units(fields, place):
    """What every unit reads; where channels or values are moved, as they are followed one by one."""
    if fields.wiring.selects or fields.wiring.rearranges:
        return units.along(fields, "input", place, every_row(fields.network, place))
    return fields.units("input", place)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("first", range(START, START + GRAPHS, BATCH))
def test_every_unit_reads_what_the_probe_says(first, make):
    for seed in range(first, first + BATCH):
        network = make(seed)
        tried, wiring = probe.Probe(network), Wiring(network)
        for axis in every_axis(network):
            measured = tried.along(axis.place, grouping=wiring.axis("input", axis.place).grouping)
            ours = units.along(receptive_fields(network), "input", axis.place, every_row(network, axis.place))
            for node in network:
                assert list(ours[node.name]) == measured[node.name], (seed, node.name, axis)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("first", range(START, START + GRAPHS, BATCH))
def test_intervals_and_marks_equal_the_sets_of_inner_units(first, make):
    for seed in range(first, first + BATCH):
        network = make(seed)
        fields = receptive_fields(network)
        for axis in every_axis(network):
            inner, read_by = fields.inner("input", axis.place), sets_of_units(fields, axis.place)
            for name, field in fields.items():
                state = field.axes[axis.place]
                if not isinstance(state, Extent) or len(field.node.output_shape) == 1:
                    continue
                read = read_by[name]
                ends = [fields.inner("input", place).get(name, 0) for place in range(len(field.axes))]
                if not all(reads(field, place, inside) for place, inside in enumerate(ends)):
                    continue
                marks = fields.marks(field)[axis.place]
                for unit in sets.positions(inner[name]):
                    where = (seed, name, axis, unit)
                    assert sets.span(read[unit]) == state.at(unit), where
                    if state.dense:
                        span = state.at(unit)
                        assert span is None or read[unit].bit_count() == span[1] - span[0] + 1, where
                    else:
                        mark = marks[unit % state.period]
                        shift = unit // state.period * state.shift
                        assert read[unit] == (mark.bits << mark.start + shift if mark else 0), where


def bits_of(felt):
    """Parts of a boolean tensor: each channel's positions as a set of places."""
    return {tuple(place) for place in felt.nonzero().tolist()}


def places_of(reading):
    return {
        (channel, *place)
        for part in reading.parts
        for channel in sets.positions(part.channels)
        for place in masks.members(part.mask)
    }


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("first", range(START, START + GRAPHS, BATCH))
def test_single_values_reach_the_units_that_the_probe_says(first, make):
    for seed in range(first, first + BATCH):
        network = make(seed)
        shape = network.inputs[0].output_shape
        wiring, random = Wiring(network), Random(seed)  # noqa: S311 - repeatable
        wanted = set(random.sample(range(torch.Size(shape).numel()), 4))
        for number, felt in probe.Probe(network).values():
            if number not in wanted:
                continue
            place = [int(i) for i in torch.unravel_index(torch.tensor(number), shape)]
            readers = units.readers_of(wiring, "input", units.box(network["input"], place))
            for node in network:
                found = places_of(readers[node.name]) if node.name in readers else set()
                assert found == bits_of(felt[node.name]), (seed, node.name, place)
