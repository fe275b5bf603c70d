"""Networks side by side: three 3x3 layers against one 7x7, shared weights against unshared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnncalc import formulas
from cnncalc.analysis import Analysis, analyze
from cnncalc.layers import Site, show
from cnncalc.network import Network
from cnncalc.structure import weight_layers
from cnncalc.text_table import text_table


def weights(analysis: Analysis) -> int:
    """Parameters without the biases, as lectures often count: "27C^2 against 49C^2".

    >>> import cnncalc
    >>> weights(analyze(cnncalc.parse("INPUT(64x28x28) -> CONV(64,3,p=1)*3"))) == 27 * 64**2
    True
    """
    tensors = (tensor for row in analysis.rows if row.params for tensor in _tensors(row.layer, row.node.site))
    return sum(tensors)


def _tensors(layer: Any, site: Site) -> list[int]:
    shapes = layer.tensors(site).items()
    return [int(formulas.element_count(shape)) for name, shape in shapes if not name.endswith("bias")]


def nonlinearities(analysis: Analysis) -> int:
    """Layers with an activation function.

    >>> import cnncalc
    >>> nonlinearities(analyze(cnncalc.load("mnist1d")))
    3
    """
    return sum(row.layer.family == "activation" for row in analysis.rows)


def _field(analysis: Analysis) -> str:
    field = analysis.fields[analysis.network.outputs[0]]
    return "everything" if field.is_global or not field.size else show(field.size)


QUANTITIES: Mapping[str, Callable[[Analysis], Any]] = {
    "output": lambda analysis: show(analysis.output_shapes[0]),
    "parameters": lambda analysis: analysis.params,
    "weights alone": weights,
    "connections": lambda analysis: analysis.connections,
    "neurons": lambda analysis: analysis.neurons,
    "MACs": lambda analysis: analysis.macs,
    "field": _field,
    "weight layers": lambda analysis: len(weight_layers(analysis.network)),
    "nonlinearities": nonlinearities,
}
"""What is set side by side."""


def side_by_side(networks: Sequence[Network]) -> dict[str, list[Any]]:
    """For every quantity the values of all networks.

    >>> import cnncalc
    >>> stack = cnncalc.parse("INPUT(64x28x28) -> [CONV(64,3,p=1) -> RELU]*3")
    >>> single = cnncalc.parse("INPUT(64x28x28) -> CONV(64,7,p=3) -> RELU")
    >>> side_by_side([stack, single])["weights alone"]
    [110592, 200704]
    """
    analyses = [analyze(network) for network in networks]
    return {name: [value(analysis) for analysis in analyses] for name, value in QUANTITIES.items()}


def table(networks: Sequence[Network]) -> str:
    """The same for people: from the second network on with how many times the first it takes."""
    names = [network.name if network.name != "chain" else f"({n})" for n, network in enumerate(networks, 1)]
    names = [f"{name} ({n})" if names.count(name) > 1 else name for n, name in enumerate(names, 1)]
    rows = [[name, *_cells(values)] for name, values in side_by_side(networks).items()]
    align = ("left", *["right"] * len(names))
    return text_table(rows, ["", *names], align)


def _cells(values: list[Any]) -> list[str]:
    """The values, and from the second on how many times the first they are."""
    first = values[0]
    cells = [f"{value:,}" if isinstance(value, int) else str(value) for value in values]
    if not isinstance(first, int) or first < 100:
        return cells
    others = zip(cells[1:], values[1:], strict=True)
    return [cells[0], *(f"{cell} ({_times(value, first)})" for cell, value in others)]


def _times(value: int, first: int) -> str:
    """How many times as many, or the how-manieth part: ``x3,025``, ``1/3,025``."""
    if value == 0:
        return "none"
    sign, ratio = ("x", value / first) if value >= first else ("1/", first / value)
    return sign + f"{ratio:,.2f}".rstrip("0").rstrip(".")
