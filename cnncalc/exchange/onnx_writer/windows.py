"""Convolutions and pools as standard operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cnncalc import formulas
from cnncalc.exchange.onnx_writer.body import Body, Here
from cnncalc.exchange.unsaid import CannotSay
from cnncalc.layers import Layer, adaptive, classic, composite, conv, pool, spatial, transposed, unpool
from cnncalc.taps import Taps, Window


def window(windows: Sequence[Window], *, dilated: bool = True) -> dict[str, Any]:
    """Windows as ONNX's attributes; what is not said is 0 or 1."""
    pads = [w.before for w in windows] + [w.after for w in windows]
    found: dict[str, Any] = {"kernel_shape": [w.kernel for w in windows]}
    found["strides"] = [w.stride for w in windows]
    found["pads"] = pads if any(pads) else None
    gaps = [w.dilation for w in windows]
    found["dilations"] = gaps if dilated and any(gap > 1 for gap in gaps) else None
    return found


def _conv(here: Here) -> str:
    layer, site = here.layer, here.site
    windows = layer.windows(site.input)
    attributes = {**window(windows), "group": layer.groups_of(site.channels)}
    values = here.x
    if layer.padding_mode != "zeros" and attributes["pads"]:
        values = here.body.pad(values, [(w.before, w.after) for w in windows], layer.padding_mode)
        attributes["pads"] = None
    if getattr(layer, "table", None) is not None:
        return _by_table(here, values, attributes)
    return here.add("Conv", values, here.weight, here.bias, **attributes)


def _by_table(here: Here, values: str, attributes: dict[str, Any]) -> str:
    """Output maps with equally many input maps are one grouped convolution over the maps they name."""
    table, body = here.layer.table, here.body
    order = sorted(range(len(table)), key=lambda target: len(table[target]))
    parts, start = [], 0
    for fan_in in dict.fromkeys(len(table[target]) for target in order):
        targets = [target for target in order if len(table[target]) == fan_in]
        end = start + fan_in * len(targets)
        rows = body.cut(here.weight, 0, start, end)
        sizes = (len(targets), fan_in, *attributes["kernel_shape"])
        weight = body.add("Reshape", rows, body.whole(sizes))
        gathered = body.pick(values, 1, [source for target in targets for source in table[target]])
        parts.append(body.add("Conv", gathered, weight, **{**attributes, "group": len(targets)}))
        start = end
    joined = body.add("Concat", *parts, axis=1)
    maps = body.pick(joined, 1, [order.index(target) for target in range(len(table))])
    return body.add("Add", maps, body.per_channel(here.bias, here.rank)) if here.bias else maps


def _local(here: Here) -> str:
    """The windows side by side, each multiplied by a matrix of its own."""
    layer, body, rank = here.layer, here.body, here.rank
    windows, positions = layer.windows(here.site.input), here.site.positions
    laid = _side_by_side(body, here.x, windows, positions)
    places, taps = range(2, 2 + 2 * rank, 2), range(3, 3 + 2 * rank, 2)
    rows = body.transpose(laid, (*places, 0, 1, *taps))
    inner = formulas.conv_macs(here.site.channels, 1, layer.kernel(here.site), (1,) * rank)
    rows = body.add("Reshape", rows, body.whole((*positions, -1, inner)))
    sizes = body.whole((*positions, layer.out_channels, inner))
    matrices = body.add("Reshape", here.weight, sizes)
    swapped = body.transpose(matrices, (*range(rank), rank + 1, rank))
    sums = body.add("MatMul", rows, swapped)
    maps = body.transpose(sums, (rank, rank + 1, *range(rank)))
    return body.add("Add", maps, here.bias) if here.bias else maps


def _side_by_side(body: Body, values: str, windows: Sequence[Window], positions: Sequence[int]) -> str:
    """The taps of every window: batch, channels, then for each axis its positions and its taps."""
    ends = [(w.before, w.after) for w in windows]
    if any(map(any, ends)):
        values = body.pad(values, ends, "zeros")
    for number, (w, count) in enumerate(zip(windows, positions, strict=True)):
        reads = [[place + w.before for place in w.reads(unit)] for unit in range(count)]
        values = body.pick(values, 2 + 2 * number, reads)
    return values


def _unfold(here: Here) -> str:
    layer, body = here.layer, here.body
    sizes = zip(*(here.axes(v) for v in (layer.kernel_size, layer.stride, layer.padding)), strict=True)
    gaps = here.axes(layer.dilation)
    windows = [Window(k, s, p, p, d) for (k, s, p), d in zip(sizes, gaps, strict=True)]
    axes = zip(here.site.input[1:], windows, strict=True)
    counts = [formulas.output_size.unchecked(n, w.kernel, w.stride, w.before, w.dilation) for n, w in axes]
    laid = _side_by_side(body, here.x, windows, counts)
    return body.reshape(body.transpose(laid, (0, 1, 3, 5, 2, 4)), here.site.output)


