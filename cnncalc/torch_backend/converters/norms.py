"""Normalisations."""

# ruff: noqa: ARG001 - the signatures are PyTorch's

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.match import Converter, Match, axes


def _batch_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
    *_: Any,
) -> Match:
    arguments = {"eps": eps, "momentum": 0.1 if momentum is None else momentum, "affine": weight is not None}
    return Match("bn", arguments, (input,), (weight, bias))


def _instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *_: Any,
) -> Match:
    arguments = {"eps": eps, "momentum": momentum, "affine": weight is not None}
    return Match("instance_norm", arguments, (input,), (weight, bias))


def _group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any
) -> Match:
    arguments = {"num_groups": num_groups, "eps": eps, "affine": weight is not None}
    return Match("gn", arguments, (input,), (weight, bias))


def _layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any
) -> Match:
    arguments = {
        "normalized_shape": axes(normalized_shape),
        "eps": eps,
        "elementwise_affine": weight is not None,
        "bias": bias is not None or weight is None,
    }
    return Match("ln", arguments, (input,), (weight, bias))


def _rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Match:
    arguments = {
        "normalized_shape": axes(normalized_shape),
        "eps": eps,
        "elementwise_affine": weight is not None,
    }
    return Match("rms_norm", arguments, (input,), (weight,))


def _lrn(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Match:
    return Match("lrn", {"size": size, "alpha": alpha, "beta": beta, "k": k}, (input,))


NORMS: Mapping[str, Converter] = {
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "local_response_norm": _lrn,
}
