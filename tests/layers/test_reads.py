"""What an output value reads, along channels and along each axis: where PyTorch finds a gradient."""

import pytest

torch = pytest.importorskip("torch")

from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.taps import SAME  # noqa: E402
from cnncalc.torch_backend.modules import PAIRS  # noqa: E402
from tests.layers.test_facets import EXAMPLES, site_of  # noqa: E402

DRAWS = 8
"""More than one, as of a maximum only the largest has a gradient."""

MORE = [
    (KINDS["flatten"](start_dim=2, end_dim=2), ((2, 3, 4),)),
    (KINDS["mean"](dim=2, keepdim=True), ((2, 3, 4),)),
    (KINDS["mean"](dim=(1, 3), keepdim=True), ((2, 3, 4),)),
    (KINDS["local"](out_channels=2, kernel_size=2, padding=1), ((2, 4),)),
    (KINDS["l2pool_features"](size=2, stride=1), ((5, 3),)),
    (KINDS["cat"](fit="crop"), ((2, 5), (1, 4), (3, 2))),
]
CASES = [
    *(case for case in EXAMPLES if case.values[0].kind != "embedding"),
    *(pytest.param(*case, id=repr(case[0])) for case in MORE),
]


def slopes(output, values):
    """Gradients of a random mix of output values."""
    found = torch.autograd.grad((output * torch.randn_like(output)).sum(), values, allow_unused=True)
    return [torch.zeros_like(v) if one is None else one for one, v in zip(found, values, strict=True)]


def along(slope, axis):
    """Places on an axis that have a gradient."""
    return set(slope.abs().transpose(0, axis).flatten(1).sum(1).nonzero().flatten().tolist())


def found_and_declared(layer, inputs, axis, index):
    """For each input, places on an axis read by the outputs at ``index``: as drawn, and as declared."""
    site = site_of(layer, inputs)
    module = PAIRS[type(layer)](layer, site).eval().double()
    maps = layer.channel_taps(site) if axis == 1 else [axes[axis - 2] for axes in layer.taps(site)]
    declared = [set(one.inside(index, shape[axis - 1])) for one, shape in zip(maps, inputs, strict=True)]
    found = [set() for _ in inputs]
    for _ in range(DRAWS):
        values = [(torch.rand(2, *shape).double() + 0.1).requires_grad_() for shape in inputs]
        read = slopes(module(*values).select(axis, index), values)
        found = [old | along(new, axis) for old, new in zip(found, read, strict=True)]
        if found == declared:
            break
    return found, declared


def places(layer, inputs, axis):
    size = site_of(layer, inputs).output[axis - 1]
    return sorted({0, size // 2, size - 1})


AT_MOST = {
    "tokens", "unflatten", "unfold", "fold", "unpool", "rnn", "lstm", "gru", "attention",
}  # fmt: skip
"""Kinds whose first axis is made anew, or are tokens: they read some of the channels declared."""


@pytest.mark.parametrize(("layer", "inputs"), CASES)
def test_channels_read_are_those_with_a_gradient(layer, inputs):
    torch.manual_seed(1)
    for channel in places(layer, inputs, 1):
        found, declared = found_and_declared(layer, inputs, 1, channel)
        assert all(some <= all_ for some, all_ in zip(found, declared, strict=True))
        assert found == declared or layer.kind in AT_MOST


BY_VALUE = {"roi_pool", "deform_conv", "unpool", "rnn"}
"""Kinds that read where values tell them to; and an RNN with relu, whose units may be at rest."""
SAME_RANK = [
    case
    for case in CASES
    if all(len(shape) == len(site_of(*case.values).output) > 1 for shape in case.values[1])
]


@pytest.mark.parametrize(("layer", "inputs"), SAME_RANK)
def test_positions_read_are_those_with_a_gradient(layer, inputs):
    torch.manual_seed(1)
    for axis in range(2, len(inputs[0]) + 1):
        for index in places(layer, inputs, axis):
            found, declared = found_and_declared(layer, inputs, axis, index)
            assert all(some <= all_ for some, all_ in zip(found, declared, strict=True))
            assert found == declared or layer.kind in BY_VALUE, (axis, index)


@pytest.mark.parametrize(("layer", "inputs"), CASES)
def test_what_is_read_lies_within_the_input(layer, inputs):
    site = site_of(layer, inputs)
    for shape, axes in zip(inputs, layer.taps(site), strict=True):
        for size, axis in zip(shape[1:], axes, strict=True):
            assert axis is SAME or set(axis.inside(0, size)) <= set(range(size))