def _fold(here: Here) -> str:
    layer = here.layer
    kernel, stride, gap, padding, image = (
        value if isinstance(value, tuple) else (value, value)
        for value in (layer.kernel_size, layer.stride, layer.dilation, layer.padding, layer.output_size)
    )
    shapes = (here.body.whole(image), here.body.whole(kernel))
    return here.add("Col2Im", here.x, *shapes, strides=stride, dilations=gap, pads=padding * 2)


def _stages(here: Here) -> str:
    """A depthwise convolution, then one across the channels."""
    values = here.x
    for stage in here.layer.stages(here.site):
        weights = {
            name.removeprefix(f"{stage.name}."): value
            for name, value in here.weights.items()
            if name.startswith(f"{stage.name}.")
        }
        values = _conv(Here(stage.layer, stage.site, here.body, (values,), weights))
    return values


def _deformable(here: Here) -> str:
    layer, site = here.layer, here.site
    attributes = window(layer.windows(site.input))
    offsets = here.add(
        "Conv", here.x, here.weights["offset.weight"], here.weights["offset.bias"], **attributes
    )
    mask = ""
    if layer.mask:
        mask = here.add("Conv", here.x, here.weights["mask.weight"], here.weights["mask.bias"], **attributes)
        mask = here.add("Sigmoid", mask)
    groups = {"group": layer.groups, "offset_group": layer.offset_groups}
    return here.add("DeformConv", here.x, here.weight, offsets, here.bias, mask, **attributes, **groups)


def _transposed(here: Here) -> str:
    layer, site = here.layer, here.site
    names = ("kernel_size", "stride", "padding", "dilation")
    axes = list(zip(*(here.axes(getattr(layer, name)) for name in names), strict=True))
    sizes = zip(site.input[1:], site.positions, axes, strict=True)
    behind = [out - formulas.transposed_output_size.unchecked(size, *axis) for size, out, axis in sizes]
    windows = [Window(k, s, p, p, d) for k, s, p, d in axes]
    extra = {"group": layer.groups, "output_padding": behind if any(behind) else None}
    return here.add("ConvTranspose", here.x, here.weight, here.bias, **window(windows), **extra)


def _pool(kind: str, **more: Callable[[Any], Any]) -> Callable[[Here], str]:
    """A pool; windows that PyTorch leaves out at the end are left out by rounding down."""

    def translate(here: Here) -> str:
        attributes = _pool_window(here)
        chosen = {name: value(here.layer) for name, value in more.items()}
        return here.add(kind, here.x, **attributes, **chosen)

    return translate


def _pool_window(here: Here) -> dict[str, Any]:
    layer, site = here.layer, here.site
    windows = layer.windows(site.input)
    up, fits = [], []
    for size, out, w in zip(site.input[1:], site.positions, windows, strict=True):
        numbers = (size, w.kernel, w.stride, w.padding, w.dilation)
        up.append(out > formulas.output_size.unchecked(*numbers))
        fits.append(
            formulas.output_size_exact.unchecked(*numbers) == formulas.output_size.unchecked(*numbers)
        )
    if any(up) and not all(one or other for one, other in zip(up, fits, strict=True)):
        raise CannotSay("rounds up on one axis and leaves windows out on another")
    return {**window(windows), "ceil_mode": 1 if any(up) else None}


def _norm(layer: Any) -> int:
    if layer.norm_type != int(layer.norm_type) or layer.norm_type % 2:
        raise CannotSay(f"a norm of {layer.norm_type:g}, which PyTorch takes of signed values")
    return int(layer.norm_type)


_MOST_BINS = 1_000
"""Bins on one axis that are looked at, and written, one by one."""


def _adaptive(reduce: str, window_kind: str) -> Callable[[Here], str]:
    """One pool where the bins are windows in a row; else every bin by itself, axis by axis."""

    def translate(here: Here) -> str:
        taps = adaptive.AdaptiveMaxPool.taps(here.layer, here.site)[0]
        if all(size == 1 for size in here.site.positions):
            return here.add(reduce, here.x, here.body.whole(range(2, 2 + here.rank)))
        axes = list(zip(taps, here.site.positions, strict=True))
        even = [_as_window(tap, count) for tap, count in axes]
        if all(even):
            return here.add(window_kind, here.x, **window([w for w in even if w]))
        if max(here.site.positions) > _MOST_BINS:
            raise CannotSay(f"more than {_MOST_BINS:,} bins that are not one window after the other")
        return _bin_by_bin(here, [_bins(tap, count) for tap, count in axes], reduce)

    return translate


