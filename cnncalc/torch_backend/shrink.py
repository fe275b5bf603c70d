"""A smaller copy of a network, for machines that cannot run the whole.

The copy has the same layers in the same places, on smaller inputs and with fewer channels: what is
verified on it is the arithmetic of every layer, at other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from cnncalc.errors import LayerError
from cnncalc.layers import Layer
from cnncalc.layers.shape import Input
from cnncalc.network import Network
from cnncalc.structure import with_layers

_CHANNELS = ("out_channels", "out_features")
_GROUPS = frozenset({"groups", "num_groups"})
_ENOUGH = 1 << 10
"""Axes and channels up to this many are divided by 16 at most, more so far that no more are left."""


class Scale(NamedTuple):
    """Divisors: of sizes, of channels that leave, and of channels (and their groups) that enter."""

    sizes: int
    channels: int
    entering: int


def shrink(network: Network) -> Network:
    """The smallest copy that can be built by halving sizes and channels; the network itself at worst."""
    copies = (copy for scale in _scales(network) if (copy := _scaled(network, scale)))
    return next(copies, network)


def _scales(network: Network) -> Iterator[Scale]:
    """Divisors of sizes and of channels, the ones that save most first."""
    entering = [node.output_shape for node in network.inputs]
    given = [node.layer.given().get(name, 1) for node in network for name in _CHANNELS]
    sizes = _divisors(max((size for shape in entering for size in shape[1:]), default=1))
    channels = _divisors(max(given, default=1))
    wide = dict.fromkeys((_spare(max(shape[0] for shape in entering)), 1))
    scales = (Scale(*one) for one in product(sizes, channels, wide))
    return iter(sorted(scales, key=lambda one: -(one.sizes * one.channels * one.entering)))


def _divisors(largest: int) -> list[int]:
    """Powers of two, up to 16 and as many more as leave enough."""
    return [1 << power for power in range(max(4, ((largest - 1) // _ENOUGH).bit_length()) + 1)]


def _spare(channels: int) -> int:
    """Of how many channels one is enough, so that what divided the channels divides what is left."""
    if channels <= _ENOUGH:
        return 1
    return channels // max(left for left in range(1, _ENOUGH + 1) if channels % left == 0)


def _scaled(network: Network, scale: Scale) -> Network | None:
    """The network with sizes and channels divided; None where a layer refuses that."""
    try:
        return with_layers(network, lambda node: _scaled_layer(node.layer, scale))
    except LayerError:
        return None


def _scaled_layer(layer: Layer, scale: Scale) -> Layer:
    given = layer.given()
    if isinstance(layer, Input):
        first, *spatial = layer.output_shape(())
        narrow = first // scale.entering if first % scale.entering == 0 else first
        return Input(**{**given, "shape": (narrow, *(max(1, size // scale.sizes) for size in spatial))})
    for name in _GROUPS & given.keys():
        given[name] = max(1, given[name] // scale.entering)
    groups = given.get("groups", 1)
    for name in _CHANNELS:
        if name in given and given.get("table") is None:
            given[name] = max(1, given[name] // (scale.channels * groups)) * groups
    return type(layer)(**given)
