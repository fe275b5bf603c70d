"""Layers over sequences of tokens as standard operations, with the weights as PyTorch keeps them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from cnncalc.exchange.onnx_writer.body import Here
from cnncalc.exchange.unsaid import CannotSay
from cnncalc.layers import Layer, recurrent, sequence

Translator = Callable[[Here], str]


def _embedding(here: Here) -> str:
    return here.add("Gather", here.weight, here.x)


def _recurrent(kind: str, gates: Sequence[int], **attributes: int) -> Translator:
    """One operation for each layer; ``gates`` are PyTorch's in the order of ONNX's."""

    def translate(here: Here) -> str:
        if here.layer.proj_size:
            raise CannotSay("projected states (proj_size)")
        body, layer = here.body, here.layer
        values = body.transpose(here.x, (1, 0, 2))
        for number in range(layer.num_layers):
            suffixes = [f"l{number}", f"l{number}_reverse"][: layer.directions]
            weights = [_stacked(here, f"weight_{kind_}_{{}}", suffixes, gates) for kind_ in ("ih", "hh")]
            bias = _biases(here, suffixes, gates) if layer.bias else ""
            direction = "bidirectional" if layer.bidirectional else "forward"
            options = {"hidden_size": layer.hidden_size, "direction": direction, **attributes}
            if kind == "RNN":
                options["activations"] = [layer.nonlinearity.capitalize()] * layer.directions
            made = body.several(kind, values, *weights, bias, makes=1, **options)[0]
            flat = body.whole((0, 0, layer.directions * layer.hidden_size))
            values = body.add("Reshape", body.transpose(made, (0, 2, 1, 3)), flat)
        return body.transpose(values, (1, 0, 2))

    return translate


def _stacked(here: Here, name: str, suffixes: Sequence[str], gates: Sequence[int]) -> str:
    """One matrix or vector per direction, its gates in ONNX's order."""
    body = here.body
    ordered = [_in_order(here, here.weights[name.format(suffix)], gates) for suffix in suffixes]
    raised = [body.add("Unsqueeze", one, body.whole([0])) for one in ordered]
    return raised[0] if len(raised) == 1 else body.add("Concat", *raised, axis=0)


def _in_order(here: Here, value: str, gates: Sequence[int]) -> str:
    if list(gates) == sorted(gates):
        return value
    parts = here.body.several("Split", value, makes=len(gates), axis=0, num_outputs=len(gates))
    return here.add("Concat", *(parts[gate] for gate in gates), axis=0)


def _biases(here: Here, suffixes: Sequence[str], gates: Sequence[int]) -> str:
    """Those of the input and of the states, one behind the other."""
    both = [_stacked(here, f"bias_{kind}_{{}}", suffixes, gates) for kind in ("ih", "hh")]
    return here.add("Concat", *both, axis=1)


def _attention(here: Here) -> str:
    """Queries of the first input, keys and values of the last; one head beside the other."""
    body, layer = here.body, here.layer
    features = here.site.input[1]
    width = features // layer.num_heads
    matrices = body.several("Split", here.weights["in_proj_weight"], makes=3, axis=0, num_outputs=3)
    biases = ["", "", ""]
    if layer.bias:
        biases = body.several("Split", here.weights["in_proj_bias"], makes=3, axis=0, num_outputs=3)
    heads = []
    for place, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
        entering = here.inputs[0 if place == 0 else -1]
        projected = _projected(here, entering, matrix, bias)
        split = body.reshape(projected, (-1, layer.num_heads, width))
        heads.append(body.transpose(split, (0, 2, 3, 1) if place == 1 else (0, 2, 1, 3)))
    query, key, value = heads
    scores = body.add("Mul", body.add("MatMul", query, key), body.number(1 / math.sqrt(width)))
    mixed = body.add("MatMul", body.add("Softmax", scores, axis=-1), value)
    joined = body.reshape(body.transpose(mixed, (0, 2, 1, 3)), (-1, features))
    return _projected(here, joined, here.weights["out_proj.weight"], here.weights.get("out_proj.bias", ""))


def _projected(here: Here, values: str, matrix: str, bias: str) -> str:
    product = here.add("MatMul", values, here.body.transpose(matrix, (1, 0)))
    return here.add("Add", product, bias) if bias else product


STANDARD: Mapping[type[Layer], Translator] = {sequence.Embedding: _embedding}
"""Kinds that ONNX has."""

COMPOSED: Mapping[type[Layer], Translator] = {
    recurrent.RNN: _recurrent("RNN", (0,)),
    recurrent.LSTM: _recurrent("LSTM", (0, 3, 1, 2)),
    recurrent.GRU: _recurrent("GRU", (1, 0, 2), linear_before_reset=1),
    sequence.Attention: _attention,
}
"""Kinds put together from several operations."""
