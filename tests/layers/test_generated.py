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
from cnncalc.spec.codes import codes
from tests.layers.choices import CHOICES, chosen
from tests.layers.generate import configurations
from tests.layers.judge import BATCH, Refused, judge

NUMBER = int(os.environ.get("CNNCALC_LAYERS", "6"))
SEED = os.environ.get("CNNCALC_LAYERS_SEED", "1")
GENERATED = [kind for kind, cls in KINDS.items() if cls.arity != (0, 0) and kind != "opaque"]


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
    whole = layer.saved(site)
    for saved in filter(None, (whole, whole.upstream, whole.own)):
        kept.update(saved.inputs)
        values = saved.elements + (prod(site.output) if saved.output else 0)
        samples += 4 * values + saved.bytes
        once += 4 * saved.once
    samples += 4 * sum(prod(site.inputs[place]) for place in kept)
    return BATCH * samples + once


@pytest.mark.parametrize("kind", GENERATED)
def test_pytorch_agrees(kind):
    for arguments, inputs in configurations(kind, SEED, NUMBER):
        layer, found = ours(KINDS[kind], arguments, inputs)
        verdict = judge(KINDS[kind], arguments, inputs, None if layer is None else found)
        told = f"{kind} {arguments} on {inputs}: {found} against {verdict}"
        if layer is None:
            assert isinstance(verdict, Refused) or chosen(kind, found.code, arguments, inputs), told
            continue
        assert not isinstance(verdict, Refused), told
        assert verdict.shape == found.output, told
        assert verdict.tensors == layer.tensors(found), told
        assert sum(map(prod, verdict.tensors.values())) == layer.params(found).value, told
        assert verdict.macs == layer.macs(found).value, told
        assert verdict.saved == saved_bytes(layer, found), told
        assert all(type(size) is int for size in found.output), told


def test_no_code_or_kind_of_a_choice_is_misspelt():
    assert {choice.code for choice in CHOICES} <= set(codes())
    assert {kind for choice in CHOICES for kind in choice.kinds} <= set(KINDS)


def test_a_refusal_for_another_reason_is_no_choice():
    """The code alone does not do: the condition must hold for these very arguments."""
    even, uneven = {"kernel_size": 2, "stride": 2, "rounding": "exact"}, ((1, 5),)
    assert chosen("maxpool", "E231", even, uneven)
    assert not chosen("maxpool", "E231", even, ((1, 6),))
    assert not chosen("relu", "E231", even, uneven)


def test_some_are_taken_and_some_refused():
    found = [
        ours(KINDS[kind], *configuration)[0] is None
        for kind in GENERATED
        for configuration in configurations(kind, SEED, 6)
    ]
    assert 0.1 < sum(found) / len(found) < 0.6
