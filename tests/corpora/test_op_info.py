"""PyTorch's own samples of operators, with which it tests itself: valid calls and invalid ones.

Shapes, shapes of weights and multiply-accumulates of the valid ones agree; what PyTorch refuses is
refused.
"""

from collections import Counter
from contextlib import nullcontext
from math import prod

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from cnncalc.errors import LayerError  # noqa: E402
from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from tests.corpora.operators import OPERATORS  # noqa: E402
from tests.corpora.tally import Tally, Unusable  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

SOURCE = "PyTorch " + torch.__version__.partition("+")[0]
EMPTY = "a tensor without values enters"

STRICTER = {
    "E219": "refused here: an argument out of its range",
    "E217": "refused here: no or more than three spatial axes",
    "E244": "refused here: the batch is no axis",
    "E246": "refused here: a single value, which has no variance",
    "E215": "refused here: an axis of size 0",
    "E216": "refused here: an axis of size 0",
    "E248": "refused here: a mean without any axis left",
}
"""Valid calls that are refused by choice."""


def infos():
    from torch.testing._internal.common_methods_invocations import op_db

    return [info for info in op_db if info.name in OPERATORS]


def short(info):
    return info.name.removeprefix("nn.functional.")


def calls(info, sample):
    """The layers that a call stands for."""
    found = OPERATORS[info.name](sample.input, *sample.args, **sample.kwargs)
    return found if isinstance(found, list) else [found]


def layer_of(call):
    layer = KINDS[call.kind](**call.arguments)
    return layer, Site(call.inputs, layer.output_shape(call.inputs))


def has_nothing(call):
    return any(0 in shape for shape in call.inputs)


def compare(info, sample):
    for call in calls(info, sample):
        if has_nothing(call):
            raise Unusable(EMPTY)
        try:
            layer, site = layer_of(call)
        except LayerError as error:
            if error.code not in STRICTER:
                raise
            raise Unusable(STRICTER[error.code]) from error
        compare_weights(info, sample, layer, site)
        compare_run(info, sample, call, layer, site)


def compare_weights(info, sample, layer, site):
    """Every tensor of the layer is one that the operator is given."""
    given = Counter(
        tuple(one.shape) or (1,)
        for one in (sample.input, *sample.args, *sample.kwargs.values())
        if isinstance(one, torch.Tensor)
    )
    assert Counter(layer.tensors(site).values()) <= given, (info.name, layer, call_shapes(site))
    assert layer.params(site).value == sum(map(prod, layer.tensors(site).values()))


def compare_run(info, sample, call, layer, site):
    """The shape of what comes out, and the multiply-accumulates on the way."""
    with torch.no_grad(), counting(layer) as counter:
        output = info.op(sample.input, *sample.args, **sample.kwargs)
    shape = tuple((output if call.place is None else output[call.place]).shape)
    assert site.output == call.of_sample(shape), (info.name, layer, call_shapes(site))
    if counter:
        batch = 1 if site.output == shape else shape[0]
        assert layer.macs(site).value * 2 * batch == counter.get_total_flops(), (info.name, layer)


def counting(layer):
    """PyTorch's counter for layers with weights: it takes time, and misses attention on the CPU."""
    counts = layer.is_weight_layer and layer.kind != "attention"
    return FlopCounterMode(display=False) if counts else nullcontext()


def call_shapes(site):
    return {"inputs": site.inputs, "output": site.output}


def test_pytorchs_calls_agree():
    tally = Tally()
    for info in infos():
        for sample in info.sample_inputs("cpu", torch.float32):
            tally.judge(short(info), compare, info, sample)
    tally.assert_as_documented("valid calls of operators", SOURCE)


ACCEPTED = {"narrow": "a slice ends where the axis ends, as Python's does"}
"""Operators of which more is taken than PyTorch takes, and why."""


def refuse(info, error):
    """What PyTorch refuses is refused, unless it could not even be said."""
    for call in calls(info, error.sample_input):
        try:
            layer, site = layer_of(call)
        except LayerError:
            continue
        if has_nothing(call):
            raise Unusable(EMPTY)
        if info.name in ACCEPTED:
            raise Unusable(ACCEPTED[info.name])
        raise AssertionError((info.name, layer, call_shapes(site), error.error_regex))


def test_what_pytorch_refuses_is_refused():
    tally = Tally()
    for info in infos():
        for error in info.error_inputs("cpu") if info.error_inputs_func else ():
            tally.judge(short(info), refuse, info, error)
    tally.assert_as_documented("invalid calls of operators", SOURCE)
