"""What moves values or joins tensors: reshaping, reducing, adding, shuffling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.match import Converter, Match, plain


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
    return Match("mean", {"dim": plain(dims), "keepdim": keepdim}, (input,)) if 0 not in dims else None


def _add(input: Any, other: Any, *, alpha: float = 1, **_: Any) -> Match | None:
    return Match("add", {}, (input, other)) if alpha == 1 else None


def _mul(input: Any, other: Any, **_: Any) -> Match:
    return Match("mul", {}, (input, other))


def _cat(tensors: Any, dim: int = 0, **_: Any) -> Match | None:
    return Match("cat", {}, tuple(tensors)) if dim % tensors[0].dim() == 1 else None


def _shuffle(kind: str, name: str) -> Converter:
    return lambda x, factor: Match(kind, {name: factor}, (x,))


MOVING: Mapping[str, Converter] = {
    "flatten": _flatten,
    **dict.fromkeys(("view", "reshape"), _view),
    "permute": _permute,
    "transpose": _transpose,
    "mean": _mean,
    **dict.fromkeys(("add", "__add__", "__radd__", "__iadd__", "add_"), _add),
    **dict.fromkeys(("mul", "__mul__", "__rmul__", "__imul__", "mul_", "multiply"), _mul),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "pixel_shuffle": _shuffle("pixel_shuffle", "upscale_factor"),
    "pixel_unshuffle": _shuffle("pixel_unshuffle", "downscale_factor"),
    "native_channel_shuffle": _shuffle("channel_shuffle", "groups"),
    "channel_shuffle": _shuffle("channel_shuffle", "groups"),
}
