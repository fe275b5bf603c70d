"""Softmax and its kin: values of one axis set in proportion to each other."""

from __future__ import annotations

from typing import ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.layers.arguments import axis
from cnncalc.layers.base import Example, Saved, Site, Weightless, checked_axis
from cnncalc.taps import SAME, Taps, Whole
from cnncalc.working import Worked, Working

_EXAMPLES = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)), Example({"dim": 2}, ((3, 5),)))


class Softmax(Weightless):
    """Exponentials along one axis (the channels or features), divided by their sum."""

    kind = "softmax"
    family = "activation"
    steps: ClassVar[int] = 3
    dim: int = axis(1, doc="Axis that sums to 1.")
    examples = _EXAMPLES

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape."""
        checked_axis("dim", self.dim, inputs[0])
        return inputs[0]

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself; along the axis, all of it."""
        across = checked_axis("dim", self.dim, site.input)
        sizes = enumerate(site.input[1:], start=1)
        return (tuple(Whole(size) if place == across else SAME for place, size in sizes),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself, or along the channels all of them."""
        return (Whole(site.channels) if checked_axis("dim", self.dim, site.input) == 0 else SAME,)

    def operations(self, site: Site) -> Worked:
        """Exponentials, their sum, and the quotients."""
        across = checked_axis("dim", self.dim, site.input)
        values = formulas.element_count(site.output)
        rows = values // site.input[across]
        return Working(formulas.softmax_operations, values=values, rows=rows, steps=self.steps)

    def saved(self, site: Site) -> Saved:
        """Its output."""
        return Saved(output=True)

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


class LogSoftmax(Softmax):
    """Logarithm of softmax."""

    kind = "log_softmax"
    aliases = ("logsoftmax",)

    def operations(self, site: Site) -> Worked:
        """Exponentials, their sum and its logarithm, and the differences."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=self.steps)


class Softmin(Softmax):
    """Softmax of the negated values."""

    kind = "softmin"
    steps = 4
