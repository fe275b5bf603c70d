"""Layers that give the same values another shape: input, identity, flatten, permute and the like."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape, is_plain, prod
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import axis, shown_value, sizes
from cnncalc.layers.base import Elementwise, Example, Moving, Saved, Site, checked_axis, show
from cnncalc.strides import is_contiguous, viewed
from cnncalc.taps import SAME, Blocks, Moved, Taps, Unrolled, Whole

if TYPE_CHECKING:
    from cnncalc.moves import Move


class Input(Elementwise, Moving):
    """Where data enters; takes no input and yields its shape."""

    kind = "input"
    family = "input"
    arity = (0, 0)
    shape: Any = sizes(doc="Channels x sizes, without the batch.")
    examples = (Example({"shape": (3, 32, 32)}, ()), Example({"shape": (1, 40)}, ()))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape given."""
        return self.shape if isinstance(self.shape, tuple) else (self.shape,)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Nothing is read."""
        return ()

    def saved(self, site: Site) -> Saved:
        """Nothing of its own; layers that need it keep it."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


class Identity(Elementwise, Moving):
    """Passes everything on."""

    kind = "id"
    aliases = ("identity",)
    family = "shape"
    examples = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)))

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The input itself."""
        return site.input_strides

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()


class Flatten(Moving):
    """All values in one row, channel by channel; or axes ``start_dim`` to ``end_dim`` joined."""

    kind = "flatten"
    family = "shape"
    start_dim: int = axis(1, doc="First axis of those joined.")
    end_dim: int = axis(-1, doc="Last axis of those joined.")
    examples = (
        Example({}, ((4, 6, 6),)),
        Example({}, ((3, 5),)),
        Example({}, ((7,),)),
        Example({"start_dim": 2}, ((4, 6, 6),)),
    )

    def joined(self, shape: Shape) -> tuple[int, int]:
        """First and last place in ``shape`` of the axes joined."""
        first = checked_axis("start_dim", self.start_dim, shape)
        last = checked_axis("end_dim", self.end_dim, shape)
        if first > last:
            message = f"start_dim={self.start_dim} comes after end_dim={self.end_dim}"
            raise LayerError("E244", message, argument="start_dim")
        return first, last

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The axes joined to one."""
        shape = inputs[0]
        first, last = self.joined(shape)
        return (*shape[:first], formulas.element_count(shape[first : last + 1]), *shape[last + 1 :])

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """A unit of the row reads one position; the row as a whole reads everything."""
        if len(site.output) == len(site.input):
            return ((SAME,) * (len(site.input) - 1),)
        kind = Unrolled if len(site.output) == 1 else Moved
        return (tuple(kind(size) for size in site.input[1:]),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """The axes joined."""
        from cnncalc.moves import Join

        return (Join(*self.joined(site.input)),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel fills as many places of the row as it has positions that are joined."""
        first, last = self.joined(site.input)
        return (SAME if first else Blocks(1, formulas.element_count(site.input[1 : last + 1])),)

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The same memory, unless the axes joined do not follow evenly upon one another."""
        return viewed(site.input, site.input_strides, site.output)

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind


class View(Moving):
    """The same values in the same memory, seen in another shape."""

    family = "shape"

    @abstractmethod
    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """Strides of the output in the input's memory."""

    def saved(self, site: Site) -> Saved:
        """Nothing; it is a view."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind, and the shape that it makes."""
        return f"{self.kind} to {show(site.output)}"


class Unflatten(View):
    """One axis split into several (PyTorch's Unflatten, Tensor.reshape)."""

    kind = "unflatten"
    aliases = ("reshape",)
    dim: int = axis(doc="Axis to split.")
    unflattened_size: Any = sizes(at_least=-1, short=("sizes",), doc="Sizes it is split into; one may be -1.")
    examples = (
        Example({"dim": 1, "unflattened_size": (4, 3, 3)}, ((36,),)),
        Example({"dim": 2, "unflattened_size": (2, -1)}, ((5, 8),)),
    )

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """An axis before the one that is split reads itself; the others take other places."""
        before = checked_axis("dim", self.dim, site.input)
        axes = enumerate(site.input[1:], start=1)
        return (tuple(SAME if place < before else Moved(size) for place, size in axes),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """The axis split."""
        from cnncalc.moves import Cut

        place = checked_axis("dim", self.dim, site.input)
        end = place + len(site.output) - len(site.input) + 1
        return (Cut(place, site.output[place:end]),)

    def validate(self) -> None:
        """At most one size may be left open, and none be 0."""
        given = self._wanted()
        allowed = sum(map(_is_open, given)) <= 1
        for size in given:
            require(allowed & (_is_open(size) | (size >= 1)), lambda: _wrong_sizes(given))

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The same memory: an axis can always be split."""
        return viewed(site.input, site.input_strides, site.output)

    def _wanted(self) -> tuple[int, ...]:
        wanted = self.unflattened_size
        return wanted if isinstance(wanted, tuple) else (wanted,)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The axis replaced by the sizes, whose product it must be."""
        shape = inputs[0]
        place = checked_axis("dim", self.dim, shape)
        wanted = self._wanted()
        known = prod([size for size in wanted if not _is_open(size)])
        rest = shape[place] // known if any(map(_is_open, wanted)) else 1
        require(known * rest == shape[place], lambda: _wrong_product(shape[place], wanted))
        split = tuple(rest if _is_open(size) else size for size in wanted)
        return (*shape[:place], *split, *shape[place + 1 :])


class Permute(View):
    """Axes in another order (PyTorch's Tensor.permute, Keras's Permute).

    ``dims`` counts as in PyTorch and begins with 0, the batch; that 0 may be left out.
    """

    kind = "permute"
    aliases = ("transpose",)
    dims: Any = sizes(at_least=0, doc="The axes in their new order, e.g. (0, 2, 1).")
    examples = (
        Example({"dims": (0, 2, 1)}, ((4, 6),)),
        Example({"dims": (2, 3, 1)}, ((3, 4, 5),)),
        Example({"dims": (0, 1, 4, 3, 2)}, ((2, 3, 2, 4),)),
    )

    def order(self, shape: Shape) -> tuple[int, ...]:
        """For each axis of the output, which axis of ``shape`` it is."""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        dims = dims[1:] if dims[0] == 0 else dims
        if sorted(dims) != list(range(1, len(shape) + 1)):
            raise _no_permutation(self.dims, shape)
        return tuple(dim - 1 for dim in dims)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """An axis that keeps its place reads itself."""
        stays = [before == after for after, before in enumerate(self.order(site.input))]
        axes = zip(stays[1:], site.input[1:], strict=True)
        return (tuple(SAME if stay else Moved(size) for stay, size in axes),)

    def moves(self, site: Site) -> tuple[Move, ...]:
        """The axes in their new order."""
        from cnncalc.moves import Reorder

        return (Reorder(self.order(site.input)),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself, unless the channels change places with positions."""
        return (Whole(site.channels) if self.order(site.input)[0] else SAME,)

    def view(self, site: Site, *, training: bool = False) -> Shape | None:
        """The same memory where nothing changes places; else the values are laid out anew."""
        moved = tuple(site.input_strides[place] for place in self.order(site.input))
        return moved if is_contiguous(site.output, moved) else None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The sizes in their new order."""
        return tuple(inputs[0][place] for place in self.order(inputs[0]))


def _is_open(size: Number) -> bool:
    return is_plain(size) and size == -1


def _wrong_sizes(given: tuple[Number, ...]) -> LayerError:
    message = f"unflattened_size={shown_value(given)} must have sizes above 0 and at most one -1"
    return LayerError("E215", message, argument="unflattened_size")


def _wrong_product(size: Number, wanted: tuple[int, ...]) -> LayerError:
    return LayerError(
        "E249",
        f"an axis of {size} positions cannot be split into {shown_value(wanted)}",
        help="the product of the sizes must be the axis; -1 leaves one of them open",
        argument="unflattened_size",
    )


def _no_permutation(dims: Any, shape: Shape) -> LayerError:
    order = ", ".join(map(str, range(len(shape) + 1)))
    return LayerError(
        "E244",
        f"`dims`={shown_value(dims)} is no order of the axes of a {show(shape)} input",
        help=f"name each of {order} once, as in PyTorch; 0 is the batch and stays first",
        argument="dims",
    )
