"""Layers that are random while training and pass everything at inference."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.layers.arguments import choice, number
from cnncalc.layers.base import Elementwise, Example, Moving, Saved, Site, spatial

_SHAPES = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)), Example({}, ((3, 5),)))


def dropped(p: float, drawn: Number) -> Saved:
    """What dropout keeps: the factors it drew; where everything is dropped, a single zero."""
    if p == 0:
        return Saved()
    return Saved(once=1) if p == 1 else Saved(elements=drawn)


class _Random(Elementwise, Moving):
    """Keeps what it drew, to drop the same gradients."""

    family = "dropout"
    p: float

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The input itself at inference, and where nothing is dropped."""
        return None if training and self.p else site.input_strides


class Dropout(_Random):
    """Sets values to zero at random while training; passes everything at inference."""

    kind = "dropout"
    p: float = number(0.5, low=0, high=1, doc="Probability of dropping a value.")
    examples = (*_SHAPES, Example({"p": 0.2}, ((9,),)))

    def saved(self, site: Site) -> Saved:
        """The mask, of the type of the values on the CPU; nothing where nothing is dropped."""
        return dropped(self.p, formulas.element_count(site.output))


class ChannelDropout(_Random):
    """Sets whole channels to zero at random while training (PyTorch's Dropout1d/2d/3d)."""

    kind = "channel_dropout"
    aliases = ("dropout1d", "dropout2d", "dropout3d", "spatial_dropout")
    p: float = number(0.5, low=0, high=1, doc="Probability of dropping a channel.")
    examples = (Example({}, ((4, 6, 6),)), Example({"p": 0.2}, ((3, 5),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input's shape."""
        return spatial(self.kind, inputs[0])

    def saved(self, site: Site) -> Saved:
        """One factor per channel; nothing where nothing is dropped."""
        return dropped(self.p, site.channels)


class AlphaDropout(_Random):
    """Dropout that keeps mean and variance, for networks with SELU."""

    kind = "alpha_dropout"
    p: float = number(0.5, low=0, high=1, doc="Probability of dropping a value.")
    examples = _SHAPES

    def saved(self, site: Site) -> Saved:
        """One factor per value; nothing where nothing is dropped."""
        return dropped(self.p, formulas.element_count(site.output))


class StochasticDepth(_Random):
    """Drops a whole branch at random while training (Huang et al. 2016; torchvision)."""

    kind = "stochastic_depth"
    aliases = ("drop_path", "droppath")
    p: float = number(doc="Probability of dropping the branch.", low=0, high=1)
    mode: str = choice(
        "batch", "row", default="row", doc="Drop it for a whole batch, or by sample.", keyword=False
    )
    examples = (Example({"p": 0.2}, ((4, 6, 6),)), Example({"p": 0.1, "mode": "batch"}, ((3, 5),)))

    def saved(self, site: Site) -> Saved:
        """The factor drawn; nothing where nothing is dropped."""
        if self.p == 0:
            return Saved()
        return Saved(elements=1) if self.mode == "row" else Saved(once=1)
