"""Caffe's network definitions (``.prototxt``), of both generations.

Caffe rounds pools up and convolutions down, and an InnerProduct flattens. Data, loss and accuracy
layers are left out. Weights (``.caffemodel``) are not needed and not read.
"""

# ruff: noqa: ARG001 - converters share a signature, not all need all of it

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncalc.errors import ImportFailure
from cnncalc.exchange.assembly import MALFORMED, Assembly, Part, plain, text_of
from cnncalc.exchange.prototext import MAX_CHARACTERS, Message, parse
from cnncalc.network import Network

_LEFT_OUT = frozenset(
    {"data", "imagedata", "hdf5data", "memorydata", "windowdata", "dummydata", "accuracy", "silence"}
)


def read(path: Path) -> Network:
    """The network in a file."""
    return from_text(text_of(path, MAX_CHARACTERS), name=path.stem)


def from_text(text: str, name: str = "imported") -> Network:
    """The network in a text; raises :class:`ImportFailure` that names a layer it cannot take."""
    net = parse(text)
    try:
        return _network(net, name)
    except MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ImportFailure(f"this is no network definition of Caffe ({reason})") from error


def _network(net: Message, name: str) -> Network:
    found = Assembly(str(_one(net, "name", name)), source="Caffe")
    _inputs(net, found)
    layers = [layer for key in ("layer", "layers") for layer in net.get(key, []) if isinstance(layer, dict)]
    if not found.values and not any(_type(layer) == "input" for layer in layers):
        raise ImportFailure('the file does not say what enters: add  input: "data" input_dim: 1 ... to it')
    for layer in layers:
        _layer(layer, found)
    return found.network()


def _inputs(net: Message, found: Assembly) -> None:
    dims = [int(d) for d in net.get("input_dim", [])]
    shapes = [[int(d) for d in shape["dim"]] for shape in net.get("input_shape", [])]
    shapes += [dims[place : place + 4] for place in range(0, len(dims), 4)]
    for name, shape in zip(net.get("input", []), shapes, strict=False):
        found.input(str(name), tuple(shape[1:]))


def _layer(layer: Message, found: Assembly) -> None:
    kind = _type(layer)
    tops = [str(top) for top in layer.get("top", [])]
    bottoms = [str(bottom) for bottom in layer.get("bottom", [])]
    if kind == "input":
        shapes = _one(layer, "input_param", {}).get("shape", [])
        for top, shape in zip(tops, shapes, strict=False):
            found.input(top, tuple(int(d) for d in shape["dim"][1:]))
    elif kind == "softmaxwithloss" and bottoms:
        _add("softmax", layer, found, bottoms[:1], tops)
    elif kind == "split" and bottoms:
        for top in tops:
            found.add(_name(layer), [], bottoms, top)
    elif bottoms and kind not in _LEFT_OUT and not kind.endswith("loss"):
        _add(kind, layer, found, bottoms, tops)


def _add(kind: str, layer: Message, found: Assembly, bottoms: list[str], tops: list[str]) -> None:
    """What a layer is here, sharing weights where it names those of one before."""
    name, converter = _name(layer), _LAYERS.get(kind)
    if converter is None:
        raise ImportFailure(f"layer {name!r} is a {_one(layer, 'type', '?')}, which has no counterpart here")
    params = [str(_one(param, "name", "")) for param in layer.get("param", []) if isinstance(param, dict)]
    weights = params[0] if params else ""
    owner = found.owners.get(weights, "")
    parts = converter(layer, found, bottoms)
    made = found.add(name, parts, bottoms, (tops or [name])[0], weights_from=owner)
    if made is not None and weights and not owner:
        found.owners[weights] = made.name


def _name(layer: Message) -> str:
    return str(_one(layer, "name", "layer"))


def _type(layer: Message) -> str:
    return str(_one(layer, "type", "")).replace("_", "").lower()


def _one(message: Message, name: str, default: Any) -> Any:
    values = message.get(name)
    return values[0] if values else default


def _sizes(options: Message, name: str, short: str, default: int) -> Any:
    """A size that is one number, one for each axis, or two fields for height and width."""
    if f"{short}_h" in options:
        return plain((int(_one(options, f"{short}_h", default)), int(_one(options, f"{short}_w", default))))
    given = [int(value) for value in options.get(name, [])]
    return plain(given) if given else default


