"""The one source of numbers: a row of quantities for every node of a network, and their totals.

Tables, JSON, diagrams, explanations and the comparison with PyTorch all read :class:`Analysis`.
Quantities are worked out when they are asked for, each from the layer's own facets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnncalc import conventions, fields, formulas, memory
from cnncalc.arithmetic import Shape, counted
from cnncalc.backward import backward_macs
from cnncalc.layers import Layer, show
from cnncalc.network import Memo, Network, Node, require_network
from cnncalc.quantities import (
    QUANTITIES,
    explanation,
    field_data,
    field_text,
    shape_workings,
    unknown_quantity,
)
from cnncalc.working import Worked

if TYPE_CHECKING:
    from cnncalc.conventions import Convention

SCHEMA_VERSION = 1
"""Version of the form :meth:`Analysis.to_dict` gives; raised when a reader would break."""


def analyze(network: Network) -> Analysis:
    """Analyse a network; see :class:`Analysis`."""
    return Analysis(require_network(network, "analyze"))


class Row:
    """The quantities of one node, for one sample."""

    __slots__ = ("_analysis", "node")

    def __init__(self, node: Node, analysis: Analysis) -> None:
        self.node = node
        self._analysis = analysis

    def __repr__(self) -> str:
        return f"<Row {self.name}: {self.kind} {show(self.output_shape)}>"

    @property
    def name(self) -> str:
        """The node's full name, dotted."""
        return self.node.name

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of the network that enclose it."""
        return self.node.path

    @property
    def layer(self) -> Layer:
        """The layer with its arguments."""
        return self.node.layer

    @property
    def kind(self) -> str:
        """The layer's canonical name."""
        return self.node.kind

    @property
    def label(self) -> str:
        """The kind and what distinguishes it: ``conv 5x5 /2``."""
        return self.node.layer.label(self.node.site)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the nodes it reads ("connected to")."""
        return self.node.inputs

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """Shapes that enter, channels first, without batch."""
        return self.node.input_shapes

    @property
    def output_shape(self) -> Shape:
        """Shape that leaves, channels first, without batch."""
        return self.node.output_shape

    @property
    def params(self) -> int:
        """Parameters, trainable and frozen; 0 where the weights belong to another row."""
        return self._value("params")

    @property
    def trainable_params(self) -> int:
        """Parameters that training changes."""
        return self._value("trainable_params")

    @property
    def connections(self) -> int:
        """Uses of a weight or bias by an output value, padded taps included (LeCun 1998)."""
        return self._value("connections")

    @property
    def connections_inside(self) -> int:
        """The same without connections to positions of the padding."""
        return self._value("connections_inside")

    @property
    def neurons(self) -> int:
        """Output values, in layers with weights."""
        return self._value("neurons")

    @property
    def macs(self) -> int:
        """Multiply-accumulates, bias additions not counted."""
        return self._value("macs")

    @property
    def flops(self) -> int:
        """Floating-point operations, two for each MAC."""
        return self._value("flops")

    @property
    def backward_macs(self) -> int:
        """Multiply-accumulates of the backward pass, as far as training needs it."""
        value: int = counted(self._analysis.backward[self.name].value)
        return value

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output in float32, 0 where it is a view of another."""
        return self._analysis.activations[self.name]

    @property
    def saved_bytes(self) -> int:
        """Bytes in float32 that training keeps for backward, where this row is the first to."""
        return self._analysis.saved[self.name]

    @property
    def field(self) -> fields.Field:
        """Receptive field in the input."""
        return self._analysis.fields[self.name]

    def worked(self, quantity: str) -> Worked:
        """The quantity with its working; see :data:`QUANTITIES` for the names."""
        if not isinstance(quantity, str) or quantity not in QUANTITIES:
            raise unknown_quantity(quantity)
        return QUANTITIES[quantity](self.node)

    def explain(self, quantity: str, *, latex: bool = False) -> str:
        """The worked line of a quantity, or of ``output_shape`` or ``field`` one line per axis.

        Raises :class:`~cnncalc.errors.UnknownName` for a quantity that does not exist.
        """
        lines = [explanation(name, worked, latex=latex) for name, worked in self._workings(quantity)]
        return "\n".join(lines)

    def _workings(self, quantity: str) -> list[tuple[str, Worked | str]]:
        if quantity == "output_shape":
            return shape_workings(self.node)
        if quantity == "backward_macs":
            return [(quantity, self._analysis.backward[self.name])]
        if quantity == "field":
            return [("field", field_text(self.field)), *self.field.workings()]
        return [(quantity, self.worked(quantity))]

    def operations(self, convention: Convention, batch: int = 1) -> int:
        """Operations under a convention, for a whole batch."""
        count: int = self._analysis.memo.once(
            (convention.name, batch),
            self.node,
            lambda: counted(convention.operations(self.node, batch).value),
        )
        return count

    def _value(self, quantity: str) -> int:
        count: int = self._analysis.memo.once(
            quantity, self.node, lambda: counted(self.worked(quantity).value)
        )
        return count

    def to_dict(self) -> dict[str, Any]:
        """All quantities as plain data."""
        return {
            "name": self.name,
            "path": list(self.path),
            "kind": self.kind,
            "label": self.label,
            "inputs": list(self.inputs),
            "input_shapes": [list(shape) for shape in self.input_shapes],
            "output_shape": list(self.output_shape),
            **{quantity: self._value(quantity) for quantity in QUANTITIES},
            **{name: getattr(self, name) for name in ("backward_macs", "activation_bytes", "saved_bytes")},
            "field": field_data(self.field),
            "frozen": self.node.frozen,
            "weights_from": self.node.weights_from or None,
        }


