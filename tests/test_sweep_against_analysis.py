"""Sweeps against the one-by-one analysis: every number, every refusal, exactly.

CNNCALC_SWEEP_CASES sets how many random configurations of each spec are compared (100).
"""

import os

import numpy as np
import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import LayerError, SpecError
from cnncalc.layers import KINDS
from cnncalc.layers.shape import Input
from cnncalc.network import Builder
from cnncalc.spec import bundled, load, parse
from cnncalc.sweeping.axes import axes
from cnncalc.sweeping.evaluate import Evaluator
from cnncalc.sweeping.grid import Grid
from cnncalc.sweeping.plan import CHUNK, make_plan
from cnncalc.sweeping.quantities import QUANTITIES
from tests.sweep_specs import SWEPT

CASES = int(os.environ.get("CNNCALC_SWEEP_CASES", "100"))
EVERY = tuple(QUANTITIES)


def alone(make, values):
    """The quantities of one configuration by themselves, or the codes of its errors."""
    try:
        analysis = analyze(make(values))
        return {name: QUANTITIES[name].of(analysis) for name in EVERY}
    except SpecError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}


def compare(make, grid, numbers):
    """Compare configurations of a grid that fits into one chunk; how many are possible."""
    assert grid.chunks == 1
    outcome = Evaluator(make, EVERY).evaluate(grid.chunk(0))
    possible = 0
    for number in numbers:
        values = grid.values(number)
        expected = alone(make, values)
        if isinstance(expected, set):
            assert not outcome.possible.flat[number], values
            assert expected & set(outcome.reasons), values
            continue
        found = {name: int(array.flat[number]) for name, array in outcome.quantities.items()}
        assert all(type(value) is int for value in expected.values())
        assert (values, found) == (values, expected)
        assert outcome.possible.flat[number]
        possible += 1
    return possible


@pytest.mark.parametrize("name", SWEPT)
def test_random_configurations_are_those_of_the_analysis(name):
    text, over = SWEPT[name]
    grid = Grid(axes(over), CHUNK)
    numbers = np.random.default_rng(2024).integers(grid.size, size=CASES).tolist()
    possible = compare(lambda values: parse(text, params=values), grid, numbers)
    assert possible > CASES / 4, "too few configurations are possible to say much"


@pytest.mark.parametrize("name", bundled())
def test_bundled_networks_take_inputs_of_several_sizes(name):
    network = load(name)
    sizes = network.inputs[0].output_shape[1:]
    if len(network.inputs) != 1 or not sizes:
        pytest.skip("has several inputs, or one without a size to vary")
    plan = make_plan(name, {"input": [sizes[0], sizes[0] + 1, sizes[0] + 32]})
    assert compare(plan.network, plan.grid, range(3)) > 0


MIXED = {
    "rules": (
        (
            "INPUT(4x36x30) -> conv(c,k,padding=same_upper,stride=s) -> maxpool(k,s,rounding=ceil) "
            "-> add[conv(c,1) | id] -> cat[conv(c,3,1,1) | avgpool(3,1,1)] -> upsample(s) -> gap -> fc(c)"
        ),
        ["c=0,4,8", "k=0..4", "s=0..3"],
    ),
    "exact": (
        "INPUT(3x41) -> (conv(c,k,s,p,rounding=exact) -> bn -> relu)*2 -> adaptive_avgpool(k) -> fc(3)",
        ["c=1,5", "k=1..5", "s=0..3", "p=0..2"],
    ),
    "slices": (
        (
            "INPUT(3x24x24) -> cat[conv(c,k,padding=k//2) | conv(4,7,padding=3)] "
            "-> slice(0,c) -> conv(f,3) -> gap"
        ),
        ["c=2,4,6", "k=1,3,5", "f=1,2"],
    ),
    "gates": (
        (
            "INPUT(8x24x24) -> "
            "mul[conv(8,1) | adaptive_avgpool(1) -> conv(c,1) -> relu -> conv(8,1) -> sigmoid]*n "
            "-> conv_transpose(c,k,s)"
        ),
        ["c=1,6", "n=0..2", "k=1..3", "s=1..3"],
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_every_configuration_of_mixed_networks_is_that_of_the_analysis(name):
    """Numbers that are impossible for one layer must not spoil the others, nor the messages."""
    text, over = MIXED[name]
    grid = Grid(axes(over), CHUNK)
    assert compare(lambda values: parse(text, params=values), grid, range(grid.size)) > 10


def test_reasons_count_every_impossible_configuration_and_show_the_first():
    text, _ = SWEPT["mnist1d"]
    grid = Grid(axes(["channels=0..2", "k=1..12", "stride=0..4", "depth=0..8"]), CHUNK)
    outcome = Evaluator(lambda values: parse(text, params=values), ["params"]).evaluate(grid.chunk(0))
    failed = ~outcome.possible
    assert sum(reason.many for reason in outcome.reasons.values()) == failed.sum() > 0
    assert {"E216", "E230"} <= set(outcome.reasons)
    for code, reason in outcome.reasons.items():
        with pytest.raises(SpecError) as caught:
            parse(text, params=grid.values(reason.first))
        assert (code, reason.message) in {(d.code, d.message) for d in caught.value.diagnostics}


def _variants(example):
    """A few values for each plain number among an example's arguments and shapes."""
    over = {"grow": [0, 1, 3], "times": [1, 2]}
    whole = {name: value for name, value in example.arguments.items() if type(value) is int}
    over.update({name: [value, value + 1, 2 * value] for name, value in list(whole.items())[:2] if value})
    return over


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, place) for kind, cls in sorted(KINDS.items()) for place in range(len(cls.examples))],
)
def test_every_kind_of_layer_takes_arrays(kind, place):
    cls = KINDS[kind]
    if cls is Input:
        pytest.skip("an input has no inputs to vary")
    example = cls.examples[place]

    def make(values):
        build = Builder(kind)
        sources = []
        for number, (channels, *sizes) in enumerate(example.inputs):
            grown = (channels * values["times"], *(size + values["grow"] for size in sizes))
            sources.append(build.input(f"in{number}", grown))
        given = {**example.arguments, **{n: v for n, v in values.items() if n in example.arguments}}
        try:
            build.add(cls(**given), *sources)
        except LayerError as error:
            raise as_spec_error(error) from None
        return build.network()

    grid = Grid(axes({name: dict.fromkeys(values) for name, values in _variants(example).items()}), CHUNK)
    compare(make, grid, range(grid.size))


def as_spec_error(error):
    from cnncalc.errors import Diagnostic, Span

    return SpecError([Diagnostic(error.code, error.message, Span(1, 1, 2))])
