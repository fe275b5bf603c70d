"""Input sizes: those that make wanted outputs, and those that a network can take at all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from math import prod
from typing import NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError
from cnncalc.layers import Site, show
from cnncalc.layers.shape import Input
from cnncalc.network import Network
from cnncalc.solve.solutions import Solutions, SolveError, at_least

LARGEST = 4096
"""Largest input size that is tried on an axis."""


class InputSize(NamedTuple):
    """Spatial sizes of an input."""

    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return show(self.sizes)


def _shown(sizes: tuple[int, ...]) -> str:
    """Sizes, with runs of more than two as a range."""
    if len(sizes) > 2 and sizes[-1] - sizes[0] == len(sizes) - 1:
        return f"{sizes[0]}..{sizes[-1]}"
    return str(sizes[0]) if len(sizes) == 1 else "{" + ", ".join(map(str, sizes)) + "}"


def input_sizes(
    wanted: Mapping[str, tuple[int, ...]], *, channels: int = 1, largest: int = LARGEST, keep: int = 20
) -> Solutions[InputSize]:
    """Input sizes for which every chain gives its output sizes, one and the same input for all.

    ``wanted`` maps a chain (``"POOL(3, 2)"``) to the spatial sizes that leave it.

    >>> print(input_sizes({"POOL(3,2)": (24, 49), "POOL((3,2),(2,1))": (24, 99)}).text())
    underdetermined: 2 solutions, simplest first:
      49x100
      50x100
    each axis by itself: {49, 50} x 100
    """
    axes = input_sizes_per_axis(wanted, channels=channels, largest=largest)
    found = [InputSize(sizes) for sizes in islice(product(*axes), at_least("keep", keep))]
    return Solutions(found, total=prod(map(len, axes)), notes=_notes(axes))


def input_sizes_per_axis(
    wanted: Mapping[str, tuple[int, ...]], *, channels: int = 1, largest: int = LARGEST
) -> tuple[tuple[int, ...], ...]:
    """For each axis by itself, all sizes up to ``largest`` that do; axes do not depend on each other.

    >>> input_sizes_per_axis({"CONV(15,3,2)": (19,)})
    ((39, 40),)
    """
    ranks = {len(sizes) for sizes in wanted.values()}
    if len(ranks) != 1 or not 1 <= min(ranks) <= 3:
        raise SolveError("each chain needs the sizes that leave it, on the same 1 to 3 axes")
    rank = ranks.pop()
    tried = range(1, min(at_least("largest", largest), LARGEST) + 1)
    does = [set(tried) for _ in range(rank)]
    for chain, sizes in wanted.items():
        leaves = _leaves(_parsed(chain, channels, rank), tried, sizes)
        for axis, size in enumerate(sizes):
            does[axis] &= {n for n, shape in leaves.items() if shape[axis] == size}
    return tuple(tuple(sorted(sizes)) for sizes in does)


def _notes(axes: tuple[tuple[int, ...], ...]) -> list[str]:
    if all(axes):
        return ["each axis by itself: " + " x ".join(map(_shown, axes))] if max(map(len, axes)) > 1 else []
    return [f"no size up to {LARGEST} does on axis {axis}" for axis, sizes in enumerate(axes) if not sizes]


def _parsed(chain: str, channels: int, rank: int) -> Network:
    """The chain behind an input large enough for any kernel."""
    from cnncalc.spec import parse

    probe = "x".join([str(channels), *["1024"] * rank])
    return parse(f"INPUT({probe}) -> {chain}", origin="<chain>")


def _leaves(network: Network, tried: range, wanted: tuple[int, ...]) -> dict[int, Shape]:
    """Sizes that leave for inputs of equal axes, up to where all are larger than wanted."""
    channels, *axes = network.inputs[0].output_shape
    leaves: dict[int, Shape] = {}
    for size in tried:
        try:
            shape = shapes_for(network, (channels, *(size,) * len(axes)))[network.outputs[0]]
        except LayerError:
            continue
        if len(shape) != len(axes) + 1:
            raise SolveError(f"the chain leaves {show(shape)}, which has no sizes")
        leaves[size] = shape[1:]
        if all(leaving > size for leaving, size in zip(shape[1:], wanted, strict=True)):
            break
    return leaves


def shapes_for(network: Network, shape: Shape) -> dict[str, Shape]:
    """Shapes that leave every node when ``shape`` enters; raises LayerError where one refuses it."""
    shapes: dict[str, Shape] = {}
    for node in network:
        entering = tuple(shapes[name] for name in node.inputs)
        shapes[node.name] = shape if isinstance(node.layer, Input) else node.layer.output_shape(entering)
    return shapes


class Usable(NamedTuple):
    """Which square input sizes a network takes, and with which its trained weights still fit."""

    smallest: int
    same_weights: tuple[int, ...]
    tried: int
    fixed_by: str

    def __str__(self) -> str:
        sizes = _shown(self.same_weights) if self.same_weights else "no size"
        limit = f"; others change the weights of {self.fixed_by}" if self.fixed_by else ""
        return f"smallest input {self.smallest}; weights fit {sizes} of 1..{self.tried}{limit}"


def usable_inputs(network: Network, *, largest: int = 512) -> Solutions[Usable]:
    """The smallest square input, and all sizes that leave every weight tensor as it is.

    A fully convolutional network, or one with adaptive or global pooling, takes any size from the
    smallest on; a fully connected layer behind a flattened map fixes it.
    """
    if len(network.inputs) != 1 or len(network.inputs[0].output_shape) < 2:
        raise SolveError("the network must have one input with spatial axes")
    tried = min(at_least("largest", largest), LARGEST)
    own = {node.name: node.layer.tensors(node.site) for node in network}
    works, same, fixed_by = [], [], ""
    for size in range(1, tried + 1):
        differs = _differs(network, size, own)
        if differs is not None:
            works.append(size)
            fixed_by = fixed_by or differs
            if not differs:
                same.append(size)
    if not works:
        return Solutions([], notes=[f"no square input up to {tried} passes through"])
    return Solutions([Usable(works[0], tuple(same), tried, fixed_by)])


def _differs(network: Network, size: int, own: Mapping[str, Mapping[str, Shape]]) -> str | None:
    """Name of the first node whose weights this size would change, "" for none, None if refused."""
    shape = network.inputs[0].output_shape
    try:
        shapes = shapes_for(network, (shape[0], *(size,) * (len(shape) - 1)))
    except LayerError:
        return None
    for node in network:
        site = Site(tuple(shapes[name] for name in node.inputs), shapes[node.name])
        if node.layer.tensors(site) != own[node.name]:
            return node.name
    return ""
