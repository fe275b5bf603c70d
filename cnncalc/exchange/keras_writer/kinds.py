"""What each layer kind is in Keras: one call, or several in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.exchange.keras_writer import windows
from cnncalc.exchange.keras_writer.calls import Call, Default, Here, Writer, constructor
from cnncalc.exchange.keras_writer.windows import border, cropping
from cnncalc.exchange.unsaid import CannotSay, unsaid
from cnncalc.layers import (
    Layer,
    activation,
    adaptive,
    linear,
    merge,
    norm,
    part,
    recurrent,
    regularise,
    sequence,
    shape,
    softmax,
    spatial,
    upsample,
)
from cnncalc.layers.base import Elementwise
from cnncalc.layers.windows import ends_per_axis
from cnncalc.network import Network


def calls(here: Here) -> list[Call]:
    """The calls of a node; raises :class:`CannotSay` with the reason."""
    write = WRITERS.get(type(here.layer))
    if write is None:
        raise CannotSay(UNWRITTEN.get(type(here.layer), "Keras has no such layer"))
    return write(here)


def refused(network: Network) -> dict[str, str]:
    """For every kind and reason that Keras cannot say, the first layer that needs it."""
    return unsaid(network, lambda node: calls(Here(node, network)))


def _dense(here: Here) -> list[Call]:
    """Keras multiplies the last axis, which here are the channels."""
    if here.rank and type(here.layer) is linear.Linear:
        raise CannotSay("rows of features: Keras has the channels last")
    made = here.call("Dense", ("units", here.layer.out_features), use_bias=Default(here.layer.bias, True))
    count = formulas.element_count(here.input)
    flat = [Call(constructor("Flatten"), (count,), suffix="_flatten")] if here.rank else []
    return [*flat, made]


def _flatten(here: Here) -> list[Call]:
    """The order of values differs, which matters to nothing but the rows of a dense layer."""
    pending = [here.node.name]
    while pending and here.rank:
        readers = [here.network[name] for name in here.network.readers[pending.pop()]]
        plain_ones = [n for n in readers if not isinstance(n.layer, linear.FC | linear.Linear)]
        if not readers or any(not isinstance(n.layer, Elementwise) for n in plain_ones):
            raise CannotSay("values in a row, channels first, that no dense layer reads")
        pending += [node.name for node in plain_ones]
    if len(here.node.output_shape) > 1:
        raise CannotSay("some axes alone")
    return [here.call("Flatten")]


def _batch_norm(here: Here) -> list[Call]:
    layer = here.layer
    affine = {"scale": Default(layer.affine, True), "center": Default(layer.affine, True)}
    momentum = Default(round(1 - layer.momentum, 12), 0.99)
    return [here.call("BatchNormalization", momentum=momentum, epsilon=Default(layer.eps, 1e-3), **affine)]


def _group_norm(here: Here) -> list[Call]:
    layer = here.layer
    groups = Default(layer.num_groups if isinstance(layer, norm.GroupNorm) else -1, 32)
    affine = {"scale": Default(layer.affine, True), "center": Default(layer.affine, True)}
    return [here.call("GroupNormalization", groups=groups, epsilon=Default(layer.eps, 1e-3), **affine)]


def _layer_norm(here: Here) -> list[Call]:
    layer = here.layer
    if layer.places(here.input) != (0,):
        raise CannotSay("other axes than the channels")
    affine = {"scale": Default(layer.elementwise_affine, True)}
    affine["center"] = Default(layer.elementwise_affine and layer.bias, True)
    return [here.call("LayerNormalization", epsilon=Default(layer.eps, 1e-3), **affine)]


def _lrn(here: Here) -> list[Call]:
    layer = here.layer
    return [here.call("LocalResponseNorm", size=layer.size, alpha=layer.alpha, beta=layer.beta, k=layer.k)]


def _merge(name: str) -> Writer:
    return lambda here: [here.call(name)._replace(takes_list=True)]


def _product(here: Here) -> list[Call]:
    """Flat gates get axes of size 1."""
    rank = max(map(len, here.node.input_shapes))
    first = []
    for place, entering in enumerate(here.node.input_shapes):
        if len(entering) == 1 < rank:
            target = (*(1,) * (rank - 1), entering[0])
            gate = constructor("Reshape", ("target_shape", target))
            first.append(Call(gate, (entering[0], *(1,) * (rank - 1)), suffix=f"_gate{place}", reads=place))
    return [*first, here.call("Multiply")._replace(takes_list=True)]


def _concatenation(here: Here) -> list[Call]:
    cuts = []
    for place, entering in enumerate(here.node.input_shapes):
        kept = here.node.output_shape[1:]
        spare = [size - out for size, out in zip(entering[1:], kept, strict=True)]
        if any(spare):
            ends = cropping([(n // 2, n - n // 2) for n in spare])
            crop = constructor(here.ranked("Cropping"), ("cropping", ends))
            cuts.append(Call(crop, (entering[0], *kept), suffix=f"_crop{place}", reads=place))
    return [*cuts, here.call("Concatenate")._replace(takes_list=True)]


def _prelu(here: Here) -> list[Call]:
    last = [] if here.layer.num_parameters > 1 or here.input[0] == 1 else [here.rank + 1]
    shared = [*range(1, here.rank + 1), *last]
    return [here.call("PReLU", shared_axes=Default(shared or None, None))]


def _softmax(here: Here) -> list[Call]:
    dim = here.layer.dim if here.layer.dim > 0 else here.layer.dim + here.rank + 2
    return [here.call("Softmax", axis=Default(-1 if dim == 1 else dim - 1, -1))]


def _log_softmax(here: Here) -> list[Call]:
    if here.layer.dim % (here.rank + 2) != 1:
        raise CannotSay("another axis than the channels")
    return [here.call("Activation", ("activation", "log_softmax"))]


def _upsample(here: Here) -> list[Call]:
    layer = here.layer
    factors = [out / n for n, out in zip(here.input[1:], here.node.output_shape[1:], strict=True)]
    if any(factor % 1 for factor in factors) or layer.align_corners:
        raise CannotSay("anything but whole factors, corners not aligned")
    mode = {"nearest_exact": "nearest"}.get(layer.mode, layer.mode)
    mode = "bilinear" if mode == "linear" and here.rank == 2 else mode
    if mode not in ("nearest", "bilinear") or (here.rank != 2 and mode != "nearest"):
        raise CannotSay(f"mode={layer.mode}")
    size = ("size", [int(factor) for factor in factors])
    how = {"interpolation": Default(mode, "nearest")} if here.rank == 2 else {}
    return [here.call(here.ranked("UpSampling"), size, **how)]


def _pad(here: Here) -> list[Call]:
    layer = here.layer
    if layer.mode not in ("zeros", "constant") or (layer.mode == "constant" and layer.value):
        raise CannotSay(f"mode={layer.mode}")
    return [Call(border(here, list(ends_per_axis(layer.padding, here.input))), here.node.output_shape)]


def _crop(here: Here) -> list[Call]:
    return [here.call(here.ranked("Cropping"), ("cropping", cropping(list(here.layer.cuts(here.input)))))]


def _plain(name: str, **arguments: str) -> Writer:
    """A layer class, or with arguments those of the layer's that they name."""

    def write(here: Here) -> list[Call]:
        return [here.call(name, **{ours: getattr(here.layer, theirs) for ours, theirs in arguments.items()})]

    return write


