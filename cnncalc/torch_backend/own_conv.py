"""Convolutions that torch.nn lacks, each with exactly the parameters that its layer states."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnncalc.torch_backend import own


class LocallyConnected(nn.Module):
    """A convolution with weights and biases of its own at each position."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        positions: Sequence[int],
        window: tuple[Sequence[int], ...],
        pads: own.Pads,
        bias: bool,
    ) -> None:
        super().__init__()
        kernel, self.stride, self.dilation = window
        self.padding = own.Padded(pads, window, "constant", 0.0)
        self.weight = nn.Parameter(torch.empty(*positions, out_channels, in_channels, *kernel))
        self.bias = nn.Parameter(torch.empty(out_channels, *positions)) if bias else None
        own.uniform(self.weight, self.bias, in_channels * math.prod(kernel))

    def forward(self, values: Tensor) -> Tensor:
        """Lay the windows side by side, and multiply each by its own matrix."""
        rank = values.dim() - 2
        kernel, positions = self.weight.shape[-rank:], self.weight.shape[:rank]
        windows = self.padding.pad(values)
        for axis, (size, step, gap) in enumerate(
            zip(kernel, self.stride, self.dilation, strict=True), start=2
        ):
            windows = windows.unfold(axis, gap * (size - 1) + 1, step)
            windows = windows[..., ::gap]
        order = (*range(2, 2 + rank), 0, 1, *range(2 + rank, 2 + 2 * rank))
        rows = windows.permute(order).clone(memory_format=torch.contiguous_format)
        rows = rows.view(math.prod(positions), values.shape[0], -1)
        matrices = self.weight.reshape(math.prod(positions), self.weight.shape[rank], -1)
        sums = torch.bmm(rows, matrices.transpose(1, 2)).permute(1, 2, 0).contiguous()
        sums = sums.view(*sums.shape[:2], *positions)
        return sums if self.bias is None else sums + self.bias


class _Sized:
    """Makes a transposed convolution end at a given size, which settles its output padding."""

    def __init__(self, *args: Any, size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size = list(size)

    def forward(self, values: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Convolve to the wanted size."""
        output: Tensor = super().forward(values, output_size or self.size)  # type: ignore[misc]
        return output


class SizedTranspose1d(_Sized, nn.ConvTranspose1d):
    """A transposed convolution in one dimension, told its output size."""


class SizedTranspose2d(_Sized, nn.ConvTranspose2d):
    """A transposed convolution in two dimensions, told its output size."""


class SizedTranspose3d(_Sized, nn.ConvTranspose3d):
    """A transposed convolution in three dimensions, told its output size."""
