"""The effective receptive field: where a unit's gradient is, over random weights and inputs.

Another quantity than the receptive field. The field is what can matter at all; the effective field
is where most of the influence is, of weights as they are drawn before training. It is measured,
differs from draw to draw, and is far smaller: near the centre of the field, of Gaussian shape.

Luo, Li, Urtasun, Zemel: Understanding the effective receptive field in deep convolutional neural
networks. NeurIPS 2016.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from cnncalc.errors import CnncalcError
from cnncalc.network import Network, Node
from cnncalc.strides import place_in_row
from cnncalc.torch_backend.build import Graph, build, module_of, walk
from cnncalc.torch_backend.measure import seeded

DRAWS = 16
"""Draws of weights and inputs averaged over, unless another number is asked for."""

THRESHOLD = 1 - 0.9545
"""Luo et al. count the positions with more than this share of the largest gradient."""


class EffectiveField(NamedTuple):
    """The mean absolute gradient of one unit at each position of an input, and its extent.

    ``positions`` counts those above :data:`THRESHOLD`; ``size`` is the edge of a square (cube,
    interval) with as many.
    """

    gradient: Tensor
    positions: int
    size: float


def effective_field(
    network: Network,
    layer: str,
    position: tuple[int, ...] = (),
    *,
    reference: str = "",
    draws: int = DRAWS,
    seed: int = 0,
    device: str = "cpu",
) -> EffectiveField:
    """The effective field of the units of a layer at one position, the middle unless given."""
    node = network[layer]
    target = network[reference] if reference else network.inputs[0]
    place = position or tuple(size // 2 for size in node.output_shape[1:])
    total = torch.zeros(target.output_shape[1:], device=device)
    for draw in range(draws):
        graph = build(network, seed=seed + draw, device=device).eval()
        with seeded(seed + draw):
            total += _gradient(graph, node, target, place, device)
    if not total.any():
        raise CnncalcError(f"no gradient flows from {node.name} to {target.name}")
    return _measured(total / draws)


def _gradient(graph: Graph, node: Node, target: Node, place: tuple[int, ...], device: str) -> Tensor:
    """Absolute gradient at each position of an input, summed over its channels."""
    network = graph.__network__
    inputs = [torch.randn(1, *entry.output_shape, device=device) for entry in network.inputs]
    values: dict[str, Tensor] = {}
    for current, arguments in walk(network, inputs, values):
        output = module_of(graph, current)(*arguments)
        values[current.name] = output.detach().requires_grad_() if current is target else output
        if current is node:
            break
    channels, *sizes = node.output_shape
    units = values[node.name][0].reshape(channels, -1)[:, place_in_row(place, tuple(sizes))]
    (gradient,) = torch.autograd.grad(units, values[target.name], torch.randn_like(units), allow_unused=True)
    return torch.zeros(target.output_shape[1:]) if gradient is None else gradient[0].abs().sum(0)


def _measured(gradient: Tensor) -> EffectiveField:
    positions = int((gradient > THRESHOLD * gradient.max()).sum())
    return EffectiveField(gradient, positions, positions ** (1 / max(gradient.dim(), 1)))
