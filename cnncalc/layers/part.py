"""Layers that take a part of an axis, or its mean."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, ceil_div, larger, smaller
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import axis, count, flag, shown_value, sizes
from cnncalc.layers.base import Example, Saved, Site, Weightless, checked_axis
from cnncalc.layers.shape import View
from cnncalc.taps import SAME, Moved, Taps, Whole, Window
from cnncalc.working import Worked, Working

if TYPE_CHECKING:
    from cnncalc.moves import Move


class Stretch(NamedTuple):
    """Positions of an axis: the first, the distance from one to the next, and how many."""

    start: Number
    step: Number
    count: Number


class _Part(View):
    """A stretch of one axis."""

    dim: int

    @abstractmethod
    def stretch(self, size: Number) -> Stretch:
        """The positions kept of an axis of ``size``; raises :class:`LayerError` where there are none."""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The axis shortened."""
        shape = inputs[0]
        place = checked_axis("dim", self.dim, shape)
        return (*shape[:place], self.stretch(shape[place]).count, *shape[place + 1 :])

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The same memory, with longer steps along the axis where positions are left out."""
        place = checked_axis("dim", self.dim, site.input)
        strides = site.input_strides
        longer = strides[place] * self.stretch(site.input[place]).step
        return (*strides[:place], longer, *strides[place + 1 :])

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Each position reads itself; along the axis, where it lay."""
        place = checked_axis("dim", self.dim, site.input)
        kept = self.stretch(site.input[place])
        moved = Window(1, kept.step, -kept.start)
        axes = range(1, len(site.input))
        return (tuple(moved if axis == place else SAME for axis in axes),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself, or where it lay."""
        if checked_axis("dim", self.dim, site.input):
            return (SAME,)
        kept = self.stretch(site.channels)
        return (Window(1, kept.step, -kept.start),)


class Slice(_Part):
    """Positions ``start`` to ``stop`` of one axis, the channels unless ``dim`` says otherwise."""

    kind = "slice"
    aliases = ("narrow",)
    start: int = axis(0, doc="First position kept; negative counts from the end.")
    stop: int | None = axis(None, doc="First position after those kept; the end if not given.")
    step: int = count(1, doc="Every how-manieth position is kept.")
    dim: int = axis(1, doc="Axis that is cut.")
    examples = (
        Example({"start": 1, "stop": 3}, ((4, 6, 6),)),
        Example({"start": -2, "dim": -1}, ((4, 6),)),
        Example({"step": 2, "dim": 2}, ((3, 5, 4),)),
        Example({"stop": 1}, ((9,),)),
    )

    def stretch(self, size: Number) -> Stretch:
        """As Python slices."""
        start = _counted_from_either_end(self.start, size)
        stop = size if self.stop is None else _counted_from_either_end(self.stop, size)
        kept = larger(ceil_div(stop - start, self.step), 0)
        require(kept >= 1, lambda: _keeps_nothing(size))
        return Stretch(start, self.step, kept)


class Split(_Part):
    """One piece of an axis cut into pieces (PyTorch's torch.split): the channels by default."""

    kind = "split"
    aliases = ("chunk",)
    split_size: Any = sizes(short=("size",), doc="Size of the pieces, or a tuple with one for each.")
    dim: int = axis(1, doc="Axis that is cut.")
    index: int = count(0, at_least=0, doc="Which piece leaves, from 0.", keyword=True)
    examples = (
        Example({"split_size": 2, "index": 1}, ((5, 6, 6),)),
        Example({"split_size": 2, "index": 2}, ((5,),)),
        Example({"split_size": (1, 4, 3), "index": 1, "dim": 2}, ((2, 8),)),
    )

    def stretch(self, size: Number) -> Stretch:
        """From the end of the pieces before to its own end."""
        sizes = self.split_size
        if not isinstance(sizes, tuple):
            start = self.index * sizes
            require(start < size, lambda: _no_such_piece(self.index, ceil_div(size, sizes)))
            return Stretch(start, 1, smaller(sizes, size - start))
        require(sum(sizes) == size, lambda: _other_pieces(sizes, size))
        if self.index >= len(sizes):
            raise _no_such_piece(self.index, len(sizes))
        return Stretch(sum(sizes[: self.index]), 1, sizes[self.index])


class Mean(Weightless):
    """Mean over some axes: all but the channels, unless ``dim`` says otherwise."""

    kind = "mean"
    family = "pool"
    dim: Any = sizes(None, at_least=-8, doc="Axis, or a tuple of axes, averaged over.")
    keepdim: bool = flag(False, doc="Whether these axes stay, with size 1.")
    examples = (
        Example({}, ((4, 6, 6),)),
        Example({"dim": (2, 3), "keepdim": True}, ((4, 5, 6),)),
        Example({"dim": 1}, ((7, 3),)),
        Example({"dim": -1}, ((2, 3, 4),)),
    )

    def places(self, shape: Shape) -> tuple[int, ...]:
        """Where in ``shape`` the axes lie that are averaged over."""
        if self.dim is None:
            return tuple(range(1, len(shape))) if len(shape) > 1 else (0,)
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        places = tuple(checked_axis("dim", dim, shape) for dim in dims)
        if len(set(places)) < len(places):
            message = f"`dim`={shown_value(self.dim)} names an axis twice"
            raise LayerError("E244", message, argument="dim")
        return places

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """What is left; one number where nothing is."""
        shape = inputs[0]
        gone = self.places(shape)
        if self.keepdim:
            return tuple(1 if place in gone else size for place, size in enumerate(shape))
        left = tuple(size for place, size in enumerate(shape) if place not in gone)
        if not left:
            message = "mean over all axes leaves a single number without an axis"
            raise LayerError("E248", message, help="say keepdim=true", argument="dim")
        return left

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """All of an axis averaged over; where axes are lost, those left take other places."""
        gone = self.places(site.input)
        left = Moved if len(site.output) < len(site.input) else lambda _: SAME
        axes = enumerate(site.input[1:], start=1)
        return (tuple(Whole(size) if place in gone else left(size) for place, size in axes),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """The axes averaged over are lost, unless they are kept with size 1."""
        from cnncalc.moves import Drop

        return (Drop(self.places(site.input)),) if len(site.output) < len(site.input) else ()

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself, unless averaged over."""
        return (Whole(site.channels) if 0 in self.places(site.input) else SAME,)

    def operations(self, site: Site) -> Worked:
        """Additions, and a division for each mean."""
        return Working(formulas.element_count, shape=site.input)

    def saved(self, site: Site) -> Saved:
        """Nothing but the sizes."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


def _counted_from_either_end(position: int, size: Number) -> Number:
    """A position that may be counted from the end, moved onto the axis where it lies beyond it."""
    return smaller(position, size) if position >= 0 else larger(size + position, 0)


def _keeps_nothing(size: Number) -> LayerError:
    message = f"slice keeps none of {size} positions"
    return LayerError("E247", message, help="move start or stop", argument="start")


def _other_pieces(sizes: tuple[Number, ...], size: Number) -> LayerError:
    message = f"pieces of {shown_value(sizes)} make {sum(sizes)}, but the axis has {size} positions"
    return LayerError("E247", message, argument="split_size")


def _no_such_piece(index: Number, pieces: Number) -> LayerError:
    message = f"index={index}, but there are {pieces} pieces"
    return LayerError("E247", message, help=f"indices run from 0 to {pieces - 1}", argument="index")
