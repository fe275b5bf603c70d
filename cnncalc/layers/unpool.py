"""Unpooling: maxima put back to where they were."""

from __future__ import annotations

from typing import Any, ClassVar

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import rounding, sizes
from cnncalc.layers.base import Example, Layer, Moving, Saved, Site, show
from cnncalc.layers.pool import INDEX_BYTES, MaxPool
from cnncalc.taps import SAME, Covering, Taps, Transposed


class MaxUnpool(Moving):
    """Values put back to where the maxima of a pool were found, zeros elsewhere (PyTorch's MaxUnpool).

    It takes two inputs: the values, and what the pool pooled, whose maxima say where the values go
    and whose size comes out. In a spec ``unpool(pool=NAME)`` refers to the pool: its window is taken
    over, and what it reads is the second input.
    """

    kind = "unpool"
    aliases = ("max_unpool", "maxunpool")
    family = "upsample"
    arity = (2, 2)
    refers_to: ClassVar[str] = "pool"

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the pool's window.")
    stride: Any = sizes(None, short=("s",), doc="Distance between its windows; the kernel size if not given.")
    padding: Any = sizes(0, at_least=0, short=("pad", "p"), doc="Its padding.")
    rounding: str = rounding()

    examples = (
        Example({"kernel_size": 2}, ((3, 4, 4), (3, 8, 8))),
        Example({"kernel_size": 3, "stride": 2, "padding": 1}, ((2, 5), (2, 9))),
        Example({"kernel_size": 2, "rounding": "ceil"}, ((1, 2, 3, 2), (1, 3, 5, 4))),
    )

    @classmethod
    def referring(cls, pool: Layer) -> MaxUnpool:
        """The layer that undoes a pool; raises :class:`LayerError` where it is not that kind of pool."""
        if not isinstance(pool, MaxPool):
            message = f"unpool refers to a maxpool, not to {pool.kind}"
            raise LayerError("E251", message, argument="pool")
        if pool.dilation != 1 or isinstance(pool.padding, str):
            message = "unpool cannot undo a pool with dilation or with padding by a rule"
            raise LayerError("E251", message, help="give the pool numbers for padding", argument="pool")
        return cls(
            kernel_size=pool.kernel_size, stride=pool.stride, padding=pool.padding, rounding=pool.rounding
        )

    def pool(self) -> MaxPool:
        """The pool that is undone."""
        return MaxPool(
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=1,
            rounding=self.rounding,
        )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of what was pooled; the values must have the shape of what the pool made of it."""
        values, pooled = inputs
        made = self.pool().output_shape((pooled,))
        fits: Any = len(values) == len(made)
        for one, other in zip(values, made, strict=False):
            fits = fits & (one == other)
        require(fits, lambda: _not_the_pools(values, made))
        return pooled

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The values whose windows cover a position, and all that these windows compare."""
        windows = self.pool().windows(site.inputs[1])
        back = tuple(Transposed(w.kernel, w.stride, w.before) for w in windows)
        compared = (Covering(w, n) for w, n in zip(windows, site.input[1:], strict=True))
        return (back, tuple(compared))

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel reads itself."""
        return (SAME, SAME)

    def saved(self, site: Site) -> Saved:
        """Where the maxima were."""
        return Saved(bytes=INDEX_BYTES * formulas.element_count(site.input))

    def label(self, site: Site) -> str:
        """The kind and the pool's window."""
        return self.pool().label(Site(site.inputs[1:], site.input)).replace("maxpool", self.kind)


def _not_the_pools(values: Shape, made: Shape) -> LayerError:
    return LayerError(
        "E251",
        f"unpool gets values of {show(values)}, but its pool made {show(made)}",
        help="bring the values back to that shape first, or refer to another pool",
    )
