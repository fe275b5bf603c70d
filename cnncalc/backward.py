"""What training computes on the way back: which nodes get a gradient, and its multiply-accumulates.

A gradient flows through every node behind a trainable weight. The product of two operands costs as
many multiply-accumulates again for the gradient of each operand that needs one: its weights, if
they are trained, and its input, if a trainable weight lies before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.network import Network, Node
from cnncalc.working import Worked


def is_trained(network: Network, node: Node) -> bool:
    """Whether the node has weights, its own or shared ones, that training changes."""
    owner = network[node.weights_from] if node.weights_from else node
    return not owner.frozen and bool(owner.layer.tensors(owner.site))


def differentiated(network: Network) -> frozenset[str]:
    """Nodes through whose output a gradient flows back."""
    found: set[str] = set()
    for node in network:
        if is_trained(network, node) or not found.isdisjoint(node.inputs):
            found.add(node.name)
    return frozenset(found)


def backward_macs(network: Network) -> Mapping[str, Worked]:
    """Multiply-accumulates of the backward pass for one sample, for every node by name."""
    reached = differentiated(network)
    return {node.name: _backward(network, node, reached) for node in network}


def _backward(network: Network, node: Node, reached: frozenset[str]) -> Worked:
    return node.layer.backward_macs(
        node.site, weights=is_trained(network, node), inputs=not reached.isdisjoint(node.inputs)
    )
