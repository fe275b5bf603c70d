"""Declarations of arguments: each factory by itself, and what every kind declares."""

import inspect
import os
from pathlib import Path

import numpy as np
import pytest

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, arguments
from cnncalc.layers.arguments import REQUIRED
from cnncalc.layers.tables import connection_table
from cnncalc.layers.upsample import factors
from cnncalc.working import Nothing
from tests.layers.test_facets import EXAMPLES, site_of

SIGNATURES = Path(__file__).parent.parent / "data" / "signatures.txt"

MADE = {
    "count": lambda: arguments.count(3, at_least=2, doc="How many.", short=("n",), keyword=True),
    "sizes": lambda: arguments.sizes(3, at_least=2, doc="How many.", short=("n",), keyword=True),
    "padding": lambda: arguments.paddings(3, doc="How many."),
    "axis": lambda: arguments.axis(3, doc="How many.", keyword=True),
    "number": lambda: arguments.number(3, doc="How many.", short=("n",), keyword=True),
    "flag": lambda: arguments.flag(True, doc="How many.", keyword=True),
    "choice": lambda: arguments.choice("a", "b", default="b", doc="How many.", short=("n",)),
    "table": connection_table,
    "factors": factors,
}
"""Factories are called anew in the tests: those of the kinds ran long ago."""

DECLARED = {
    "count": (3, ("n",), True),
    "sizes": (3, ("n",), True),
    "padding": (3, ("pad", "p"), False),
    "axis": (3, (), True),
    "number": (3, ("n",), True),
    "flag": (True, (), True),
    "choice": ("b", ("n",), True),
    "table": (None, (), True),
    "factors": (None, ("scale",), False),
}
OF_NONE = {
    "count": lambda: arguments.count(None),
    "sizes": lambda: arguments.sizes(None),
    "padding": lambda: arguments.paddings(None),
    "axis": lambda: arguments.axis(None),
    "number": lambda: arguments.number(None),
    "may stay": lambda: arguments.sizes(may_stay=True),
    "choice": lambda: arguments.choice("a", default=None),
}


@pytest.mark.parametrize("form", DECLARED)
def test_an_argument_holds_what_is_declared(form):
    made = MADE[form]()
    assert (made.form, made.default, made.short, made.keyword) == (form, *DECLARED[form])
    assert made.doc == "How many." or (form in ("table", "factors") and len(made.doc) > 20)
    assert (made.name, made.required) == ("", False)
    made.__set_name__(object, "it")
    assert made.name == "it"


@pytest.mark.parametrize("form", OF_NONE)
def test_none_is_taken_where_it_is_the_default(form):
    assert OF_NONE[form]().convert(None) is None


PLAIN = {
    "count": arguments.count,
    "sizes": arguments.sizes,
    "axis": arguments.axis,
    "number": arguments.number,
    "choice": lambda: arguments.choice("a"),
}


@pytest.mark.parametrize("form", PLAIN)
def test_without_a_default_an_argument_is_required(form):
    made = PLAIN[form]()
    assert made.required
    assert made.default is REQUIRED
    assert (made.doc, made.short, made.keyword) == ("", (), form == "choice")


def test_padding_is_none_unless_given():
    assert arguments.paddings().default == 0
    assert arguments.paddings().choices == ("same", "same_upper", "same_lower", "valid")
    assert arguments.paddings(None, keyword=True).short == ()
    assert arguments.rounding().choices == ("floor", "ceil", "exact")
    assert arguments.rounding(rules=("floor",)).choices == ("floor",)
    assert (arguments.rounding().default, arguments.rounding().short) == ("floor", ("round",))
    assert arguments.rounding().doc.startswith("What to do where windows do not fit")


def same(one, other):
    if isinstance(other, np.ndarray):
        return one is other
    return type(one) is type(other) and one == other


