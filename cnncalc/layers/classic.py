"""Layers of LeNet-5 that frameworks no longer have: trainable subsampling and RBF units.

Source: LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition,
1998, section II.B.
"""

from __future__ import annotations

from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError
from cnncalc.layers.arguments import count, rounding, sizes
from cnncalc.layers.base import Example, Layer, Saved, Site, per_axis, show
from cnncalc.layers.pool import Pooling
from cnncalc.taps import Taps
from cnncalc.working import Nothing, Worked, Working


class Subsample(Pooling):
    """Trainable subsampling: the sum of each window times a coefficient, plus a bias, per map."""

    kind = "subsample"
    aliases = ("subsampling",)
    is_weight_layer = True
    padding = 0

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between windows; the kernel size if not given.")
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"kernel_size": 2}, ((6, 28, 28),)),
        Example({"kernel_size": 3, "stride": 2}, ((4, 9),)),
    )

    def tensors(self, site: Site) -> dict[str, Shape]:
        """A coefficient and a bias per map."""
        return {"weight": (site.channels,), "bias": (site.channels,)}

    def params(self, site: Site) -> Worked:
        """A coefficient and a bias per map."""
        return Working(formulas.subsampling_params, channels=site.channels)

    def macs(self, site: Site) -> Worked:
        """None: sums are scaled once, which is not counted, as batch norm's scale is not."""
        return Nothing("each sum is scaled once, without multiply-accumulates")

    def operations(self, site: Site) -> Worked:
        """Additions of the window's inputs, the coefficient and the bias: as many as connections."""
        return self.connections(site)

    def connections(self, site: Site) -> Worked:
        """The window's inputs and the bias, for each output value."""
        kernel = per_axis("kernel_size", self.kernel_size, site.input)
        return Working(
            formulas.subsampling_connections,
            channels=site.channels,
            kernel=kernel,
            output=site.positions,
        )

    def saved(self, site: Site) -> Saved:
        """The window sums, which only the coefficient's gradient needs."""
        return Saved(elements=formulas.element_count(site.output), weights_only=True)


class RBF(Layer):
    """Euclidean radial basis units: squared distance to fixed centres, which are not trained."""

    kind = "rbf"
    family = "linear"
    is_weight_layer = True

    out_features: int = count(short=("out",), doc="Number of units, each with its own centre.")

    examples = (Example({"out_features": 10}, ((84,),)),)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One value per unit."""
        if len(inputs[0]) != 1:
            message = f"rbf gets a {show(inputs[0])} volume"
            raise LayerError("E240", message, help="put flatten or fc before it")
        return (self.out_features,)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """None: the centres are a buffer."""
        return {}

    def params(self, site: Site) -> Worked:
        """None: the centres are fixed."""
        return Nothing("the centres are fixed, not trained")

    def macs(self, site: Site) -> Worked:
        """One squared difference for each component of each centre."""
        return Working(formulas.linear_macs, in_features=site.channels, out_features=self.out_features)

    def operations(self, site: Site) -> Worked:
        """Differences, their squares, and the sum."""
        return Working(
            formulas.distance_operations, in_features=site.channels, out_features=self.out_features
        )

    def connections(self, site: Site) -> Worked:
        """One to each component of the input; fixed weights count."""
        return Working(formulas.rbf_connections, in_features=site.channels, out_features=self.out_features)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The input is flat: no spatial axis."""
        return ((),)

    def saved(self, site: Site) -> Saved:
        """The differences."""
        return Saved(elements=self.out_features * site.channels)

    def label(self, site: Site) -> str:
        """The kind and the number of units."""
        return f"rbf {self.out_features}"
