"""What a sweep can ask of every configuration, each taken from its analysis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cnncalc import memory
from cnncalc.analysis import Analysis
from cnncalc.arithmetic import Number, larger, smaller
from cnncalc.fields.extent import Extent
from cnncalc.sweeping.axes import SweepError


class Quantity(NamedTuple):
    """A number of a network; ``more_is_better`` says which end of it designers look for."""

    name: str
    doc: str
    of: Callable[[Analysis], Number]
    more_is_better: bool = False


def _total(name: str) -> Callable[[Analysis], Number]:
    return lambda analysis: getattr(analysis, name)


def field(analysis: Analysis) -> Number:
    """Receptive field of the last layer whose units slide over the input, on its smaller axis.

    Layers after a global pool or a fully connected layer read everything and say nothing.
    """
    for node in reversed(analysis.network.nodes):
        found = analysis.fields[node.name]
        if found.axes and all(isinstance(state, Extent) for state in found.axes):
            return functools.reduce(smaller, found.size)
    return 0


def _weight_layers(analysis: Analysis) -> Number:
    return sum(row.layer.is_weight_layer for row in analysis.rows)


def _peak_bytes(analysis: Analysis) -> Number:
    return functools.reduce(larger, memory.inference_held(analysis.network).values())


def _saved_bytes(analysis: Analysis) -> Number:
    return sum(memory.saved_bytes(analysis.network).values())


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("params", "parameters", _total("params")),
        Quantity("trainable_params", "parameters that training changes", _total("trainable_params")),
        Quantity("macs", "multiply-accumulates for one sample", _total("macs")),
        Quantity("flops", "floating-point operations, two for each MAC", _total("flops")),
        Quantity("connections", "uses of a weight or bias", _total("connections")),
        Quantity("neurons", "output values of layers with weights", _total("neurons")),
        Quantity(
            "field",
            "receptive field of the last layer that slides, in the input",
            field,
            more_is_better=True,
        ),
        Quantity("layers", "layers with weights", _weight_layers),
        Quantity(
            "activation_bytes",
            "bytes of all outputs, float32, one sample",
            lambda analysis: memory.activation_bytes(analysis.network),
        ),
        Quantity("saved_bytes", "bytes kept for backward, float32, one sample", _saved_bytes),
        Quantity("peak_bytes", "most activations held at inference, float32, one sample", _peak_bytes),
    )
}
"""Every quantity by name."""


def check_names(names: Iterable[str]) -> None:
    """Refuse names of quantities that there are not."""
    from cnncalc.spec.suggest import did_you_mean

    for name in names:
        if name not in QUANTITIES:
            advice = did_you_mean(name, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
            raise SweepError(f"no quantity is called {name!r}; {advice}")
