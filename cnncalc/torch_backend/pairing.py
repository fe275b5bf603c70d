"""Helpers for pairing a layer with a module: the arguments of a layer as torch.nn takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from cnncalc.layers import Site
from cnncalc.torch_backend import own

Pair = Callable[[Any, Site], nn.Module]


def plain(module: Callable[..., nn.Module], *names: str, **fixed: Any) -> Pair:
    """The module made of those arguments of the layer that are named, and of fixed ones."""
    return lambda layer, _: module(**{name: getattr(layer, name) for name in names}, **fixed)


def ranked(*modules: Callable[..., nn.Module]) -> Callable[[Site], Callable[..., nn.Module]]:
    """The module for the number of spatial axes, of those for one, two and three."""
    return lambda site: modules[rank(site) - 1]


def rank(site: Site) -> int:
    """Number of spatial axes that enter."""
    return len(site.input) - 1


def axes(value: Any, site: Site) -> tuple[Any, ...]:
    """One value per spatial axis."""
    return value if isinstance(value, tuple) else (value,) * rank(site)


def even_padding(layer: Any, site: Site) -> tuple[int, ...] | None:
    """Padding as torch takes it, one number per axis; None where it needs an explicit padding."""
    ends = pads(layer, site)
    if isinstance(ends, str):
        sizes = zip(site.input[1:], *window(layer, site), strict=True)
        ends = tuple(own.rule_ends(ends, *axis) for axis in sizes)
    return None if any(before != after for before, after in ends) else tuple(end for end, _ in ends)


def even_pool_padding(layer: Any, site: Site) -> tuple[int, ...] | None:
    """As :func:`even_padding`; pools take no padding above half of the kernel."""
    even = even_padding(layer, site)
    kernel, *_ = window(layer, site)
    return even if even and all(2 * p <= k for p, k in zip(even, kernel, strict=True)) else None


def pads(layer: Any, site: Site) -> own.Pads:
    """Padding for a module of our own: a rule's name, or both ends of each axis."""
    if layer.padding == "valid":
        return ((0, 0),) * rank(site)
    if isinstance(layer.padding, str):
        return str(layer.padding)
    return tuple(end if isinstance(end, tuple) else (end, end) for end in axes(layer.padding, site))


def window(layer: Any, site: Site) -> tuple[tuple[int, ...], ...]:
    """Kernel size, stride and dilation, one per axis each."""
    stride = layer.kernel_size if layer.stride is None else layer.stride
    values = (layer.kernel_size, stride, getattr(layer, "dilation", 1))
    return tuple(axes(value, site) for value in values)
