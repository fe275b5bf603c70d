"""Modules of pools, and those that torch.nn lacks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from cnncalc.layers import Layer, Site, adaptive, pool, unpool
from cnncalc.torch_backend import own
from cnncalc.torch_backend.pairing import Pair, axes, even_pool_padding, pads, plain, rank, ranked, window


class GlobalMax(nn.Module):
    """Largest value of each map, flat."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, values: Tensor) -> Tensor:
        """Pool everything, then flatten."""
        pooled: Tensor = self.pool(values)
        return pooled.flatten(1)


class Unpool(nn.Module):
    """Values put back to where a pool finds the maxima of a second input."""

    def __init__(self, pool: nn.Module, unpool: nn.Module) -> None:
        super().__init__()
        self.pool = pool
        self.unpool = unpool

    def forward(self, values: Tensor, pooled: Tensor) -> Tensor:
        """Find the maxima, then put the values there."""
        with torch.no_grad():
            _, places = self.pool(pooled)
        spread: Tensor = self.unpool(values, places, output_size=list(pooled.shape))
        return spread


_max_pool = ranked(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_avg_pool = ranked(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_adaptive_avg = ranked(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
_adaptive_max = ranked(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
_max_unpool = ranked(nn.MaxUnpool1d, nn.MaxUnpool2d, nn.MaxUnpool3d)
_lp_pool = ranked(nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)


def _max_pooling(layer: pool.MaxPool, site: Site) -> nn.Module:
    kernel, stride, dilation = sizes = window(layer, site)
    even = even_pool_padding(layer, site)
    options = {"dilation": dilation, "ceil_mode": layer.rounding == "ceil"}
    module = _max_pool(site)(kernel, stride, even or 0, **options)
    return module if even else own.PaddedPool(module, pads(layer, site), sizes, float("-inf"))


def _average_pooling(layer: pool.AvgPool, site: Site) -> nn.Module:
    kernel, stride, _ = sizes = window(layer, site)
    even = even_pool_padding(layer, site)
    ceil = layer.rounding == "ceil"
    module = _avg_pool(site)(
        kernel, stride, even or 0, ceil_mode=ceil, count_include_pad=layer.count_include_pad
    )
    if even:
        return module
    padded = own.PaddedPool if layer.count_include_pad else own.PaddedMean
    return padded(module, pads(layer, site), sizes, 0.0)


def _adaptive(modules: Callable[[Site], Callable[..., nn.Module]]) -> Pair:
    return lambda layer, site: modules(site)(axes(layer.output_size, site))


def _lp_pooling(layer: pool.LPPool, site: Site) -> nn.Module:
    kernel, stride, _ = window(layer, site)
    # LPPool1d takes single numbers only.
    one = rank(site) == 1
    sizes = (kernel[0], stride[0]) if one else (kernel, stride)
    return _lp_pool(site)(layer.norm_type, *sizes, ceil_mode=layer.rounding == "ceil")


def _unpooling(layer: unpool.MaxUnpool, site: Site) -> nn.Module:
    kernel, stride, _ = window(layer, site)
    sizes = (kernel, stride, axes(layer.padding, site))
    finder = _max_pool(site)(*sizes, ceil_mode=layer.rounding == "ceil", return_indices=True)
    return Unpool(finder, _max_unpool(site)(*sizes))


PAIRS: dict[type[Layer], Pair] = {
    pool.MaxPool: _max_pooling,
    pool.AvgPool: _average_pooling,
    pool.LPPool: _lp_pooling,
    pool.L2Pool: _lp_pooling,
    pool.FeatureL2Pool: plain(own.FeatureNorm, "size", "step"),
    unpool.MaxUnpool: _unpooling,
    adaptive.AdaptiveAvgPool: _adaptive(_adaptive_avg),
    adaptive.AdaptiveMaxPool: _adaptive(_adaptive_max),
    adaptive.RoIPool: _adaptive(_adaptive_max),
    adaptive.GlobalAvgPool: plain(own.GlobalMean),
    adaptive.GlobalMaxPool: lambda _, site: GlobalMax(_adaptive_max(site)(1)),
}
