"""The PyTorch module that stands for each layer kind.

:data:`PAIRS` maps the exact class of a layer to a function of the layer and its site. To pair a
new kind, add one line to the table: :func:`plain` where torch.nn has the module under the same
argument names, :func:`ranked` where there is one for each number of spatial axes, a function where
more is to be said. What torch.nn lacks stands in :mod:`cnncalc.torch_backend.own`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from cnncalc.errors import CnncalcError
from cnncalc.layers import (
    Layer,
    Site,
    activation,
    classic,
    conv,
    learned,
    linear,
    merge,
    opaque,
    regularise,
    softmax,
    transposed,
    upsample,
)
from cnncalc.torch_backend import learned as modules_of_learned
from cnncalc.torch_backend import norms, own, own_composite, own_conv, pools, sequence, shapes
from cnncalc.torch_backend.pairing import (
    Pair,
    axes,
    even_padding,
    pads,
    plain,
    rank,
    ranked,
    window,
)


def module_for(layer: Layer, site: Site) -> nn.Module:
    """A fresh module that does what the layer does where it stands."""
    pair = PAIRS.get(type(layer))
    if pair is None:
        raise CnncalcError(f"{layer.kind} has no PyTorch module: add it to cnncalc.torch_backend.modules")
    return pair(layer, site)


_conv = ranked(nn.Conv1d, nn.Conv2d, nn.Conv3d)
_conv_transpose = ranked(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_sized_transpose = ranked(own_conv.SizedTranspose1d, own_conv.SizedTranspose2d, own_conv.SizedTranspose3d)
_channel_dropout = ranked(nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


def _table_convolution(layer: conv.Conv, site: Site) -> nn.Module:
    if layer.table is None:
        return _convolution(layer, site)
    kernel, stride, dilation = window(layer, site)
    return own.TableConv(
        layer.table,
        kernel,
        bias=layer.bias,
        pads=pads(layer, site),
        padding_mode=layer.padding_mode,
        stride=stride,
        dilation=dilation,
    )


def _convolution(layer: Any, site: Site) -> nn.Module:
    kernel, stride, dilation = window(layer, site)
    even = "same" if layer.padding == "same" else even_padding(layer, site)
    module = _conv(site)(
        site.input[0],
        site.output[0],
        kernel,
        stride=stride,
        padding=0 if even is None else even,
        dilation=dilation,
        groups=layer.groups_of(site.input[0]),
        bias=layer.bias,
        padding_mode=layer.padding_mode,
    )
    return module if even is not None else own.PaddedConv(module, pads(layer, site), layer.padding_mode)


def _transposed(layer: transposed.ConvTranspose, site: Site) -> nn.Module:
    kernel, stride, dilation = window(layer, site)
    how: dict[str, Any] = {"output_padding": axes(layer.output_padding, site)}
    if layer.output_size is not None:
        how = {"size": axes(layer.output_size, site)}
    modules = _conv_transpose if layer.output_size is None else _sized_transpose
    return modules(site)(
        site.input[0],
        layer.out_channels,
        kernel,
        stride=stride,
        padding=axes(layer.padding, site),
        groups=layer.groups,
        bias=layer.bias,
        dilation=dilation,
        **how,
    )


def _local(layer: conv.Local, site: Site) -> nn.Module:
    return own_conv.LocallyConnected(
        site.input[0],
        layer.out_channels,
        site.positions,
        window(layer, site),
        pads(layer, site),
        bias=layer.bias,
    )


def _upsampling(layer: upsample.Upsample, site: Site) -> nn.Module:
    modes = {"linear": ("linear", "bilinear", "trilinear"), "cubic": ("", "bicubic", "")}
    mode = modes.get(layer.mode, (layer.mode.replace("_", "-"),) * 3)[rank(site) - 1]
    aligned = None if mode.startswith("nearest") else layer.align_corners
    return nn.Upsample(layer.size, layer.scale_factor, mode, aligned)


def _subsampling(layer: classic.Subsample, site: Site) -> nn.Module:
    kernel, stride, _ = window(layer, site)
    return own.Subsampling(site.input[0], kernel, stride)


def _fully_connected(layer: linear.FC, site: Site) -> nn.Module:
    features = 1
    for size in site.input:
        features *= size
    return own.FlatLinear(features, layer.out_features, bias=layer.bias)


def _learned(module: Callable[..., nn.Module]) -> Pair:
    return lambda layer, site: module(layer.tensors(site)["weight"])


PAIRS: dict[type[Layer], Pair] = {
    **shapes.PAIRS,
    # merges
    merge.Add: plain(own.Sum),
    merge.Mul: plain(own.Product),
    upsample.Upsample: _upsampling,
    merge.Cat: lambda layer, _: own.Concatenation(crop=layer.fit == "crop"),
    # weights
    conv.Conv: _table_convolution,
    conv.DepthwiseConv: _convolution,
    conv.Local: _local,
    transposed.ConvTranspose: _transposed,
    linear.Linear: lambda layer, site: nn.Linear(site.input[-1], layer.out_features, bias=layer.bias),
    linear.FC: _fully_connected,
    classic.Subsample: _subsampling,
    classic.RBF: lambda layer, site: own.EuclideanRBF(site.input[0], layer.out_features),
    learned.Scale: _learned(modules_of_learned.Scale),
    learned.Shift: _learned(modules_of_learned.Shift),
    learned.Tokens: _learned(modules_of_learned.Tokens),
    opaque.Opaque: lambda layer, site: modules_of_learned.Opaque(site.output, layer.parameters),
    **pools.PAIRS,
    **norms.PAIRS,
    **own_composite.PAIRS,
    **sequence.PAIRS,
    # activations
    activation.ReLU: plain(nn.ReLU),
    activation.ReLU6: plain(nn.ReLU6),
    activation.LeakyReLU: plain(nn.LeakyReLU, "negative_slope"),
    activation.RReLU: plain(nn.RReLU, "lower", "upper"),
    activation.PReLU: plain(nn.PReLU, "num_parameters"),
    activation.ELU: plain(nn.ELU, "alpha"),
    activation.SELU: plain(nn.SELU),
    activation.CELU: plain(nn.CELU, "alpha"),
    activation.GELU: plain(nn.GELU, "approximate"),
    activation.SiLU: plain(nn.SiLU),
    activation.Mish: plain(nn.Mish),
    activation.Sigmoid: plain(nn.Sigmoid),
    activation.Tanh: plain(nn.Tanh),
    activation.Hardtanh: plain(nn.Hardtanh, "min_val", "max_val"),
    activation.Hardsigmoid: plain(nn.Hardsigmoid),
    activation.Hardswish: plain(nn.Hardswish),
    activation.Hardshrink: plain(nn.Hardshrink, "lambd"),
    activation.Softshrink: plain(nn.Softshrink, "lambd"),
    activation.Tanhshrink: plain(nn.Tanhshrink),
    activation.Softsign: plain(nn.Softsign),
    activation.Softplus: plain(nn.Softplus, "beta", "threshold"),
    activation.LogSigmoid: plain(nn.LogSigmoid),
    activation.Threshold: plain(nn.Threshold, "threshold", "value"),
    activation.GLU: plain(nn.GLU, dim=1),
    activation.Maxout: plain(own.Maxout, "pieces"),
    softmax.Softmax: plain(nn.Softmax, "dim"),
    softmax.LogSoftmax: plain(nn.LogSoftmax, "dim"),
    softmax.Softmin: plain(nn.Softmin, "dim"),
    # random while training
    regularise.Dropout: plain(nn.Dropout, "p"),
    regularise.ChannelDropout: lambda layer, site: _channel_dropout(site)(layer.p),
    regularise.AlphaDropout: plain(nn.AlphaDropout, "p"),
    regularise.StochasticDepth: plain(own.StochasticDepth, "p", "mode"),
}
