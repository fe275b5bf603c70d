"""A model, node by node: what enters it, what each operation is, what leaves it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.errors import ImportFailure, LayerError, MissingExtra
from cnncalc.exchange.assembly import MAX_LAYERS, Assembly, Part
from cnncalc.exchange.onnx_reader.layers import OPERATIONS, own_layer
from cnncalc.exchange.onnx_reader.names import name_by_modules
from cnncalc.exchange.onnx_reader.operation import Operation
from cnncalc.exchange.onnx_reader.patterns import simplify
from cnncalc.exchange.onnx_writer.model import DOMAIN
from cnncalc.layers import KINDS, Site
from cnncalc.network import Network

MAX_BYTES = 2 << 30
"""What protocol buffers can hold."""


def read(path: Path) -> Network:
    """The network in a file; data outside of the file is not loaded."""
    try:
        import onnx
        import onnx.inliner
    except ImportError as error:
        raise MissingExtra("onnx", "onnx", "reading ONNX") from error
    if path.stat().st_size > MAX_BYTES:
        raise ImportFailure(f"{path} is larger than {MAX_BYTES:,} bytes")
    try:
        model = onnx.load(str(path), load_external_data=False)
        if model.functions:
            ours = [(function.domain, function.name) for function in model.functions if _is_ours(function)]
            model = onnx.inliner.inline_selected_functions(model, ours, exclude=True)
        simplify(model)
        model = onnx.shape_inference.infer_shapes(model, data_prop=True)
        reader = Model(model, path.stem)
    except OSError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ImportFailure(f"{path} cannot be read as ONNX: {reason}") from error
    return reader.network()


class Model:
    """Reads one graph: values computed from data become layers, those from weights alone stay weights."""

    def __init__(self, model: Any, name: str) -> None:
        graph = model.graph
        self.graph = graph
        self.opset = max(
            (one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=1
        )
        producer = model.producer_name or "unknown"
        self.is_ours = producer == DOMAIN
        """Whether this package wrote the file: names have dots then, and operations may make weights."""
        is_dotted = self.is_ours or name_by_modules(graph)
        shown = name if str(graph.name) in _UNNAMED else str(graph.name) or name
        self.found = Assembly(shown, source=f"ONNX, {producer}", dotted=is_dotted)
        self.weights: dict[str, Shape] = {t.name: tuple(t.dims) for t in graph.initializer}
        self.constants: dict[str, Any] = {}
        self.known: set[str] = set(self.weights)
        for tensor in graph.initializer:
            self._constant(tensor.name, tensor)
        values = [*graph.value_info, *graph.output, *graph.input]
        self.shapes = {value.name: _shape(value) for value in values}
        self.read = {str(name) for node in graph.node for name in node.input}
        self.read |= {str(output.name) for output in graph.output}

    def sample(self, value: str) -> tuple[Any, ...]:
        """The shape that ONNX worked out, without the batch; empty if it could not."""
        return (self.shapes.get(value) or ())[1:]

    def _constant(self, name: str, tensor: Any) -> None:
        import onnx

        if math.prod(tensor.dims) <= _SMALL and not tensor.external_data:
            self.constants[name] = onnx.numpy_helper.to_array(tensor).tolist()

    def network(self) -> Network:
        """The network."""
        for value in self.graph.input:
            if value.name not in self.weights:
                self.found.input(value.name, self._input_shape(value.name))
        kinds = {node.op_type for node in self.graph.node}
        if len(self.graph.node) > 10 * MAX_LAYERS:
            raise ImportFailure(f"more than {10 * MAX_LAYERS:,} operations")
        for node in self.graph.node:
            self._node(node)
        if "Conv" in kinds and "BatchNormalization" not in kinds and not self.is_ours:
            note = "no batch norms are in the file: if the model had any, they are folded into convolutions"
            self.found.notes.append(note)
        return self.found.network([output.name for output in self.graph.output])

    def _input_shape(self, name: str) -> Shape:
        sizes = self.sample(name)
        if not sizes or any(type(size) is not int or size < 1 for size in sizes):
            raise ImportFailure(f"input {name!r} has open sizes {sizes}: export the model with fixed ones")
        return tuple(sizes)

    def _node(self, node: Any) -> None:
        try:
            one = Operation(node, self)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise ImportFailure(f"{node.name or node.op_type!r} is malformed: {error}") from error
        if one.kind in _CONTROL:
            raise ImportFailure(f"{one.name!r} is a {one.kind}: control flow has no counterpart here")
        for name in one.reads:
            if name not in self.known and name not in self.found.values:
                raise ImportFailure(f"{one.name!r} reads {name!r}, which nothing before it gives")
        if not one.data or one.kind in _OF_SHAPES:
            self._without_data(node, one)
        else:
            self._layer(one)

    def _without_data(self, node: Any, one: Operation) -> None:
        """What is computed from weights is a weight; what is computed from shapes is known."""
        self.known.update(one.outputs)
        for attribute in node.attribute:
            if one.kind == "Constant" and attribute.name == "value":
                self._constant(one.gives, attribute.t)
                if math.prod(attribute.t.dims) > 1:
                    self.weights[one.gives] = tuple(attribute.t.dims)
            elif one.kind == "Constant" and attribute.name in _PLAIN_CONSTANTS:
                self.constants[one.gives] = one.options[attribute.name]
        shape = self.shapes.get(one.gives, ())
        is_weight = one.weights or (self.is_ours and one.kind == "ConstantOfShape")
        if is_weight and all(type(size) is int for size in shape):
            self.weights[one.gives] = tuple(shape)

    def _layer(self, one: Operation) -> None:
        parts = self._parts(one)
        learned = self._learned(one)
        owners = {self.found.owners.get(name, "") for name in learned}
        distinct = self.is_ours or one.kind != "BatchNormalization"  # exporters merge equal statistics
        owner = owners.pop() if len(owners) == 1 and distinct else ""
        made = self.found.add(one.name, parts, one.data, one.gives, weights_from=owner)
        if made is not None and not owner:
            self.found.owners.update(dict.fromkeys(learned, made.name))
        for output in self._further(one):
            part = self._opaque(one, output, further=True)
            self.found.add(f"{one.name}_{output.replace('.', '_')}", [part], one.data, output)

    def _further(self, one: Operation) -> list[str]:
        """Outputs behind the first that something reads."""
        return [name for name in one.outputs[1:] if name in self.read]

    def _parts(self, one: Operation) -> list[Part]:
        converter = own_layer if one.is_own else OPERATIONS.get(one.kind)
        self._check_batch(one)
        try:
            parts = converter(one) if converter and not self._further(one) else None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError):
            parts = None
        return parts if parts is not None and self._fits(parts, one) else [self._opaque(one, one.gives)]

    def _check_batch(self, one: Operation) -> None:
        """What moves samples to another axis would be counted for the wrong number of them."""
        before, after = (self.shapes.get(name, ())[:1] for name in (one.data[0], one.gives))
        if before and after and {type(before[0]), type(after[0])} == {int} and before != after:
            raise ImportFailure(
                f"{one.name!r} ({one.kind}) makes a batch of {after[0]} of a batch of {before[0]}, "
                "which a network for one sample cannot say"
            )

    def _fits(self, parts: list[Part], node: Operation) -> bool:
        """Whether the layers give the shape and have the parameters that the file says."""
        shapes: tuple[Shape, ...] = tuple(self.found.shape(name) for name in node.data)
        params = 0
        try:
            for part in parts:
                layer = KINDS[part.kind](**part.arguments)
                site = Site(shapes, layer.output_shape(shapes))
                params += int(layer.params(site).value)
                shapes = (site.output,)
        except (LayerError, KeyError, TypeError, ValueError, IndexError):
            return False
        wanted = self.sample(node.gives)
        return (not wanted or not all(type(size) is int for size in wanted) or shapes[0] == wanted) and (
            params == self._params(node) or node.kind in _COUNTED_OTHERWISE
        )

    def _learned(self, node: Operation) -> list[str]:
        """Names of the weights that are trained, which are the first that an operation reads."""
        others = [name for name in node.reads if name not in self.found.values]
        most = node.own_tensors() if node.is_own else _LEARNED.get(node.kind, len(others))
        return [name for name in others[:most] if self.weights.get(name)]

    def _params(self, node: Operation) -> int:
        return sum(math.prod(self.weights[name]) for name in self._learned(node))

    def _opaque(self, node: Operation, output: str, *, further: bool = False) -> Part:
        wanted = self.sample(output)
        if not wanted or any(type(size) is not int or size < 1 for size in wanted):
            raise ImportFailure(f"{node.name!r} is a {node.kind}, whose output shape ONNX cannot work out")
        arguments = {"operation": node.kind, "output": wanted[0] if len(wanted) == 1 else tuple(wanted)}
        same = all(self.found.shape(name) == wanted for name in node.data)
        arguments["reads"] = "same" if node.kind in _POINTWISE and same else "all"
        if further:
            return Part("opaque", arguments)
        macs = self._macs(node, wanted)
        if not macs and node.kind not in _POINTWISE | _NO_MACS:
            self.found.notes.append(f"MACs of {node.name} ({node.kind}) are not known and count as 0")
        return Part("opaque", {**arguments, "parameters": self._params(node), "multiplies": macs})

    def _macs(self, node: Operation, wanted: Shape) -> int:
        """Multiply-accumulates of products with weights; 0 where they are not known."""
        kernel = node.weights[0] if node.weights else ()
        if node.kind in ("MatMul", "Gemm"):
            return math.prod(wanted) * int(node.shape[-1])
        if node.kind == "ConvTranspose" and len(kernel) > 2:
            return int(formulas.conv_macs(node.shape[0], kernel[1], kernel[2:], node.shape[1:]))
        if node.kind in _CONVOLUTIONS and len(kernel) > 2:
            return int(formulas.conv_macs(kernel[1], wanted[0], kernel[2:], wanted[1:]))
        return 0


def _is_ours(function: Any) -> bool:
    return bool(function.domain == DOMAIN)


_SMALL = 64
_PLAIN_CONSTANTS = frozenset({"value_int", "value_ints", "value_float", "value_floats"})
_CONVOLUTIONS = frozenset({"Conv", "ConvInteger", "QLinearConv", "FusedConv"})
_UNNAMED = frozenset({"main_graph", "torch-jit-export", "torch_jit"})
"""What PyTorch calls every graph; the file's name says more."""
_CONTROL = frozenset({"If", "Loop", "Scan", "SequenceMap"})
_OF_SHAPES = frozenset({"Shape", "Size"})

