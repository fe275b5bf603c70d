"""ONNX graphs made simpler before they are read: sizes worked out, spelled-out layers found again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

_SMALL = 64

_FOLDED = frozenset(
    """Add Cast Concat ConstantOfShape Div Equal Gather Identity Mul Neg Reshape Slice Squeeze Sub
    Transpose Unsqueeze""".split()  # noqa: SIM905 - a list would take 16 lines
)
"""Operations by which exporters work out sizes and borders."""

_VIEWS = frozenset({"Identity", "Reshape", "Squeeze", "Unsqueeze"})


def simplify(model: Any) -> None:
    """Work out what depends on small whole numbers alone, and find local response norms."""
    import onnx

    _fold_sizes(model, {}, onnx)
    if any(node.op_type == "If" for node in model.graph.node):
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
        known = _fold_sizes(model, {v.name: _sizes(v) for v in (*inferred.value_info, *inferred.input)}, onnx)
        _take_branches(model.graph, known, onnx)
    _Norms(model.graph, onnx).replace()


def _sizes(value: Any) -> list[int] | None:
    """All sizes of a value; None if one is open."""
    dims = value.type.tensor_type.shape.dim
    known = value.type.tensor_type.HasField("shape") and all(dim.HasField("dim_value") for dim in dims)
    return [int(dim.dim_value) for dim in dims] if known else None


def _take_branches(graph: Any, known: Mapping[str, Any], onnx: Any) -> None:
    """Put the branch that is taken in the place of a decision over sizes."""
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        decided = known.get(node.input[0]) if node.op_type == "If" else None
        if decided is None or decided.size != 1:
            graph.node.append(node)
            continue
        name = "then_branch" if decided.item() else "else_branch"
        branch = next(attribute.g for attribute in node.attribute if attribute.name == name)
        graph.node.extend(branch.node)
        graph.initializer.extend(branch.initializer)
        for inner, outer in zip(branch.output, node.output, strict=True):
            graph.node.append(onnx.helper.make_node("Identity", [inner.name], [outer]))


def _fold_sizes(model: Any, shapes: Mapping[str, list[int] | None], onnx: Any) -> dict[str, Any]:
    """Replace operations on known whole numbers by their results, so that shapes can be inferred.

    ``shapes`` are the sizes of values, as far as they are known; returned is what was found.
    """
    known: dict[str, Any] = {
        t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer if _is_whole(t, onnx)
    }
    for node in model.graph.node:
        value = _constant(node, onnx)
        if node.op_type == "Shape" and not node.attribute:
            known |= _shape_of(node, shapes)
        if value is None and node.op_type in _FOLDED and node.input and all(n in known for n in node.input):
            value = _evaluated(node, known, model.opset_import, onnx)
            if value is not None:
                folded = onnx.helper.make_node("Constant", [], list(node.output), name=node.name)
                tensor = onnx.numpy_helper.from_array(value)
                folded.attribute.append(onnx.helper.make_attribute("value", tensor))
                node.CopyFrom(folded)
        if value is not None:
            known[node.output[0]] = value
    return known


def _shape_of(node: Any, shapes: Mapping[str, list[int] | None]) -> dict[str, Any]:
    """What an operation that asks for a shape makes, if that is known."""
    import numpy

    found = shapes.get(node.input[0])
    return {} if found is None else {node.output[0]: numpy.array(found, dtype=numpy.int64)}


def _is_whole(tensor: Any, onnx: Any) -> bool:
    kinds = (onnx.TensorProto.INT64, onnx.TensorProto.INT32)
    return tensor.data_type in kinds and math.prod(tensor.dims) <= _SMALL and not tensor.external_data


def _constant(node: Any, onnx: Any) -> Any:
    if node.op_type != "Constant" or len(node.attribute) != 1:
        return None
    attribute = node.attribute[0]
    if attribute.name == "value" and _is_whole(attribute.t, onnx):
        return onnx.numpy_helper.to_array(attribute.t)
    return None


def _evaluated(node: Any, known: Mapping[str, Any], opsets: Any, onnx: Any) -> Any:
    """What one operation makes, by ONNX's own evaluator; None for anything large or not whole."""
    from onnx.reference import ReferenceEvaluator

    values = {name: known[name] for name in node.input}
    if node.op_type == "ConstantOfShape" and math.prod(map(int, values[node.input[0]])) > _SMALL:
        return None
    unknown = [onnx.helper.make_empty_tensor_value_info(name) for name in (*values, *node.output)]
    graph = onnx.helper.make_graph([node], "one", unknown[: len(values)], unknown[len(values) :])
    try:
        model = onnx.helper.make_model(graph, opset_imports=opsets)
        value: Any = next(iter(ReferenceEvaluator(model).run(None, values)))
    except Exception:  # noqa: BLE001 - whatever is odd about a stranger's node is found when it is read
        return None
    return value if value.size <= _SMALL and value.dtype.name in ("int64", "int32", "bool") else None


