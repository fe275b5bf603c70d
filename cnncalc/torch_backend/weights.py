"""Weights of an imported model in the module that its network became."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from cnncalc.network import Network


def copy_weights(
    network: Network, model: nn.Module, target: nn.Module, names: Mapping[str, str] | None = None
) -> None:
    """Copy parameters and statistics of ``model`` into ``target``.

    ``network`` was imported from the model and tells which parameters each node has; ``names`` tells
    what the nodes are called in the target, if not alike.
    """
    sources = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    for node, params in network.about["parameters"].items():
        if network[node].weights_from:
            continue
        module = target.get_submodule((names or {}).get(node, node))
        with torch.no_grad():
            for name, value in zip(params, module.parameters(), strict=True):
                value.copy_(sources[name].reshape(value.shape))
            prefix = params[0].rpartition(".")[0]
            for name, buffer in module.named_buffers():
                found = sources.get(f"{prefix}.{name}" if prefix else name)
                if found is not None:
                    buffer.copy_(found)