def _convolution(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    options = _one(layer, "convolution_param", {})
    arguments = {
        "out_channels": int(_one(options, "num_output", 0)),
        "kernel_size": _sizes(options, "kernel_size", "kernel", 1),
        "stride": _sizes(options, "stride", "stride", 1),
        "padding": _sizes(options, "pad", "pad", 0),
        "dilation": _sizes(options, "dilation", "dilation", 1),
        "groups": int(_one(options, "group", 1)),
        "bias": bool(_one(options, "bias_term", True)),
    }
    return [Part("conv_transpose" if _type(layer) == "deconvolution" else "conv", arguments)]


def _pooling(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    options = _one(layer, "pooling_param", {})
    method = str(_one(options, "pool", "MAX"))
    kinds = {"MAX": ("maxpool", "adaptive_maxpool"), "AVE": ("avgpool", "adaptive_avgpool")}
    if method not in kinds:
        raise ImportFailure(f"layer {_one(layer, 'name', '?')!r}: pool: {method} has no counterpart here")
    window, everything = kinds[method]
    if _one(options, "global_pooling", False):
        return [Part(everything, {"output_size": 1})]
    arguments = {
        "kernel_size": _sizes(options, "kernel_size", "kernel", 1),
        "stride": _sizes(options, "stride", "stride", 1),
        "padding": _sizes(options, "pad", "pad", 0),
        "rounding": "floor" if _one(options, "round_mode", "CEIL") == "FLOOR" else "ceil",
    }
    return [Part(window, arguments)]


def _inner_product(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    options = _one(layer, "inner_product_param", {})
    bias = bool(_one(options, "bias_term", True))
    return [Part("fc", {"out_features": int(_one(options, "num_output", 0)), "bias": bias})]


def _relu(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    slope = _one(_one(layer, "relu_param", {}), "negative_slope", 0)
    return [Part("leaky_relu", {"negative_slope": slope})] if slope else [Part("relu")]


def _prelu(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    shared = _one(_one(layer, "prelu_param", {}), "channel_shared", False)
    return [Part("prelu", {"num_parameters": 1 if shared else found.shape(bottoms[0])[0]})]


def _lrn(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    options = _one(layer, "lrn_param", {})
    if _one(options, "norm_region", "ACROSS_CHANNELS") != "ACROSS_CHANNELS":
        raise ImportFailure(
            f"layer {_one(layer, 'name', '?')!r}: LRN within channels has no counterpart here"
        )
    arguments = {"size": int(_one(options, "local_size", 5)), "alpha": _one(options, "alpha", 1.0)}
    return [Part("lrn", {**arguments, "beta": _one(options, "beta", 0.75), "k": _one(options, "k", 1.0)})]


def _eltwise(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    operation = str(_one(_one(layer, "eltwise_param", {}), "operation", "SUM"))
    if operation not in ("SUM", "PROD"):
        raise ImportFailure(
            f"layer {_one(layer, 'name', '?')!r}: eltwise {operation} has no counterpart here"
        )
    return [Part("add" if operation == "SUM" else "mul")]


def _concat(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    options = _one(layer, "concat_param", {})
    if int(_one(options, "axis", _one(options, "concat_dim", 1))) != 1:
        raise ImportFailure(f"layer {_one(layer, 'name', '?')!r}: only channels can be joined here")
    return [Part("cat")] if len(bottoms) > 1 else []


def _scale(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    if len(bottoms) > 1:
        return [Part("mul")]
    with_bias = _one(_one(layer, "scale_param", {}), "bias_term", False)
    return [Part("scale"), Part("shift")] if with_bias else [Part("scale")]


def _dropout(layer: Message, found: Assembly, bottoms: list[str]) -> list[Part]:
    return [Part("dropout", {"p": _one(_one(layer, "dropout_param", {}), "dropout_ratio", 0.5)})]


def _fixed(*parts: Part) -> Callable[[Message, Assembly, list[str]], list[Part]]:
    return lambda *_: list(parts)


_LAYERS: dict[str, Callable[[Message, Assembly, list[str]], list[Part]]] = {
    "convolution": _convolution,
    "deconvolution": _convolution,
    "pooling": _pooling,
    "innerproduct": _inner_product,
    "relu": _relu,
    "prelu": _prelu,
    "lrn": _lrn,
    "eltwise": _eltwise,
    "concat": _concat,
    "scale": _scale,
    "dropout": _dropout,
    "batchnorm": _fixed(Part("bn", {"affine": False})),
    "bias": _fixed(Part("shift")),
    "flatten": _fixed(Part("flatten")),
    "sigmoid": _fixed(Part("sigmoid")),
    "tanh": _fixed(Part("tanh")),
    "elu": _fixed(Part("elu")),
    "softmax": _fixed(Part("softmax")),
}
