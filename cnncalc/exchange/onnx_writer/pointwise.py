"""Activations, normalisations, merges and products with matrices as standard operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.exchange.onnx_writer.body import Here
from cnncalc.exchange.unsaid import CannotSay
from cnncalc.layers import (
    Layer,
    activation,
    classic,
    learned,
    linear,
    merge,
    norm,
    regularise,
    softmax,
)

Translator = Callable[[Here], str]


def _named(kind: str, **attributes: str | float) -> Translator:
    """An operation whose attributes are arguments of the layer's, or numbers."""

    def translate(here: Here) -> str:
        given = {
            name: getattr(here.layer, value) if isinstance(value, str) else value
            for name, value in attributes.items()
        }
        return here.add(kind, here.x, **given)

    return translate


def _clip(low: Callable[[Any], float], high: Callable[[Any], float]) -> Translator:
    return lambda here: here.add(
        "Clip", here.x, here.body.number(low(here.layer)), here.body.number(high(here.layer))
    )


def _rrelu(here: Here) -> str:
    """At inference the slope is the middle of its range."""
    return here.add("LeakyRelu", here.x, alpha=(here.layer.lower + here.layer.upper) / 2)


def _silu(here: Here) -> str:
    return here.add("Mul", here.x, here.add("Sigmoid", here.x))


def _tanhshrink(here: Here) -> str:
    return here.add("Sub", here.x, here.add("Tanh", here.x))


def _softplus(here: Here) -> str:
    """PyTorch goes over to the identity where that makes no difference."""
    if here.layer.beta == 1:
        return here.add("Softplus", here.x)
    beta = here.body.number(here.layer.beta)
    return here.add("Div", here.add("Softplus", here.add("Mul", here.x, beta)), beta)


def _logsigmoid(here: Here) -> str:
    return here.add("Neg", here.add("Softplus", here.add("Neg", here.x)))


def _threshold(here: Here) -> str:
    least, value = here.body.number(here.layer.threshold), here.body.number(here.layer.value)
    return here.add("Where", here.add("Greater", here.x, least), here.x, value)


def _prelu(here: Here) -> str:
    slopes = here.weight
    if here.rank and here.layer.num_parameters > 1:
        slopes = here.body.per_channel(slopes, here.rank)
    return here.add("PRelu", here.x, slopes)


def _glu(here: Here) -> str:
    values, gate = here.body.several("Split", here.x, makes=2, axis=1, num_outputs=2)
    return here.add("Mul", values, here.add("Sigmoid", gate))


def _softmin(here: Here) -> str:
    return here.add("Softmax", here.add("Neg", here.x), axis=here.layer.dim)


def _linear(here: Here) -> str:
    """On rows of features the matrix stands behind; on one row it is ONNX's Gemm as it is."""
    if not here.rank:
        return here.add("Gemm", here.x, here.weight, here.bias, transB=1)
    product = here.add("MatMul", here.x, here.body.transpose(here.weight, (1, 0)))
    return here.add("Add", product, here.bias) if here.bias else product


def _fully_connected(here: Here) -> str:
    flat = here.add("Flatten", here.x) if here.rank else here.x
    return here.add("Gemm", flat, here.weight, here.bias, transB=1)


def _rbf(here: Here) -> str:
    """Squared distances to fixed centres."""
    apart = here.add("Sub", here.add("Unsqueeze", here.x, here.body.whole([1])), here.weights["centres"])
    return here.add("ReduceSum", here.add("Mul", apart, apart), here.body.whole([-1]), keepdims=0)


def _tokens(here: Here) -> str:
    """Rows in front of each sample, spread over the batch by adding them to nothing of each."""
    nothing = here.add("Mul", here.body.cut(here.x, 1, 0, 1), here.body.number(0))
    return here.add("Concat", here.add("Add", nothing, here.weight), here.x, axis=1)


def _sum(here: Here) -> str:
    return here.add("Add" if len(here.inputs) == 2 else "Sum", *here.inputs)


def _product(here: Here) -> str:
    """Flat inputs are gates, one value for each channel."""
    rank = max(map(len, here.site.inputs))
    values = [
        here.body.add("Unsqueeze", name, here.body.whole(range(2, rank + 1)))
        if len(shape) == 1 < rank
        else name
        for name, shape in zip(here.inputs, here.site.inputs, strict=True)
    ]
    first, *others = values
    for other in others:
        first = here.add("Mul", first, other)
    return first


def _concatenation(here: Here) -> str:
    values = list(here.inputs)
    if here.layer.fit == "crop":
        for place, shape in enumerate(here.site.inputs):
            for axis, kept in enumerate(here.site.positions, start=2):
                start = (shape[axis - 1] - kept) // 2
                if shape[axis - 1] > kept:
                    values[place] = here.body.cut(values[place], axis, start, start + kept)
    return here.add("Concat", *values, axis=1)


def _affine(here: Here, sizes: int) -> tuple[str, str]:
    """Scale and shift, ones and zeros where the layer has none."""
    scale = here.weights.get("weight") or here.body.numbers([1.0] * sizes)
    return scale, here.bias or here.body.numbers([0.0] * sizes)


def _batch_norm(here: Here) -> str:
    statistics = here.weights["running_mean"], here.weights["running_var"]
    affine = _affine(here, here.site.channels)
    return here.add("BatchNormalization", here.x, *affine, *statistics, epsilon=here.layer.eps)


