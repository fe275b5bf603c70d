"""What an imported model does and no other kind describes: named, with its measured counts."""

from __future__ import annotations

import re
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError
from cnncalc.layers.arguments import Argument, choice, count, sizes
from cnncalc.layers.base import Example, Layer, Saved, Site, show
from cnncalc.taps import SAME, Anything, Taps, Whole
from cnncalc.working import Nothing, Stated, Worked, Working

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def _operation(name: str, value: Any) -> str:
    if isinstance(value, str) and len(value) <= 80 and _WORD.fullmatch(value):
        return value
    message = f"`{name}` must be the name of a function: letters, digits, dots and _"
    raise LayerError("E215", message, argument=name)


class Opaque(Layer):
    """An operation of an imported model that no other kind describes.

    Its output shape, parameters and MACs are stated, as PyTorch or ONNX gave them; nothing is derived.
    ``reads`` tells whether each position reads its own position of the inputs alone, or may read
    everything.
    """

    kind = "opaque"
    family = "opaque"
    arity = (0, None)

    operation: str = Argument("text", _operation, "operation", "What it is called in PyTorch.")  # type: ignore[assignment]
    output: Any = sizes(doc="Shape that leaves.", keyword=True)
    parameters: int = count(0, at_least=0, doc="Parameters it has.", keyword=True)
    multiplies: int = count(0, at_least=0, doc="Multiply-accumulates for one sample.", keyword=True)
    reads: str = choice("all", "same", default="all", doc="What each position reads of the inputs.")

    examples = (
        Example({"operation": "roll", "output": (4, 6, 6)}, ((4, 6, 6),)),
        Example({"operation": "sub", "output": (4, 6), "reads": "same"}, ((4, 6), (4, 6))),
        Example({"operation": "custom", "output": (5,), "parameters": 12}, ((4, 6, 6),)),
    )

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """As stated."""
        output: Shape = self.output if isinstance(self.output, tuple) else (self.output,)
        if self.reads == "same" and any(len(shape) != len(output) for shape in inputs):
            message = f"opaque reads=same gets {' | '.join(map(show, inputs))} for {show(output)}"
            raise LayerError("E220", message, help="leave `reads` out", argument="reads")
        return output

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The stated number, as one vector."""
        return {} if isinstance(self.params(site), Nothing) else {"weight": (self.parameters,)}

    def params(self, site: Site) -> Worked:
        """As stated."""
        return _stated(self.parameters, "no parameters were found")

    def macs(self, site: Site) -> Worked:
        """As stated."""
        return _stated(self.multiplies, "no multiply-accumulates are stated")

    def operations(self, site: Site) -> Worked:
        """Two for each multiply-accumulate; what else it does is not known."""
        return Working(formulas.flops, macs=self.macs(site).value)

    def connections(self, site: Site) -> Worked:
        """Not known."""
        return Nothing("an opaque operation, whose connections are not known")

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """Its own position where that is stated, else everything."""
        if self.reads == "same":
            return tuple(_own_positions(shape, site.output) for shape in site.inputs)
        return tuple(tuple(Anything(size) for size in shape[1:]) for shape in site.inputs)

    def saved(self, site: Site) -> Saved:
        """Not known; taken to be every input."""
        return Saved(inputs=tuple(range(len(site.inputs))))

    def label(self, site: Site) -> str:
        """What it is called in PyTorch."""
        return self.operation


def _own_positions(shape: Shape, output: Shape) -> tuple[Taps, ...]:
    axes = zip(shape[1:], output[1:], strict=True)
    return tuple(SAME if size == out else Whole(size) for size, out in axes)


def _stated(number: Number, otherwise: str) -> Worked:
    return Nothing(otherwise) if number == 0 else Stated(number, "as stated by the import")
