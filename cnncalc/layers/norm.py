"""Normalisation."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.layers.arguments import count, flag, number
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless
from cnncalc.taps import Taps, Window
from cnncalc.working import Nothing, Worked, Working


class BatchNorm(Elementwise):
    """Batch normalisation over each channel (PyTorch's BatchNorm1d/2d/3d).

    Scale and shift are parameters; the running mean and variance are buffers.
    """

    kind = "bn"
    aliases = ("batchnorm", "batch_norm", "batch_normalization")
    family = "norm"

    eps: float = number(1e-5, low=0, doc="Added to the variance.", keyword=True)
    momentum: float = number(0.1, low=0, high=1, doc="Weight of the newest statistics.", keyword=True)
    affine: bool = flag(True, doc="Whether there are a scale and a shift.", keyword=True)

    examples = (
        Example({}, ((64, 8, 8),)),
        Example({}, ((6, 9),)),
        Example({}, ((5,),)),
        Example({"affine": False}, ((3, 4, 4),)),
        Example({}, ((2, 3, 4, 5),)),
    )

    def tensors(self, site: Site) -> dict[str, Shape]:
        """Scale and shift per channel."""
        return {"weight": (site.channels,), "bias": (site.channels,)} if self.affine else {}

    def params(self, site: Site) -> Worked:
        """Scale and shift per channel."""
        if not self.affine:
            return Nothing("affine=false leaves no scale and shift")
        return Working(formulas.affine_params, values=site.channels)

    def macs(self, site: Site) -> Worked:
        """None by convention: at inference the scale folds into the convolution before it."""
        return Nothing("normalisation is not counted as multiply-accumulates")

    def connections(self, site: Site) -> Worked:
        """None."""
        return Nothing("normalisation has no connections")

    def saved(self, site: Site) -> Saved:
        """The input, and each channel's mean and inverse deviation."""
        return Saved(inputs=(0,), once=2 * site.channels)


class LocalResponseNorm(Elementwise, Weightless):
    """Local response normalisation across channels (AlexNet; PyTorch's LocalResponseNorm).

    One lecture deck calls it "local contrast normalisation", which is another thing.
    """

    kind = "lrn"
    aliases = ("local_response_norm",)
    family = "norm"

    size: int = count(5, short=("n",), doc="Neighbouring channels summed over.")
    alpha: float = number(1e-4, doc="Scale.", keyword=True)
    beta: float = number(0.75, doc="Exponent.", keyword=True)
    k: float = number(1.0, doc="Added constant.", keyword=True)

    examples = (
        Example({"size": 5}, ((8, 6, 6),)),
        Example({"size": 3, "alpha": 0.001, "k": 2}, ((4, 7),)),
    )

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels summed over."""
        return (Window(self.size, 1, self.size // 2, (self.size - 1) // 2),)

    def saved(self, site: Site) -> Saved:
        """Worked out term by term in PyTorch: input, padded squares, their mean, and its power."""
        padded = (site.channels + self.size - 1, *site.positions)
        return Saved(
            inputs=(0,),
            elements=formulas.element_count(padded) + 2 * formulas.element_count(site.output),
        )
