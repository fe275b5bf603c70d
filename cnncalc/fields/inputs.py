"""Input sizes: the smallest that a network accepts, the smallest that fields fit into, and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnncalc.arithmetic import Shape, ceil_div
from cnncalc.errors import LayerError
from cnncalc.fields import paths
from cnncalc.fields.borders import border
from cnncalc.fields.extent import Extent
from cnncalc.fields.passes import Fields, receptive_fields
from cnncalc.layers.shape import Input
from cnncalc.network import Network, Node
from cnncalc.structure import with_layers

_TRIES = 4096
"""Sizes tried one by one above the smallest possible before giving up."""

_TOO_SMALL = "E230"
"""The error of a window that does not fit, which goes away as the input grows."""


class Smallest(NamedTuple):
    """Smallest input sizes, one per axis; the other axes kept as they are.

    ``accepted`` is the smallest that can be run at all, ``inside`` the smallest at which every
    layer has a unit whose whole field lies inside. None where none was found. ``sized`` names the
    layers whose weights would be others at another input size, as behind a flatten.
    """

    accepted: tuple[int | None, ...]
    inside: tuple[int | None, ...]
    sized: tuple[str, ...]


def resized(network: Network, shapes: Mapping[str, Shape]) -> Network:
    """The same layers behind inputs of other shapes; raises :class:`LayerError` where one refuses."""
    entering = {name: Input(shape=shape) for name, shape in shapes.items()}
    return with_layers(network, lambda node: entering.get(node.name, node.layer))


def smallest_inputs(network: Network, reference: str | None = None) -> Smallest:
    """The smallest input sizes along each axis of an input (the first, if none is named)."""
    name = network.resolve(reference) if reference else network.inputs[0].name
    axes = range(len(network[name].output_shape) - 1)
    fields = receptive_fields(network, name)
    searches = [_Search(network, name, axis) for axis in axes]
    accepted = tuple(search.smallest(1) for search in searches)
    inside = tuple(search.smallest(_fit(fields, search.axis), inside=True) for search in searches)
    return Smallest(accepted, inside, _sized(searches))


class _Search:
    """Tries sizes of one axis of an input, the other axes kept as they are."""

    def __init__(self, network: Network, name: str, axis: int) -> None:
        self.network = network
        self.name = name
        self.axis = axis
        self.size: int = network[name].output_shape[axis + 1]

    def at(self, size: int) -> Network:
        """The network with the axis at a size; raises :class:`LayerError` where it is refused."""
        shape = list(self.network[self.name].output_shape)
        shape[self.axis + 1] = size
        return resized(self.network, {self.name: tuple(shape)})

    def error(self, size: int) -> str:
        """The code of the error that refuses a size; empty where it is accepted."""
        try:
            self.at(size)
        except LayerError as error:
            return error.code
        return ""

    def smallest(self, least: int, *, inside: bool = False) -> int | None:
        """The smallest size from ``least`` on that is accepted, and large enough for all fields.

        Windows that do not fit yet are the one error that is known to go away as the size grows,
        so the last size with it is found by bisection; from there on sizes are tried one by one.
        """
        possible = self._large_enough(least)
        tried = (size for size in range(possible, possible + _TRIES) if not self.error(size))
        return next((size for size in tried if not inside or _all_inside(self.at(size), self.axis)), None)

    def _large_enough(self, least: int) -> int:
        refused, possible = least - 1, max(least, self.size)
        while self.error(possible) == _TOO_SMALL:
            refused, possible = possible, 2 * possible
        while possible - refused > 1:
            middle = (refused + possible) // 2
            if self.error(middle) == _TOO_SMALL:
                refused = middle
            else:
                possible = middle
        return possible


def _sized(searches: list[_Search]) -> tuple[str, ...]:
    """Layers whose weights change shape with the input."""
    found: dict[str, None] = {}
    for search in searches:
        size = search.smallest(2 * search.size)
        other = search.at(size) if size else search.network
        for node, again in zip(search.network.nodes, other.nodes, strict=True):
            if node.layer.tensors(node.site) != again.layer.tensors(again.site):
                found[node.name] = None
    return tuple(found)


def _fit(fields: Fields, axis: int) -> int:
    """A size below which some field cannot lie inside, wherever its unit is."""
    return max((_needed(field.axes[axis]) for field in fields.values() if len(field.axes) > axis), default=1)


def _needed(state: object) -> int:
    """Positions up to the end of the first interval that starts inside."""
    if not isinstance(state, Extent):
        return 1
    ends = (
        span[1] + max(ceil_div(-span[0], state.shift), 0) * state.shift + 1 for span in state.spans if span
    )
    return min(ends, default=1)


def _all_inside(network: Network, axis: int) -> bool:
    fields = receptive_fields(network)
    borders = (border(field)[axis] for field in fields.values() if len(field.axes) > axis)
    return all(found.inside for found in borders if found)


class Unproductive(NamedTuple):
    """Layers with weights that see no new part of the input: what they read already sees it all.

    ``layers`` judges by the field, ``even_narrowest`` by the narrowest path alone, so that none of
    what such a layer reads is still local. The rule is that of Richter et al. 2021.
    """

    layers: tuple[str, ...]
    even_narrowest: tuple[str, ...]


def unproductive(fields: Fields) -> Unproductive:
    """Layers whose inputs already have fields larger than the input, on every axis."""
    layers = [node for node in fields.network if node.layer.is_weight_layer and len(node.output_shape) > 1]
    by_field = [node.name for node in layers if _is_beyond(fields, node, narrowest=False)]
    by_path = [node.name for node in layers if _is_beyond(fields, node, narrowest=True)]
    return Unproductive(tuple(by_field), tuple(by_path))


def _is_beyond(fields: Fields, node: Node, *, narrowest: bool) -> bool:
    read = [fields[name] for name in node.inputs]
    sizes = [paths.narrowest(field) if narrowest else field.size for field in read]
    return any(map(any, sizes)) and all(
        size > whole
        for field, axes in zip(read, sizes, strict=True)
        for size, whole in zip(axes, field.reference.output_shape[1:], strict=True)
    )
