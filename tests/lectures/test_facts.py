"""Every fact of the lectures, computed through the public API.

``value`` is what is right, ``deck`` what the slides say, ``verdict`` whether they agree; where they
do not, ``docs/lectures.md`` says why.
"""

import json
from pathlib import Path

import pytest

from . import asks_networks, asks_numbers
from .asks import ASKS, NETWORKS, analysis, listed
from .asks_networks import shapes

DATA = json.loads((Path(__file__).parent.parent / "data" / "lecture_facts.json").read_text())
FACTS = {fact["id"]: fact for fact in DATA["facts"]}
WRONG = [name for name, fact in FACTS.items() if fact["verdict"] == "deck-is-wrong"]
RIGHT = [name for name, fact in FACTS.items() if fact["verdict"] == "holds" and fact["deck"] is not None]


def agrees(computed, stated):
    """Equality, where numbers with a fraction may be rounded as the statement is."""
    if isinstance(stated, dict):
        return stated.keys() <= computed.keys() and all(agrees(computed[key], stated[key]) for key in stated)
    if isinstance(stated, list):
        return len(computed) == len(stated) and all(map(agrees, computed, stated))
    if isinstance(stated, float):
        digits = len(repr(stated).partition(".")[2])
        return abs(float(computed) - stated) <= 0.5 * 10**-digits + 1e-9
    return computed == stated and isinstance(computed, bool) == isinstance(stated, bool)


ONLY_REPORTED = {"E-ABSTRACT"}
"""Error rates of a paper: they can be quoted but not calculated."""


@pytest.mark.parametrize("name", [name for name in FACTS if name not in ONLY_REPORTED])
def test_fact(name):
    if name == "B-XCORR":
        pytest.importorskip("torch")
    fact = FACTS[name]
    computed = ASKS[fact["ask"]](fact["inputs"])
    if isinstance(fact["value"], int) and isinstance(computed, list):
        computed = len(computed)
    assert agrees(computed, fact["value"]), computed


def test_all_are_there():
    assert len(FACTS) == 278
    assert {fact["ask"] for name, fact in FACTS.items() if name not in ONLY_REPORTED} == set(ASKS)
    assert asks_networks
    assert asks_numbers


@pytest.mark.parametrize("name", RIGHT)
def test_where_the_deck_is_right_it_says_the_same(name):
    fact = FACTS[name]
    assert agrees(fact["value"], fact["deck"])


@pytest.mark.parametrize("name", WRONG)
def test_where_the_deck_is_wrong_it_says_something_else(name):
    fact = FACTS[name]
    assert not agrees(fact["value"], fact["deck"])


@pytest.mark.parametrize("name", DATA["networks"])
def test_totals(name):
    totals = {**DATA["networks"][name]["totals"]}
    analysed = analysis(name)
    assert listed(analysed.output_shapes[0]) == totals.pop("out")
    assert {quantity: getattr(analysed, quantity) for quantity in totals} == totals


KINDS = {
    "pool": ("maxpool",),
    "conv": ("conv",),
    "fc": ("fc", "linear"),
    "subsample": ("subsample",),
    "rbf": ("rbf",),
}


@pytest.mark.parametrize("name", DATA["networks"])
def test_layer_by_layer(name):
    """Shape, parameters, connections, MACs, and the field where it is not the whole input."""
    stated = [layer for layer in DATA["networks"][name]["layers"] if layer[0] in KINDS]
    rows = [row for row in analysis(name).rows if row.kind in sum(KINDS.values(), ())]
    assert len(rows) == len(stated)
    for row, (kind, out, params, connections, macs, field, jump) in zip(rows, stated, strict=True):
        assert row.kind in KINDS[kind]
        assert (listed(row.output_shape), row.params, row.connections, row.macs) == (
            out,
            params,
            connections,
            macs,
        )
        if len(row.output_shape) > 1:
            assert (row.field.size[-1], row.field.jump[-1]) == (field, jump)


def test_every_network_has_its_spec():
    assert set(DATA["networks"]) <= set(NETWORKS)
    assert shapes(analysis("linear_classifier_cifar")) == [[3072], [10]]
