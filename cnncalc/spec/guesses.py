"""Names that other frameworks use, and what they are called here."""

from __future__ import annotations

LAYERS = {
    "activation": "write the activation itself: relu, tanh, softmax, ...",
    "atrous": "it is conv(..., dilation=...) here",
    "averagepooling": "Keras' AveragePooling is `avgpool` here",
    "batchnormalization": "Keras' BatchNormalization is `bn` here",
    "conv2dtranspose": "Keras' Conv2DTranspose is `conv_transpose` here",
    "depthwiseconv": "Keras' DepthwiseConv2D is `dwconv` here",
    "globalaveragepooling": "Keras' GlobalAveragePooling is `gap` here",
    "globalmaxpooling": "Keras' GlobalMaxPooling is `gmp` here",
    "inputlayer": "the input stands under `input:`, or first in a chain as INPUT(3x32x32)",
    "maxpooling": "Keras' MaxPooling is `maxpool` here",
    "residual": "a residual connection is add[... | id]",
    "route": "Darknet's route is from(name), or cat[from(a) | from(b)]",
    "separableconv": "Keras' SeparableConv is `separable_conv` here",
    "sequential": "write the layers one after the other: a -> b -> c",
    "skip": "a skip connection is add[... | id]; from(NAME) goes back to a layer",
    "shortcut": "a shortcut is add[... | id]",
    "zeropadding": "Keras' ZeroPadding is `pad` here, or the padding argument of the layer",
}
"""Kinds' names in other frameworks (lower case, without 1D/2D/3D), and advice."""

ARGUMENTS = {
    "activation": "put the activation behind the layer: ... -> relu",
    "axis": "axes are channels first here: leave it out",
    "batch_size": "shapes have no batch axis here",
    "ceil_mode": "PyTorch's ceil_mode=True is rounding=ceil here",
    "data_format": "shapes are channels first here: 3x224x224",
    "depth_multiplier": "give the output channels: out_channels=...",
    "dilation_rate": "Keras' dilation_rate is `dilation` here",
    "filters": "Keras' filters is `out_channels` here",
    "group": "it is `groups` here",
    "in_channels": "leave it out: the number of input channels is worked out",
    "in_features": "leave it out: the number of inputs is worked out",
    "inplace": "leave it out: it changes no number but memory",
    "input_shape": "the input's shape stands under `input:`",
    "name": "the name stands before the layer, as in c1: conv(8, 3), or behind it: conv(8, 3) as c1",
    "num_features": "leave it out: the number of channels is worked out",
    "num_output": "Caffe's num_output is `out_channels` here",
    "out_features": "it is `out_channels` here",
    "out_channels": "it is `out_features` here",
    "pool_size": "Keras' pool_size is `kernel_size` here",
    "rate": "it is `p` of a dropout here, and `dilation` of a convolution",
    "return_indices": "leave it out: no number depends on it",
    "strides": "Keras' strides is `stride` here",
    "units": "Keras' units is `out_features` here",
    "use_bias": "Keras' use_bias is `bias` here",
    "weights": "weights are not part of a spec",
}
"""Arguments of other frameworks, and advice; for kinds that have no such argument."""


VALUES = {
    "causal": "pad before alone: padding=((4, 0),) for kernel 3 and dilation 2",
    "full": "full padding is dilation * (kernel - 1), such as padding=4 for kernel 5",
}
"""Words of other frameworks for the value of an argument, and advice."""


def layer_advice(name: str) -> str:
    """Advice for a layer's name from another framework; empty if it is none."""
    lower = name.lower().replace("_", "").replace("nn.", "").removeprefix("keras.")
    bare = lower[:-2] if lower[-2:] in ("1d", "2d", "3d") else lower
    return LAYERS.get(lower) or LAYERS.get(bare, "")
