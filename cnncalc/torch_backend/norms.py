"""Modules of normalisations, and those that torch.nn lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from cnncalc.layers import Layer, Site, norm
from cnncalc.torch_backend.pairing import Pair, plain, rank, ranked


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position."""

    def forward(self, values: Tensor) -> Tensor:
        """Normalise with the channels behind, where PyTorch wants them."""
        return super().forward(values.movedim(1, -1)).movedim(-1, 1).contiguous()


class ChannelRMSNorm(nn.RMSNorm):
    """Root-mean-square normalisation over the channels at each position."""

    def forward(self, values: Tensor) -> Tensor:
        """Normalise with the channels behind, where PyTorch wants them."""
        return super().forward(values.movedim(1, -1)).movedim(-1, 1).contiguous()


_batch_norm = ranked(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_instance_norm = ranked(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)


def _normalisation(layer: norm.BatchNorm, site: Site) -> nn.Module:
    module = nn.BatchNorm1d if rank(site) == 0 else _batch_norm(site)
    return module(site.input[0], eps=layer.eps, momentum=layer.momentum, affine=layer.affine)


def _instance(layer: norm.InstanceNorm, site: Site) -> nn.Module:
    options = {"eps": layer.eps, "momentum": layer.momentum, "affine": layer.affine}
    return _instance_norm(site)(site.input[0], **options)


def _over_axes(last: Callable[..., nn.Module], first: Callable[..., nn.Module], *options: str) -> Pair:
    """A module for the last axes, and one for the channels where they are not last."""

    def pair(layer: Any, site: Site) -> nn.Module:
        chosen = {name: getattr(layer, name) for name in options}
        if layer.over == "channels" and rank(site):
            return first(site.input[0], **chosen)
        if layer.normalized_shape is not None:
            return last(layer.normalized_shape, **chosen)
        return last(site.input if layer.over == "all" else site.input[-1], **chosen)

    return pair


PAIRS: dict[type[Layer], Pair] = {
    norm.BatchNorm: _normalisation,
    norm.InstanceNorm: _instance,
    norm.GroupNorm: lambda layer, site: nn.GroupNorm(
        layer.num_groups, site.input[0], eps=layer.eps, affine=layer.affine
    ),
    norm.LayerNorm: _over_axes(nn.LayerNorm, ChannelLayerNorm, "eps", "elementwise_affine", "bias"),
    norm.RMSNorm: _over_axes(nn.RMSNorm, ChannelRMSNorm, "eps", "elementwise_affine"),
    norm.LocalResponseNorm: plain(nn.LocalResponseNorm, "size", "alpha", "beta", "k"),
}
