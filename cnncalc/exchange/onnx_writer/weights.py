"""Values for a network's weights: drawn from a seed, zeros made at loading, or given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnncalc.arithmetic import Shape
from cnncalc.errors import UsageError
from cnncalc.exchange.onnx_writer.kinds import tensors
from cnncalc.network import Network

INLINE_BYTES = 256 << 20
"""Weights above this are written only where that is asked for."""

PROTOBUF_BYTES = 2_000_000_000
"""What one file can hold, with room for the graph."""

BYTES = 4


def shapes(network: Network) -> dict[str, Shape]:
    """The shape of every tensor by its dotted name; shared ones once, with their owner."""
    return {
        f"{node.name}.{name}": shape
        for node in network
        if not node.weights_from
        for name, shape in tensors(node).items()
    }


def check_size(network: Network, *, asked: bool) -> None:
    """Refuse to write more values than anybody expects, or than a file can hold."""
    size = BYTES * sum(math.prod(shape) for shape in shapes(network).values())
    if size > PROTOBUF_BYTES:
        raise UsageError(
            f"{network.name} has {size:,} bytes of weights, and an ONNX file holds 2 GB: "
            "leave them out with --weights zeros"
        )
    if size > INLINE_BYTES and not asked:
        raise UsageError(
            f"{network.name} has {size:,} bytes of weights: say --weights random to write them all the "
            "same, or --weights zeros for a small file that makes them when it is loaded"
        )


def drawn(network: Network, seed: int = 0) -> dict[str, Any]:
    """Values that keep signals alive: He's for kernels and matrices, ones for scales, small biases."""
    import numpy

    generator = numpy.random.default_rng(seed)
    return {name: _values(generator, name, shape) for name, shape in shapes(network).items()}


def _values(generator: Any, name: str, shape: Shape) -> Any:
    import numpy

    local = name.rpartition(".")[2]
    if local == "running_var" or (local == "weight" and len(shape) == 1):
        return numpy.ones(shape, numpy.float32)
    if local == "running_mean":
        return numpy.zeros(shape, numpy.float32)
    fan_in = math.prod(shape[1:]) if len(shape) > 1 else 400
    values = generator.standard_normal(shape, numpy.float32)
    values *= numpy.float32(math.sqrt(2 / fan_in))
    return values


def given(network: Network, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values from elsewhere, by the names of PyTorch's ``state_dict``; every one must be there."""
    import numpy

    found = {}
    for name, shape in shapes(network).items():
        if name not in values:
            raise UsageError(f"no values are given for {name}")
        found[name] = numpy.ascontiguousarray(values[name], numpy.float32)
        if found[name].shape != shape:
            raise UsageError(f"{name} is {found[name].shape} where {shape} is wanted")
    return found
