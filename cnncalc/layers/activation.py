"""Activations: a function of each value (PyTorch's torch.nn, under the same names)."""

from __future__ import annotations

from typing import ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, number
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless
from cnncalc.layers.pool import INDEX_BYTES
from cnncalc.taps import Taps, Window
from cnncalc.working import Nothing, Worked, Working

_SHAPES = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)), Example({}, ((3, 5),)))


class Activation(Elementwise, Weightless):
    """A function of each value.

    ``keeps_output`` tells what its derivative is computed from; ``steps`` counts the additions,
    multiplications, comparisons, exponentials and the like that one value takes.
    """

    family = "activation"
    keeps_output: ClassVar[bool] = False
    steps: ClassVar[int]
    examples: ClassVar[tuple[Example, ...]] = _SHAPES

    def operations(self, site: Site) -> Worked:
        """The steps that one value takes, for each that leaves."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=self.steps)

    def saved(self, site: Site) -> Saved:
        """Its output where the derivative follows from that, else its input."""
        return Saved(output=True) if self.keeps_output else Saved(inputs=(0,))


class ReLU(Activation):
    """max(0, x)."""

    kind = "relu"
    keeps_output = True
    steps = 1


class ReLU6(Activation):
    """min(max(0, x), 6)."""

    kind = "relu6"
    steps = 2


class LeakyReLU(Activation):
    """x, or a small multiple of it below zero."""

    kind = "leaky_relu"
    aliases = ("leakyrelu", "lrelu")
    steps = 2
    negative_slope: float = number(0.01, doc="Multiple below zero.")


class RReLU(Activation):
    """x, or below zero a multiple of it, drawn at random while training."""

    kind = "rrelu"
    steps = 2
    lower: float = number(0.125, doc="Least multiple.")
    upper: float = number(1 / 3, doc="Largest multiple.")

    def validate(self) -> None:
        """The least multiple must not be above the largest."""
        if self.lower > self.upper:
            message = f"lower={self.lower:g} is above upper={self.upper:g}"
            raise LayerError("E219", message, argument="lower")

    def saved(self, site: Site) -> Saved:
        """Its input, and the multiples drawn."""
        return Saved(inputs=(0,), elements=formulas.element_count(site.output))


class ELU(Activation):
    """x, or an exponential that levels off below zero."""

    kind = "elu"
    steps = 4
    alpha: float = number(1.0, doc="Where it levels off.")


class SELU(Activation):
    """ELU scaled so that values keep mean 0 and variance 1."""

    kind = "selu"
    steps = 5


class CELU(Activation):
    """ELU with a smooth derivative."""

    kind = "celu"
    steps = 5
    alpha: float = number(1.0, doc="Where it levels off.")

    def validate(self) -> None:
        """It divides by alpha."""
        if self.alpha == 0:
            raise LayerError("E219", "`alpha` must not be 0: celu divides by it", argument="alpha")


class GELU(Activation):
    """x times the normal distribution function."""

    kind = "gelu"
    approximate: str = choice(
        "none", "tanh", default="none", doc="Whether tanh stands for the error function.", keyword=False
    )
    steps = 5

    def operations(self, site: Site) -> Worked:
        """More steps for the polynomial within tanh than for the error function."""
        values = formulas.element_count(site.output)
        steps = 9 if self.approximate == "tanh" else self.steps
        return Working(formulas.per_value_operations, values=values, steps=steps)


class SiLU(Activation):
    """x times its logistic function (also called swish)."""

    kind = "silu"
    aliases = ("swish",)
    steps = 5


class Mish(Activation):
    """x times the hyperbolic tangent of its softplus."""

    kind = "mish"
    steps = 5


class Sigmoid(Activation):
    """The logistic function."""

    kind = "sigmoid"
    aliases = ("logistic",)
    keeps_output = True
    steps = 4


class Tanh(Activation):
    """The hyperbolic tangent."""

    kind = "tanh"
    keeps_output = True
    steps = 1


class Hardtanh(Activation):
    """x between two bounds."""

    kind = "hardtanh"
    steps = 2
    min_val: float = number(-1.0, doc="Lower bound.")
    max_val: float = number(1.0, doc="Upper bound.")

    def validate(self) -> None:
        """The bounds must be in order."""
        if self.min_val >= self.max_val:
            message = f"min_val={self.min_val:g} must be below max_val={self.max_val:g}"
            raise LayerError("E219", message, argument="min_val")


class Hardsigmoid(Activation):
    """ReLU6(x + 3) / 6, the logistic function in straight lines."""

    kind = "hardsigmoid"
    aliases = ("hard_sigmoid",)
    steps = 4


class Hardswish(Activation):
    """x times its hardsigmoid."""

    kind = "hardswish"
    aliases = ("hard_swish", "hswish")
    steps = 5


class Hardshrink(Activation):
    """x, or 0 near zero."""

    kind = "hardshrink"
    steps = 2
    lambd: float = number(0.5, doc="How near.")


class Softshrink(Activation):
    """x moved towards zero, and 0 near it."""

    kind = "softshrink"
    steps = 3
    lambd: float = number(0.5, low=0, doc="How near, and how far it is moved.")


class Tanhshrink(Activation):
    """x - tanh(x)."""

    kind = "tanhshrink"
    steps = 2

    def saved(self, site: Site) -> Saved:
        """The hyperbolic tangent."""
        return Saved(elements=formulas.element_count(site.output))


class Softsign(Activation):
    """x / (1 + |x|)."""

    kind = "softsign"
    steps = 3

    def saved(self, site: Site) -> Saved:
        """Both sides of the quotient."""
        return Saved(inputs=(0,), elements=formulas.element_count(site.output))


class Softplus(Activation):
    """log(1 + exp(x)), a smooth ReLU."""

    kind = "softplus"
    steps = 6
    beta: float = number(1.0, doc="Sharpness of the bend.")
    threshold: float = number(20.0, doc="Above it the function is taken as linear.")


class LogSigmoid(Activation):
    """Logarithm of the logistic function."""

    kind = "logsigmoid"
    aliases = ("log_sigmoid",)
    steps = 5

    def saved(self, site: Site) -> Saved:
        """Its input and, on the CPU, the exponentials."""
        return Saved(inputs=(0,), elements=formulas.element_count(site.output))


class Threshold(Activation):
    """x, or a fixed value below a threshold."""

    kind = "threshold"
    steps = 1
    threshold: float = number(doc="Where it changes.")
    value: float = number(doc="What stands below.")
    examples = (Example({"threshold": 0.1, "value": 20}, ((4, 6, 6),)),)


class PReLU(Elementwise):
    """x, or below zero a trained multiple of it: one for all, or one per channel."""

    kind = "prelu"
    family = "activation"
    steps: ClassVar[int] = 2
    num_parameters: int = count(1, doc="1, or the number of channels.")

    examples = (Example({}, ((4, 6, 6),)), Example({"num_parameters": 3}, ((3, 5),)), Example({}, ((7,),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; the multiples must be 1 or as many as channels."""
        channels = inputs[0][0]
        fits = (self.num_parameters == 1) | (self.num_parameters == channels)
        require(fits, lambda: _wrong_number_of_slopes(self.num_parameters, channels))
        return inputs[0]

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The multiples."""
        return {"weight": (self.num_parameters,)}

    def params(self, site: Site) -> Worked:
        """The multiples."""
        return Working(formulas.element_count, shape=(self.num_parameters,))

    def macs(self, site: Site) -> Worked:
        """None by convention: activations are not counted."""
        return Nothing("activations are not counted as multiply-accumulates")

    def operations(self, site: Site) -> Worked:
        """A comparison and a multiplication for each value."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=self.steps)

    def connections(self, site: Site) -> Worked:
        """None."""
        return Nothing("activations have no connections")

    def saved(self, site: Site) -> Saved:
        """Its input."""
        return Saved(inputs=(0,))