def _instance_norm(here: Here) -> str:
    affine = _affine(here, here.site.channels)
    return here.add("InstanceNormalization", here.x, *affine, epsilon=here.layer.eps)


def _group_norm(here: Here) -> str:
    affine = _affine(here, here.site.channels)
    options = {"epsilon": here.layer.eps, "num_groups": here.layer.num_groups}
    return here.add("GroupNormalization", here.x, *affine, **options)


def _over_axes(normalise: Callable[[Here, str, int], str]) -> Translator:
    """A normalisation of the last axes; channels are put behind for it, and back."""

    def translate(here: Here) -> str:
        places, rank = here.layer.places(here.site.input), here.rank
        if places[-1] == rank:
            return normalise(here, here.x, len(places))
        behind = here.body.transpose(here.x, (0, *range(2, rank + 2), 1))
        return here.body.transpose(normalise(here, behind, 1), (0, rank + 1, *range(1, rank + 1)))

    return translate


def _layer_norm(here: Here, values: str, axes: int) -> str:
    scale = here.weights.get("weight")
    if not scale:
        ones = here.body.whole(here.layer.normalised(here.site))
        scale = here.add("Expand", here.body.number(1), ones)
    return here.add("LayerNormalization", values, scale, here.bias, axis=-axes, epsilon=here.layer.eps)


def _rms_norm(here: Here, values: str, axes: int) -> str:
    """PyTorch's default for what is added is the smallest step of the type."""
    eps = 2.0**-23 if here.layer.eps is None else here.layer.eps
    squares = here.add("Mul", values, values)
    mean = here.add("ReduceMean", squares, here.body.whole(range(-axes, 0)))
    root = here.add("Sqrt", here.add("Add", mean, here.body.number(eps)))
    scaled = here.add("Div", values, root)
    return here.add("Mul", scaled, here.weight) if "weight" in here.weights else scaled


def _lrn(here: Here) -> str:
    """Windows of even size lie elsewhere in PyTorch; runtimes take images alone."""
    layer, (channels, *sizes) = here.layer, here.site.input
    if layer.size % 2 == 0:
        raise CannotSay(f"a window of {layer.size} channels: ONNX's lies as PyTorch's only for odd sizes")
    values = here.x if here.rank == 2 else here.body.reshape(here.x, (channels, sizes[0], -1))
    options = {"size": layer.size, "alpha": layer.alpha, "beta": layer.beta, "bias": layer.k}
    normed = here.add("LRN", values, **options)
    return normed if here.rank == 2 else here.body.reshape(normed, here.site.output)


def _dropout(here: Here) -> str:
    return here.add("Dropout", here.x, here.body.number(here.layer.p))


STANDARD: Mapping[type[Layer], Translator] = {
    activation.ReLU: _named("Relu"),
    activation.ReLU6: _clip(lambda _: 0, lambda _: 6),
    activation.LeakyReLU: _named("LeakyRelu", alpha="negative_slope"),
    activation.ELU: _named("Elu", alpha="alpha"),
    activation.SELU: _named("Selu"),
    activation.CELU: _named("Celu", alpha="alpha"),
    activation.GELU: _named("Gelu", approximate="approximate"),
    activation.Mish: _named("Mish"),
    activation.Sigmoid: _named("Sigmoid"),
    activation.Tanh: _named("Tanh"),
    activation.Hardtanh: _clip(lambda layer: layer.min_val, lambda layer: layer.max_val),
    activation.Hardsigmoid: _named("HardSigmoid", alpha=1 / 6, beta=0.5),
    activation.Hardswish: _named("HardSwish"),
    activation.Softsign: _named("Softsign"),
    activation.Softplus: _softplus,
    activation.PReLU: _prelu,
    softmax.Softmax: _named("Softmax", axis="dim"),
    softmax.LogSoftmax: _named("LogSoftmax", axis="dim"),
    linear.Linear: _linear,
    linear.FC: _fully_connected,
    learned.Scale: lambda here: here.add("Mul", here.x, here.weight),
    learned.Shift: lambda here: here.add("Add", here.x, here.weight),
    merge.Add: _sum,
    merge.Mul: _product,
    merge.Cat: _concatenation,
    norm.BatchNorm: _batch_norm,
    norm.InstanceNorm: _instance_norm,
    norm.GroupNorm: _group_norm,
    norm.LayerNorm: _over_axes(_layer_norm),
    norm.LocalResponseNorm: _lrn,
    regularise.Dropout: _dropout,
}
"""Kinds that ONNX has."""

_unchanged = _named("Identity")

COMPOSED: Mapping[type[Layer], Translator] = {
    activation.RReLU: _rrelu,
    activation.SiLU: _silu,
    activation.Hardshrink: _named("Shrink", lambd="lambd", bias=0.0),
    activation.Softshrink: _named("Shrink", lambd="lambd", bias="lambd"),
    activation.Tanhshrink: _tanhshrink,
    activation.LogSigmoid: _logsigmoid,
    activation.Threshold: _threshold,
    activation.GLU: _glu,
    softmax.Softmin: _softmin,
    classic.RBF: _rbf,
    learned.Tokens: _tokens,
    norm.RMSNorm: _over_axes(_rms_norm),
    regularise.ChannelDropout: _unchanged,
    regularise.AlphaDropout: _unchanged,
    regularise.StochasticDepth: _unchanged,
}
"""Kinds put together from several operations, or whose operation is another kind's as well."""
