"""Fully connected layers."""

from __future__ import annotations

from abc import abstractmethod

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, flag
from cnncalc.layers.base import Example, Layer, Saved, Site, show
from cnncalc.strides import viewed
from cnncalc.taps import SAME, Taps, Whole
from cnncalc.working import Worked, Working


class _FullyConnected(Layer):
    """A weight matrix and a bias; subclasses say which values of the input it multiplies."""

    family = "linear"
    is_weight_layer = True
    out_features: int
    bias: bool

    @abstractmethod
    def fan_in(self, shape: Shape) -> Number:
        """Values that each output value is connected to."""

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The matrix, and the bias if there is one."""
        weight = {"weight": (self.out_features, self.fan_in(site.input))}
        return {**weight, "bias": (self.out_features,)} if self.bias else weight

    def params(self, site: Site) -> Worked:
        """Weights and biases."""
        return Working(
            formulas.linear_params,
            in_features=self.fan_in(site.input),
            out_features=self.out_features,
            bias=int(self.bias),
        )

    def macs(self, site: Site) -> Worked:
        """One for each weight at each position."""
        return Working(
            formulas.linear_macs,
            in_features=self.fan_in(site.input),
            out_features=self.out_features,
            positions=site.output[:-1],
        )

    def operations(self, site: Site) -> Worked:
        """A multiplication and an addition for each weight at each position, and the biases."""
        return Working(
            formulas.linear_operations,
            in_features=self.fan_in(site.input),
            out_features=self.out_features,
            positions=site.output[:-1],
            bias=int(self.bias),
        )

    def connections(self, site: Site) -> Worked:
        """One for each use of a weight or bias."""
        return Working(
            formulas.linear_connections,
            in_features=self.fan_in(site.input),
            out_features=self.out_features,
            positions=site.output[:-1],
            bias=int(self.bias),
        )

    def saved(self, site: Site) -> Saved:
        """The input, which only the gradient of the weights needs."""
        return Saved(inputs=(0,), weights_only=True)

    def label(self, site: Site) -> str:
        """The kind and the number of outputs."""
        return f"{self.kind} {self.out_features}"


class Linear(_FullyConnected):
    """Fully connected layer on the last axis (PyTorch's Linear).

    An input with several axes is refused unless ``in_features`` says that the last one is meant:
    nearly always a ``flatten`` has been forgotten.
    """

    kind = "linear"
    aliases = ("dense", "fully_connected")

    out_features: int = count(short=("out",), doc="Number of output values.")
    bias: bool = flag(True, doc="Whether each output has a bias.")
    in_features: int | None = count(
        None,
        short=("in",),
        keyword=True,
        doc="Number of input values; checked, and needed where the input has several axes.",
    )

    examples = (
        Example({"out_features": 84}, ((120,),)),
        Example({"out_features": 10, "bias": False}, ((7,),)),
        Example({"out_features": 16, "in_features": 8}, ((5, 8),)),
        Example({"out_features": 3, "in_features": 8}, ((4, 5, 8),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The last axis becomes the output features."""
        shape = inputs[0]
        if self.in_features is None and len(shape) > 1:
            raise _flatten_is_missing(shape)
        stated = shape[-1] if self.in_features is None else self.in_features
        require(stated == shape[-1], lambda: _wrong_in_features(stated, shape))
        return (*shape[:-1], self.out_features)

    def fan_in(self, shape: Shape) -> Number:
        """The last axis."""
        return shape[-1]

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """All features of a position; with several axes, the leading ones stay apart."""
        leading = (SAME,) * (len(site.input) - 2)
        last = (Whole(site.input[-1]),) if len(site.input) > 1 else ()
        return ((*leading, *last),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """With several axes each channel reads itself; flat features all read all."""
        return (SAME,) if len(site.input) > 1 else super().channel_taps(site)


class FC(_FullyConnected):
    """Fully connected layer as slides draw it: flattens what enters, then multiplies."""

    kind = "fc"

    out_features: int = count(short=("out",), doc="Number of output values.")
    bias: bool = flag(True, doc="Whether each output has a bias.")

    examples = (
        Example({"out_features": 84}, ((120,),)),
        Example({"out_features": 10}, ((16, 5, 5),)),
        Example({"out_features": 10, "bias": False}, ((4, 9),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Flat."""
        return (self.out_features,)

    def fan_in(self, shape: Shape) -> Number:
        """All values that enter."""
        return formulas.element_count(shape)

    def saved(self, site: Site) -> Saved:
        """The input, or the copy that flattening makes of values that do not follow upon one another."""
        values = self.fan_in(site.input)
        if viewed(site.input, site.input_strides, (values,)) is not None:
            return super().saved(site)
        return Saved(elements=values, weights_only=True)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything."""
        return (tuple(Whole(size) for size in site.input[1:]),)


def _flatten_is_missing(shape: Shape) -> LayerError:
    return LayerError(
        "E240",
        f"linear gets a {show(shape)} volume",
        detail=f"PyTorch would apply it to the last axis only (in_features={shape[-1]})",
        help="put flatten before it, or use fc(...), which flattens; if the last axis is meant, "
        f"say so: in_features={shape[-1]}",
    )


def _wrong_in_features(stated: int, shape: Shape) -> LayerError:
    return LayerError(
        "E241",
        f"in_features={stated} but the input has {shape[-1]} values",
        help="leave it out; cnncalc computes it",
        argument="in_features",
    )
