"""Transposed convolution ("up-convolution"): each input value stamps a kernel upon the output."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, larger
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, flag, sizes
from cnncalc.layers.base import Example, Layer, Saved, Site, inside_counts, per_axis, spatial
from cnncalc.layers.conv import check_groups
from cnncalc.layers.windows import window_label
from cnncalc.taps import Blocks, Taps, Transposed
from cnncalc.working import Worked, Working


class ConvTranspose(Layer):
    """Transposed convolution (PyTorch's ConvTranspose1d/2d/3d).

    Several input sizes of a strided convolution give the same output size, so going back one has
    to say which is wanted: by ``output_padding``, or by the ``output_size`` itself.
    """

    kind = "conv_transpose"
    aliases = ("upconv", "deconv", "convtranspose", "transposed_conv", "conv_transposed")
    family = "conv"
    is_weight_layer = True

    out_channels: int = count(short=("out", "c"), doc="Number of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring stamps.")
    padding: Any = sizes(0, at_least=0, short=("pad", "p"), doc="Positions cut off at the borders.")
    output_padding: Any = sizes(0, at_least=0, doc="Positions added behind the last.")
    groups: int = count(1, short=("g",), doc="Groups of channels convolved apart.")
    bias: bool = flag(True, doc="Whether each output map has a bias.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    output_size: Any = sizes(None, doc="Wanted size, in place of output_padding.", keyword=True)

    examples = (
        Example({"out_channels": 4, "kernel_size": 2, "stride": 2}, ((6, 7, 7),)),
        Example({"out_channels": 4, "kernel_size": 3, "stride": 2, "output_padding": 1}, ((2, 5),)),
        Example({"out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1, "groups": 2}, ((6, 4, 5),)),
        Example({"out_channels": 1, "kernel_size": 3, "stride": 2, "output_size": (9, 10)}, ((2, 4, 4),)),
        Example({"out_channels": 2, "kernel_size": (1, 2, 2), "dilation": 2, "bias": False}, ((1, 2, 3, 3),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Stamps laid out by the stride, less the padding."""
        shape = spatial(self.kind, inputs[0])
        check_groups(self.groups, shape[0], self.out_channels)
        outputs = self._sizes(shape)
        for size in outputs:
            require(size.value >= 1, partial(_nothing_left, size.value))
        return (self.out_channels, *(size.value for size in outputs))

    def shape_working(self, site: Site) -> tuple[Worked, ...]:
        """The output-size formula on each axis."""
        return self._sizes(site.input)

    def _sizes(self, shape: Shape) -> tuple[Worked, ...]:
        names = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size")
        values = (per_axis(name, getattr(self, name), shape) for name in names)
        return tuple(_size(*axis) for axis in zip(shape[1:], *values, strict=True))

    def tensors(self, site: Site) -> dict[str, Shape]:
        """One kernel per channel and filter of its group; a bias per output map."""
        kernel = per_axis("kernel_size", self.kernel_size, site.input)
        weight = {"weight": (site.channels, self.out_channels // self.groups, *kernel)}
        return {**weight, "bias": (self.out_channels,)} if self.bias else weight

    def params(self, site: Site) -> Worked:
        """Weights and biases."""
        return self._worked(formulas.transposed_params, site, bias=int(self.bias))

    def macs(self, site: Site) -> Worked:
        """One for each weight at each position of the input."""
        return self._worked(formulas.transposed_macs, site, size=site.input[1:])

    def connections(self, site: Site) -> Worked:
        """One for each use of a weight or bias."""
        numbers = {"size": site.input[1:], "output": site.positions, "bias": int(self.bias)}
        return self._worked(formulas.transposed_connections, site, **numbers)

    def operations(self, site: Site) -> Worked:
        """Each product is added to an output value, which begins with its bias or with zero."""
        return Working(formulas.flops, macs=self.macs(site).value)

    def connections_inside(self, site: Site) -> Worked:
        """The same of those stamps that fall upon the output."""
        return Working(
            formulas.conv_connections_inside,
            in_channels=site.channels,
            out_channels=self.out_channels,
            inside=inside_counts(self.taps(site)[0], site),
            output=site.positions,
            groups=self.groups,
            bias=int(self.bias),
        )

    def _worked(self, formula: Any, site: Site, **numbers: Any) -> Worked:
        return Working(
            formula,
            in_channels=site.channels,
            out_channels=self.out_channels,
            kernel=per_axis("kernel_size", self.kernel_size, site.input),
            groups=self.groups,
            **numbers,
        )

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The positions whose stamps cover a unit."""
        names = ("kernel_size", "stride", "padding", "dilation")
        values = (per_axis(name, getattr(self, name), site.input) for name in names)
        return (tuple(Transposed(*axis) for axis in zip(*values, strict=True)),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels of its group."""
        return (Blocks(site.channels // self.groups, self.out_channels // self.groups),)

    def saved(self, site: Site) -> Saved:
        """The input."""
        return Saved(inputs=(0,))

    def label(self, site: Site) -> str:
        """Kind, kernel, and stride and dilation where they are not 1."""
        names = ("kernel_size", "stride", "dilation")
        return window_label(self.kind, *(per_axis(name, getattr(self, name), site.input) for name in names))


def _size(
    size: Number,
    kernel: Number,
    stride: Number,
    padding: Number,
    dilation: Number,
    output_padding: Number,
    output_size: Number | None,
) -> Worked:
    numbers = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    if output_size is not None:
        least = formulas.transposed_output_size.unchecked(size, **numbers)
        output_padding = output_size - least
        fits = (output_padding >= 0) & (output_padding < stride)
        require(fits, lambda: _wrong_output_size(output_size, least, least + stride - 1))
    else:
        most = larger(stride, dilation) - 1
        require(output_padding <= most, lambda: _too_much_output_padding(output_padding, most))
    numbers["output_padding"] = output_padding
    return Working(formulas.transposed_output_size, size=size, **numbers)


def _wrong_output_size(wanted: Number, least: Number, most: Number) -> LayerError:
    return LayerError(
        "E236",
        f"output_size={wanted} cannot be reached: this input gives {least} to {most}",
        help="choose a size in that range, or another stride, kernel_size or padding",
        argument="output_size",
    )


def _too_much_output_padding(output_padding: Number, most: Number) -> LayerError:
    return LayerError(
        "E235",
        f"output_padding={output_padding} is not smaller than stride or dilation",
        help=f"at most {most} is possible here",
        argument="output_padding",
    )


def _nothing_left(size: Number) -> LayerError:
    return LayerError(
        "E237",
        f"padding cuts everything off: the output size would be {size}",
        help="use less padding or a larger kernel",
        argument="padding",
    )
