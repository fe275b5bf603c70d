"""A network as one ``nn.Module``, its parts nested and named as in the spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnncalc.network import Network, Node, begins_with_number, check_name, require_network
from cnncalc.torch_backend.modules import module_for


class Graph(nn.Module):
    """Runs the modules of a network in its order.

    ``forward`` takes one batch per input of the network, in order, and returns a tensor, or a tuple
    where the network has several outputs. Names in ``state_dict()`` are the nodes' dotted names;
    nodes that share weights are one module, under the name of the node that owns them.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        # A layer may have any name that check_name lets pass, so own attributes need one it refuses.
        self.__network__ = network
        for node in network:
            if not node.weights_from:
                _place(self, node, module_for(node.layer, node.site))

    def forward(self, *inputs: Tensor) -> Any:
        """Outputs of the network for a batch."""
        network = self.__network__
        last_use = _last_uses(network)
        values: dict[str, Tensor] = {}
        for node, arguments in walk(network, inputs, values):
            values[node.name] = module_of(self, node)(*arguments)
            for name in last_use[node.name]:
                del values[name]
        outputs = tuple(values[name] for name in network.outputs)
        return outputs[0] if len(outputs) == 1 else outputs


def module_of(graph: nn.Module, node: Node) -> nn.Module:
    """The module that does a node's work."""
    return graph.get_submodule(node.weights_from or node.name)


def walk(
    network: Network, inputs: Sequence[Tensor], values: dict[str, Tensor]
) -> Iterator[tuple[Node, list[Tensor]]]:
    """Each node with what enters it; whoever walks puts each node's output into ``values``.

    Values that were not put there are left out.
    """
    given = dict(zip(_input_names(network, inputs), inputs, strict=True))
    for node in network:
        sources = [name for name in node.inputs if name in values]
        yield node, [given[node.name]] if node.name in given else [values[name] for name in sources]


def build(network: Network, *, seed: int = 0, device: str = "cpu", dtype: torch.dtype | None = None) -> Graph:
    """The network as a module, its weights drawn from the seed alone.

    On the device ``meta`` it takes no memory for weights. The global random state stays as it is.
    """
    require_network(network, "build")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if device == "meta":
            with torch.device("meta"):
                graph = Graph(network)
        else:
            graph = Graph(network).to(device)
    for node in network:
        if node.frozen and not node.weights_from:
            module_of(graph, node).requires_grad_(requires_grad=False)
    return graph.to(dtype=dtype)


def _place(root: nn.Module, node: Node, module: nn.Module) -> None:
    """Add the module under its dotted name, with containers for what encloses it."""
    *scopes, local = node.name.split(".")
    for scope in scopes:
        inner = getattr(root, _checked(scope), None)
        if inner is None:
            inner = nn.Module()
            root.add_module(scope, inner)
        root = inner
    root.add_module(_checked(local), module)


def _checked(part: str) -> str:
    """A part of a name that a module may have: one that a spec may have, or one like ``0``."""
    return part if begins_with_number(part) else check_name(part)


def _last_uses(network: Network) -> dict[str, list[str]]:
    """For each node, the values that nothing reads after it."""
    last = {node.name: node.name for node in network}
    for node in network:
        for source in node.inputs:
            last[source] = node.name
    dead: dict[str, list[str]] = {node.name: [] for node in network}
    for name, reader in last.items():
        if name not in network.outputs:
            dead[reader].append(name)
    return dead


def _input_names(network: Network, inputs: Sequence[Tensor]) -> list[str]:
    names = [node.name for node in network.inputs]
    if len(names) != len(inputs):
        raise TypeError(f"{network.name} takes {len(names)} inputs ({', '.join(names)}), got {len(inputs)}")
    return names