class Analysis:
    """Rows in order, and their totals for one sample.

    >>> import cnncalc
    >>> a = cnncalc.analyze(cnncalc.parse("INPUT(1x32x32) -> CONV(6,5) as C1"))
    >>> a.params, a.connections, a["C1"].output_shape
    (156, 122304, (6, 28, 28))
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.rows = tuple(Row(node, self) for node in network)
        self.memo = Memo()

    def __getitem__(self, name: str) -> Row:
        """The row of a node; the last parts of a dotted name do where only one node has them."""
        return self._by_name[self.network.resolve(name)]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<Analysis of {self.network.name}: {self.params:,} parameters, {self.macs:,} MACs>"

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    def _repr_svg_(self) -> str:
        """The graph, as notebooks show it."""
        from cnncalc.render.notebook import graph

        return graph(self)

    def _repr_html_(self) -> str:
        """The graph and the table, as notebooks show them."""
        from cnncalc.render.notebook import figure, table

        return figure(self) + table(self)

    @cached_property
    def fields(self) -> Mapping[str, fields.Field]:
        """Receptive field in the input, for every node by name."""
        return fields.receptive_fields(self.network)

    @cached_property
    def backward(self) -> Mapping[str, Worked]:
        """Multiply-accumulates of the backward pass, for every node by name."""
        return backward_macs(self.network)

    @cached_property
    def activations(self) -> Mapping[str, int]:
        """Bytes of every node's output, for one sample in float32."""
        return memory.activations(self.network)

    @cached_property
    def saved(self) -> Mapping[str, int]:
        """Bytes kept for backward, by the node that is first to keep them: one sample, float32."""
        return memory.saved_bytes(self.network)

    @cached_property
    def params(self) -> int:
        """Parameters, each set of shared weights counted once."""
        return sum(row.params for row in self.rows)

    @cached_property
    def trainable_params(self) -> int:
        """Parameters that training changes."""
        return sum(row.trainable_params for row in self.rows)

    @property
    def frozen_params(self) -> int:
        """Parameters that training leaves alone."""
        return self.params - self.trainable_params

    @cached_property
    def connections(self) -> int:
        """Uses of a weight or bias by an output value, padded taps included (LeCun 1998)."""
        return sum(row.connections for row in self.rows)

    @cached_property
    def connections_inside(self) -> int:
        """The same without connections to positions of the padding."""
        return sum(row.connections_inside for row in self.rows)

    @cached_property
    def neurons(self) -> int:
        """Output values of layers with weights."""
        return sum(row.neurons for row in self.rows)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates, bias additions not counted."""
        return sum(row.macs for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations, two for each MAC."""
        flops: int = counted(formulas.flops(self.macs))
        return flops

    @cached_property
    def backward_macs(self) -> int:
        """Multiply-accumulates of the backward pass; frozen layers cost less or nothing."""
        return sum(row.backward_macs for row in self.rows)

    @property
    def param_bytes(self) -> int:
        """Bytes of all parameters in float32."""
        return memory.parameter_bytes(self.network)

    @property
    def activation_bytes(self) -> int:
        """Bytes of all outputs together, for one sample in float32."""
        return sum(self.activations.values())

    @property
    def saved_bytes(self) -> int:
        """Bytes that training keeps for backward, for one sample in float32."""
        return sum(self.saved.values())

    @cached_property
    def peak(self) -> memory.Peak:
        """Most bytes of activations held at once at inference, and the node where: one sample."""
        return memory.inference_peak(self.network)

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """Shapes that leave the network."""
        return tuple(self.network[name].output_shape for name in self.network.outputs)

    def operations(self, convention: Convention | str, batch: int = 1) -> int:
        """Operations under a named convention, for a whole batch."""
        chosen = conventions.get(convention)
        conventions.check_batch(batch)
        return sum(row.operations(chosen, batch) for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data; ``schema`` tells the version of its form."""
        return {
            "schema": SCHEMA_VERSION,
            "name": self.network.name,
            "convention": conventions.DEFAULT.name,
            "inputs": {node.name: list(node.output_shape) for node in self.network.inputs},
            "outputs": {n: list(self.network[n].output_shape) for n in self.network.outputs},
            "totals": {name: getattr(self, name) for name in TOTALS},
            "peak": self.peak._asdict(),
            "layers": [row.to_dict() for row in self.rows],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The same as JSON text."""
        import json

        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)


TOTALS = (
    "params",
    "trainable_params",
    "frozen_params",
    "connections",
    "connections_inside",
    "neurons",
    "macs",
    "flops",
    "backward_macs",
    "param_bytes",
    "activation_bytes",
    "saved_bytes",
)
"""Quantities that :class:`Analysis` adds up."""
