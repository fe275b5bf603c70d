"""Upsampling by a fixed rule, without weights."""

from __future__ import annotations

from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Shape, is_plain, plain
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import Argument, choice, flag, shown_value, sizes
from cnncalc.layers.base import Example, Saved, Site, Weightless, per_axis, spatial
from cnncalc.taps import SAME, Interpolated, Nearest, Taps
from cnncalc.working import Nothing, Worked, Working

MODES = ("nearest", "nearest_exact", "linear", "bilinear", "trilinear", "cubic", "bicubic")
_RANKS = {"bilinear": (2,), "trilinear": (3,), "cubic": (2,), "bicubic": (2,)}
"""Modes that exist for some numbers of axes only; ``linear`` and ``nearest`` fit all."""


def factors() -> Any:
    """An argument for a factor above zero, not always whole, or one per axis."""

    def convert(name: str, value: Any) -> Any:
        if isinstance(value, tuple | list):
            return tuple(_factor(name, item) for item in value)
        return None if value is None else _factor(name, value)

    doc = "Output size over input size; the product is rounded down."
    return Argument("factors", convert, None, doc, short=("scale",))


def _factor(name: str, value: Any) -> Any:
    value = plain(value)
    is_number = not isinstance(value, bool) and (is_plain(value) or isinstance(value, float))
    if not is_number or not 0 < value < float("inf"):
        message = f"`{name}` must be a number above 0, got {shown_value(value)}"
        raise LayerError("E215", message, argument=name)
    return value


class Upsample(Weightless):
    """Upsampling by copying or interpolating (PyTorch's Upsample).

    ``linear`` and ``cubic`` stand for PyTorch's mode of the rank that enters (bilinear, trilinear,
    bicubic); its ``nearest-exact`` is written ``nearest_exact``.
    """

    kind = "upsample"
    aliases = ("upsampling", "interpolate", "resize")
    family = "upsample"

    size: Any = sizes(None, doc="Wanted size.")
    scale_factor: Any = factors()
    mode: str = choice(*MODES, default="nearest", doc="How values in between are made.", keyword=False)
    align_corners: bool = flag(False, doc="Whether corner values lie on corner values.")

    examples = (
        Example({"scale_factor": 2}, ((3, 4, 5),)),
        Example({"scale_factor": 1.4}, ((2, 45),)),
        Example({"size": (7, 9), "mode": "bilinear"}, ((2, 4, 4),)),
        Example({"scale_factor": 2, "mode": "linear", "align_corners": True}, ((1, 3, 3),)),
        Example({"size": 9, "mode": "cubic"}, ((1, 5, 5),)),
        Example({"scale_factor": (1, 2, 2), "mode": "trilinear"}, ((1, 3, 3, 3),)),
        Example({"size": 5, "mode": "nearest_exact"}, ((2, 3),)),
    )

    def validate(self) -> None:
        """Exactly one of size and scale factor; corners align only where values are interpolated."""
        if (self.size is None) == (self.scale_factor is None):
            raise LayerError("E238", "upsample needs size or scale_factor, and not both")
        if self.align_corners and self.mode.startswith("nearest"):
            raise LayerError(
                "E238",
                f"align_corners means nothing for mode={self.mode}",
                help="leave it out, or choose mode=linear or mode=cubic",
                argument="align_corners",
            )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The wanted size, or the input's times the factor, rounded down."""
        shape = spatial(self.kind, inputs[0])
        ranks = _RANKS.get(self.mode, (1, 2, 3))
        if len(shape) - 1 not in ranks:
            raise _wrong_rank(self.mode, len(shape) - 1)
        if self.size is not None:
            return (shape[0], *per_axis("size", self.size, shape))
        outputs = tuple(working.value for working in self._sizes(shape))
        for output in outputs:
            require(output >= 1, lambda: _vanishes(self.scale_factor))
        return (shape[0], *outputs)

    def shape_working(self, site: Site) -> tuple[Worked, ...]:
        """The size times the factor on each axis; nothing where the size is given."""
        return () if self.scale_factor is None else self._sizes(site.input)

    def _sizes(self, shape: Shape) -> tuple[Worked, ...]:
        scales = per_axis("scale_factor", self.scale_factor, shape)
        axes = zip(shape[1:], scales, strict=True)
        return tuple(Working(formulas.upsampled_size, size=n, scale_factor=f) for n, f in axes)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The positions copied or interpolated between."""
        scales = (None,) * len(site.positions)
        if self.scale_factor is not None:
            scales = per_axis("scale_factor", self.scale_factor, site.input)
        axes = zip(site.input[1:], site.positions, scales, strict=True)
        return (tuple(self._axis(*axis) for axis in axes),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME,)

    def _axis(self, size: int, output: int, factor: float | None) -> Taps:
        from fractions import Fraction

        size, output = plain(size), plain(output)
        scale = Fraction(size, output) if factor is None else 1 / Fraction(str(factor))
        if self.mode == "nearest":
            return Nearest(size, scale)
        if self.mode == "nearest_exact":
            return Nearest(size, scale, 0.5)
        reach = 2 if "cubic" in self.mode else 1
        if not self.align_corners:
            return Interpolated(scale, (scale - 1) / 2, reach)
        return Interpolated(Fraction(size - 1, max(output - 1, 1)), 0, reach)

    def operations(self, site: Site) -> Worked:
        """A weighted sum of the positions around; copies cost nothing."""
        if self.mode.startswith("nearest"):
            return Nothing("upsample copies values")
        taps = (4 if "cubic" in self.mode else 2) ** len(site.positions)
        values = formulas.element_count(site.output)
        return Working(formulas.linear_operations, in_features=taps, out_features=values, bias=0)

    def saved(self, site: Site) -> Saved:
        """Nothing but sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind with its factor or size."""
        how = (
            f"to {shown_value(self.size)}" if self.size is not None else f"x{shown_value(self.scale_factor)}"
        )
        return f"{self.kind} {how}"


def _wrong_rank(mode: str, rank: int) -> LayerError:
    wanted = " or ".join(map(str, _RANKS[mode]))
    advice = "use mode=linear, which fits any number of axes" if "linear" in mode else "use mode=linear"
    message = f"mode={mode} is for inputs of {wanted} spatial axes, but this one has {rank}"
    return LayerError("E238", message, help=advice, argument="mode")


def _vanishes(factor: Any) -> LayerError:
    message = f"scale_factor={shown_value(factor)} leaves nothing of the input"
    return LayerError("E238", message, help="use a larger factor", argument="scale_factor")
