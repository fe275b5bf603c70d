"""What training computes on the way back: which nodes get a gradient, and its multiply-accumulates.

A gradient flows through every node behind a trainable weight. The product of two operands costs as
many multiply-accumulates again for the gradient of each operand that needs one: its weights, if
they are trained, and its input, if a trainable weight lies before it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cnncalc.network import Memo, Network, Node
from cnncalc.working import Worked


def trained(network: Network) -> frozenset[str]:
    """Nodes that have weights, their own or shared ones, that training changes."""
    memo = Memo()

    def is_trained(node: Node) -> bool:
        owner = network[node.weights_from] if node.weights_from else node
        return not owner.frozen and memo.once("trained", owner, lambda: bool(owner.layer.tensors(owner.site)))

    return frozenset(node.name for node in network if is_trained(node))


def differentiated(network: Network, trained: Collection[str]) -> frozenset[str]:
    """Nodes through whose output a gradient flows back, from those that are trained."""
    found: set[str] = set()
    for node in network:
        if node.name in trained or not found.isdisjoint(node.inputs):
            found.add(node.name)
    return frozenset(found)


def backward_macs(network: Network) -> Mapping[str, Worked]:
    """Multiply-accumulates of the backward pass for one sample, for every node by name."""
    with_weights = trained(network)
    reached = differentiated(network, with_weights)
    return {
        node.name: node.layer.backward_macs(
            node.site, weights=node.name in with_weights, inputs=not reached.isdisjoint(node.inputs)
        )
        for node in network
    }