_POINTWISE = frozenset(
    """Abs Acos Add And Asin Atan Cast Ceil Celu Clip Cos Div Elu Equal Erf Exp Floor Gelu Greater
    HardSigmoid HardSwish LeakyRelu Less Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow Reciprocal Relu
    Round Selu Sigmoid Sign Sin Softplus Softsign Sqrt Sub Sum Tan Tanh ThresholdedRelu Where""".split()  # noqa: SIM905 - a list would take 40 lines
)
"""Operations on each position by itself, without MACs."""

_NO_MACS = frozenset(
    """ArgMax ArgMin AveragePool BatchNormalization Concat CumSum DepthToSpace Dropout Expand Flatten Gather
    GatherElements GatherND GlobalAveragePool GlobalMaxPool GroupNormalization Identity InstanceNormalization
    LRN LayerNormalization LogSoftmax LpNormalization MaxPool OneHot Pad QuantizeLinear DequantizeLinear
    ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Reshape Resize ScatterND Slice Softmax
    SpaceToDepth Split Squeeze Tile TopK Transpose Unsqueeze Upsample""".split()  # noqa: SIM905 - as above
)
"""Further operations without MACs."""

_LEARNED = {"BatchNormalization": 2, "Reshape": 0, "Resize": 0, "Pad": 0, "Clip": 0, "Slice": 0, "Squeeze": 0}
_LEARNED |= {"Gather": 1, "Split": 0, "Expand": 0, "Tile": 0, "Unsqueeze": 0, "TopK": 0, "Upsample": 0}
_LEARNED |= {"InstanceNormalization": 2, "GroupNormalization": 2, "LRN": 0, "Dropout": 0}
_LEARNED |= dict.fromkeys(("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "QuantizeLinear"), 0)
"""How many of an operation's initialisers are learned, where not all are."""

_COUNTED_OTHERWISE = frozenset({"Dropout", "ReduceMean", "Unsqueeze"})


def _shape(value: Any) -> tuple[Any, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(int(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param for dim in dims)
