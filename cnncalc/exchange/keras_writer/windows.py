"""Convolutions and pools in Keras.

Keras pads ``same`` as TensorFlow does, or not at all: other padding is a layer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.exchange.keras_writer.calls import Call, Default, Here, Writer, constructor
from cnncalc.exchange.unsaid import CannotSay
from cnncalc.folding import Template
from cnncalc.layers import (
    Layer,
    activation,
    adaptive,
    composite,
    conv,
    merge,
    norm,
    pool,
    regularise,
    shape,
    transposed,
)
from cnncalc.layers.windows import same_pads
from cnncalc.taps import Window


def _padded(
    here: Here, windows: tuple[Window, ...], *, low: bool = False, by_hand: bool = False
) -> tuple[list[Call], str]:
    """Calls that pad, and the padding that is left to the layer itself unless all is done by hand."""
    ends = [(w.before, w.after) for w in windows]
    if not any(map(any, ends)):
        return [], "valid"
    axes = zip(here.input[1:], windows, strict=True)
    rule = [same_pads("same_upper", size, w.kernel, w.stride, w.dilation) for size, w in axes]
    if ends == rule and not by_hand:
        return [], "same"
    grown = (here.input[0], *(n + sum(pair) for n, pair in zip(here.input[1:], ends, strict=True)))
    return [Call(border(here, ends, low=low), grown, suffix="_pad")], "valid"


def border(here: Here, ends: list[tuple[int, int]], *, low: bool = False) -> Template:
    """Zeros around a map; below everything where a maximum is taken of what may be negative."""
    if low and not _never_negative(here):
        raise CannotSay("a border below everything: Keras pads with zeros")
    even = all(before == after for before, after in ends)
    value = [before for before, _ in ends] if even else _ends(ends)
    return constructor(here.ranked("ZeroPadding"), ("padding", value))


def _never_negative(here: Here) -> bool:
    """Whether what enters was rectified, whatever moved or chose among its values since."""
    pending, seen = list(here.node.inputs), set()
    while pending:
        node = here.network[pending.pop()]
        if isinstance(node.layer, _RECTIFIED) or node.name in seen:
            continue
        if not isinstance(node.layer, _KEEPS_SIGN):
            return False
        seen.add(node.name)
        pending += node.inputs
    return True


_RECTIFIED = (
    activation.ReLU,
    activation.ReLU6,
    activation.Sigmoid,
    activation.Softplus,
    activation.Hardsigmoid,
)
_KEEPS_SIGN = (
    *(pool.MaxPool, pool.AvgPool, merge.Cat, merge.Add, regularise.Dropout, shape.Identity),
    *(norm.LocalResponseNorm, regularise.ChannelDropout),
)


def _window(windows: tuple[Window, ...], padding: str) -> dict[str, Any]:
    strides, gaps = ([getattr(w, name) for w in windows] for name in ("stride", "dilation"))
    if any(s > 1 for s in strides) and any(d > 1 for d in gaps):
        raise CannotSay("stride and dilation at once")
    named = {"strides": Default(strides, 1), "padding": Default(padding, "valid")}
    return {**named, "dilation_rate": Default(gaps, 1)}


def _conv(here: Here) -> list[Call]:
    layer = here.layer
    if layer.padding_mode != "zeros":
        raise CannotSay(f"padding_mode={layer.padding_mode}")
    if getattr(layer, "table", None) is not None:
        raise CannotSay("a connection table")
    windows = layer.windows(here.input)
    before, padding = _padded(here, windows)
    kernel = ("kernel_size", [w.kernel for w in windows])
    options = {**_window(windows, padding), "groups": Default(layer.groups_of(here.input[0]), 1)}
    bias = {"use_bias": Default(layer.bias, True)}
    if type(layer) is conv.DepthwiseConv and here.rank < 3:
        del options["groups"]
        multiplier = {"depth_multiplier": Default(layer.multiplier, 1)}
        return [*before, here.call(here.ranked("DepthwiseConv"), kernel, **options, **multiplier, **bias)]
    filters = ("filters", layer.filters(here.input[0]))
    return [*before, here.call(here.ranked("Conv"), filters, kernel, **options, **bias)]


def _separable(here: Here) -> list[Call]:
    layer = here.layer
    if here.rank == 3:
        raise CannotSay("three dimensions")
    windows = layer.windows(here.input)
    before, padding = _padded(here, windows)
    sizes = (("filters", layer.out_channels), ("kernel_size", [w.kernel for w in windows]))
    options = {"depth_multiplier": Default(layer.multiplier, 1), "use_bias": Default(layer.bias, True)}
    return [*before, here.call(here.ranked("SeparableConv"), *sizes, **_window(windows, padding), **options)]


def _transposed(here: Here) -> list[Call]:
    """Without padding, and cropped by what the padding cuts off."""
    layer = here.layer
    names = ("kernel_size", "stride", "padding", "dilation")
    values = (getattr(layer, name) for name in names)
    axes = list(zip(*(v if isinstance(v, tuple) else (v,) * here.rank for v in values), strict=True))
    if layer.groups != 1 or any(d != 1 or k < s for k, s, _, d in axes):
        raise CannotSay("groups, dilation, or a kernel smaller than the stride")
    full = [
        formulas.transposed_output_size.unchecked(n, k, s)
        for n, (k, s, _, _) in zip(here.input[1:], axes, strict=True)
    ]
    left = zip(full, here.node.output_shape[1:], axes, strict=True)
    cut = [(p, size - p - out) for size, out, (_, _, p, _) in left]
    if any(after < 0 for _, after in cut):
        raise CannotSay("positions behind the last window")
    sizes = (("filters", layer.out_channels), ("kernel_size", [k for k, *_ in axes]))
    options = {"strides": Default([s for _, s, *_ in axes], 1), "use_bias": Default(layer.bias, True)}
    made = constructor(here.ranked("Conv") + "Transpose", *sizes, **options)
    grown = Call(made, (layer.out_channels, *full))
    if not any(map(any, cut)):
        return [grown]
    return [grown._replace(suffix="_full"), here.call(here.ranked("Cropping"), ("cropping", cropping(cut)))]


def _ends(pairs: list[tuple[int, int]]) -> Any:
    """Both ends of each axis as Keras takes them: one pair where there is one axis."""
    return pairs[0] if len(pairs) == 1 else tuple(pairs)


def cropping(pairs: list[tuple[int, int]]) -> Any:
    """Positions cut off at both ends of each axis, as Keras takes them."""
    even = all(before == after for before, after in pairs)
    return [before for before, _ in pairs] if even else _ends(pairs)


def _pool(name: str) -> Writer:
    """A pool; windows that reach over the edge get the positions that they need."""

    def write(here: Here) -> list[Call]:
        layer = here.layer
        reaching = [
            _reaching(w, size, out)
            for size, out, w in zip(
                here.input[1:], here.node.output_shape[1:], layer.windows(here.input), strict=True
            )
        ]
        if any(w.dilation > 1 for w in reaching):
            raise CannotSay("a dilated pool")
        mean = name == "AveragePooling"
        before, padding = _padded(
            here, tuple(reaching), low=not mean, by_hand=mean and layer.count_include_pad
        )
        if mean and not _same_mean(here, reaching, padding):
            raise CannotSay("a mean over part of its padding")
        kernel, stride = [w.kernel for w in reaching], [w.stride for w in reaching]
        options = {"strides": Default(stride, kernel), "padding": Default(padding, "valid")}
        return [*before, here.call(here.ranked(name), ("pool_size", kernel), **options)]

    return write


def _reaching(w: Window, size: int, out: int) -> Window:
    """The window, with as much padding behind as its last place needs."""
    needed = (out - 1) * w.stride + w.extent - size - w.before
    return Window(w.kernel, w.stride, w.before, max(w.after, needed), w.dilation)


def _same_mean(here: Here, windows: list[Window], padding: str) -> bool:
    """Whether the padding counts in the means, or does not, as the layer says."""
    stated = here.layer.windows(here.input)
    if not any(w.before or w.after for w in windows):
        return True
    if padding == "same":
        return not here.layer.count_include_pad
    return bool(here.layer.count_include_pad) and all(
        w.after <= given.after for w, given in zip(windows, stated, strict=True)
    )


def _adaptive(kind: str) -> Writer:
    def write(here: Here) -> list[Call]:
        if all(size == 1 for size in here.node.output_shape[1:]):
            return [here.call(here.ranked(f"Global{kind}Pooling"), keepdims=True)]
        sizes = zip(here.input[1:], here.node.output_shape[1:], strict=True)
        steps = [(size // out, size % out) for size, out in sizes]
        if any(rest for _, rest in steps):
            output = ("output_size", here.node.output_shape[1:])
            return [here.call(here.ranked(f"Adaptive{kind}Pooling"), output)]
        return [here.call(here.ranked(f"{kind}Pooling"), ("pool_size", [step for step, _ in steps]))]

    return write


WRITERS: Mapping[type[Layer], Writer] = {
    conv.Conv: _conv,
    conv.DepthwiseConv: _conv,
    composite.SeparableConv: _separable,
    transposed.ConvTranspose: _transposed,
    pool.MaxPool: _pool("MaxPooling"),
    pool.AvgPool: _pool("AveragePooling"),
    adaptive.AdaptiveAvgPool: _adaptive("Average"),
    adaptive.AdaptiveMaxPool: _adaptive("Max"),
}
"""Windows that Keras has."""
