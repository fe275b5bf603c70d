"""Separable, blurring and deformable convolutions, each with exactly the parameters of its layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnncalc.layers import Layer, Site, composite
from cnncalc.torch_backend import own
from cnncalc.torch_backend.pairing import Pair, axes, pads, window


class Separable(nn.Module):
    """A depthwise convolution, then a 1x1 convolution across channels."""

    def __init__(self, depthwise: nn.Module, pointwise: nn.Module) -> None:
        super().__init__()
        self.depthwise = depthwise
        self.pointwise = pointwise

    def forward(self, values: Tensor) -> Tensor:
        """Along the axes, then across the channels."""
        mixed: Tensor = self.pointwise(self.depthwise(values))
        return mixed


class Gaussian(nn.Module):
    """A fixed Gaussian over each channel, along one axis after the other or along all at once."""

    def __init__(
        self,
        channels: int,
        window: tuple[Sequence[int], ...],
        sigma: float | None,
        border: own.Pads,
        *,
        separable: bool,
    ) -> None:
        super().__init__()
        kernel, self.stride, _ = window
        self.padding = own.Padded(border, window, "constant", 0.0)
        padded = [not isinstance(border, str) and border[axis] != (0, 0) for axis in range(len(kernel))]
        steps = enumerate(zip(kernel, self.stride, padded, strict=True))
        moving = [axis for axis, step in steps if step != (1, 1, False)] or [0]
        self.passes = [[axis] for axis in moving] if separable else [moving]
        for number, along in enumerate(self.passes):
            sizes = [size if axis in along else 1 for axis, size in enumerate(kernel)]
            self.register_buffer(f"weight_{number}", _bell(channels, sizes, sigma), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """Pad and smooth, pass by pass."""
        ends = self.padding.ends(values.shape[2:])
        for number, along in enumerate(self.passes):
            borders = [pair if axis in along else (0, 0) for axis, pair in enumerate(ends)]
            stride = [step if axis in along else 1 for axis, step in enumerate(self.stride)]
            even = [before for before, after in borders if before == after]
            if len(even) < len(borders):
                values = functional.pad(values, [end for pair in reversed(borders) for end in pair])
                even = [0] * len(borders)
            weight = self.get_buffer(f"weight_{number}")
            options = {"stride": stride, "padding": even, "groups": len(weight)}
            values = own.CONVOLVE[len(ends) - 1](values, weight, **options)
        return values


def _bell(channels: int, sizes: Sequence[int], sigma: float | None) -> Tensor:
    """For each channel a Gaussian that adds up to 1; OpenCV's width for the size unless given."""
    weight = torch.ones(channels, 1, *(1 for _ in sizes))
    for axis, size in enumerate(sizes, start=2):
        width = 0.3 * ((size - 1) * 0.5 - 1) + 0.8 if sigma is None else sigma
        places = torch.arange(size) - (size - 1) / 2
        bell = torch.exp(-(places**2) / (2 * width**2))
        weight = weight * (bell / bell.sum()).view(
            [-1 if place == axis else 1 for place in range(weight.dim())]
        )
    return weight.contiguous()


def _along(axis: int, values: Tensor, rank: int) -> Tensor:
    """A row of values as a tensor of some rank, along one of its axes."""
    return values.view([-1 if place == axis else 1 for place in range(rank)])


class Deformable(nn.Module):
    """A convolution whose taps read at offsets that other convolutions work out, between positions."""

    def __init__(
        self, in_channels: int, out_channels: int, groups: int, *, bias: bool, **options: Any
    ) -> None:
        super().__init__()
        self.offset_groups = options.pop("offset_groups")
        mask = options.pop("mask")
        kernel = options["kernel_size"]
        taps = self.offset_groups * math.prod(kernel)
        self.kernel, self.window, self.groups = kernel, options, groups
        self.offset = nn.Conv2d(in_channels, 2 * taps, **options)
        self.mask = nn.Conv2d(in_channels, taps, **options) if mask else None
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels // groups, *kernel))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        own.uniform(self.weight, self.bias, in_channels // groups * math.prod(kernel))

    def forward(self, values: Tensor) -> Tensor:
        """Find the places, read there, multiply."""
        offsets = self.offset(values)
        batch, _, *positions = offsets.shape
        sampled = self._read(values, offsets)
        if self.mask is not None:
            weights = self.mask(values).sigmoid()
            sampled = sampled * weights.view(batch, self.offset_groups, 1, *sampled.shape[3:])
        columns = sampled.reshape(batch, -1, math.prod(positions))
        rows = self.weight.view(len(self.weight), -1, 1)
        output = functional.conv1d(columns, rows, self.bias, groups=self.groups)
        return output.view(batch, -1, *positions)

    def _read(self, values: Tensor, offsets: Tensor) -> Tensor:
        """Values between positions: batch, group, channel, tap, and the output's positions."""
        batch, channels, *sizes = values.shape
        groups = batch * self.offset_groups
        grid = self._places(offsets, sizes).view(groups, -1, offsets.shape[-1], 2)
        parts = values.reshape(groups, channels // self.offset_groups, *sizes)
        read = functional.grid_sample(parts, grid, align_corners=False)
        return read.view(batch, self.offset_groups, -1, math.prod(self.kernel), *offsets.shape[2:])

    def _places(self, offsets: Tensor, sizes: Sequence[int]) -> Tensor:
        """Where each tap reads, from -1 to 1 along each axis, the last axis first as PyTorch wants it."""
        batch, _, *positions = offsets.shape
        moved = offsets.view(batch, self.offset_groups, *self.kernel, 2, *positions)
        places = []
        for axis, size in enumerate(sizes):
            stride, padding, dilation = (
                self.window[name][axis] for name in ("stride", "padding", "dilation")
            )
            taps = _along(axis, torch.arange(self.kernel[axis]) * dilation, 4)
            starts = _along(axis + 2, torch.arange(positions[axis]) * stride - padding, 4)
            place = moved[:, :, :, :, axis] + (taps + starts).to(offsets)
            places.append((2 * place + 1) / size - 1)
        return torch.stack(places[::-1], dim=-1)


def _separable(layer: composite.SeparableConv, site: Site) -> nn.Module:
    from cnncalc.torch_backend.modules import module_for

    depthwise, pointwise = (module_for(stage.layer, stage.site) for stage in layer.stages(site))
    return Separable(depthwise, pointwise)


def _blur(layer: composite.Blur, site: Site) -> nn.Module:
    return Gaussian(
        site.input[0], window(layer, site), layer.sigma, pads(layer, site), separable=layer.separable
    )


def _deformable(layer: composite.DeformConv, site: Site) -> nn.Module:
    kernel, stride, dilation = window(layer, site)
    return Deformable(
        site.input[0],
        layer.out_channels,
        layer.groups,
        bias=layer.bias,
        kernel_size=kernel,
        stride=stride,
        padding=axes(layer.padding, site),
        dilation=dilation,
        offset_groups=layer.offset_groups,
        mask=layer.mask,
    )


PAIRS: dict[type[Layer], Pair] = {
    composite.SeparableConv: _separable,
    composite.Blur: _blur,
    composite.DeformConv: _deformable,
}
