"""Layers over sequences of tokens, as captioning and vision transformers have them.

A sequence has the shape tokens x features.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, is_array
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, flag, number
from cnncalc.layers.base import Example, Layer, Saved, Site, show
from cnncalc.layers.regularise import dropped
from cnncalc.taps import Anything, Taps, Whole
from cnncalc.working import Nothing, Total, Worked, Working


def tokens(kind: str, shape: Shape) -> Shape:
    """The shape itself, refused unless it is tokens x features."""
    if len(shape) != 2:
        raise LayerError(
            "E252",
            f"{kind} takes tokens x features, but its input is {show(shape)}",
            help="of an image, flatten(2) -> permute(0, 2, 1) makes one token per position",
        )
    return shape


class Embedding(Layer):
    """A learned vector for each whole number that enters (PyTorch's Embedding)."""

    kind = "embedding"
    family = "linear"
    is_weight_layer = True

    num_embeddings: int = count(doc="How many different numbers can enter: the size of the vocabulary.")
    embedding_dim: int = count(short=("dim",), doc="Length of the vectors.")

    examples = (
        Example({"num_embeddings": 50, "embedding_dim": 8}, ((12,),)),
        Example({"num_embeddings": 9, "embedding_dim": 3}, ((4, 5),)),
    )

    def indices_below(self) -> int:
        """The size of the vocabulary."""
        return self.num_embeddings

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One more axis, for the vectors."""
        return (*inputs[0], self.embedding_dim)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """All vectors."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def params(self, site: Site) -> Worked:
        """All vectors."""
        return Working(formulas.element_count, shape=(self.num_embeddings, self.embedding_dim))

    def macs(self, site: Site) -> Worked:
        """None: vectors are looked up."""
        return Nothing("vectors are looked up, not multiplied")

    def operations(self, site: Site) -> Worked:
        """None."""
        return Nothing("vectors are looked up")

    def connections(self, site: Site) -> Worked:
        """One for each value looked up."""
        return Working(formulas.element_count, shape=site.output)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything, for what it knows."""
        return (tuple(Anything(size) for size in site.input[1:]),)

    def saved(self, site: Site) -> Saved:
        """The numbers that entered, which PyTorch wants as int64."""
        return Saved(bytes=8 * formulas.element_count(site.input), weights_only=True)

    def label(self, site: Site) -> str:
        """The kind and the size of its table."""
        return f"{self.kind} {self.num_embeddings}x{self.embedding_dim}"


class Cell(NamedTuple):
    """One direction of one layer of a recurrent network."""

    name: str
    in_features: Number
    is_first: bool


class Recurrent(Layer):
    """Hidden units that read, at each token, the token and what they were at the one before."""

    family = "linear"
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


class Attention(Layer):
    """Multi-head attention of tokens to each other, or to those of a second input.

    PyTorch's MultiheadAttention; Vaswani et al. 2017.
    """

    kind = "attention"
    aliases = ("multihead_attention", "mha", "self_attention")
    family = "linear"
    is_weight_layer = True
    arity = (1, 2)

    num_heads: int = count(short=("heads",), doc="Heads, among which the features are shared out.")
    dropout: float = number(0.0, low=0, high=1, doc="Dropout of attention weights.")
    bias: bool = flag(True, doc="Whether the projections have biases.")

    examples = (
        Example({"num_heads": 2}, ((4, 8),)),
        Example({"num_heads": 3, "bias": False}, ((5, 6),)),
        Example({"num_heads": 2}, ((4, 8), (6, 8))),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of the first input; the features must suit the heads, and each other."""
        shape = tokens(self.kind, inputs[0])
        features = shape[1]
        require(features % self.num_heads == 0, lambda: _heads_do_not_divide(self.num_heads, features))
        others = tokens(self.kind, inputs[-1])[1]
        require(others == features, lambda: _features_differ(features, others))
        return shape

    def _projections(self, site: Site) -> dict[str, tuple[Number, Number]]:
        """For each projection, its features out and the tokens it is applied to."""
        features, own, other = site.input[1], site.input[0], site.inputs[-1][0]
        return {
            "query": (features, own),
            "key and value": (2 * features, other),
            "output": (features, own),
        }

    def tensors(self, site: Site) -> dict[str, Shape]:
        """Queries, keys and values in one matrix, and the output projection."""
        features = site.input[1]
        weights = {"in_proj_weight": (3 * features, features), "out_proj.weight": (features, features)}
        biases = {"in_proj_bias": (3 * features,), "out_proj.bias": (features,)}
        return {**weights, **biases} if self.bias else weights

    def params(self, site: Site) -> Worked:
        """Weights and biases of four projections."""
        features = site.input[1]
        return Working(
            formulas.linear_params, in_features=features, out_features=4 * features, bias=int(self.bias)
        )

    def macs(self, site: Site) -> Worked:
        """The projections, and the products of queries with keys and of weights with values."""
        features = site.input[1]
        parts: dict[str, Worked] = {
            name: Working(formulas.linear_macs, in_features=features, out_features=out, positions=places)
            for name, (out, places) in self._projections(site).items()
        }
        pairs = (site.input[0], site.inputs[-1][0])
        for name in ("scores", "weighted values"):
            parts[name] = Working(formulas.attention_macs, features=features, pairs=pairs)
        return Total(parts)

    def operations(self, site: Site) -> Worked:
        """Projections, scaled products of queries with keys, their softmax, and mixed values."""
        features, queries, keys = site.input[1], site.input[0], site.inputs[-1][0]
        parts: dict[str, Worked] = {
            name: Working(
                formulas.linear_operations,
                in_features=features,
                out_features=out,
                positions=places,
                bias=int(self.bias),
            )
            for name, (out, places) in self._projections(site).items()
        }
        pairs = self.num_heads * queries * keys
        per_head = {"in_features": features // self.num_heads, "out_features": pairs}
        parts["scores"] = Working(formulas.linear_operations, **per_head, bias=1)
        parts["softmax"] = Working(formulas.softmax_operations, values=pairs, rows=self.num_heads * queries)
        mixed = {"in_features": keys, "out_features": features}
        parts["weighted values"] = Working(formulas.linear_operations, **mixed, positions=queries, bias=0)
        return Total(parts)

    def backward_macs(self, site: Site, *, weights: bool, inputs: bool) -> Worked:
        """Of the projections, and of both operands of the products between them."""
        if not (weights or inputs):
            return Nothing("no gradient is needed here")
        macs = self.macs(site)
        assert isinstance(macs, Total)
        # What the projections multiply enters, but for the last one.
        gradients = {name: int(weights) + int(inputs) for name in self._projections(site)}
        gradients["output"] = int(weights) + 1
        parts = {
            name: Working(formulas.backward_macs, macs=part.value, gradients=gradients.get(name, 2))
            for name, part in macs.parts.items()
        }
        return Total(parts)

    def connections(self, site: Site) -> Worked:
        """Uses of the weights and biases of the projections."""
        parts: dict[str, Worked] = {
            name: Working(
                formulas.linear_connections,
                in_features=site.input[1],
                out_features=out,
                positions=places,
                bias=int(self.bias),
            )
            for name, (out, places) in self._projections(site).items()
        }
        return Total(parts)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything."""
        return tuple((Whole(shape[1]),) for shape in site.inputs)

    def saved(self, site: Site) -> Saved:
        """Projections, their mix and its normalisers; for the weights also what enters, in PyTorch's order.

        With dropout PyTorch has no fused kernel and keeps the attention weights as well.
        """
        own = formulas.element_count(site.input)
        other = formulas.element_count(site.inputs[-1])
        alone = len(site.inputs) == 1
        entering = own if alone else own + other
        if self.dropout == 0:
            normalisers = self.num_heads * site.input[0]
            return Saved(elements=2 * own + 2 * other + normalisers, own=Saved(elements=entering))
        weights = self.num_heads * site.input[0] * site.inputs[-1][0]
        projected = (own if alone else 0) + 2 * other
        drawn = dropped(self.dropout, weights)
        scaled = own + other
        elements = projected + scaled + 2 * weights + drawn.elements
        return drawn._replace(elements=elements, own=Saved(elements=entering + own))

    def label(self, site: Site) -> str:
        """The kind and the number of heads."""
        return f"{self.kind} {self.num_heads} heads"


def _heads_do_not_divide(heads: Number, features: Number) -> LayerError:
    message = f"num_heads={heads} does not divide {features} features"
    return LayerError("E232", message, help="choose a divisor of the features", argument="num_heads")


def _features_differ(features: Number, others: Number) -> LayerError:
    message = f"attention: tokens of {features} features cannot attend to tokens of {others}"
    return LayerError("E220", message, help=f"bring them to {features} features with linear")
