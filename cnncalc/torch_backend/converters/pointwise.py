"""Activations, softmax and dropout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.match import Converter, Match


def _unary(kind: str, *names: str) -> Converter:
    """A function of one tensor whose further arguments, in this order, are the layer's."""

    def convert(input: Any, *args: Any, **kwargs: Any) -> Match:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        return Match(kind, {name: given[name] for name in names if given.get(name) is not None}, (input,))

    return convert


def _softmax(kind: str) -> Converter:
    def convert(input: Any, dim: Any = None, *_: Any, **__: Any) -> Match:
        place = 1 if dim is None else int(dim) % input.dim()
        return Match(kind, {"dim": place}, (input,))

    return convert


def _hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Match:
    if (min_val, max_val) == (0, 6):
        return Match("relu6", {}, (input,))
    return Match("hardtanh", {"min_val": min_val, "max_val": max_val}, (input,))


def _prelu(input: Any, weight: Any) -> Match:
    return Match("prelu", {"num_parameters": weight.numel()}, (input,), (weight,))


def _dropout(kind: str) -> Converter:
    return lambda x, p=0.5, *_, **__: Match(kind, {"p": p}, (x,))


ACTIVATIONS: Mapping[str, Converter] = {
    **{name: _unary(name) for name in ("relu", "relu6", "selu", "silu", "mish", "sigmoid", "tanh")},
    **{name: _unary(name) for name in ("hardsigmoid", "hardswish", "softsign", "tanhshrink", "logsigmoid")},
    "relu_": _unary("relu"),
    "silu_": _unary("silu"),
    "sigmoid_": _unary("sigmoid"),
    "tanh_": _unary("tanh"),
    "selu_": _unary("selu"),
    "leaky_relu": _unary("leaky_relu", "negative_slope"),
    "leaky_relu_": _unary("leaky_relu", "negative_slope"),
    "elu": _unary("elu", "alpha"),
    "elu_": _unary("elu", "alpha"),
    "celu": _unary("celu", "alpha"),
    "gelu": _unary("gelu", "approximate"),
    "glu": lambda x, dim=-1: Match("glu", {}, (x,)) if dim == 1 else None,
    "softplus": _unary("softplus", "beta", "threshold"),
    "hardtanh": _hardtanh,
    "hardtanh_": _hardtanh,
    "hardshrink": _unary("hardshrink", "lambd"),
    "softshrink": _unary("softshrink", "lambd"),
    "threshold": _unary("threshold", "threshold", "value"),
    "prelu": _prelu,
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    "softmin": _softmax("softmin"),
    "dropout": _dropout("dropout"),
    **dict.fromkeys(("dropout1d", "dropout2d", "dropout3d"), _dropout("channel_dropout")),
    "alpha_dropout": _dropout("alpha_dropout"),
}
