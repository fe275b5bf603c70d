"""Layers that only rearrange: input, identity, flatten."""

from __future__ import annotations

from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.layers.arguments import sizes
from cnncalc.layers.base import Elementwise, Example, Saved, Site, Weightless
from cnncalc.taps import Blocks, Taps, Unrolled


class Input(Elementwise, Weightless):
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


class Identity(Elementwise, Weightless):
    """Passes everything on."""

    kind = "id"
    aliases = ("identity",)
    family = "shape"
    examples = (Example({}, ((4, 6, 6),)), Example({}, ((7,),)))

    def is_view(self, site: Site, *, training: bool = False) -> bool:
        """Always."""
        return True

    def saved(self, site: Site) -> Saved:
        """Nothing."""
        return Saved()


class Flatten(Weightless):
    """All values in one row, channel by channel (PyTorch's Flatten)."""

    kind = "flatten"
    family = "shape"
    examples = (Example({}, ((4, 6, 6),)), Example({}, ((3, 5),)), Example({}, ((7,),)))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One number."""
        return (formulas.element_count(inputs[0]),)

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """A unit of the row reads one position; the row as a whole reads everything."""
        return (tuple(Unrolled(size) for size in site.input[1:]),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """Each channel fills as many places of the row as it has positions."""
        return (Blocks(1, formulas.element_count(site.input[1:])),)

    def is_view(self, site: Site, *, training: bool = False) -> bool:
        """Always."""
        return True

    def saved(self, site: Site) -> Saved:
        """Nothing; it is a view."""
        return Saved()

    def label(self, site: Site) -> str:
        """The kind."""
        return self.kind