WIDE = np.array([3, 4])
TAKEN = {
    "count": [(2, 2), (WIDE, WIDE)],
    "sizes": [(2, 2), ((2, 3), (2, 3)), ([2, 3], (2, 3)), (WIDE, WIDE), ((WIDE, 2), None)],
    "padding": [
        (0, 0),
        ((0, 1), (0, 1)),
        ([[0, 1], 2], ((0, 1), 2)),
        ("same", "same"),
        ("valid", "valid"),
        (WIDE, WIDE),
    ],
    "axis": [(-1, -1), (0, 0), (np.array(2), 2)],
    "number": [(2, 2), (-0.5, -0.5), (np.array(2.5), 2.5), (float("inf"), float("inf"))],
    "flag": [(True, True), (False, False), (0, False), (1, True), (np.array(1), True)],
    "choice": [("a", "a"), ("b", "b")],
    "table": [(None, None), (("X.", "XX"), ((0, 1), (1,))), (((1, 0, 1), [2]), ((0, 1), (2,)))],
    "factors": [(2, 2), (1.5, 1.5), ((2, 0.5), (2, 0.5)), (None, None)],
}


@pytest.mark.parametrize("form", TAKEN)
def test_what_arguments_take(form):
    made = MADE[form]()
    for given, stored in TAKEN[form]:
        assert same(made.convert(given), stored) or stored is None, given


def test_axes_may_stay_as_they_are():
    assert arguments.sizes(may_stay=True).convert((None, 3)) == (None, 3)


NOT_TAKEN = {
    "count": [(1, "E216"), (True, "E215"), (2.0, "E215"), ("2", "E215"), (None, "E215"), ((2,), "E215")],
    "sizes": [
        (1, "E216"),
        ((2, 1), "E216"),
        ((), "E215"),
        (None, "E215"),
        ((2, None), "E215"),
        (2.5, "E215"),
    ],
    "padding": [(-1, "E216"), ((0, -1), "E216"), (((1, 2, 3),), "E215"), ("full", "E215"), (None, "E215")],
    "axis": [(None, "E215"), (1.0, "E215"), (True, "E215"), ("x", "E215")],
    "number": [(None, "E215"), (True, "E215"), ("x", "E215"), (np.array(True), "E215")],
    "flag": [(2, "E215"), ("yes", "E215"), (None, "E215"), (0.5, "E215")],
    "choice": [("c", "E215"), (1, "E215"), (None, "E215")],
    "table": [("XX", "E215"), ((), "E215"), (((),), "E215"), (((-1,),), "E216")],
    "factors": [(0, "E215"), (-1, "E215"), (True, "E215"), ("x", "E215"), ((2, float("nan")), "E215")],
}


@pytest.mark.parametrize("form", NOT_TAKEN)
def test_what_arguments_refuse_by_name(form):
    made = MADE[form]()
    made.__set_name__(object, "it")
    for given, code in NOT_TAKEN[form]:
        with pytest.raises(LayerError) as refused:
            made.convert(given)
        assert (refused.value.code, refused.value.argument) == (code, "it"), given
        assert "`it`" in refused.value.message


def test_values_are_shown_as_specs_write_them():
    values = [(3,), (3, 5), [(1, 2), 0.5], True, 2.50, "same"]
    assert [arguments.shown_value(value) for value in values] == [
        "(3,)", "(3, 5)", "((1, 2), 0.5)", "true", "2.5", "same",
    ]  # fmt: skip


def test_numbers_stay_within_their_bounds():
    made = arguments.number(low=0, high=1)
    made.__set_name__(object, "p")
    assert [made.convert(value) for value in (0, 0.5, 1)] == [0, 0.5, 1]
    for value in (-0.001, 1.001, float("nan")):
        with pytest.raises(LayerError, match=r"`p` must be in \[0, 1\]"):
            made.convert(value)


def signature(kind, cls):
    """What a spec may write: arguments with their short names and defaults; those with * by name alone."""
    written = []
    for name, argument in cls.arguments.items():
        words = ("* " if argument.keyword else "") + " or ".join((name, *argument.short))
        written.append(words if argument.required else f"{words} = {argument.default!r}")
    names = " or ".join((kind, *cls.aliases))
    most = "any" if cls.arity[1] is None else cls.arity[1]
    counted = ", counted by papers" if cls.is_weight_layer else ""
    return f"{names} ({', '.join(written)}) [{cls.family}, {cls.arity[0]} to {most}{counted}]"


