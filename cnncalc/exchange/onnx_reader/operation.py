"""One operation of an ONNX graph, as the converters see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.arithmetic import Shape
from cnncalc.errors import ImportFailure, LayerError
from cnncalc.exchange.assembly import Part, plain
from cnncalc.exchange.onnx_writer.kinds import arguments_from_text
from cnncalc.exchange.onnx_writer.model import DOMAIN
from cnncalc.layers import KINDS, Site

if TYPE_CHECKING:
    from cnncalc.exchange.onnx_reader.model import Model


class Operation:
    """One operation: its attributes, and the shapes of what it reads."""

    def __init__(self, node: Any, model: Model) -> None:
        import onnx

        self.kind = str(node.op_type)
        self.gives = str(node.output[0])
        self.name = str(node.name) or f"{node.op_type}_{self.gives}"
        self.outputs = [str(name) for name in node.output if name]
        self.options = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        self.reads = [str(name) for name in node.input if name]
        self.data = [name for name in self.reads if name in model.found.values]
        self.weights = [model.weights.get(name, ()) for name in self.reads if name in model.weights]
        self.constants = {place: model.constants.get(str(name)) for place, name in enumerate(node.input)}
        self.model = model
        self.is_own = model.is_ours and node.domain == DOMAIN

    @property
    def others(self) -> list[str]:
        """What it reads that depends on no data."""
        return [name for name in self.reads if name not in self.model.found.values]

    def own_layer(self) -> Part:
        """The layer that a function of this package's own files stands for."""
        kind, text = (self.options[name].decode() for name in ("layer", "arguments"))
        return Part(kind, arguments_from_text(text))

    def own_tensors(self) -> int:
        """How many of the weights that such a function reads are trained."""
        try:
            part = self.own_layer()
            layer = KINDS[part.kind](**part.arguments)
            shapes = tuple(self.model.found.shape(name) for name in self.data)
            return len(layer.tensors(Site(shapes, layer.output_shape(shapes))))
        except (LayerError, KeyError, TypeError, ValueError, IndexError):
            return len(self.others)

    @property
    def shape(self) -> Shape:
        """Shape of the first value it reads."""
        return self.model.found.shape(self.data[0])

    def window(self) -> dict[str, Any]:
        """Kernel, stride, padding and dilation as ours."""
        kernel = self.options.get("kernel_shape") or self.weights[0][2:]
        if self.weights and len(self.weights[0]) < 3:
            shape = "x".join(map(str, self.weights[0]))
            raise ImportFailure(f"{self.name!r} is a {self.kind} with weights of shape {shape}")
        return {
            "kernel_size": plain(list(kernel)),
            "stride": plain(list(self.options.get("strides", [1]))),
            "padding": self.padding(len(kernel)),
            "dilation": plain(list(self.options.get("dilations", [1]))),
        }

    def padding(self, rank: int) -> Any:
        """Padding of each end, or the name of the rule."""
        rule = self.options.get("auto_pad", b"NOTSET").decode()
        if rule in ("SAME_UPPER", "SAME_LOWER"):
            return rule.lower()
        pads = list(self.options.get("pads", [0] * 2 * rank))
        pairs = [(pads[axis], pads[axis + rank]) for axis in range(rank)]
        if all(before == after for before, after in pairs):
            return plain([before for before, _ in pairs])
        return tuple(pairs)
