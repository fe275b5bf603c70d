"""The convention ``torch`` is what PyTorch's counter says, for every kind and bundled network."""

import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from cnncalc import analyze, load, spec  # noqa: E402
from cnncalc.torch_backend import build  # noqa: E402
from cnncalc.torch_backend.measure import Bench  # noqa: E402
from tests.every_kind import alone, examples  # noqa: E402

BATCH = 2


def counted(network):
    """What FlopCounterMode says of the whole model, without any help of ours."""
    model = build(network, device="meta").train()
    inputs = Bench(network, device="meta").inputs(model)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize(("cls", "example"), examples(but={"opaque"}))
def test_every_kind(cls, example):
    network = alone(cls, example)
    assert analyze(network).operations("torch", BATCH) == counted(network)


@pytest.mark.parametrize("name", [name for name in spec.bundled() if name != "resnet152"])
def test_every_bundled_network(name):
    network = load(name)
    assert analyze(network).operations("torch", BATCH) == counted(network)