class GLU(Activation):
    """The first half of the channels times the logistic function of the second half."""

    kind = "glu"
    steps = 5
    examples = (Example({}, ((4, 6, 6),)), Example({}, ((8,),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Half the channels."""
        channels = inputs[0][0]
        require(channels % 2 == 0, lambda: _odd_channels(channels))
        return (channels // 2, *inputs[0][1:])

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """A channel of each half."""
        return (Window(2, dilation=site.channels // 2),)


class Maxout(Activation):
    """The largest of each ``pieces`` neighbouring channels (Goodfellow et al. 2013)."""

    kind = "maxout"
    pieces: int = count(2, doc="Channels of which the largest goes on.")
    examples = (Example({}, ((4, 6, 6),)), Example({"pieces": 3}, ((6, 5),)), Example({"pieces": 4}, ((8,),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """As many channels as there are groups of pieces."""
        channels = inputs[0][0]
        require(channels % self.pieces == 0, lambda: _left_over(channels, self.pieces))
        return (channels // self.pieces, *inputs[0][1:])

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Its pieces, which lie side by side."""
        return (Window(self.pieces, stride=self.pieces),)

    def operations(self, site: Site) -> Worked:
        """A comparison for each piece after the first."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=self.pieces - 1)

    def saved(self, site: Site) -> Saved:
        """Where each maximum was."""
        return Saved(bytes=INDEX_BYTES * formulas.element_count(site.output))


def _wrong_number_of_slopes(given: Number, channels: Number) -> LayerError:
    return LayerError(
        "E242",
        f"num_parameters={given}, but {channels} channels enter",
        help="give 1, or one for each channel",
        argument="num_parameters",
    )


def _odd_channels(channels: Number) -> LayerError:
    message = f"glu halves the channels, but {channels} is odd"
    return LayerError("E243", message, help="give the layer before it an even number of channels")


def _left_over(channels: Number, pieces: Number) -> LayerError:
    message = f"maxout takes {pieces} channels at a time, but {channels} enter"
    return LayerError(
        "E243", message, help=f"give the layer before it a multiple of {pieces}", argument="pieces"
    )
