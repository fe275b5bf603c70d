"""Pools that make a wanted size of whatever enters: adaptive, global and region pools."""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.layers.arguments import sizes
from cnncalc.layers.base import Example, Saved, Site, Weightless, inside_counts, per_axis, show, spatial
from cnncalc.layers.pool import INDEX_BYTES
from cnncalc.taps import SAME, Anything, Bins, Taps, Whole
from cnncalc.working import Worked, Working


class _Adaptive(Weightless):
    """Pooling to a wanted size, whatever enters."""

    family = "pool"
    finish: ClassVar[int] = 0
    output_size: Any

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The wanted size on every axis."""
        shape = spatial(self.kind, inputs[0])
        wanted = per_axis("output_size", self.output_size, shape)
        return (shape[0], *(n if out is None else out for n, out in zip(shape[1:], wanted, strict=True)))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Bins of nearly equal width, overlapping where they do not divide the axis."""
        axes = zip(site.input[1:], site.positions, strict=True)
        return (tuple(_bins(size, bins) for size, bins in axes),)

    def operations(self, site: Site) -> Worked:
        """A comparison or addition for each position of a bin but the first; a mean's division."""
        axes = tuple(Bins(size, bins) for size, bins in zip(site.input[1:], site.positions, strict=True))
        numbers = {"channels": site.channels, "taps": inside_counts(axes, site), "output": site.positions}
        return Working(formulas.pool_operations, **numbers, finish=self.finish)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def label(self, site: Site) -> str:
        """The kind and the size it makes."""
        return f"{self.kind} {show(site.positions)}"


def _bins(size: int, bins: int) -> Taps:
    if bins == 1:
        return Whole(size)
    return SAME if size == bins else Bins(size, bins)


class AdaptiveAvgPool(_Adaptive):
    """Means over bins that cover the input (PyTorch's AdaptiveAvgPool1d/2d/3d)."""

    kind = "adaptive_avgpool"
    aliases = ("adaptivepool", "adaptive_avg_pool", "adaptiveavgpool")

    finish = 1

    output_size: Any = sizes(short=("out",), may_stay=True, doc="Wanted size; none keeps that of the input.")

    examples = (
        Example({"output_size": 6}, ((3, 13, 13),)),
        Example({"output_size": (2, 3)}, ((3, 8, 9),)),
        Example({"output_size": 1}, ((3, 8),)),
        Example({"output_size": (7, None)}, ((1, 3, 3),)),
        Example({"output_size": 2}, ((2, 4, 5, 6),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input; nothing for means over everything."""
        return Saved() if all(size == 1 for size in site.positions) else Saved(inputs=(0,))


class AdaptiveMaxPool(_Adaptive):
    """Maxima over bins that cover the input (PyTorch's AdaptiveMaxPool1d/2d/3d)."""

    kind = "adaptive_maxpool"
    aliases = ("adaptive_max_pool", "adaptivemaxpool")

    output_size: Any = sizes(short=("out",), may_stay=True, doc="Wanted size; none keeps that of the input.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"output_size": 6}, ((3, 13, 13),)),
        Example({"output_size": 1}, ((3, 8),)),
        Example({"output_size": (1, 2, 3)}, ((2, 4, 5, 6),)),
    )

    def saved(self, site: Site) -> Saved:
        """The input, and where each maximum was."""
        return Saved(inputs=(0,), bytes=INDEX_BYTES * formulas.element_count(site.output))


class _GlobalPool(Weightless):
    """Each map pooled to one value."""

    family = "pool"
    finish: ClassVar[int] = 0
    examples = (
        Example({}, ((5, 7, 7),)),
        Example({}, ((5, 9),)),
        Example({}, ((2, 3, 4, 5),)),
    )

    def operations(self, site: Site) -> Worked:
        """A comparison or addition for each position but the first; a mean's division."""
        numbers = {"channels": site.channels, "taps": site.input[1:], "output": ()}
        return Working(formulas.pool_operations, **numbers, finish=self.finish)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One value per channel."""
        return (spatial(self.kind, inputs[0])[0],)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything."""
        return (tuple(Whole(size) for size in site.input[1:]),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)


class GlobalAvgPool(_GlobalPool):
    """Mean of each map: one value per channel, flat."""

    kind = "gap"
    aliases = ("global_avgpool", "globalavgpool", "global_average_pooling", "global_avg_pool")

    finish = 1

    def saved(self, site: Site) -> Saved:
        """Nothing but the sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """Its usual name."""
        return "global avg-pool"


class GlobalMaxPool(_GlobalPool):
    """Largest value of each map: one value per channel, flat."""

    kind = "gmp"
    aliases = ("global_maxpool", "globalmaxpool", "global_max_pooling", "global_max_pool")

    def saved(self, site: Site) -> Saved:
        """The input, and where each maximum was."""
        return Saved(inputs=(0,), bytes=INDEX_BYTES * formulas.element_count(site.output))

    def label(self, site: Site) -> str:
        """Its usual name."""
        return "global max-pool"


class RoIPool(AdaptiveMaxPool):
    """One region of the map, pooled to a fixed size (Fast R-CNN).

    Numbers are for one region, which here is the whole map; in use its place comes with the data,
    so that a unit may read anything.
    """

    kind = "roi_pool"
    aliases = ("roipool", "roi_pooling")

    examples = (Example({"output_size": 7}, ((3, 14, 20),)), Example({"output_size": (2, 3)}, ((2, 5, 7),)))

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Everything: which part depends on the data."""
        return (tuple(Anything(size) for size in site.input[1:]),)
