"""Where branches meet: sums and concatenations."""

from __future__ import annotations

from functools import reduce

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, is_plain, larger, smaller
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice
from cnncalc.layers.base import Example, Saved, Site, Weightless, show
from cnncalc.taps import SAME, Taps, Whole, Window
from cnncalc.working import Nothing, Worked, Working


class Merge(Weightless):
    """Joins two or more inputs, position by position."""

    family = "merge"
    arity = (2, None)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself in every input."""
        return tuple((SAME,) * (len(shape) - 1) for shape in site.inputs)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself in every input, or the only one there is."""
        return tuple(SAME if shape[0] == site.output[0] else Whole(shape[0]) for shape in site.inputs)

    def operations(self, site: Site) -> Worked:
        """One for each output value and each input but the first."""
        values = formulas.element_count(site.output)
        return Working(formulas.per_value_operations, values=values, steps=len(site.inputs) - 1)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


class Add(Merge):
    """Sum of equal shapes (the skip connection of residual networks)."""

    kind = "add"
    examples = (
        Example({}, ((4, 6, 6), (4, 6, 6))),
        Example({}, ((7,), (7,), (7,))),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The common shape."""
        return _equal(self.kind, inputs)


class Mul(Merge):
    """Product, value by value.

    A flat vector with one value per channel scales whole maps (the gate of squeeze-and-excite), and
    an axis of size 1 is repeated, as PyTorch broadcasts it.
    """

    kind = "mul"
    aliases = ("multiply",)
    examples = (
        Example({}, ((4, 6, 6), (4, 6, 6))),
        Example({}, ((4, 6, 6), (4,))),
        Example({}, ((1, 5, 5), (3, 1, 1))),
        Example({}, ((7,), (7,), (7,))),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The common shape, axes of size 1 repeated."""
        rank = max(map(len, inputs))
        shapes = [gate_shape(shape, rank) for shape in inputs]
        if len({len(shape) for shape in shapes}) > 1:
            raise _not_broadcastable(inputs)
        axes = tuple(zip(*shapes, strict=True))
        output = tuple(reduce(larger, sizes) for sizes in axes)
        for size, sizes in zip(output, axes, strict=True):
            for one in sizes:
                require((one == size) | (one == 1), lambda: _not_broadcastable(inputs))
        return output

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself, or the only one there is."""
        shapes = [gate_shape(shape, len(site.output)) for shape in site.inputs]
        return tuple(
            tuple(
                SAME if size == output else Whole(size)
                for size, output in zip(shape[1:], site.positions, strict=True)
            )
            if len(own) == len(shape)
            else ()
            for own, shape in zip(site.inputs, shapes, strict=True)
        )

    def gates(self, site: Site) -> tuple[int, ...]:
        """Factors with one value per map, where the product has positions."""
        has_positions = any(size != 1 for size in site.positions)
        ones = (all(size == 1 for size in shape[1:]) for shape in site.inputs)
        return tuple(place for place, is_one in enumerate(ones) if is_one and has_positions)

    def saved(self, site: Site) -> Saved:
        """Every factor, and the products in between."""
        between = (len(site.inputs) - 2) * formulas.element_count(site.output)
        return Saved(inputs=tuple(range(len(site.inputs))), elements=between, crosswise=True)


def gate_shape(shape: Shape, rank: int) -> Shape:
    """The shape itself, or of a flat vector the shape in which it scales maps of ``rank - 1`` axes.

    >>> gate_shape((4,), 3)
    (4, 1, 1)
    """
    return (*shape, *(1,) * (rank - 1)) if len(shape) == 1 else shape


class Cat(Merge):
    """Concatenation of channels; the other axes must agree, or are cropped (``fit=crop``)."""

    kind = "cat"
    aliases = ("concat", "concatenate")
    fit: str = choice("strict", "crop", default="strict", doc="What to do where sizes differ.")
    examples = (
        Example({}, ((4, 6, 6), (2, 6, 6), (1, 6, 6))),
        Example({}, ((4,), (3,))),
        Example({"fit": "crop"}, ((2, 8, 9), (3, 5, 6))),
    )

    def operations(self, site: Site) -> Worked:
        """None."""
        return Nothing("cat lays values side by side")

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Channels added up, sizes common or cropped to the smallest."""
        _same_rank(self.kind, inputs)
        channels = sum(shape[0] for shape in inputs)
        if self.fit == "crop":
            return (channels, *_smallest(inputs))
        for shape in inputs[1:]:
            for one, other in zip(inputs[0][1:], shape[1:], strict=True):
                require(one == other, lambda: _sizes_differ(self.kind, inputs))
        return (channels, *inputs[0][1:])

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself, or where it lies in a larger input that is cropped."""
        return tuple(
            tuple(_cropped(size, output) for size, output in zip(shape[1:], site.positions, strict=True))
            for shape in site.inputs
        )

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel comes from one input, behind the channels of those before it."""
        before = (sum(shape[0] for shape in site.inputs[:place]) for place in range(len(site.inputs)))
        return tuple(_shifted(-count) for count in before)


def crop_before(size: Number, wanted: Number) -> Number:
    """Positions cut off before, when the middle of ``size`` positions is kept.

    >>> crop_before(64, 56)
    4
    """
    return (size - wanted) // 2


def _shifted(offset: Number) -> Window:
    return SAME if is_plain(offset) and offset == 0 else Window(1, 1, -offset, -offset)


def _cropped(size: Number, output: Number) -> Window:
    """The middle of an axis; SAME stands for all of it alone, so that sizes follow from the maps."""
    if is_plain(size) and is_plain(output) and size == output:
        return SAME
    before = crop_before(size, output)
    return Window(1, 1, -before, before + output - size)


def _smallest(inputs: tuple[Shape, ...]) -> Shape:
    return tuple(reduce(smaller, sizes) for sizes in zip(*(shape[1:] for shape in inputs), strict=True))


def _equal(kind: str, inputs: tuple[Shape, ...]) -> Shape:
    _same_rank(kind, inputs)
    for shape in inputs[1:]:
        for one, other in zip(inputs[0], shape, strict=True):
            require(one == other, lambda: _shapes_differ(kind, inputs))
    return inputs[0]


def _same_rank(kind: str, inputs: tuple[Shape, ...]) -> None:
    if len({len(shape) for shape in inputs}) > 1:
        raise _shapes_differ(kind, inputs)


def _shapes_differ(kind: str, inputs: tuple[Shape, ...]) -> LayerError:
    help_ = "give the shortcut a 1x1 convolution with the same stride and channels"
    if any(len(shape) == 1 for shape in inputs) and any(len(shape) > 1 for shape in inputs):
        help_ = "one branch is flat: flatten the other (flatten), or take its mean (gap), and match the sizes"
    return LayerError(
        "E220",
        f"{kind}: branches have different shapes",
        detail=" | ".join(map(show, inputs)),
        help=help_,
    )


def _not_broadcastable(inputs: tuple[Shape, ...]) -> LayerError:
    return LayerError(
        "E220",
        "mul: the factors do not fit each other",
        detail=" | ".join(map(show, inputs)),
        help="shapes must be equal, or have size 1 where they differ; a flat vector needs one value "
        "per channel",
    )


def _sizes_differ(kind: str, inputs: tuple[Shape, ...]) -> LayerError:
    return LayerError(
        "E221",
        f"{kind}: branches differ in {'length' if len(inputs[0]) == 2 else 'height/width'}",
        detail=" | ".join(map(show, inputs)),
        help="only channels may differ; pad or crop, or cat(fit=crop)",
    )
