"""A question about a network: which quantity of which layer, counted how; and its right answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from cnncalc import conventions
from cnncalc.analysis import Analysis, Row, analyze
from cnncalc.errors import CnncalcError
from cnncalc.layers import show
from cnncalc.memory import parameter_bytes
from cnncalc.network import Network
from cnncalc.quantities import canonical


class HomeworkError(CnncalcError, ValueError):
    """A question, a key or an answer sheet that makes no sense."""


def _field(row: Row) -> tuple[int, ...]:
    return row.field.size


def _jump(row: Row) -> tuple[Any, ...]:
    return tuple(int(jump) if jump == int(jump) else jump for jump in row.field.jump)


OF_LAYERS: Mapping[str, Callable[[Row], Any]] = {
    "output_shape": lambda row: row.output_shape,
    "params": lambda row: row.params,
    "trainable_params": lambda row: row.trainable_params,
    "connections": lambda row: row.connections,
    "neurons": lambda row: row.neurons,
    "macs": lambda row: row.macs,
    "flops": lambda row: row.flops,
    "field": _field,
    "jump": _jump,
}
"""What can be asked about a layer."""

OF_NETWORKS: Mapping[str, Callable[[Analysis], Any]] = {
    "output_shape": lambda analysis: analysis.output_shapes[0],
    "params": lambda analysis: analysis.params,
    "trainable_params": lambda analysis: analysis.trainable_params,
    "connections": lambda analysis: analysis.connections,
    "neurons": lambda analysis: analysis.neurons,
    "macs": lambda analysis: analysis.macs,
    "flops": lambda analysis: analysis.flops,
    "param_bytes": lambda analysis: parameter_bytes(analysis.network),
}
"""What can be asked about a whole network."""


TOTAL = ("total", "sum", "network")
"""Words in the place of a layer that ask about the whole network."""


class Question:
    """One quantity of one layer of a network, or of the whole network if ``layer`` is None.

    ``convention`` and ``batch`` say how operations are counted, for ``macs`` and ``flops``.

    >>> import cnncalc
    >>> Question(cnncalc.load("lenet5"), "C3", "params").expected
    1516
    """

    def __init__(
        self,
        network: Network,
        layer: str | None = None,
        quantity: str = "params",
        *,
        convention: str = conventions.DEFAULT.name,
        batch: int = 1,
    ) -> None:
        if layer is not None and layer.lower() in TOTAL and layer not in network:
            layer = None
        known = OF_NETWORKS if layer is None else OF_LAYERS
        quantity = canonical(quantity, known)
        if quantity not in known:
            what = "the whole network" if layer is None else "a layer"
            raise HomeworkError(f"{quantity!r} of {what} cannot be asked; there are {', '.join(known)}")
        self.network = network
        self.layer = None if layer is None else network.resolve(layer)
        self.quantity = quantity
        self.convention = conventions.get(convention).name
        self.batch = batch

    def __repr__(self) -> str:
        return f"<Question: {self}>"

    def __str__(self) -> str:
        return f"{self.quantity} of {self.layer or self.network.name}"

    @cached_property
    def analysis(self) -> Analysis:
        """The network's numbers."""
        return analyze(self.network)

    @cached_property
    def row(self) -> Row | None:
        """The layer's numbers; None for the whole network."""
        return None if self.layer is None else self.analysis[self.layer]

    @cached_property
    def expected(self) -> Any:
        """The right answer: an int, or a tuple with one number per axis."""
        if self.quantity in ("macs", "flops"):
            return self.operations(self.convention) * (2 if self.quantity == "flops" else 1)
        if self.row is None:
            return OF_NETWORKS[self.quantity](self.analysis)
        return OF_LAYERS[self.quantity](self.row)

    def operations(self, convention: str) -> int:
        """Operations under a convention, of the layer or of all layers."""
        if self.row is None:
            return self.analysis.operations(convention, self.batch)
        return int(conventions.get(convention).operations(self.row.node, self.batch).value)

    def solution(self) -> str:
        """The worked solution."""
        if self.row is not None and self.quantity != "jump":
            return self.row.explain(self.quantity)
        if self.row is None and self.quantity in OF_LAYERS and self.quantity != "output_shape":
            return self._sum()
        return f"{self.quantity} = {shown(self.expected)}"

    def _sum(self) -> str:
        parts = [(row.name, OF_LAYERS[self.quantity](row)) for row in self.analysis.rows]
        terms = [f"{value:,} ({name})" for name, value in parts if value]
        return f"{self.quantity} = {' + '.join(terms) or '0'} = {self.expected:,}"


def shown(value: Any) -> str:
    """A value as people write it.

    >>> shown(1516), shown((16, 10, 10)), shown((5, 5)), shown(0.42)
    ('1,516', '16x10x10', '5x5', '0.42')
    """
    if isinstance(value, tuple):
        return show(value)
    return f"{value:,}" if isinstance(value, int) else f"{float(value):g}"
