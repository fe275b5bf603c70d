"""A smaller copy of a network, for machines that cannot run the whole.

The copy has the same layers in the same places, on smaller inputs and with fewer channels: what is
verified on it is the arithmetic of every layer, at other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cnncalc.errors import LayerError
from cnncalc.layers import Layer
from cnncalc.layers.shape import Input
from cnncalc.network import Builder, Network, Node

_DIVISORS = (16, 8, 4, 2, 1)
_CHANNELS = ("out_channels", "out_features")


def shrink(network: Network) -> Network:
    """The smallest copy that can be built by halving sizes and channels; the network itself at worst."""
    copies = (copy for sizes, channels in _scales() if (copy := _scaled(network, sizes, channels)))
    return next(copies, network)


def _scales() -> Iterator[tuple[int, int]]:
    """Divisors of sizes and of channels, the ones that save most first."""
    return iter(sorted(product(_DIVISORS, _DIVISORS), key=lambda pair: -(pair[0] ** 2 * pair[1] ** 2)))


def _scaled(network: Network, sizes: int, channels: int) -> Network | None:
    """The network with sizes and channels divided; None where a layer refuses that."""
    build = Builder(network.name, **network.about)
    made: dict[str, Node] = {}
    try:
        for node in network:
            made[node.name] = build.add(
                _scaled_layer(node.layer, sizes, channels),
                *(made[name] for name in node.inputs),
                name=node.local_name,
                path=node.path,
                frozen=node.frozen,
                weights_from=node.weights_from,
                span=node.span,
            )
    except LayerError:
        return None
    return build.network([made[name] for name in network.outputs])


def _scaled_layer(layer: Layer, sizes: int, channels: int) -> Layer:
    given = layer.given()
    if isinstance(layer, Input):
        first, *spatial = layer.output_shape(())
        return Input(**{**given, "shape": (first, *(max(1, size // sizes) for size in spatial))})
    groups = getattr(layer, "groups", 1)
    for name in _CHANNELS:
        if name in given and given.get("table") is None:
            given[name] = max(1, given[name] // (channels * groups)) * groups
    return type(layer)(**given)
