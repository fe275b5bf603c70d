"""PyTorch's own samples of modules, with which it tests itself: every one that has a kind agrees."""

import inspect

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from cnncalc.layers import find  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from tests.corpora.tally import Tally, Unusable  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

PADS = {"Zero": "zeros", "Constant": "constant", "Reflection": "reflect", "Replication": "replicate"}
PADS |= {"Circular": "circular"}

IMPLIED = {"in_channels", "num_features", "num_channels", "input_size", "device", "dtype", "inplace"}
IMPLIED |= {"batch_first", "track_running_stats", "return_indices", "momentum"}
"""Arguments that follow from what enters, or that no number depends on."""

NO_KIND = {
    "Loss": "losses are no layers",
    "Lazy": "a lazy module is the plain one once it has run",
    "Fractional": "fractional pools are random",
    "Bilinear": "a bilinear form of two inputs",
    "Transformer": "whole networks",
    "Cell": "single steps of recurrent layers",
    "MultiheadAttention": "takes three inputs; tested by its examples",
}


def samples():
    from torch.testing._internal.common_modules import module_db

    options = {"device": "cpu", "dtype": torch.float32, "requires_grad": False, "training": False}
    for info in module_db:
        for sample in info.module_inputs_func(info, **options):
            yield info.module_cls, sample


def given(module, sample):
    """The arguments by name, those that stand at their defaults left out."""
    signature = inspect.signature(module.__init__)
    call = sample.constructor_input
    bound = signature.bind(None, *call.args, **call.kwargs).arguments
    bound |= bound.pop("kwargs", {})
    known = signature.parameters
    return {n: v for n, v in list(bound.items())[1:] if n not in known or v != known[n].default}


def as_layer(module, arguments, rank):
    """The layer of the same arguments; raises Unusable where there is none."""
    name = module.__name__
    arguments = {n: tuple(v) if isinstance(v, list | torch.Size) else v for n, v in arguments.items()}
    if arguments.pop("ceil_mode", False):
        arguments["rounding"] = "ceil"
    pad = next((mode for start, mode in PADS.items() if name == f"{start}Pad{rank}d"), None)
    if pad:
        flat = arguments["padding"]
        pairs = [flat] * rank if isinstance(flat, int) else [*zip(flat[::2], flat[1::2], strict=True)][::-1]
        return find("pad")[0](mode=pad, **{**arguments, "padding": tuple(pairs)})
    if name == "Softmax2d":
        return find("softmax")[0]()
    found = find(name)
    if found is None:
        raise Unusable(f"no kind is called {name}")
    known = found[0].arguments
    unknown = [n for n in arguments if n not in known and n not in IMPLIED]
    if unknown:
        raise Unusable(f"no argument {unknown[0]}")
    return found[0](**{n: v for n, v in arguments.items() if n not in IMPLIED})


def what_enters(module, sample):
    """The tensor that enters, the number of its spatial axes, and its shape without the batch."""
    reason = next((why for part, why in NO_KIND.items() if part in module.__name__), None)
    if reason:
        raise Unusable(reason)
    call = sample.forward_input
    entering = [*call.args, *call.kwargs.values()] if call else []
    recurrent = module.__name__ in ("RNN", "GRU", "LSTM")
    if not entering or (len(entering) > 1 and not recurrent):
        raise Unusable("not one tensor enters")
    values = entering[0]
    ranked = module.__name__[-2:] in ("1d", "2d", "3d")
    rank = int(module.__name__[-2]) if ranked else values.dim() - 2
    if recurrent:
        if values.dim() > 2:
            raise Unusable("sequences of a batch beside each other, not one after the other")
        return values, rank, None
    if values.dim() < 2 or 0 in values.shape:
        raise Unusable("no batch, or nothing, enters")
    alone = ranked and values.dim() == rank + 1 and "BatchNorm" not in module.__name__
    return values, rank, None if alone else 0


def compare(module, sample):
    """Run the sample and compare; raises Unusable where it is not for cnncalc."""
    values, rank, batch = what_enters(module, sample)
    layer = as_layer(module, given(module, sample), rank)
    real = module(*sample.constructor_input.args, **sample.constructor_input.kwargs).eval()
    output = real(values)
    output = output[0] if isinstance(output, tuple) else output
    of_sample = slice(None) if batch is None else slice(1, None)
    shape = tuple(values.shape[of_sample])
    site = Site((shape,), layer.output_shape((shape,)))
    assert site.output == tuple(output.shape[of_sample]), (layer, shape)
    assert layer.tensors(site) == {n: tuple(p.shape) for n, p in real.named_parameters()}, (layer, shape)
    assert layer.params(site).value == sum(p.numel() for p in real.parameters()), (layer, shape)


def test_pytorchs_own_samples_agree():
    tally = Tally()
    for module, sample in samples():
        tally.judge(module.__name__, compare, module, sample)
    tally.assert_as_documented("modules", "PyTorch " + torch.__version__.partition("+")[0])
