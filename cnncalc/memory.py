"""Bytes: of parameters, of activations, of what training keeps, and the most that inference holds.

Four numbers that are often taken for one another. A tensor is counted once, however many layers
read or keep it: an activation that one layer keeps as its output and the next as its input is one
tensor, and a view (``flatten``) is the memory that it looks at. Temporary memory inside a layer
(workspaces, padded copies that are not kept) is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Shape, counted
from cnncalc.backward import differentiated, trained
from cnncalc.errors import CnncalcError
from cnncalc.layers import Saved, Site
from cnncalc.network import Network, Node
from cnncalc.strides import contiguous

_INDEX_BYTES = 8
"""Numbers that are looked up enter as int64."""

DTYPES: Mapping[str, int] = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes of one value."""

OPTIMIZERS: Mapping[str, int] = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2, "adamw": 2}
"""Values that each optimiser keeps for every trained parameter."""


def parameter_bytes(network: Network, dtype: str = "float32") -> int:
    """Bytes of all parameters, shared ones once."""
    return _itemsize(dtype) * sum(_params(node) for node in network if not node.weights_from)


def activation_bytes(network: Network, dtype: str = "float32", batch: int = 1) -> int:
    """Bytes of all layers' outputs together, the network's inputs included, views counted once."""
    return sum(activations(network, dtype, batch).values())


def activations(network: Network, dtype: str = "float32", batch: int = 1) -> Mapping[str, int]:
    """Bytes of each node's output, by name; 0 for a view, which has no memory of its own."""
    homes = layout(network, training=True).homes
    outputs = _output_bytes(network, dtype, batch)
    return {name: size if homes[name] == name else 0 for name, size in outputs.items()}


class Layout(NamedTuple):
    """Where each node's output lies in memory, and how each node finds its inputs there.

    ``homes`` names the node in whose memory an output lies: the node itself, unless it is a view.
    """

    homes: Mapping[str, str]
    sites: Mapping[str, Site]


def layout(network: Network, *, training: bool) -> Layout:
    """Follow views through the network."""
    homes: dict[str, str] = {}
    sites: dict[str, Site] = {}
    views: dict[str, Shape] = {}
    for node in network:
        site = sites[node.name] = _among_views(node, views)
        view = node.layer.view(site, training=training) if node.inputs else None
        homes[node.name] = node.name if view is None else homes[node.inputs[0]]
        if view is not None:
            views[node.name] = view
    return Layout(homes, sites)


def _among_views(node: Node, views: Mapping[str, Shape]) -> Site:
    """The node's site, with the strides of its inputs where one of them is a view."""
    if views.keys().isdisjoint(node.inputs):
        return node.site
    entering = zip(node.inputs, node.input_shapes, strict=True)
    return node.site._replace(strides=tuple(views.get(name) or contiguous(shape) for name, shape in entering))


def saved_bytes(network: Network, dtype: str = "float32", batch: int = 1) -> Mapping[str, int]:
    """Bytes kept for backward in training mode, by the node that is first to keep them.

    What PyTorch's autograd keeps, parameters and buffers excluded; the sum is what training holds
    between the forward and the backward pass of a batch.
    """
    with_weights = trained(network)
    reached = differentiated(network, with_weights)
    homes, sites = layout(network, training=True)
    outputs = _output_bytes(network, dtype, batch)
    kept: set[str] = set()
    found = dict.fromkeys((node.name for node in network), 0)
    for node in network:
        trains = node.name in with_weights
        for saved in _parts(node, node.layer.saved(sites[node.name]), reached, trains=trains):
            tensors = {homes[name] for name in _tensors(node, saved, reached)} - kept
            kept |= tensors
            found[node.name] += sum(outputs[name] for name in tensors) + _own_bytes(saved, dtype, batch)
    return found


def _parts(node: Node, saved: Saved, reached: frozenset[str], *, trains: bool) -> Iterator[Saved]:
    """Those parts of what a node keeps that serve a gradient; ``trains`` tells that its weights get one."""
    if trains or (node.name in reached and not saved.weights_only):
        yield saved
    if saved.own is not None and trains:
        yield saved.own
    if saved.upstream is not None and not reached.isdisjoint(node.inputs):
        yield saved.upstream


