"""Recurrent layers: hidden units that read a sequence token by token.

Facets count what PyTorch's RNN, LSTM and GRU hold and do, layer upon layer, from one end or both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, is_array
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, flag, number
from cnncalc.layers.base import Example, Layer, Saved, Site
from cnncalc.layers.regularise import dropped
from cnncalc.layers.sequence import tokens
from cnncalc.taps import Taps, Whole
from cnncalc.working import Nothing, Total, Worked, Working


class Cell(NamedTuple):
    """One direction of one layer of a recurrent network."""

    name: str
    in_features: Number
    is_first: bool


class Recurrent(Layer):
    """Hidden units that read, at each token, the token and what they were at the one before."""

    family = "recurrent"
    is_weight_layer = True
    matrices: ClassVar[int]
    """Gates, the candidate state among them."""
    kept: ClassVar[int] = 6
    """Values per hidden unit and token that autograd keeps."""
    pointwise: ClassVar[int]
    """Operations per hidden unit and token beside the sums of its gates."""
    passed_on: ClassVar[int] = 1
    """How many states per token are kept beside these, for the weights alone."""
    kept_once: ClassVar[int] = 0
    """How many more states, once for all tokens."""

    hidden_size: int
    num_layers: int
    bias: bool
    dropout: float
    bidirectional: bool
    proj_size: int = 0

    @property
    def directions(self) -> int:
        """Two where the sequence is read from both ends."""
        return 2 if self.bidirectional else 1

    @property
    def state(self) -> int:
        """Values that a cell passes on."""
        return self.proj_size or self.hidden_size

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The state at each token, both directions side by side."""
        return (tokens(self.kind, inputs[0])[0], self.directions * self.state)

    def cells(self, site: Site) -> Iterator[Cell]:
        """Every direction of every layer."""
        for layer in range(self.num_layers):
            enters = self.directions * self.state if layer else site.input[1]
            yield Cell(f"l{layer}", enters, layer == 0)
            if self.bidirectional:
                yield Cell(f"l{layer}_reverse", enters, layer == 0)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """Weights and biases from the input and from the hidden units, by PyTorch's names."""
        wide = self.matrices * self.hidden_size
        shapes: dict[str, Shape] = {}
        for cell in self.cells(site):
            shapes[f"weight_ih_{cell.name}"] = (wide, cell.in_features)
            shapes[f"weight_hh_{cell.name}"] = (wide, self.state)
            if self.bias:
                shapes[f"bias_ih_{cell.name}"] = shapes[f"bias_hh_{cell.name}"] = (wide,)
            if self.proj_size:
                shapes[f"weight_hr_{cell.name}"] = (self.proj_size, self.hidden_size)
        return shapes

    def _total(self, site: Site, steps: Number, *, bias: bool) -> Worked:
        parts: dict[str, Worked] = {}
        for cell in self.cells(site):
            parts[cell.name] = self._uses(cell.in_features, self.state, steps, bias=2 * int(bias))
            if self.proj_size:
                parts[f"{cell.name} projection"] = self._projected(steps)
        return Total(parts) if len(parts) > 1 else next(iter(parts.values()))

    def _uses(self, in_features: Number, state: Number, steps: Number, *, bias: int = 0) -> Worked:
        return Working(
            formulas.recurrent_uses,
            in_features=in_features,
            hidden=self.hidden_size,
            state=state,
            gates=self.matrices,
            bias=bias,
            steps=steps,
        )

    def _projected(self, steps: Number) -> Worked:
        numbers = {"in_features": self.hidden_size, "out_features": self.proj_size, "positions": steps}
        return Working(formulas.linear_macs, **numbers)

    def params(self, site: Site) -> Worked:
        """Weights and biases of all cells; PyTorch has two biases per gate."""
        return self._total(site, 1, bias=self.bias)

    def macs(self, site: Site) -> Worked:
        """One for each weight at each token."""
        return self._total(site, site.input[0], bias=False)

    def backward_macs(self, site: Site, *, weights: bool, inputs: bool) -> Worked:
        """Of the weights, of the states but for the first ones, and of what enters if that is needed."""
        if not (weights or inputs):
            return Nothing("no gradient is needed here")
        parts: dict[str, Worked] = {}
        for cell in self.cells(site):
            steps = site.input[0]
            operands = {"weights": (cell.in_features, self.state, steps * int(weights))}
            operands["states"] = (0, self.state, steps - 1)
            operands["inputs"] = (cell.in_features, 0, steps * int(inputs or not cell.is_first))
            for name, (in_features, state, times) in operands.items():
                parts[f"{cell.name} {name}"] = self._uses(in_features, state, times)
            if self.proj_size:
                parts[f"{cell.name} projection"] = self._projected(steps * (1 + int(weights)))
        return Total({name: part for name, part in parts.items() if is_array(part.value) or part.value})

    def operations(self, site: Site) -> Worked:
        """Sums of all gates, and what they do to the states."""
        parts: dict[str, Worked] = {}
        steps = site.input[0]
        for cell in self.cells(site):
            parts[cell.name] = Working(
                formulas.recurrent_operations,
                in_features=cell.in_features,
                hidden=self.hidden_size,
                state=self.state,
                gates=self.matrices,
                bias=2 * int(self.bias),
                steps=steps,
                pointwise=self.pointwise,
            )
            if self.proj_size:
                numbers = {"in_features": self.hidden_size, "out_features": self.proj_size}
                parts[f"{cell.name} projection"] = Working(
                    formulas.linear_operations, **numbers, positions=steps, bias=0
                )
        return Total(parts)

    def connections(self, site: Site) -> Worked:
        """One for each use of a weight or bias."""
        return self._total(site, site.input[0], bias=self.bias)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything."""
        return ((Whole(site.input[1]),),)

    def saved(self, site: Site) -> Saved:
        """Gates and states, and masks of dropout; for the weights also what they multiply.

        This is what PyTorch's own kernels keep; oneDNN's keep a workspace of their own.
        """
        steps = site.input[0]
        cells = self.num_layers * self.directions
        masks = dropped(self.dropout, self._between * steps)
        return Saved(
            elements=cells * self.kept * self.hidden_size * steps + masks.elements,
            once=masks.once * (self.num_layers - 1),
            own=self._multiplied(site),
        )

    @property
    def _between(self) -> Number:
        """Values per token that one layer passes on to the next."""
        return (self.num_layers - 1) * self.directions * self.state

    def _multiplied(self, site: Site) -> Saved:
        """What enters each layer, the states, and what is projected."""
        steps = site.input[0]
        cells = self.num_layers * self.directions
        state = self.passed_on * self.state + (self.hidden_size if self.proj_size else 0)
        # Both directions of the first layer copy what enters, unless it is a single token.
        copies = self.directions if steps > 1 else 0
        entering = copies * site.input[1] + self._between
        once = cells * self.kept_once * self.state
        return Saved(inputs=() if copies else (0,), elements=(entering + cells * state) * steps + once)

    def label(self, site: Site) -> str:
        """The kind and the number of hidden units."""
        return f"{self.kind} {self.hidden_size}"


_EXAMPLES = (
    Example({"hidden_size": 3}, ((7, 5),)),
    Example({"hidden_size": 4, "num_layers": 2, "bias": False}, ((3, 6),)),
    Example({"hidden_size": 2, "bidirectional": True, "num_layers": 2}, ((4, 3),)),
)


class RNN(Recurrent):
    """Plain recurrent network (PyTorch's RNN)."""

    kind = "rnn"
    matrices = 1
    pointwise = 1
    kept = 1
    passed_on = 0
    kept_once = 1

    hidden_size: int = count(short=("hidden",), doc="Number of hidden units.")
    num_layers: int = count(1, doc="Layers, one upon the other.")
    nonlinearity: str = choice("tanh", "relu", default="tanh", doc="Activation.", keyword=False)
    bias: bool = flag(True, doc="Whether there are biases.")
    dropout: float = number(0.0, low=0, high=1, doc="Dropout between layers.", keyword=True)
    bidirectional: bool = flag(False, doc="Whether to read from both ends.", keyword=True)

    examples = (*_EXAMPLES, Example({"hidden_size": 3, "nonlinearity": "relu"}, ((4, 4),)))


class _Gated(Recurrent):
    """Hidden units behind gates."""

    hidden_size: int = count(short=("hidden",), doc="Number of hidden units.")
    num_layers: int = count(1, doc="Layers, one upon the other.")
    bias: bool = flag(True, doc="Whether there are biases.")
    dropout: float = number(0.0, low=0, high=1, doc="Dropout between layers.", keyword=True)
    bidirectional: bool = flag(False, doc="Whether to read from both ends.", keyword=True)


class LSTM(_Gated):
    """Long short-term memory (PyTorch's LSTM)."""

    kind = "lstm"
    matrices = 4
    pointwise = 18

    proj_size: int = count(0, at_least=0, doc="Size the states are projected to.", keyword=True)

    examples = (*_EXAMPLES, Example({"hidden_size": 4, "proj_size": 2}, ((5, 3),)))

    def validate(self) -> None:
        """A projection makes states smaller."""
        require(
            (self.proj_size == 0) | (self.proj_size < self.hidden_size),
            lambda: LayerError(
                "E219",
                f"proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}",
                argument="proj_size",
            ),
        )


class GRU(_Gated):
    """Gated recurrent units (PyTorch's GRU)."""

    kind = "gru"
    matrices = 3
    pointwise = 14

    examples = _EXAMPLES