class _Norms:
    """Local response norms as PyTorch's exporters spell them: nine operations for one."""

    def __init__(self, graph: Any, onnx: Any) -> None:
        self.graph = graph
        self.onnx = onnx
        self.makers = {name: node for node in graph.node for name in node.output}
        tensors = {t.name: t for t in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                tensors[node.output[0]] = node.attribute[0].t
        self.tensors = tensors

    def replace(self) -> None:
        """Put one operation in place of each norm found, and drop what nothing reads any more."""
        found = [(node, norm) for node in self.graph.node if (norm := self._norm(node)) is not None]
        for node, (source, options) in found:
            norm = self.onnx.helper.make_node("LRN", [source], list(node.output), node.name, **options)
            node.CopyFrom(norm)
        if found:
            self._drop_unread()

    def _norm(self, node: Any) -> tuple[str, dict[str, Any]] | None:
        """What a division normalises, and how; None if it is another operation."""
        if node.op_type != "Div" or len(node.input) != 2:
            return None
        source, divisor = node.input
        power = self._behind(divisor, "Pow")
        total = power and self._behind(power.input[0], "Add")
        scaled = total and self._behind(self._data(total), "Mul")
        mean = scaled and self._behind(self._data(scaled), "AveragePool")
        border = mean and self._behind(mean.input[0], "Pad")
        square = border and self._behind(border.input[0], "Mul")
        if not square or list(square.input) != [source, source]:
            return None
        numbers = [self._number(one) for one in (scaled, total, power)]
        kernel = self._ints(mean, "kernel_shape")
        if None in numbers or math.prod(kernel) != kernel[0]:
            return None
        alpha, k, beta = numbers
        return source, {"size": kernel[0], "alpha": alpha, "bias": k, "beta": beta}

    def _behind(self, name: str, kind: str) -> Any:
        """The operation of that kind that makes a value, looked for through changes of shape."""
        node = self.makers.get(name)
        while node is not None and node.op_type in _VIEWS:
            node = self.makers.get(node.input[0])
        return node if node is not None and node.op_type == kind else None

    def _data(self, node: Any) -> str:
        """The operand that is no number."""
        return next((str(name) for name in node.input if name not in self.tensors), "")

    def _number(self, node: Any) -> float | None:
        """The operand that is one."""
        tensors = [self.tensors[name] for name in node.input if name in self.tensors]
        if len(tensors) != 1 or math.prod(tensors[0].dims) != 1:
            return None
        return float(self.onnx.numpy_helper.to_array(tensors[0]).item())

    def _ints(self, node: Any, name: str) -> list[int]:
        return next((list(a.ints) for a in node.attribute if a.name == name), [0])

    def _drop_unread(self) -> None:
        while unread := list(self._unread()):
            for node in unread:
                self.graph.node.remove(node)

    def _unread(self) -> Iterator[Any]:
        read = {name for node in self.graph.node for name in node.input}
        read |= {output.name for output in self.graph.output}
        return (node for node in self.graph.node if read.isdisjoint(node.output))
