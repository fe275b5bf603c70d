"""Activations, softmax and dropout: one value in, one value out."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.layers.arguments import choice, number
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless

_SHAPES = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)), Example({}, ((3, 5),)))


class Activation(Elementwise, Weightless):
    """A function of each value; ``keeps_output`` tells what its derivative is computed from."""

    family = "activation"
    keeps_output: bool = False
    examples = _SHAPES

    def saved(self, site: Site) -> Saved:
        """Its output where the derivative follows from that, else its input."""
        return Saved(output=True) if self.keeps_output else Saved(inputs=(0,))


class ReLU(Activation):
    """max(0, x)."""

    kind = "relu"
    keeps_output = True


class ReLU6(Activation):
    """min(max(0, x), 6)."""

    kind = "relu6"


class LeakyReLU(Activation):
    """x, or a small multiple of it below zero."""

    kind = "leaky_relu"
    aliases = ("leakyrelu", "lrelu")
    negative_slope: float = number(0.01, doc="Multiple below zero.")


class ELU(Activation):
    """x, or an exponential that levels off below zero."""

    kind = "elu"
    keeps_output = False
    alpha: float = number(1.0, doc="Where it levels off.")


class GELU(Activation):
    """x times the normal distribution function."""

    kind = "gelu"
    approximate: str = choice("none", "tanh", default="none", doc="Approximation used.")


class SiLU(Activation):
    """x times its logistic function (also called swish)."""

    kind = "silu"
    aliases = ("swish",)


class Sigmoid(Activation):
    """The logistic function."""

    kind = "sigmoid"
    keeps_output = True


class Tanh(Activation):
    """The hyperbolic tangent."""

    kind = "tanh"
    keeps_output = True


class Softmax(Activation):
    """Exponentials of the channels (or features), divided by their sum."""

    kind = "softmax"
    keeps_output = True


class Dropout(Elementwise, Weightless):
    """Sets values to zero at random while training; passes everything at inference."""

    kind = "dropout"
    family = "dropout"
    p: float = number(0.5, low=0, high=1, doc="Probability of dropping a value.")
    examples = (*_SHAPES, Example({"p": 0.2}, ((9,),)))

    def is_view(self, site: Site, *, training: bool = False) -> bool:
        """At inference, and where nothing is dropped."""
        return not training or self.p == 0

    def saved(self, site: Site) -> Saved:
        """The mask, of the type of the values on the CPU; nothing where nothing is dropped."""
        return Saved(elements=0 if self.p == 0 else formulas.element_count(site.output))
