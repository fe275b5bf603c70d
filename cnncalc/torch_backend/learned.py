"""Modules for learned values outside of layers, and stand-ins for opaque operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Scale(nn.Module):
    """Multiplies by learned factors."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(*shape))

    def forward(self, values: Tensor) -> Tensor:
        """Multiply."""
        return values * self.weight


class Shift(nn.Module):
    """Adds learned values."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(*shape))

    def forward(self, values: Tensor) -> Tensor:
        """Add."""
        return values + self.weight


class Tokens(nn.Module):
    """Puts learned rows in front of each sample's first axis."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(*shape))

    def forward(self, values: Tensor) -> Tensor:
        """Join."""
        rows = self.weight.expand(values.shape[0], *self.weight.shape)
        return torch.cat([rows, values], dim=1)


class Opaque(nn.Module):
    """Stands where an imported model did something unknown: the stated shape, all zeros.

    It lets the rest of the network run; its values mean nothing.
    """

    def __init__(self, shape: Sequence[int], parameters: int) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.weight = nn.Parameter(torch.zeros(parameters)) if parameters else None

    def forward(self, *inputs: Tensor) -> Tensor:
        """Zeros, one sample for each sample that enters."""
        zeros: Tensor = _Zeros.apply(self.shape, self.weight, *inputs)  # type: ignore[no-untyped-call]
        return zeros


class _Zeros(torch.autograd.Function):
    """Keeps its inputs for backward, as an operation does of which nothing better is known."""

    @staticmethod
    def forward(context: Any, shape: Sequence[int], weight: Tensor | None, *inputs: Tensor) -> Tensor:
        context.save_for_backward(*inputs)
        context.weight_shape = None if weight is None else weight.shape
        like = next((one for one in (*inputs, weight) if one is not None), torch.zeros(1))
        return like.new_zeros(len(inputs[0]) if inputs else 1, *shape)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Any:
        weight = None if context.weight_shape is None else gradient.new_zeros(context.weight_shape)
        return (None, weight, *(torch.zeros_like(one) for one in context.saved_tensors))
