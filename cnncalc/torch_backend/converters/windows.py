"""Convolutions, pools, padding and upsampling."""

# ruff: noqa: ARG001 - the signatures are PyTorch's

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.match import Converter, Match, plain


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
    arguments = {name: plain(value) for name, value in window.items()}
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
    arguments = {name: plain(value) for name, value in window.items()}
    arguments |= {"out_channels": weight.shape[1] * groups, "groups": groups, "bias": bias is not None}
    return Match("conv_transpose", arguments, (input,), (weight, bias))


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
        "maxpool", {**_pool(kernel_size, stride, padding, ceil_mode), "dilation": plain(dilation)}, (input,)
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
    kernel, step = plain(kernel_size), plain(stride) if stride not in (None, [], ()) else None
    window = {"kernel_size": kernel, "padding": plain(padding), "rounding": "ceil" if ceil_mode else "floor"}
    return window if step in (None, kernel) else {**window, "stride": step}


def _adaptive(kind: str) -> Converter:
    def convert(input: Any, output_size: Any, *_: Any) -> Match:
        sizes = output_size if isinstance(output_size, tuple | list) else [output_size] * (input.dim() - 2)
        known = [
            size if wanted is None else wanted for wanted, size in zip(sizes, input.shape[2:], strict=True)
        ]
        return Match(kind, {"output_size": plain(known)}, (input,))

    return convert


def _interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    *_: Any,
    **__: Any,
) -> Match:
    wanted = {"size": plain(size)} if size is not None else {"scale_factor": plain(scale_factor)}
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


WINDOWS: Mapping[str, Converter] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _conv_transpose),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), _avg_pool),
    **{f"adaptive_avg_pool{rank}d": _adaptive("adaptive_avgpool") for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d": _adaptive("adaptive_maxpool") for rank in (1, 2, 3)},
    **dict.fromkeys(("interpolate", "upsample"), _interpolate),
    "pad": _pad,
}
