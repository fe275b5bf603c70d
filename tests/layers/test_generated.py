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


def check(kind, arguments, inputs):
    """PyTorch takes or refuses the layer alike; where it takes it, every number is the same."""
    layer, found = ours(KINDS[kind], arguments, inputs)
    verdict = judge(KINDS[kind], arguments, inputs, None if layer is None else found)
    told = f"{kind} {arguments} on {inputs}: {found} against {verdict}"
    if layer is None:
        assert isinstance(verdict, Refused) or chosen(kind, found.code, arguments, inputs), told
        return
    assert not isinstance(verdict, Refused), told
    assert verdict.shape == found.output, told
    assert verdict.tensors == layer.tensors(found), told
    assert sum(map(prod, verdict.tensors.values())) == layer.params(found).value, told
    assert verdict.macs == layer.macs(found).value, told
    assert verdict.saved == saved_bytes(layer, found), told
    assert all(type(size) is int for size in found.output), told


@pytest.mark.parametrize("kind", GENERATED)
def test_pytorch_agrees(kind):
    for arguments, inputs in configurations(kind, SEED, NUMBER):
        check(kind, arguments, inputs)


CONV = {"out_channels": 2, "kernel_size": 3}
CORNERS = [
    *((kind, {"p": p}, ((4, 5, 6),)) for kind in ("dropout", "alpha_dropout") for p in (0, 0.5, 1)),
    *(
        (kind, {"p": p}, ((4, 5, 6),))
        for kind in ("channel_dropout", "stochastic_depth")
        for p in (0, 0.5, 1)
    ),
    ("avgpool", {"kernel_size": 4, "padding": ((0, 1), 0, 0)}, ((1, 3, 4, 4),)),
    ("avgpool", {"kernel_size": 4, "padding": ((1, 0), 0, 0)}, ((1, 3, 4, 4),)),
    ("avgpool", {"kernel_size": 3, "padding": ((1, 0), 1), "count_include_pad": False}, ((1, 5, 4),)),
    ("conv", CONV | {"padding": "same", "stride": (1, 1)}, ((2, 5, 6),)),
    ("conv", CONV | {"padding": "same_lower", "stride": 2}, ((2, 6, 6),)),
    ("conv", CONV | {"padding": "same", "kernel_size": 4}, ((2, 6, 6),)),
    ("conv", CONV | {"padding": "valid", "bias": False}, ((2, 6, 6),)),
    *(
        ("conv", CONV | {"padding": padding, "padding_mode": mode}, ((2, 6, 6),))
        for padding in (2, (1, (0, 2)), "same")
        for mode in ("reflect", "replicate", "circular")
    ),
    ("conv_transpose", CONV | {"kernel_size": 1}, ((2, 1, 1),)),
    ("conv_transpose", CONV | {"stride": 3, "dilation": 2, "output_padding": 1, "groups": 2}, ((4, 3, 4),)),
    ("conv_transpose", CONV | {"stride": 2, "output_size": (12, 13)}, ((2, 5, 6),)),
    ("flatten", {"start_dim": 1, "end_dim": 2}, ((2, 3, 4, 5),)),
    ("flatten", {"start_dim": 2, "end_dim": 3}, ((2, 3, 4, 5),)),
    ("flatten", {"start_dim": -3, "end_dim": -2}, ((2, 3, 4, 5),)),
    *(
        (kind, {"hidden_size": 3, "num_layers": 3, "bidirectional": two, "bias": bias}, ((4, 5),))
        for kind in ("rnn", "lstm", "gru")
        for two in (False, True)
        for bias in (False, True)
    ),
    ("lstm", {"hidden_size": 4, "num_layers": 3, "bidirectional": True, "proj_size": 2}, ((4, 5),)),
    *(
        (kind, {"hidden_size": 3, "num_layers": 3, "dropout": p}, ((4, 5),))
        for kind in ("rnn", "lstm", "gru")
        for p in (0.5, 1)
    ),
    *(("lrn", {"size": size}, ((6, 4, 4),)) for size in (1, 2, 3, 4, 5)),
    *(
        ("upsample", {"size": (5, 9), "mode": mode}, ((2, 3, 4),))
        for mode in ("nearest", "bilinear", "bicubic")
    ),
    ("upsample", {"scale_factor": (2, 1.5), "mode": "bilinear", "align_corners": True}, ((2, 3, 4),)),
    (
        "unfold",
        {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)},
        ((2, 5, 6),),
    ),
    ("fold", {"output_size": (4, 5), "kernel_size": 2, "stride": 1, "padding": 1}, ((8, 30),)),
    ("slice", {"start": -3, "stop": -1, "step": 2, "dim": 2}, ((2, 6),)),
    ("slice", {"start": 1, "step": 2}, ((6, 3),)),
    ("split", {"split_size": (1, 4, 3), "index": 2, "dim": -1}, ((2, 8),)),
    ("mean", {"dim": (2, 3), "keepdim": True}, ((2, 3, 4),)),
    ("mean", {"dim": -1}, ((2, 3, 4),)),
    ("mean", {}, ((3, 5),)),
    *(
        (kind, {"hidden_size": 3, "bidirectional": two}, ((1, 5),))
        for kind in ("rnn", "lstm", "gru")
        for two in (False, True)
    ),
    ("upsample", {"scale_factor": 2}, ((2, 2, 3, 4),)),
    ("instance_norm", {}, ((3, 2),)),
    *(
        ("attention", {"num_heads": 2, "dropout": p}, inputs)
        for p in (0, 0.5)
        for inputs in (((3, 4),), ((3, 4), (5, 4)))
    ),
    ("blur", {"kernel_size": (3, 4), "padding": (1, (1, 2))}, ((2, 5, 6),)),
    ("blur", {"kernel_size": (4, 3), "padding": ((1, 2), 1)}, ((2, 5, 6),)),
    ("prelu", {"num_parameters": 4}, ((4, 5),)),
    ("cat", {}, ((1, 4, 5), (2, 4, 5), (3, 4, 5))),
]
"""Where one size, one end or one axis is unlike the others, so that none can stand for another."""


@pytest.mark.parametrize(("kind", "arguments", "inputs"), CORNERS, ids=str)
def test_pytorch_agrees_in_corners(kind, arguments, inputs):
    assert ours(KINDS[kind], arguments, inputs)[0] is not None
    check(kind, arguments, inputs)


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
