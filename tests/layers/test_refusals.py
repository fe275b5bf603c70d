"""What layers say when they refuse: the argument at fault, the rule with its numbers, the way out."""

import ast
from pathlib import Path

import numpy as np
import pytest
import yaml

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS
from cnncalc.layers.base import Site

REFUSED = yaml.safe_load((Path(__file__).parent.parent / "data" / "refusals.yaml").read_text())


def layer(text):
    """A layer as Python would write it, infinity included."""
    call = ast.parse(text.replace("=inf", "=1e999")).body[0].value
    return call.func.id, {item.arg: ast.literal_eval(item.value) for item in call.keywords}


def shapes(text):
    return tuple(tuple(map(int, shape.split("x"))) for shape in str(text).split(" | "))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['layer']} on {case['inputs']}")
def test_a_refusal_names_the_argument_the_rule_and_the_way_out(case):
    kind, arguments = layer(case["layer"])
    with pytest.raises(LayerError) as refused:
        KINDS[kind](**arguments).output_shape(shapes(case["inputs"]))
    assert str(refused.value) == case["says"]
    assert refused.value.argument == case.get("argument", "")


CONV = {"out_channels": 4, "kernel_size": 3}

LAST_AXIS = "PyTorch would apply it to the last axis only (in_features=6)"
DETAILS = [
    ("add", {}, ((3, 4), (4, 1)), "3x4 | 4x1"),
    ("mul", {}, ((3, 2), (3, 5)), "3x2 | 3x5"),
    ("cat", {}, ((1, 2), (2, 1)), "1x2 | 2x1"),
    (
        "linear",
        {"out_features": 3},
        ((5, 6),),
        LAST_AXIS,
    ),
    (
        "linear",
        {"out_features": 3},
        ((4, 5, 6),),
        LAST_AXIS,
    ),
    ("conv", CONV | {"stride": 5, "rounding": "exact"}, ((2, 10),), "2 of 10 positions left over"),
]


@pytest.mark.parametrize(("kind", "arguments", "inputs", "detail"), DETAILS)
def test_what_is_said_at_the_place_itself(kind, arguments, inputs, detail):
    """Windows of 3 every 5 of 10 positions end at 7 and leave two."""
    with pytest.raises(LayerError) as refused:
        KINDS[kind](**arguments).output_shape(inputs)
    assert refused.value.detail == detail


def test_groups_of_many_configurations_are_refused_without_a_list_of_divisors():
    layer = KINDS["conv"](**CONV, groups=2)
    with pytest.raises(LayerError) as refused:
        layer.output_shape(((np.array([4, 3]), 6, 7),))
    assert refused.value.help == "choose a divisor of the channels"


UNDONE = (
    "[E251] unpool cannot undo a pool with dilation or with padding by a rule; "
    "give the pool numbers for padding"
)


def test_an_unpool_refers_to_a_pool_that_it_can_undo():
    refer = KINDS["unpool"].referring
    for pool, text in (
        (KINDS["avgpool"](kernel_size=2), "[E251] unpool refers to a maxpool, not to avgpool"),
        (
            KINDS["maxpool"](kernel_size=2, dilation=2),
            UNDONE,
        ),
        (
            KINDS["maxpool"](kernel_size=2, stride=1, padding="same"),
            UNDONE,
        ),
    ):
        with pytest.raises(LayerError) as refused:
            refer(pool)
        assert (str(refused.value), refused.value.argument) == (text, "pool")


def test_an_unpool_takes_the_window_of_its_pool():
    for given in ({"kernel_size": 3}, {"kernel_size": 3, "stride": 2, "padding": 1, "rounding": "ceil"}):
        assert KINDS["unpool"].referring(KINDS["maxpool"](**given)) == KINDS["unpool"](**given)


def test_layers_cannot_be_changed():
    layer = KINDS["conv"](**CONV)
    with pytest.raises(AttributeError, match="layers are immutable: cannot set stride"):
        layer.stride = 2
    assert Site(((4, 6, 7),), (4, 6, 7)).channels == 4
