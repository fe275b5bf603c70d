"""Which layer a function of PyTorch's stands for, by the function's exact name.

Each converter has the signature of its function and returns a :class:`Match`, or None where the
layer kinds have no word for these arguments. A match is a proposal: the importer keeps it only if
shape, parameters and MACs are those that PyTorch measured. To teach the importer a function, add a
line to :data:`CONVERTERS`.
"""

# ruff: noqa: ARG001 - the signatures are PyTorch's

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Converter = Callable[..., "Match | None"]


class Match(NamedTuple):
    """The kind of a layer, its arguments, the tensors that enter it, and its learned tensors."""

    kind: str
    arguments: Mapping[str, Any]
    data: tuple[Any, ...]
    weights: tuple[Any, ...] = ()


def _plain(value: Any) -> Any:
    """Sizes as a spec writes them: one number where all are equal."""
    if isinstance(value, tuple | list):
        return value[0] if len(set(value)) == 1 else tuple(value)
    return value


def _axes(sizes: Any) -> Any:
    """Sizes of which each means an axis: equal ones stay apart."""
    return sizes[0] if len(sizes) == 1 else tuple(sizes)


def _conv(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Match:
    window = {"kernel_size": weight.shape[2:], "stride": stride, "padding": padding, "dilation": dilation}
    arguments = {name: _plain(value) for name, value in window.items()}
    arguments["bias"] = bias is not None
    channels, filters = input.shape[1], weight.shape[0]
    if groups == channels > 1:
        return Match("dwconv", {**arguments, "multiplier": filters // channels}, (input,), (weight, bias))
    return Match("conv", {"out_channels": filters, "groups": groups, **arguments}, (input,), (weight, bias))


def _conv_transpose(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Match:
    window = {
        "kernel_size": weight.shape[2:],
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    arguments = {name: _plain(value) for name, value in window.items()}
    arguments |= {"out_channels": weight.shape[1] * groups, "groups": groups, "bias": bias is not None}
    return Match("conv_transpose", arguments, (input,), (weight, bias))


def _linear(input: Any, weight: Any, bias: Any = None) -> Match:
    arguments: dict[str, Any] = {"out_features": weight.shape[0], "bias": bias is not None}
    if input.dim() > 2:
        arguments["in_features"] = weight.shape[1]
    return Match("linear", arguments, (input,), (weight, bias))


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
        "normalized_shape": _axes(normalized_shape),
        "eps": eps,
        "elementwise_affine": weight is not None,
        "bias": bias is not None or weight is None,
    }
    return Match("ln", arguments, (input,), (weight, bias))


def _rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Match:
    arguments = {
        "normalized_shape": _axes(normalized_shape),
        "eps": eps,
        "elementwise_affine": weight is not None,
    }
    return Match("rms_norm", arguments, (input,), (weight,))


def _lrn(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Match:
    return Match("lrn", {"size": size, "alpha": alpha, "beta": beta, "k": k}, (input,))


def _max_pool(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Match:
    return Match(
        "maxpool", {**_pool(kernel_size, stride, padding, ceil_mode), "dilation": _plain(dilation)}, (input,)
    )


def _avg_pool(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Match | None:
    if divisor_override is not None:
        return None
    arguments = {**_pool(kernel_size, stride, padding, ceil_mode), "count_include_pad": count_include_pad}
    return Match("avgpool", arguments, (input,))


def _pool(kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> dict[str, Any]:
    kernel, step = _plain(kernel_size), _plain(stride) if stride not in (None, [], ()) else None
    window = {"kernel_size": kernel, "padding": _plain(padding), "rounding": "ceil" if ceil_mode else "floor"}
    return window if step in (None, kernel) else {**window, "stride": step}


def _adaptive(kind: str) -> Converter:
    def convert(input: Any, output_size: Any, *_: Any) -> Match:
        sizes = output_size if isinstance(output_size, tuple | list) else [output_size] * (input.dim() - 2)
        known = [
            size if wanted is None else wanted for wanted, size in zip(sizes, input.shape[2:], strict=True)
        ]
        return Match(kind, {"output_size": _plain(known)}, (input,))

    return convert


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


def _flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Match | None:
    start, end = start_dim % input.dim(), end_dim % input.dim()
    if start == 0:
        return None
    return Match(
        "flatten",
        {} if end == input.dim() - 1 and start == 1 else {"start_dim": start, "end_dim": end},
        (input,),
    )


def _view(input: Any, *shape: Any, **_: Any) -> Match | None:
    """A change of shape that joins the last axes: flattening."""
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    kept = len(sizes) - 1
    alike = all(size in (own, -1) for size, own in zip(sizes[:kept], input.shape, strict=False))
    joined = math.prod(input.shape[kept:])
    if kept < 1 or kept >= input.dim() or not alike or sizes[kept] not in (joined, -1):
        return None
    return Match("flatten", {} if kept == 1 else {"start_dim": kept}, (input,))


def _permute(input: Any, *dims: Any) -> Match | None:
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims
    order = [dim % input.dim() for dim in order]
    return Match("permute", {"dims": tuple(order[1:])}, (input,)) if order[0] == 0 else None


def _transpose(input: Any, dim0: int, dim1: int) -> Match | None:
    order = list(range(input.dim()))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _permute(input, order)


def _mean(input: Any, dim: Any = None, keepdim: bool = False, **_: Any) -> Match | None:
    if dim is None:
        return None
    dims = sorted(place % input.dim() for place in (dim if isinstance(dim, tuple | list) else [dim]))
    if dims == list(range(2, input.dim())):
        return (
            Match("adaptive_avgpool", {"output_size": 1}, (input,)) if keepdim else Match("gap", {}, (input,))
        )
    return Match("mean", {"dim": _plain(dims), "keepdim": keepdim}, (input,)) if 0 not in dims else None


def _add(input: Any, other: Any, *, alpha: float = 1, **_: Any) -> Match | None:
    return Match("add", {}, (input, other)) if alpha == 1 else None


def _mul(input: Any, other: Any, **_: Any) -> Match:
    return Match("mul", {}, (input, other))


def _cat(tensors: Any, dim: int = 0, **_: Any) -> Match | None:
    return Match("cat", {}, tuple(tensors)) if dim % tensors[0].dim() == 1 else None


def _interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    *_: Any,
    **__: Any,
) -> Match:
    wanted = {"size": _plain(size)} if size is not None else {"scale_factor": _plain(scale_factor)}
    return Match("upsample", {**wanted, "mode": mode, "align_corners": bool(align_corners)}, (input,))


_LOWEST = 1e9
"""What stands for infinity, which specs have no word for, where a maximum is taken of what is padded."""


def _pad(input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Match | None:
    if len(pad) > 2 * (input.dim() - 2) or any(end < 0 for end in pad):
        return None
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    pairs += [(0, 0)] * (input.dim() - 2 - len(pairs))
    filling = max(-_LOWEST, min(value or 0, _LOWEST))
    how: dict[str, Any] = {"mode": "zeros" if mode == "constant" else mode}
    if filling:
        how = {"mode": "constant", "value": filling}
    return Match("pad", {"padding": tuple(reversed(pairs)), **how}, (input,))


def _shuffle(kind: str, name: str) -> Converter:
    return lambda x, factor: Match(kind, {name: factor}, (x,))


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


_ACTIVATIONS: dict[str, Converter] = {
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
}

CONVERTERS: dict[str, Converter] = {
    **_ACTIVATIONS,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _conv_transpose),
    "linear": _linear,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "local_response_norm": _lrn,
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), _avg_pool),
    **{f"adaptive_avg_pool{rank}d": _adaptive("adaptive_avgpool") for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d": _adaptive("adaptive_maxpool") for rank in (1, 2, 3)},
    "dropout": _dropout("dropout"),
    **dict.fromkeys(("dropout1d", "dropout2d", "dropout3d"), _dropout("channel_dropout")),
    "alpha_dropout": _dropout("alpha_dropout"),
    "flatten": _flatten,
    **dict.fromkeys(("view", "reshape"), _view),
    "permute": _permute,
    "transpose": _transpose,
    "mean": _mean,
    **dict.fromkeys(("add", "__add__", "__radd__", "__iadd__", "add_"), _add),
    **dict.fromkeys(("mul", "__mul__", "__rmul__", "__imul__", "mul_", "multiply"), _mul),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    **dict.fromkeys(("interpolate", "upsample"), _interpolate),
    "pad": _pad,
    "embedding": _embedding,
    "multi_head_attention_forward": _attention,
    "lstm": _recurrent("lstm", 4),
    "gru": _recurrent("gru", 3),
    "rnn_tanh": _recurrent("rnn", 1, nonlinearity="tanh"),
    "rnn_relu": _recurrent("rnn", 1, nonlinearity="relu"),
    "pixel_shuffle": _shuffle("pixel_shuffle", "upscale_factor"),
    "pixel_unshuffle": _shuffle("pixel_unshuffle", "downscale_factor"),
    "native_channel_shuffle": _shuffle("channel_shuffle", "groups"),
    "channel_shuffle": _shuffle("channel_shuffle", "groups"),
}

PASSING = frozenset(
    {
        *("contiguous", "clone", "detach", "detach_", "requires_grad_", "alias", "identity"),
        *("to", "type_as", "float", "double", "half", "bfloat16", "cpu", "cuda"),
    }
)
"""Functions that change no value: what leaves them is what entered."""

POINTWISE = frozenset(
    """abs add sub rsub div true_divide mul pow square sqrt rsqrt exp exp_ log log1p neg sign sin cos
    clamp clamp_ clamp_min clamp_max clip maximum minimum where masked_fill add_ mul_ sub_ div_ erf
    reciprocal floor ceil round nan_to_num lerp addcmul sigmoid tanh softplus relu gelu
    __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __truediv__
    __rtruediv__ __itruediv__ __pow__ __rpow__ __neg__""".split()  # noqa: SIM905 - a list would take 30 lines
)
"""Functions that read each position of their inputs for the same position of their output."""


def convert(function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Match | None:
    """The layer that a call stands for, if there is one."""
    converter = CONVERTERS.get(function)
    if converter is None:
        return None
    options = {name: value for name, value in kwargs.items() if name != "inplace"}
    try:
        return converter(*args, **options)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return None
