"""Layers over sequences of tokens, as captioning and vision transformers have them.

A sequence has the shape tokens x features.
"""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, flag, number
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


class Attention(Layer):
    """Multi-head attention of tokens to each other, or to those of a second input.

    PyTorch's MultiheadAttention; Vaswani et al. 2017.
    """

    kind = "attention"
    aliases = ("multihead_attention", "mha", "self_attention")
    family = "attention"
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
