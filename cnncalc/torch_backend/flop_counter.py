"""PyTorch's own counter of operations, told of modules that it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, conv_backward_flop


def counting(module: nn.Module) -> FlopCounterMode:
    """A counter of the operations of a module, twice its multiply-accumulates.

    PyTorch counts convolutions, matrix products and attention. A module of our own that multiplies
    in another way names the operators that do; each value that they yield is one multiplication.
    """
    own = dict.fromkeys(getattr(module, "multiplies", ()), _each_value)
    return FlopCounterMode(
        display=False, custom_mapping={torch.ops.aten.convolution_backward: _convolution_backward, **own}
    )


def _each_value(*_: Any, out_shape: Sequence[int], **__: Any) -> int:
    return 2 * torch.Size(out_shape).numel()


def _convolution_backward(
    gradient: Sequence[int], values: Sequence[int], weight: Sequence[int], *rest: Any, out_shape: Any
) -> int:
    """PyTorch's count, taken for one group; for several together it counts too much."""
    *_, groups, _mask = rest
    shapes = [(shape[0], shape[1] // groups, *shape[2:]) for shape in (gradient, values)]
    weight = (weight[0] // groups, *weight[1:])
    count: Any = conv_backward_flop
    return int(groups * count(*shapes, weight, *rest, out_val=_one_group(out_shape, groups)))


def _one_group(shapes: Any, groups: int) -> list[Any]:
    inputs, weights, *rest = shapes
    inputs = inputs and (inputs[0], inputs[1] // groups, *inputs[2:])
    weights = weights and (weights[0] // groups, *weights[1:])
    return [inputs, weights, *rest]
