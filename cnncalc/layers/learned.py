"""Learned values that belong to no convolution or linear layer: scales, offsets, extra tokens."""

from __future__ import annotations

from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import count, sizes
from cnncalc.layers.base import Elementwise, Example, Layer, Saved, Site, show
from cnncalc.taps import SAME, Taps, Window
from cnncalc.working import Nothing, Worked, Working


class _Learned(Elementwise):
    """One learned value per channel, or a tensor of a given shape that is repeated to fit."""

    family = "norm"
    shape: Any

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's; the learned shape must fit it."""
        shape = inputs[0]
        learned = self.learned_shape(shape)
        if len(learned) != len(shape):
            raise _does_not_fit(self.kind, learned, shape)
        for one, size in zip(learned, shape, strict=True):
            require((one == 1) | (one == size), lambda: _does_not_fit(self.kind, learned, shape))
        return shape

    def learned_shape(self, shape: Shape) -> Shape:
        """Shape of the learned tensor."""
        if self.shape is None:
            return (shape[0], *(1,) * (len(shape) - 1))
        return self.shape if isinstance(self.shape, tuple) else (self.shape,)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The learned tensor."""
        return {"weight": self.learned_shape(site.input)}

    def params(self, site: Site) -> Worked:
        """Its values."""
        return Working(formulas.element_count, shape=self.learned_shape(site.input))

    def macs(self, site: Site) -> Worked:
        """None by convention, as for the scale and shift of a normalisation."""
        return Nothing("scaling and shifting are not counted as multiply-accumulates")

    def operations(self, site: Site) -> Worked:
        """One for each value."""
        return Working(formulas.element_count, shape=site.output)

    def connections(self, site: Site) -> Worked:
        """One use for each output value."""
        return Working(formulas.element_count, shape=site.output)


class Scale(_Learned):
    """Multiplies by learned factors: ConvNeXt's layer scale, Caffe's Scale layer."""

    kind = "scale"
    aliases = ("layer_scale",)
    shape: Any = sizes(None, doc="Shape of the factors; one per channel if not given.")
    examples = (
        Example({}, ((4, 6, 6),)),
        Example({}, ((7,),)),
        Example({"shape": (1, 8)}, ((5, 8),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input, for the gradient of the factors."""
        return Saved(inputs=(0,), weights_only=True)


class Shift(_Learned):
    """Adds learned values: a position embedding, a bias of its own."""

    kind = "shift"
    aliases = ("position_embedding",)
    shape: Any = sizes(None, doc="Shape of the values; one per channel if not given.")
    examples = (
        Example({}, ((4, 6, 6),)),
        Example({"shape": (5, 8)}, ((5, 8),)),
    )

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()


class Tokens(Layer):
    """Puts learned rows in front of the first axis: the class token of a vision transformer."""

    kind = "tokens"
    aliases = ("class_token",)
    family = "merge"
    number: int = count(1, doc="How many rows.")
    examples = (Example({}, ((9, 4),)), Example({"number": 2}, ((3, 5),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """That many rows more."""
        return (inputs[0][0] + self.number, *inputs[0][1:])

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The rows."""
        return {"weight": (self.number, *site.input[1:])}

    def params(self, site: Site) -> Worked:
        """Their values."""
        return Working(formulas.element_count, shape=(self.number, *site.input[1:]))

    def macs(self, site: Site) -> Worked:
        """None."""
        return Nothing("learned rows are not multiplied by anything")

    def operations(self, site: Site) -> Worked:
        """None."""
        return Nothing("learned rows are put in front")

    def connections(self, site: Site) -> Worked:
        """None."""
        return Nothing("learned rows are outputs themselves, no weights of others")

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself."""
        return ((SAME,) * (len(site.input) - 1),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Rows behind the learned ones read what they were."""
        return (Window(1, 1, self.number),)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind and the number."""
        return f"tokens {self.number}"


def _does_not_fit(kind: str, learned: Shape, shape: Shape) -> LayerError:
    message = f"`{kind}` of shape {show(learned)} does not fit an input of {show(shape)}"
    return LayerError("E220", message, help="each size must be the input's or 1", argument="shape")
