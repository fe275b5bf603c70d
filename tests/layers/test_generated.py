"""Generated layers, hostile ones among them: PyTorch on the CPU says what is valid and what comes out.

A few are drawn in every run. ``CNNCALC_LAYERS=300`` draws so many of each kind, and
``CNNCALC_LAYERS_SEED`` others than usual.
"""

import os
from math import prod

import pytest

pytest.importorskip("torch")

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS
from cnncalc.layers.base import Site
from tests.layers.generate import configurations
from tests.layers.judge import BATCH, Refused, judge

NUMBER = int(os.environ.get("CNNCALC_LAYERS", "6"))
SEED = os.environ.get("CNNCALC_LAYERS_SEED", "1")
GENERATED = [kind for kind, cls in KINDS.items() if cls.arity != (0, 0) and kind != "opaque"]

STRICTER = {
    "E215": "no empty tuples",
    "E214": "one value per axis, where PyTorch spreads or drops some",
    "E216": "no negative border: crop does that",
    "E217": "one to three axes for what is spatial, and no batch taken for channels",
    "E218": "padding=same with a stride, also in modules of our own",
    "E219": "numbers outside of their range",
    "E231": "rounding=exact is the lectures' rule, not PyTorch's",
    "E233": "a pool's padding also where it is uneven",
    "E238": "arguments that exclude each other",
    "E240": "linear and rbf on a volume by mistake",
    "E241": "in_features that is not what enters",
    "E244": "the batch is no axis",
    "E245": "normalised over which axes?",
}
"""Codes of layers that are refused by choice, though PyTorch can be made to run them."""

STRICTER_BY_KIND = {
    ("conv", "E232"): "a table with groups",
    ("conv", "E234"): "a table of another size",
    ("shift", "E220"): "learned values that PyTorch would spread",
    ("scale", "E220"): "the same",
    ("add", "E220"): "sums of unequal shapes",
    ("mul", "E220"): "factors with unlike numbers of axes, which PyTorch aligns from the last",
    ("mean", "E248"): "a mean without any axis left",
}


def ours(cls, arguments, inputs):
    """The layer and its site, or the error."""
    try:
        layer = cls(**arguments)
        return layer, Site(inputs, layer.output_shape(inputs))
    except LayerError as error:
        return None, error


def saved_bytes(layer, site):
    """Bytes kept in training for a batch; each part of what is saved counts in its own unit."""
    kept, samples, once = set(), 0, 0
    saved = layer.saved(site)
    while saved is not None:
        kept.update(saved.inputs)
        values = saved.elements + (prod(site.output) if saved.output else 0)
        samples += 4 * values + saved.bytes
        once += 4 * saved.once
        saved = saved.upstream
    samples += 4 * sum(prod(site.inputs[place]) for place in kept)
    return BATCH * samples + once


@pytest.mark.parametrize("kind", GENERATED)
def test_pytorch_agrees(kind):
    for arguments, inputs in configurations(kind, SEED, NUMBER):
        layer, found = ours(KINDS[kind], arguments, inputs)
        verdict = judge(KINDS[kind], arguments, inputs, None if layer is None else found)
        told = f"{kind} {arguments} on {inputs}: {found} against {verdict}"
        if layer is None:
            is_choice = found.code in STRICTER or (kind, found.code) in STRICTER_BY_KIND
            assert isinstance(verdict, Refused) or is_choice, told
            continue
        assert not isinstance(verdict, Refused), told
        assert verdict.shape == found.output, told
        assert verdict.tensors == layer.tensors(found), told
        assert sum(map(prod, verdict.tensors.values())) == layer.params(found).value, told
        assert verdict.macs == layer.macs(found).value, told
        assert verdict.saved == saved_bytes(layer, found), told
        assert all(type(size) is int for size in found.output), told


def test_some_are_taken_and_some_refused():
    found = [
        ours(KINDS[kind], *configuration)[0] is None
        for kind in GENERATED
        for configuration in configurations(kind, SEED, 6)
    ]
    assert 0.1 < sum(found) / len(found) < 0.6
