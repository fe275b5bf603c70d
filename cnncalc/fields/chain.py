"""The pass through a network that finds what every node reads of a reference, axis by axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from cnncalc.fields.extent import ITSELF, Beyond, State, join, through
from cnncalc.network import Network, Node
from cnncalc.taps import Taps, Unrolled, Whole, Window

States: TypeAlias = tuple[State, ...]
"""One state per spatial axis of the reference."""


def states(network: Network, reference: str) -> Mapping[str, States]:
    """What every node that depends on ``reference`` reads of it."""
    axes = len(network[reference].output_shape) - 1
    found: dict[str, States] = {reference: (ITSELF,) * axes}
    for node in network.nodes:
        if node.name != reference and any(source in found for source in node.inputs):
            found[node.name] = _meet(node, found, axes)
    return found


def _meet(node: Node, found: Mapping[str, States], axes: int) -> States:
    branches = by_input(node, found, axes)
    met = list(branches.values())
    return met[0] if len(met) == 1 else tuple(map(join, zip(*met, strict=True)))


def by_input(node: Node, found: Mapping[str, States], axes: int) -> Mapping[int, States]:
    """What a node reads by way of each of its inputs that depend on the reference."""
    maps = node.layer.taps(node.site)
    return {
        place: _branch(found[source], taps, axes, mixes=mixes(node, place))
        for place, (source, taps) in enumerate(zip(node.inputs, maps, strict=True))
        if source in found
    }


def mixes(node: Node, place: int) -> bool:
    """Whether a flat input is mixed: every value that leaves reads every value that enters."""
    is_flat = len(node.input_shapes[place]) == 1
    return is_flat and isinstance(node.layer.channel_taps(node.site)[place], Whole)


def _branch(before: States, taps: tuple[Taps, ...], axes: int, *, mixes: bool) -> States:
    """What a node reads by way of one of its inputs."""
    if not taps:
        return (Beyond.EVERYWHERE,) * axes if mixes else before
    after: list[State] = []
    for axis in range(axes):
        if axis and before[axis] is before[axis - 1] and _alike(taps[axis], taps[axis - 1]):
            after.append(after[-1])
        elif isinstance(taps[axis], Unrolled):
            after.append(before[axis])
        else:
            after.append(through(before[axis], taps[axis]))
    return tuple(after)


def _alike(one: Taps, other: Taps) -> bool:
    """Whether two axes are read in the same way, so that the work need not be done twice."""
    if one is other:
        return True
    both_windows = type(one) is Window and type(other) is Window
    return both_windows and all(getattr(one, n) is getattr(other, n) for n in Window.__slots__)
