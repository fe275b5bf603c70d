"""PyTorch as the judge of a single layer: whether it takes it, and what it makes of it.

The module is made of the raw arguments, past all checks of the layer, and run on the CPU: the meta
device accepts what the CPU refuses.
"""

import warnings
from typing import NamedTuple

import torch

from cnncalc.layers.base import Site
from cnncalc.torch_backend.flop_counter import counting
from cnncalc.torch_backend.measure import seeded
from cnncalc.torch_backend.modules import PAIRS

BATCH = 2
REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, AssertionError, ZeroDivisionError)


class Judgement(NamedTuple):
    shape: tuple[int, ...]
    tensors: dict[str, tuple[int, ...]]
    saved: int
    macs: int


class Refused(NamedTuple):
    reason: str


def raw_layer(cls, arguments):
    """A layer that was never checked."""
    layer = object.__new__(cls)
    given = {name: argument.default for name, argument in cls.arguments.items()} | arguments
    if given.get("table"):
        given["table"] = cls.arguments["table"].convert(given["table"])
    layer.__dict__.update(given)
    return layer


def raw_site(layer, inputs):
    """A site whose output only tells the number of filters."""
    channels = inputs[0][0]
    filters = getattr(layer, "out_channels", channels * (getattr(layer, "multiplier", 1)))
    return Site(inputs, (filters, *(1 for _ in inputs[0][1:])))


def judge(cls, arguments, inputs, site=None):
    layer = raw_layer(cls, arguments)
    site = site or raw_site(layer, inputs)
    try:
        with warnings.catch_warnings(), seeded():
            warnings.simplefilter("ignore")
            return _run(layer, site)
    except REFUSALS as error:
        return Refused(f"{type(error).__name__}: {str(error)[:150]}")


def batches(layer, inputs, device="cpu"):
    limit = layer.indices_below()
    if limit is not None:
        return [torch.randint(max(limit, 1), (BATCH, *shape), device=device) for shape in inputs]
    return [torch.randn(BATCH, *shape, device=device) for shape in inputs]


def keep(tensor, kept):
    """Note the storage, and hold on to it, so that its address is not used again."""
    kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
    return tensor


def _run(layer, site):
    module = PAIRS[type(layer)](layer, site).train()
    # Times one, so that they are results within a graph, as in a network.
    values = [v.requires_grad_() * 1 if v.is_floating_point() else v for v in batches(layer, site.inputs)]
    kept = {}
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: keep(tensor, kept), lambda tensor: tensor):
        output = module(*values)
    for tensor in (*module.parameters(), *module.buffers()):
        kept.pop(tensor.untyped_storage().data_ptr(), None)
    if 0 in output.shape:
        raise ValueError("nothing comes out")
    tensors = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    return Judgement(
        tuple(output.shape[1:]),
        tensors,
        sum(storage.nbytes() for storage in kept.values()),
        _macs(layer, site),
    )


def _macs(layer, site):
    """On the meta device, where the counter sees attention as well."""
    with torch.device("meta"):
        module = PAIRS[type(layer)](layer, site).eval()
        values = batches(layer, site.inputs, "meta")
    with torch.no_grad(), counting(module) as counter:
        module(*values)
    flops, rest = divmod(counter.get_total_flops(), 2 * BATCH)
    assert rest == 0
    return flops
