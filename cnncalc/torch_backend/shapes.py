"""Modules of layers that give values another shape or place, and those that torch.nn lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnncalc.layers import Layer, Site, part, shape, spatial
from cnncalc.torch_backend.pairing import Pair, axes, plain, rank, ranked


class Permute(nn.Module):
    """Axes in another order, the batch first, laid out anew."""

    def __init__(self, dims: Sequence[int]) -> None:
        super().__init__()
        self.dims = tuple(dims)

    def forward(self, values: Tensor) -> Tensor:
        """Permute."""
        return values.permute(self.dims).contiguous()


class Slice(nn.Module):
    """A stretch of one axis, as Python slices."""

    def __init__(self, start: int, stop: int | None, step: int, dim: int) -> None:
        super().__init__()
        self.stretch = slice(start, stop, step)
        self.dim = dim

    def forward(self, values: Tensor) -> Tensor:
        """Cut it out."""
        index = [slice(None)] * values.dim()
        index[self.dim] = self.stretch
        return values[tuple(index)]


class Split(nn.Module):
    """One piece of an axis cut into pieces."""

    def __init__(self, split_size: int | Sequence[int], dim: int, index: int) -> None:
        super().__init__()
        self.split_size = split_size if isinstance(split_size, int) else list(split_size)
        self.dim = dim
        self.index = index

    def forward(self, values: Tensor) -> Tensor:
        """Cut, and take the piece."""
        return torch.split(values, self.split_size, self.dim)[self.index]


class Mean(nn.Module):
    """Mean over some axes."""

    def __init__(self, dim: Sequence[int], *, keepdim: bool) -> None:
        super().__init__()
        self.dim = list(dim)
        self.keepdim = keepdim

    def forward(self, values: Tensor) -> Tensor:
        """Average."""
        return values.mean(self.dim, keepdim=self.keepdim)


class CenterCrop(nn.Module):
    """The middle of each axis; an odd leftover is cut behind."""

    def __init__(self, size: Sequence[int]) -> None:
        super().__init__()
        self.size = tuple(size)

    def forward(self, values: Tensor) -> Tensor:
        """Cut both ends off."""
        for axis, kept in enumerate(self.size, start=2):
            values = values.narrow(axis, (values.shape[axis] - kept) // 2, kept)
        return values


class Cropping(nn.Module):
    """All but a border."""

    def __init__(self, border: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.border = border

    def forward(self, values: Tensor) -> Tensor:
        """Cut the border off."""
        for axis, (before, after) in enumerate(self.border, start=2):
            values = values.narrow(axis, before, values.shape[axis] - before - after)
        return values


class Fold(nn.Fold):
    """Columns added up to an image, in memory of its own size.

    On the CPU PyTorch's image lies in memory of the columns' size.
    """

    def forward(self, values: Tensor) -> Tensor:
        """Fold, then copy."""
        return super().forward(values).clone()


def _ends(value: Any, site: Site) -> tuple[tuple[int, int], ...]:
    return tuple(end if isinstance(end, tuple) else (end, end) for end in axes(value, site))


_BORDERS: dict[str, Callable[[Site], Callable[..., nn.Module]]] = {
    "zeros": ranked(nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d),
    "constant": ranked(nn.ConstantPad1d, nn.ConstantPad2d, nn.ConstantPad3d),
    "reflect": ranked(nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d),
    "replicate": ranked(nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d),
    "circular": ranked(nn.CircularPad1d, nn.CircularPad2d, nn.CircularPad3d),
}


def _pad(layer: spatial.Pad, site: Site) -> nn.Module:
    flat = tuple(end for axis in reversed(_ends(layer.padding, site)) for end in axis)
    value = (layer.value,) if layer.mode == "constant" else ()
    return _BORDERS[layer.mode](site)(flat, *value)


def _crop(layer: spatial.Crop, site: Site) -> nn.Module:
    if layer.size is None:
        return Cropping(_ends(layer.border, site))
    return CenterCrop(axes(layer.size, site))


def _permute(layer: shape.Permute, _: Site) -> nn.Module:
    dims = layer.dims if isinstance(layer.dims, tuple) else (layer.dims,)
    return Permute(dims if dims[0] == 0 else (0, *dims))


def _unflatten(layer: shape.Unflatten, site: Site) -> nn.Module:
    wanted = layer.unflattened_size
    dim = layer.dim if layer.dim > 0 else layer.dim + len(site.input) + 1
    return nn.Unflatten(dim, wanted if isinstance(wanted, tuple) else (wanted,))


def _mean(layer: part.Mean, site: Site) -> nn.Module:
    dims = layer.dim
    if dims is None:
        dims = tuple(range(2, len(site.input) + 1)) if rank(site) else (1,)
    return Mean(dims if isinstance(dims, tuple) else (dims,), keepdim=layer.keepdim)


PAIRS: dict[type[Layer], Pair] = {
    shape.Input: plain(nn.Identity),
    shape.Identity: plain(nn.Identity),
    shape.Flatten: plain(nn.Flatten, "start_dim", "end_dim"),
    shape.Unflatten: _unflatten,
    shape.Permute: _permute,
    part.Slice: plain(Slice, "start", "stop", "step", "dim"),
    part.Split: plain(Split, "split_size", "dim", "index"),
    part.Mean: _mean,
    spatial.Pad: _pad,
    spatial.Crop: _crop,
    spatial.PixelShuffle: plain(nn.PixelShuffle, "upscale_factor"),
    spatial.PixelUnshuffle: plain(nn.PixelUnshuffle, "downscale_factor"),
    spatial.ChannelShuffle: plain(nn.ChannelShuffle, "groups"),
    spatial.Unfold: plain(nn.Unfold, "kernel_size", "dilation", "padding", "stride"),
    spatial.Fold: plain(Fold, "output_size", "kernel_size", "dilation", "padding", "stride"),
}
