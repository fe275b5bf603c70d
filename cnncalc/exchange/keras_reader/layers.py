"""What each Keras layer is as layers."""

# ruff: noqa: ARG001 - converters share a signature, not all need all of it

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.arithmetic import Shape
from cnncalc.errors import ImportFailure
from cnncalc.exchange.assembly import Part, plain

Config = Mapping[str, Any]


_ACTIVATIONS = {
    **{name: name for name in ("relu", "relu6", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu")},
    **{name: name for name in ("softplus", "softsign", "leaky_relu", "mish", "celu", "log_softmax")},
    "hard_tanh": "hardtanh",
    "hard_shrink": "hardshrink",
    "soft_shrink": "softshrink",
    "tanh_shrink": "tanhshrink",
    "log_sigmoid": "logsigmoid",
    "swish": "silu",
    "hard_swish": "hardswish",
    "hard_silu": "hardswish",
    "hard_sigmoid": "hardsigmoid",
}


def activations(value: Any) -> list[Part]:
    """An activation by its name, on its own or within a layer; nothing for the linear one."""
    if value in (None, "linear"):
        return []
    name = value.get("config") if isinstance(value, dict) else value
    if isinstance(name, dict):
        name = name.get("name")
    if name not in _ACTIVATIONS:
        raise ImportFailure(f"activation {name!r} has no counterpart here")
    return [Part(_ACTIVATIONS[str(name)])]


def _padding(config: Config) -> str | int:
    strides = config.get("strides") or 1
    rule = config.get("padding", "valid")
    if rule not in ("same", "valid"):
        raise ImportFailure(f"layer {config.get('name')!r}: padding {rule!r} has no counterpart here")
    if rule == "valid":
        return 0
    return "same" if plain(strides) == 1 else "same_upper"


def _window(config: Config) -> dict[str, Any]:
    return {
        "kernel_size": plain(config["kernel_size"]),
        "stride": plain(config.get("strides", 1)),
        "padding": _padding(config),
        "dilation": plain(config.get("dilation_rate", 1)),
        "bias": bool(config.get("use_bias", True)),
    }


def _conv(config: Config, shape: Shape) -> list[Part]:
    counts = {"out_channels": config["filters"], "groups": config.get("groups", 1)}
    return [Part("conv", {**_window(config), **counts})]


def _depthwise(config: Config, shape: Shape) -> list[Part]:
    return [Part("dwconv", {**_window(config), "multiplier": config.get("depth_multiplier", 1)})]


def _separable(config: Config, shape: Shape) -> list[Part]:
    """Keras has one bias, behind the second convolution."""
    window = {**_window(config), "bias": False, "multiplier": config.get("depth_multiplier", 1)}
    pointwise = {"out_channels": config["filters"], "kernel_size": 1, "bias": bool(config["use_bias"])}
    return [Part("dwconv", window), Part("conv", pointwise)]


def _transposed(config: Config, shape: Shape) -> list[Part]:
    rank = len(shape) - 1
    kernels, strides = (_each(config[name], rank) for name in ("kernel_size", "strides"))
    padding, output_padding = [0] * rank, [max(0, s - k) for k, s in zip(kernels, strides, strict=True)]
    if config.get("padding") == "same":
        padding = [max(0, -(-(k - s) // 2)) for k, s in zip(kernels, strides, strict=True)]
        ends = zip(kernels, strides, padding, strict=True)
        output_padding = [s - k + 2 * p for k, s, p in ends]
    arguments = {
        "out_channels": config["filters"],
        "kernel_size": plain(kernels),
        "stride": plain(strides),
        "padding": plain(padding),
        "output_padding": plain(output_padding),
        "bias": bool(config.get("use_bias", True)),
    }
    return [Part("conv_transpose", arguments)]


def _each(value: Any, rank: int) -> list[int]:
    return list(value) if isinstance(value, list | tuple) else [value] * rank


def _dense(config: Config, shape: Shape) -> list[Part]:
    """On a volume Keras multiplies the channels, which is a convolution of size 1."""
    bias = bool(config.get("use_bias", True))
    if len(shape) == 1:
        return [Part("linear", {"out_features": config["units"], "bias": bias})]
    return [Part("conv", {"out_channels": config["units"], "kernel_size": 1, "bias": bias})]


def _batch_norm(config: Config, shape: Shape) -> list[Part]:
    scale, center = bool(config.get("scale", True)), bool(config.get("center", True))
    options = {"eps": config.get("epsilon", 1e-3), "momentum": round(1 - config.get("momentum", 0.99), 12)}
    parts = [Part("bn", {**options, "affine": scale and center})]
    if scale != center:
        parts.append(Part("scale" if scale else "shift"))
    return parts


def _affine(config: Config) -> bool:
    """Whether there are a scale and a shift; one without the other has no counterpart."""
    scale, center = bool(config.get("scale", True)), bool(config.get("center", True))
    if scale != center:
        raise ImportFailure(f"layer {config.get('name')!r}: a scale without a shift has no counterpart here")
    return scale


def _group_norm(config: Config, shape: Shape) -> list[Part]:
    groups = config.get("groups", 32)
    options = {"eps": config.get("epsilon", 1e-3), "affine": _affine(config)}
    if config.get("axis", -1) not in (-1, len(shape)):
        raise ImportFailure(f"layer {config.get('name')!r}: only groups of channels are read")
    if groups == -1 and len(shape) > 1:
        return [Part("instance_norm", options)]
    return [Part("gn", {"num_groups": shape[0] if groups == -1 else groups, **options})]


def _layer_norm(config: Config, shape: Shape) -> list[Part]:
    axis = config.get("axis", -1)
    if (axis[0] if isinstance(axis, list) and len(axis) == 1 else axis) not in (-1, len(shape)):
        raise ImportFailure(f"layer {config.get('name')!r}: only norms of the channels are read")
    scale, center = bool(config.get("scale", True)), bool(config.get("center", True))
    if center and not scale:
        raise ImportFailure(f"layer {config.get('name')!r}: a shift without a scale has no counterpart here")
    options = {"eps": config.get("epsilon", 1e-3), "elementwise_affine": scale, "bias": center}
    return [Part("ln", {**options, **({"over": "channels"} if len(shape) > 1 else {})})]


def _lrn(config: Config, shape: Shape) -> list[Part]:
    """The layer of that name in the source that this package writes."""
    return [Part("lrn", {name: config[name] for name in ("size", "alpha", "beta", "k")})]


def _prelu(config: Config, shape: Shape) -> list[Part]:
    shared = set(_each(config.get("shared_axes") or [], 1))
    if shared == set(range(1, len(shape) + 1)):
        return [Part("prelu", {"num_parameters": 1})]
    if shared != set(range(1, len(shape))):
        raise ImportFailure(f"layer {config.get('name')!r}: slopes for each position have no counterpart")
    return [Part("prelu", {"num_parameters": shape[0]})]


def _adaptive(kind: str) -> Callable[[Config, Shape], list[Part]]:
    return lambda config, _: [Part(kind, {"output_size": plain(config["output_size"])})]


def _pool(kind: str) -> Callable[[Config, Shape], list[Part]]:
    def convert(config: Config, shape: Shape) -> list[Part]:
        size = plain(config["pool_size"])
        arguments = {"kernel_size": size, "stride": plain(config.get("strides") or size)}
        arguments["padding"] = _padding({**config, "strides": arguments["stride"]})
        if arguments["padding"] == "same":
            arguments["padding"] = "same_upper"
        extra = {"count_include_pad": False} if kind == "avgpool" else {}
        return [Part(kind, {**arguments, **extra})]

    return convert


def _global_pool(flat: str, kept: str) -> Callable[[Config, Shape], list[Part]]:
    def convert(config: Config, shape: Shape) -> list[Part]:
        return [Part(kept, {"output_size": 1})] if config.get("keepdims") else [Part(flat)]

    return convert


def _relu(config: Config, shape: Shape) -> list[Part]:
    most, slope = config.get("max_value"), config.get("negative_slope") or 0
    if most == 6 and not slope:
        return [Part("relu6")]
    if most is not None:
        raise ImportFailure(f"ReLU up to {most} has no counterpart here")
    return [Part("leaky_relu", {"negative_slope": slope})] if slope else [Part("relu")]


def _pad(config: Config, shape: Shape) -> list[Part]:
    padding = config["padding"]
    pairs = tuple(tuple(_each(one, 2)) for one in _each(padding, len(shape) - 1))
    return [Part("pad", {"padding": pairs if len(shape) > 2 else (tuple(_each(padding, 2)),)})]


def _crop(config: Config, shape: Shape) -> list[Part]:
    if len(shape) == 2:
        return [Part("crop", {"border": (tuple(_each(config["cropping"], 2)),)})]
    pairs = tuple(tuple(_each(one, 2)) for one in _each(config["cropping"], len(shape) - 1))
    return [Part("crop", {"border": pairs})]


def _upsample(config: Config, shape: Shape) -> list[Part]:
    modes = {"nearest": "nearest", "bilinear": "bilinear"}
    mode = modes.get(config.get("interpolation", "nearest"))
    if mode is None:
        raise ImportFailure(f"interpolation {config.get('interpolation')!r} has no counterpart here")
    return [Part("upsample", {"scale_factor": plain(config["size"]), "mode": mode})]


def _reshape(config: Config, shape: Shape) -> list[Part]:
    """Between flat values and maps of one position, as MobileNet has it, nothing is rearranged."""
    *positions, channels = config["target_shape"]
    count = math.prod(shape)
    wanted = count if channels == -1 else channels
    if wanted != count or any(size != 1 for size in positions):
        raise ImportFailure(
            f"Reshape to {config['target_shape']} would rearrange what Keras has channels last"
        )
    if not positions:
        return [Part("flatten")]
    return [Part("flatten"), Part("unflatten", {"dim": 1, "unflattened_size": (count, *positions)})]


def _fixed(kind: str, **arguments: Any) -> Callable[[Config, Shape], list[Part]]:
    return lambda *_: [Part(kind, arguments)]


def _softmax(config: Config, shape: Shape) -> list[Part]:
    axis = config.get("axis", -1)
    rank = len(shape)
    if not isinstance(axis, int):
        raise ImportFailure(f"layer {config.get('name')!r}: softmax over several axes has no counterpart")
    place = axis % (rank + 1)
    return [Part("softmax", {} if place == rank else {"dim": place + 1})]


def _dropout(kind: str) -> Callable[[Config, Shape], list[Part]]:
    return lambda config, _: [Part(kind, {"p": config["rate"]})]


def _nothing(config: Config, shape: Shape) -> list[Part]:
    return []


_RANKS = ("1D", "2D", "3D")

LAYERS: dict[str, Callable[[Config, Shape], list[Part]]] = {
    **{f"Conv{rank}": _conv for rank in _RANKS},
    **{f"DepthwiseConv{rank}": _depthwise for rank in _RANKS},
    **{f"SeparableConv{rank}": _separable for rank in _RANKS},
    **{f"Conv{rank}Transpose": _transposed for rank in _RANKS},
    **{f"MaxPooling{rank}": _pool("maxpool") for rank in _RANKS},
    **{f"AveragePooling{rank}": _pool("avgpool") for rank in _RANKS},
    **{f"GlobalAveragePooling{rank}": _global_pool("gap", "adaptive_avgpool") for rank in _RANKS},
    **{f"GlobalMaxPooling{rank}": _global_pool("gmp", "adaptive_maxpool") for rank in _RANKS},
    **{f"ZeroPadding{rank}": _pad for rank in _RANKS},
    **{f"Cropping{rank}": _crop for rank in _RANKS},
    **{f"UpSampling{rank}": _upsample for rank in _RANKS},
    **{f"SpatialDropout{rank}": _dropout("channel_dropout") for rank in _RANKS},
    **{f"AdaptiveAveragePooling{rank}": _adaptive("adaptive_avgpool") for rank in _RANKS},
    **{f"AdaptiveMaxPooling{rank}": _adaptive("adaptive_maxpool") for rank in _RANKS},
    "Dense": _dense,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "LocalResponseNorm": _lrn,
    "PReLU": _prelu,
    "AlphaDropout": _dropout("alpha_dropout"),
    "BatchNormalization": _batch_norm,
    "Activation": lambda config, _: activations(config["activation"]),
    "ReLU": _relu,
    "LeakyReLU": lambda config, _: [
        Part("leaky_relu", {"negative_slope": config.get("negative_slope", config.get("alpha", 0.3))})
    ],
    "ELU": lambda config, _: [Part("elu", {"alpha": config.get("alpha", 1.0)})],
    "Softmax": _softmax,
    "Flatten": _fixed("flatten"),
    "Dropout": _dropout("dropout"),
    "Add": _fixed("add"),
    "Multiply": _fixed("mul"),
    "Concatenate": _fixed("cat"),
    "Reshape": _reshape,
    "Rescaling": _nothing,
    "Identity": _fixed("id"),
    "InputLayer": _nothing,
}
