"""Words of other frameworks: each piece of advice can be given, and names what there is."""

import re

import pytest

from cnncalc.layers import KINDS, find
from cnncalc.spec.guesses import ARGUMENTS, LAYERS, layer_advice
from cnncalc.spec.signatures import argument_names

NAMED = re.compile(r"`(\w+)`")


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_is_guessed_at_is_none_of_ours(name):
    assert find(name) is None
    assert layer_advice(name.title() + "2d") == LAYERS[name]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_that_is_guessed_at_is_not_every_layers(name):
    assert any(name not in argument_names(cls) for cls in KINDS.values())


@pytest.mark.parametrize("advice", [*LAYERS.values(), *ARGUMENTS.values()])
def test_advice_names_what_there_is(advice):
    arguments = {name for cls in KINDS.values() for name in cls.arguments}
    assert [word for word in NAMED.findall(advice) if find(word) is None and word not in arguments] == []
