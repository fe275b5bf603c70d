"""Kinds as classes: what they inherit, and the names that they answer to."""

from cnncalc import layers
from cnncalc.layers import KINDS, find
from cnncalc.layers.arguments import count, flag
from cnncalc.layers.base import Layer


class Plain:
    """A class beside the layers, which declares nothing."""


class Wide(Layer):
    """Two arguments."""

    width = count(1)
    height = count(2)


class Deep(Layer):
    """One of them otherwise, and another one."""

    height = count(3)
    depth = count(4)


class Both(Plain, Wide, Deep):
    """Inherits from both, with an argument of its own and one held fast."""

    depth = 7
    bias = flag(True)


def declared(cls):
    return {name: argument.default for name, argument in cls.arguments.items()}


def test_arguments_are_inherited_as_attributes_are():
    assert declared(Wide) == {"width": 1, "height": 2}
    assert declared(Both) == {"width": 1, "height": 2, "bias": True}
    assert Both.arguments["height"] is Wide.arguments["height"], "the first base wins, as in Python"
    assert list(Both.arguments)[-1] == "bias", "its own come last"


def test_arguments_are_declared_where_a_class_is_made():
    """Made here once more, so that it is seen to happen."""
    again = type("Again", (Plain, Wide, Deep), {"depth": 7, "bias": flag(True)})
    assert declared(again) == declared(Both)
    assert again not in KINDS.values(), "without a name it is no kind"
    named = type("Named", (Wide,), {"kind": "named"})
    assert KINDS.pop("named") is named
    assert declared(named) == declared(Wide)


def test_every_name_in_every_case_finds_its_kind():
    layers.names.cache_clear()
    for kind, cls in KINDS.items():
        for name in (kind, *cls.aliases):
            assert find(name) == find(name.upper()) == (cls, None)
    assert find("conv3d") == (KINDS["conv"], 3)
    assert find("max_pool_2d") == (KINDS["maxpool"], 2)
    assert find("pool of all") is find("4d") is find("conv4d") is None
    assert all(find(alias)[0] is KINDS[kind] for alias, kind in FAMOUS.items())


FAMOUS = {
    "pool": "maxpool",
    "depthwise": "dwconv",
    "concat": "cat",
    "batchnorm": "bn",
    "reshape": "unflatten",
}


def test_hashes_tell_layers_apart():
    """Else each look-up of a layer would compare it with all others."""
    convs = [KINDS["conv"](out_channels=n, kernel_size=3) for n in range(1, 101)]
    assert len({hash(layer) for layer in convs}) > 90
    assert hash(KINDS["relu"]()) != hash(KINDS["tanh"]())
