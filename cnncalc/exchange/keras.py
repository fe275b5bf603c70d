"""Keras models as JSON (``model.to_json()``), of Keras 2 and 3, Sequential and Functional.

Keras puts channels last and pads ``same`` as TensorFlow does; both are translated. Lambda layers
hold code and are refused; weights are not needed and not read.
"""

# ruff: noqa: ARG001 - converters share a signature, not all need all of it

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cnncalc.arithmetic import Shape
from cnncalc.exchange.assembly import MALFORMED, Assembly, ImportFailure, Part, plain, text_of
from cnncalc.network import Network

Config = Mapping[str, Any]
MAX_CHARACTERS = 16 << 20


def read(path: Path) -> Network:
    """The network in a file."""
    return from_text(text_of(path, MAX_CHARACTERS))


def from_text(text: str) -> Network:
    """The network in a text; raises :class:`ImportFailure` that names a layer it cannot take."""
    try:
        model = json.loads(text)
        return _Model(model["config"], str(model["class_name"])).network()
    except MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ImportFailure(f"this is not what Keras writes with to_json() ({reason})") from error


class _Model:
    """Reads one model, layer by layer."""

    def __init__(self, config: Any, class_name: str) -> None:
        self.layers = config if isinstance(config, list) else config["layers"]
        self.sequential = class_name == "Sequential"
        name = "imported" if isinstance(config, list) else config.get("name", "imported")
        self.found = Assembly(str(name), source="Keras")

    def network(self) -> Network:
        """The network."""
        previous = ""
        for layer in self.layers:
            config = layer["config"]
            name = str(layer.get("name", config.get("name")))
            shape = config.get("batch_shape", config.get("batch_input_shape"))
            if layer["class_name"] == "InputLayer" or (shape and not self.found.values):
                self._input(name if layer["class_name"] == "InputLayer" else "input", shape)
                previous = name if layer["class_name"] == "InputLayer" else "input"
                if layer["class_name"] == "InputLayer":
                    continue
            if not self.sequential and len(layer["inbound_nodes"]) > 1:
                raise ImportFailure(f"layer {name!r} is used several times; only layers used once are read")
            takes = [previous] if self.sequential else list(_sources(layer["inbound_nodes"]))
            self._layer(str(layer["class_name"]), name, config, takes)
            previous = name
        return self.found.network()

    def _input(self, name: str, shape: list[Any]) -> None:
        sizes = shape[0][1:] if isinstance(shape[0], list) else shape[1:]
        if any(type(size) is not int for size in sizes):
            raise ImportFailure(f"input {name!r} has open sizes {sizes}: give the model fixed ones")
        self.found.input(name, (sizes[-1], *sizes[:-1]))

    def _layer(self, kind: str, name: str, config: Config, takes: list[str]) -> None:
        if config.get("data_format") == "channels_first":
            raise ImportFailure(f"layer {name!r} has channels first; only channels last are read")
        converter = _LAYERS.get(kind)
        if converter is None:
            raise ImportFailure(f"layer {name!r} is a {kind}, which has no counterpart here")
        if takes and takes[0] not in self.found.values:
            raise ImportFailure(f"layer {name!r} reads {takes[0]!r}, which no layer before it gives")
        parts = converter(config, self.found.shape(takes[0])) if takes else []
        activation = config.get("activation") if kind not in ("Activation", "LSTM") else None
        frozen = config.get("trainable") is False
        self.found.add(name, [*parts, *_activation(activation)], takes, name, frozen=frozen)


def _sources(inbound: Any) -> Iterator[str]:
    """Names of the layers that a layer reads: Keras 3 writes tensors with a history, Keras 2 lists."""
    if isinstance(inbound, dict):
        history = inbound.get("config", {}).get("keras_history") if "class_name" in inbound else None
        if history:
            yield str(history[0])
            return
        yield from _sources(inbound.get("args", []))
    elif isinstance(inbound, list):
        if len(inbound) >= 3 and isinstance(inbound[0], str) and isinstance(inbound[1], int):
            yield inbound[0]
            return
        for item in inbound:
            yield from _sources(item)


_ACTIVATIONS = {
    **{name: name for name in ("relu", "relu6", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu")},
    **{name: name for name in ("softplus", "softsign", "leaky_relu", "mish")},
    "swish": "silu",
    "hard_swish": "hardswish",
    "hard_silu": "hardswish",
    "hard_sigmoid": "hardsigmoid",
}


def _activation(value: Any) -> list[Part]:
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


def _dropout(kind: str) -> Callable[[Config, Shape], list[Part]]:
    return lambda config, _: [Part(kind, {"p": config["rate"]})]


def _nothing(config: Config, shape: Shape) -> list[Part]:
    return []


_RANKS = ("1D", "2D", "3D")

_LAYERS: dict[str, Callable[[Config, Shape], list[Part]]] = {
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
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "Activation": lambda config, _: _activation(config["activation"]),
    "ReLU": _relu,
    "LeakyReLU": lambda config, _: [
        Part("leaky_relu", {"negative_slope": config.get("negative_slope", config.get("alpha", 0.3))})
    ],
    "ELU": lambda config, _: [Part("elu", {"alpha": config.get("alpha", 1.0)})],
    "Softmax": _fixed("softmax"),
    "Flatten": _fixed("flatten"),
    "Dropout": _dropout("dropout"),
    "Add": _fixed("add"),
    "Multiply": _fixed("mul"),
    "Concatenate": _fixed("cat"),
    "Reshape": _reshape,
    "Rescaling": _nothing,
    "Identity": _nothing,
    "InputLayer": _nothing,
}
