"""Layers that move values as standard operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.exchange.onnx_writer.body import Here
from cnncalc.exchange.unsaid import CannotSay
from cnncalc.layers import Layer, part, shape, spatial, upsample
from cnncalc.layers.windows import ends_per_axis
from cnncalc.taps import single

Translator = Callable[[Here], str]


def _identity(here: Here) -> str:
    return here.add("Identity", here.x)


def _flatten(here: Here) -> str:
    """ONNX joins everything behind the batch; other joins are shapes."""
    if len(here.site.output) == 1:
        return here.add("Flatten", here.x)
    return _reshape(here)


def _reshape(here: Here) -> str:
    return here.body.reshape(here.x, here.site.output)


def _permute(here: Here) -> str:
    dims = here.layer.dims if isinstance(here.layer.dims, tuple) else (here.layer.dims,)
    return here.body.transpose(here.x, dims if dims[0] == 0 else (0, *dims))


def _stretch(here: Here) -> str:
    """A slice, or a piece of a split."""
    place = here.layer.dim - 1 if here.layer.dim > 0 else here.layer.dim + here.rank + 1
    kept = here.layer.stretch(here.site.input[place])
    end = kept.start + kept.step * kept.count
    return here.body.cut(here.x, place + 1, kept.start, end, kept.step)


def _mean(here: Here) -> str:
    places = here.body.whole(place + 1 for place in here.layer.places(here.site.input))
    return here.add("ReduceMean", here.x, places, keepdims=int(here.layer.keepdim))


def _pad(here: Here) -> str:
    layer = here.layer
    ends = ends_per_axis(layer.padding, here.site.input)
    return here.body.pad(here.x, ends, layer.mode, layer.value if layer.mode == "constant" else 0.0)


def _crop(here: Here) -> str:
    values = here.x
    cuts = zip(here.layer.cuts(here.site.input), here.site.input[1:], strict=True)
    for axis, ((before, after), size) in enumerate(cuts, start=2):
        if before or after:
            values = here.body.cut(values, axis, before, size - after)
    return values if values != here.x else _identity(here)


def _pixel_shuffle(here: Here) -> str:
    return here.add("DepthToSpace", here.x, blocksize=here.layer.upscale_factor, mode="CRD")


def _pixel_unshuffle(here: Here) -> str:
    """ONNX's SpaceToDepth puts the channels in another order."""
    channels, height, width = here.site.input
    r = here.layer.downscale_factor
    cut = here.body.reshape(here.x, (channels, height // r, r, width // r, r))
    return here.body.reshape(here.body.transpose(cut, (0, 1, 3, 5, 2, 4)), here.site.output)


def _channel_shuffle(here: Here) -> str:
    channels, *sizes = here.site.input
    groups = here.layer.groups
    dealt = here.body.reshape(here.x, (groups, channels // groups, *sizes))
    rest = range(3, 3 + len(sizes))
    return here.body.reshape(here.body.transpose(dealt, (0, 2, 1, *rest)), here.site.output)


def _upsample(here: Here) -> str:
    layer = here.layer
    kind = "cubic" if "cubic" in layer.mode else "linear" if "linear" in layer.mode else "nearest"
    aligned = "align_corners" if layer.align_corners else "half_pixel"
    how: dict[str, Any] = {"mode": kind, "coordinate_transformation_mode": aligned}
    if kind == "nearest":
        exact = layer.mode == "nearest_exact"
        how["coordinate_transformation_mode"] = "half_pixel" if exact else "asymmetric"
        how["nearest_mode"] = "round_prefer_ceil" if exact else "floor"
    elif kind == "cubic":
        how["cubic_coeff_a"] = -0.75
    how |= {"axes": list(range(2, 2 + here.rank))} if layer.scale_factor is None else {}
    return here.add("Resize", here.x, "", *_scales_and_sizes(here), **how)


def _scales_and_sizes(here: Here) -> tuple[str, ...]:
    """Scales, which ONNX keeps in single precision, or sizes where those are given."""
    layer, site = here.layer, here.site
    if layer.scale_factor is None:
        return "", here.body.whole(site.positions)
    factors = here.axes(layer.scale_factor)
    sizes = zip(site.input[1:], map(single, factors), site.positions, strict=True)
    if any(single(size * factor) // 1 != out for size, factor, out in sizes):
        raise CannotSay(f"scale_factor={layer.scale_factor} gives another size in single precision")
    return (here.body.numbers((1, 1, *factors)),)


STANDARD: Mapping[type[Layer], Translator] = {
    shape.Flatten: _flatten,
    shape.Permute: _permute,
    spatial.Pad: _pad,
    spatial.PixelShuffle: _pixel_shuffle,
    upsample.Upsample: _upsample,
}
"""Kinds that ONNX has."""

COMPOSED: Mapping[type[Layer], Translator] = {
    shape.Identity: _identity,
    shape.Unflatten: _reshape,
    part.Slice: _stretch,
    part.Split: _stretch,
    part.Mean: _mean,
    spatial.Crop: _crop,
    spatial.PixelUnshuffle: _pixel_unshuffle,
    spatial.ChannelShuffle: _channel_shuffle,
}
"""Kinds put together from several operations, or whose operation is another kind's as well."""
