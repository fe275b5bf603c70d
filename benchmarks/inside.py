"""One network in a process that runs already: the steps of cnncalc, and the peers on meta tensors."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.measuring import cpu, table
from cnncalc import analyze, load
from cnncalc.fields import receptive_fields
from cnncalc.network import Network
from cnncalc.render.pictures import picture
from cnncalc.render.table import summary

NETWORKS = {"alexnet_torchvision": "AlexNet", "resnet50": "ResNet-50", "densenet201": "DenseNet-201"}
SHAPE = (1, 3, 224, 224)


def steps(name: str) -> dict[str, Callable[[], Any]]:
    """From text to picture, each step alone."""
    network = load(name)
    return {
        "parse the spec, build the graph": partial(load, name),
        "parameters, MACs, connections of every layer": lambda: _counts(network),
        "every number of every layer": lambda: analyze(network).to_dict(),
        "receptive fields": lambda: [field.size for field in receptive_fields(network).values()],
        "the table": lambda: summary(analyze(network)),
        "the graph as SVG": lambda: picture(analyze(network)),
    }


def _counts(network: Network) -> list[Any]:
    rows = analyze(network).rows
    return [(row.params, row.macs, row.flops, row.connections, row.neurons) for row in rows]


def peers(network: Network) -> dict[str, Callable[[], Any]]:
    """Rivals: on meta tensors, which spares them the arithmetic, but for fvcore, which fails there."""
    import torch

    from cnncalc import build

    model = build(network).to("meta").eval()
    return {
        "torchinfo": partial(_torchinfo, model),
        "fvcore": partial(_fvcore, build(network).eval()),
        "FlopCounterMode": partial(_counter, model, torch.zeros(SHAPE, device="meta")),
    }


def _torchinfo(model: Any) -> Any:
    import torchinfo

    return torchinfo.summary(model, SHAPE, device="meta", verbose=0)


def _fvcore(model: Any) -> Any:
    import torch
    from fvcore.nn import FlopCountAnalysis

    counted = FlopCountAnalysis(model, torch.zeros(SHAPE))
    return counted.unsupported_ops_warnings(False).total()


def _counter(model: Any, entering: Any) -> Any:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(entering)
    return counter.get_total_flops()


def report() -> str:
    """The table, in Markdown: CPU milliseconds."""
    columns = [_column(name) for name in NETWORKS]
    lines = [[step, *(column[step] for column in columns)] for step in columns[0]]
    return table(["CPU ms", *NETWORKS.values()], lines)


def _column(name: str) -> dict[str, str]:
    network = load(name)
    found = {step: f"{1000 * cpu(work, 10):.1f}" for step, work in steps(name).items()}
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer, work in peers(network).items():
            found[peer] = f"{1000 * cpu(work, 3):.0f}"
    return found


if __name__ == "__main__":
    print(report())