def _ranked(name: str, **arguments: str) -> Writer:
    return lambda here: _plain(here.ranked(name), **arguments)(here)


def _activation(name: str, **only: Any) -> Writer:
    """An activation of Keras' by name, which has no arguments but fixed ones."""

    def write(here: Here) -> list[Call]:
        for argument, value in only.items():
            if getattr(here.layer, argument) != value:
                raise CannotSay(f"{argument}={getattr(here.layer, argument)}, where Keras has {value}")
        return [here.call("Activation", ("activation", name))]

    return write


WRITERS: Mapping[type[Layer], Writer] = {
    **windows.WRITERS,
    linear.Linear: _dense,
    linear.FC: _dense,
    adaptive.GlobalAvgPool: _ranked("GlobalAveragePooling"),
    adaptive.GlobalMaxPool: _ranked("GlobalMaxPooling"),
    norm.BatchNorm: _batch_norm,
    norm.GroupNorm: _group_norm,
    norm.InstanceNorm: _group_norm,
    norm.LayerNorm: _layer_norm,
    norm.LocalResponseNorm: _lrn,
    merge.Add: _merge("Add"),
    merge.Mul: _product,
    merge.Cat: _concatenation,
    shape.Identity: _plain("Identity"),
    shape.Flatten: _flatten,
    spatial.Pad: _pad,
    spatial.Crop: _crop,
    upsample.Upsample: _upsample,
    softmax.Softmax: _softmax,
    softmax.LogSoftmax: _log_softmax,
    regularise.Dropout: lambda here: [here.call("Dropout", ("rate", here.layer.p))],
    regularise.ChannelDropout: lambda here: [
        here.call(here.ranked("SpatialDropout"), ("rate", here.layer.p))
    ],
    regularise.AlphaDropout: lambda here: [here.call("AlphaDropout", ("rate", here.layer.p))],
    activation.ReLU: _plain("ReLU"),
    activation.ReLU6: lambda here: [here.call("ReLU", max_value=6)],
    activation.LeakyReLU: _plain("LeakyReLU", negative_slope="negative_slope"),
    activation.PReLU: _prelu,
    activation.ELU: lambda here: [here.call("ELU", alpha=Default(here.layer.alpha, 1.0))],
    activation.SELU: _activation("selu"),
    activation.CELU: _activation("celu", alpha=1),
    activation.GELU: _activation("gelu", approximate="none"),
    activation.SiLU: _activation("silu"),
    activation.Mish: _activation("mish"),
    activation.Sigmoid: _activation("sigmoid"),
    activation.Tanh: _activation("tanh"),
    activation.Hardtanh: _activation("hard_tanh", min_val=-1, max_val=1),
    activation.Hardsigmoid: _activation("hard_sigmoid"),
    activation.Hardswish: _activation("hard_silu"),
    activation.Hardshrink: _activation("hard_shrink", lambd=0.5),
    activation.Softshrink: _activation("soft_shrink", lambd=0.5),
    activation.Tanhshrink: _activation("tanh_shrink"),
    activation.Softsign: _activation("softsign"),
    activation.Softplus: _activation("softplus", beta=1),
    activation.LogSigmoid: _activation("log_sigmoid"),
}
"""Kinds that Keras has."""

_AXES = "its axes lie in another order there, channels last"
_TOKENS = "the first axis is written last, and of a sequence that would be the tokens"

UNWRITTEN: Mapping[type[Layer], str] = {
    **dict.fromkeys((shape.Permute, shape.Unflatten, part.Mean, norm.RMSNorm), _AXES),
    **dict.fromkeys((sequence.Embedding, recurrent.RNN, recurrent.LSTM, recurrent.GRU), _TOKENS),
    sequence.Attention: _TOKENS,
}
"""Why kinds that Keras does have are not written."""