def _bins(taps: Taps, count: int) -> list[range]:
    reads = [list(taps.reads(unit)) for unit in range(count)]
    return [range(places[0], places[-1] + 1) for places in reads]


def _as_window(taps: Taps, count: int) -> Window | None:
    """Bins of one width and distance as a window; None if they are not."""
    if count > _MOST_BINS:
        step = taps.step()
        return Window(step.hi - step.lo + 1, step.stride, 0, 0, 1) if step else None
    bins = _bins(taps, count)
    widths = {len(one) for one in bins}
    steps = {b.start - a.start for a, b in pairwise(bins)} or {1}
    is_even = len(widths) == len(steps) == 1 and 0 not in steps
    return Window(widths.pop(), steps.pop(), 0, 0, 1) if is_even else None


def _bin_by_bin(here: Here, bins: Sequence[Sequence[range]], reduce: str) -> str:
    values, body = here.x, here.body
    for axis, found in enumerate(bins, start=2):
        places = body.whole([axis])
        cuts = [body.cut(values, axis, one.start, one.stop) for one in found]
        values = body.add("Concat", *(body.add(reduce, cut, places) for cut in cuts), axis=axis)
    return values


def _global(reduce: str) -> Callable[[Here], str]:
    def translate(here: Here) -> str:
        axes = here.body.whole(range(2, 2 + here.rank))
        return here.add(reduce, here.x, axes, keepdims=0)

    return translate


def _subsample(here: Here) -> str:
    """The sum of each window, times a coefficient, plus a bias."""
    windows, body = here.layer.windows(here.site.input), here.body
    taps = formulas.element_count(tuple(w.kernel for w in windows))
    sums = body.add("Mul", here.add("AveragePool", here.x, **window(windows)), body.number(taps))
    scaled = body.add("Mul", sums, body.per_channel(here.weight, here.rank))
    return body.add("Add", scaled, body.per_channel(here.bias, here.rank))


def _unpool(here: Here) -> str:
    layer, body = here.layer, here.body
    stride = layer.kernel_size if layer.stride is None else layer.stride
    sizes = zip(*(here.axes(v) for v in (layer.kernel_size, stride, layer.padding)), strict=True)
    windows = [Window(k, s, p, p, 1) for k, s, p in sizes]
    for size, out, w in zip(here.site.input[1:], here.site.positions, windows, strict=True):
        if formulas.transposed_output_size.unchecked(size, w.kernel, w.stride, w.padding) > out:
            raise CannotSay("undoes a pool whose last window reached over the edge")
    attributes = window(windows)
    finder = {**attributes, "ceil_mode": 1 if layer.rounding == "ceil" else None}
    _, places = body.several("MaxPool", here.inputs[1], makes=2, **finder)
    return body.add("MaxUnpool", here.x, places, body.add("Shape", here.inputs[1]), **attributes)


_average = _pool("AveragePool", count_include_pad=lambda layer: int(layer.count_include_pad) or None)
_lp = _pool("LpPool", p=_norm)
_adaptive_max = _adaptive("ReduceMax", "MaxPool")

STANDARD: Mapping[type[Layer], Callable[[Here], str]] = {
    conv.Conv: _conv,
    conv.DepthwiseConv: _conv,
    transposed.ConvTranspose: _transposed,
    pool.MaxPool: _pool("MaxPool"),
    pool.AvgPool: _average,
    adaptive.GlobalAvgPool: _global("ReduceMean"),
    adaptive.GlobalMaxPool: _global("ReduceMax"),
}
"""Kinds that ONNX has."""

COMPOSED: Mapping[type[Layer], Callable[[Here], str]] = {
    conv.Local: _local,
    composite.SeparableConv: _stages,
    composite.DeformConv: _deformable,
    classic.Subsample: _subsample,
    pool.LPPool: _lp,
    pool.L2Pool: _lp,
    unpool.MaxUnpool: _unpool,
    adaptive.AdaptiveAvgPool: _adaptive("ReduceMean", "AveragePool"),
    adaptive.AdaptiveMaxPool: _adaptive_max,
    adaptive.RoIPool: _adaptive_max,
    spatial.Unfold: _unfold,
    spatial.Fold: _fold,
}
"""Kinds put together from several operations, or whose operation is another kind's as well."""