@pytest.fixture(scope="module")
def signatures():
    if os.environ.get("CNNCALC_REWRITE"):
        written = [signature(kind, cls) for kind, cls in sorted(KINDS.items())]
        SIGNATURES.write_text("\n".join([*written, ""]))
    return {line.partition(" ")[0]: line for line in SIGNATURES.read_text().splitlines()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_is_the_language_that_specs_are_written_in(kind, signatures):
    """A change may break what users have written: let it be on purpose, with CNNCALC_REWRITE=1."""
    assert signature(kind, KINDS[kind]) == signatures.get(kind), "on purpose? run it with CNNCALC_REWRITE=1"


def test_no_kind_has_gone(signatures):
    assert set(signatures) == set(KINDS)


LEAST = {
    "index": 0, "proj_size": 0, "parameters": 0, "multiplies": 0, "border": 0, "padding": 0,
    "output_padding": 0, "dims": 0, "unflattened_size": None, "dim": None,
}  # fmt: skip
BOUNDS = {
    "p": (0, 1), "dropout": (0, 1), "momentum": (0, 1), "eps": (0, None), "lambd": (0, None),
    "sigma": (0.001, None), "norm_type": (1e-6, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_start_where_they_make_sense(kind):
    for name, argument in KINDS[kind].arguments.items():
        least = LEAST.get(name, 1)
        if argument.form in ("count", "sizes", "padding") and least is not None:
            argument.convert(least)
            with pytest.raises(LayerError, match=f"`{name}` must be at least {least}, got {least - 1}"):
                argument.convert(least - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_and_the_like_stay_within_bounds(kind):
    for name, argument in KINDS[kind].arguments.items():
        is_bounded = argument.form == "number" and kind != "hardshrink"
        low, high = BOUNDS.get(name, (None, None)) if is_bounded else (None, None)
        for bound, beyond in ((low, -0.0005), (high, 0.0005)):
            if bound is None:
                continue
            argument.convert(bound)
            with pytest.raises(LayerError, match=f"`{name}` must be in"):
                argument.convert(bound + beyond)


PYTORCH = {
    "conv": "Conv2d", "conv_transpose": "ConvTranspose2d", "maxpool": "MaxPool2d", "avgpool": "AvgPool2d",
    "lppool": "LPPool2d", "unpool": "MaxUnpool2d", "linear": "Linear", "bn": "BatchNorm2d",
    "instance_norm": "InstanceNorm2d", "gn": "GroupNorm", "ln": "LayerNorm", "rms_norm": "RMSNorm",
    "lrn": "LocalResponseNorm", "prelu": "PReLU", "leaky_relu": "LeakyReLU", "rrelu": "RReLU", "elu": "ELU",
    "celu": "CELU", "hardtanh": "Hardtanh", "hardshrink": "Hardshrink", "softshrink": "Softshrink",
    "softplus": "Softplus", "gelu": "GELU", "glu": "GLU", "dropout": "Dropout",
    "alpha_dropout": "AlphaDropout",
    "channel_dropout": "Dropout2d",
    "unfold": "Unfold", "fold": "Fold", "flatten": "Flatten",
    "rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "attention": "MultiheadAttention", "embedding": "Embedding",
    "threshold": "Threshold", "upsample": "Upsample",
}  # fmt: skip
OWN = {("rms_norm", "eps"), ("upsample", "align_corners"), ("attention", "bias"), ("glu", "dim")}
"""None in PyTorch, which stands for what is written here."""


@pytest.mark.parametrize("kind", PYTORCH)
def test_defaults_are_those_of_pytorch(kind):
    nn = pytest.importorskip("torch").nn
    module = getattr(nn, PYTORCH[kind])
    theirs = {}
    for cls in reversed(module.__mro__[:-2]):
        theirs |= inspect.signature(cls.__init__).parameters
    for name, argument in KINDS[kind].arguments.items():
        default = getattr(theirs.get(name), "default", inspect.Parameter.empty)
        if default is not inspect.Parameter.empty and (kind, name) not in OWN:
            assert argument.default == default, name


@pytest.mark.parametrize(("layer", "inputs"), EXAMPLES)
def test_zeros_are_declared_with_a_reason(layer, inputs):
    site = site_of(layer, inputs)
    facets = (
        layer.params,
        layer.macs,
        layer.connections,
        layer.connections_inside,
        layer.operations,
        layer.neurons,
    )
    for facet in facets:
        worked = facet(site)
        if isinstance(worked, Nothing):
            assert len(worked.reason.split()) > 2, facet
        else:
            assert worked.value > 0, facet