def _tensors(node: Node, saved: Saved, reached: frozenset[str]) -> Iterator[str]:
    """Nodes whose outputs the node keeps."""
    for position in saved.inputs:
        others = {name for place, name in enumerate(node.inputs) if place != position}
        if not saved.crosswise or not reached.isdisjoint(others):
            yield node.inputs[position]
    if saved.output:
        yield node.name


def _own_bytes(saved: Saved, dtype: str = "float32", batch: int = 1) -> int:
    """Bytes a layer keeps beside its inputs and its output."""
    values = formulas.for_batch.unchecked(saved.elements, batch) + saved.once
    found: int = counted(_itemsize(dtype) * values + formulas.for_batch.unchecked(saved.bytes, batch))
    return found


class Peak(NamedTuple):
    """The most memory that inference holds at once, and the node whose output makes it so."""

    bytes: int
    node: str


def inference_peak(network: Network, dtype: str = "float32", batch: int = 1) -> Peak:
    """The most activations held at once at inference, and the first node at which they are."""
    held = inference_held(network, dtype, batch)
    node = max(held, key=held.__getitem__, default="")
    return Peak(held.get(node, 0), node)


def inference_held(network: Network, dtype: str = "float32", batch: int = 1) -> Mapping[str, int]:
    """Bytes of activations in memory as each node's output is made, by its name.

    The nodes run in order, and an output is released after the last node that reads it; the
    network's inputs, which are there from the beginning, and its outputs stay.
    """
    homes = layout(network, training=False).homes
    released = _released_after(network, homes)
    own = _output_bytes(network, dtype, batch)
    entered = {node.name for node in network.inputs}
    held = sum(own[name] for name in entered)
    found: dict[str, int] = {}
    for node in network:
        if homes[node.name] == node.name and node.name not in entered:
            held += own[node.name]
        found[node.name] = held
        held -= sum(own[name] for name in released[node.name])
    return found


def _released_after(network: Network, homes: Mapping[str, str]) -> Mapping[str, list[str]]:
    """For each node, the memory that nothing needs once it is done."""
    last = {home: home for home in homes.values()}
    for node in network:
        for source in node.inputs:
            last[homes[source]] = node.name
        last[homes[node.name]] = node.name
    stay = {homes[name] for name in network.outputs} | {node.name for node in network.inputs}
    released: dict[str, list[str]] = {node.name: [] for node in network}
    for home, reader in last.items():
        if home not in stay:
            released[reader].append(home)
    return released


class TrainingMemory(NamedTuple):
    """What training needs, in bytes, as if all gradients and all that is kept were held at once.

    PyTorch frees what it kept as it makes gradients, and holds gradients of activations for a while:
    the most that a step holds at once may be less, or more where weights are few.
    """

    weights: int
    gradients: int
    optimizer: int
    saved: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self)


def training_memory(
    network: Network, *, batch: int = 1, optimizer: str = "adam", dtype: str = "float32"
) -> TrainingMemory:
    """Weights, gradients and optimiser state of trained weights, and activations kept for a batch."""
    if optimizer not in OPTIMIZERS:
        raise CnncalcError(f"no optimizer is called {optimizer!r}; there are {', '.join(OPTIMIZERS)}")
    changing = [network[name] for name in trained(network) if not network[name].weights_from]
    gradients = _itemsize(dtype) * sum(map(_params, changing))
    return TrainingMemory(
        weights=parameter_bytes(network, dtype),
        gradients=gradients,
        optimizer=OPTIMIZERS[optimizer] * gradients,
        saved=sum(saved_bytes(network, dtype, batch).values()),
    )


def _params(node: Node) -> int:
    params: int = counted(node.layer.params(node.site).value)
    return params


def _output_bytes(network: Network, dtype: str, batch: int) -> dict[str, int]:
    """Bytes of every node's output, by its name; outputs that are equal are worked out once."""
    sizes: dict[tuple[Shape, int], int] = {}
    found: dict[str, int] = {}
    for node in network:
        itemsize = _itemsize(dtype) if network.index_limit(node) is None else _INDEX_BYTES
        output = node.output_shape, itemsize
        if output not in sizes:
            values = formulas.for_batch.unchecked(formulas.element_count(node.output_shape), batch)
            sizes[output] = counted(itemsize * values)
        found[node.name] = sizes[output]
    return found


def _itemsize(dtype: str) -> int:
    if dtype not in DTYPES:
        raise CnncalcError(f"no dtype is called {dtype!r}; there are {', '.join(DTYPES)}")
    return DTYPES[dtype]
