"""Matrix products over features and tokens: linear layers, embeddings, attention, recurrence."""

# ruff: noqa: ARG001 - the signatures are PyTorch's

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.match import Converter, Match


def _linear(input: Any, weight: Any, bias: Any = None) -> Match:
    arguments: dict[str, Any] = {"out_features": weight.shape[0], "bias": bias is not None}
    if input.dim() > 2:
        arguments["in_features"] = weight.shape[1]
    return Match("linear", arguments, (input,), (weight, bias))


def _embedding(input: Any, weight: Any, *_: Any, **__: Any) -> Match:
    arguments = {"num_embeddings": weight.shape[0], "embedding_dim": weight.shape[1]}
    return Match("embedding", arguments, (input,), (weight,))


def _attention(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    *_: Any,
    **__: Any,
) -> Match | None:
    if bias_k is not None or add_zero_attn:
        return None
    arguments = {"num_heads": num_heads, "dropout": dropout_p, "bias": in_proj_bias is not None}
    return Match("attention", arguments, (query, key, value))


def _recurrent(kind: str, gates: int, **fixed: Any) -> Converter:
    def convert(
        input: Any,
        hx: Any,
        params: Any,
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
        batch_first: bool,
    ) -> Match | None:
        arguments = {"hidden_size": params[0].shape[0] // gates, "num_layers": num_layers, "bias": has_biases}
        arguments |= {"dropout": dropout, "bidirectional": bidirectional, **fixed}
        return Match(kind, arguments, (input,)) if batch_first else None

    return convert


LINEAR: Mapping[str, Converter] = {
    "linear": _linear,
    "embedding": _embedding,
    "multi_head_attention_forward": _attention,
    "lstm": _recurrent("lstm", 4),
    "gru": _recurrent("gru", 3),
    "rnn_tanh": _recurrent("rnn", 1, nonlinearity="tanh"),
    "rnn_relu": _recurrent("rnn", 1, nonlinearity="relu"),
}
