"""What each ONNX operation is as layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.arithmetic import Shape
from cnncalc.exchange.assembly import Part, plain

if TYPE_CHECKING:
    from cnncalc.exchange.onnx_reader import Model

Converter = Callable[["Operation"], list[Part] | None]


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

    @property
    def shape(self) -> Shape:
        """Shape of the first value it reads."""
        return self.model.found.shape(self.data[0])

    def window(self) -> dict[str, Any]:
        """Kernel, stride, padding and dilation as ours."""
        kernel = self.options.get("kernel_shape") or self.weights[0][2:]
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


def _conv(node: Operation) -> list[Part]:
    filters, groups = node.weights[0][0], int(node.options.get("group", 1))
    arguments = {**node.window(), "bias": len(node.weights) > 1}
    if groups == node.shape[0] > 1:
        return [Part("dwconv", {**arguments, "multiplier": filters // groups})]
    return [Part("conv", {"out_channels": filters, "groups": groups, **arguments})]


def _conv_transpose(node: Operation) -> list[Part]:
    groups = int(node.options.get("group", 1))
    arguments = {**node.window(), "out_channels": node.weights[0][1] * groups, "groups": groups}
    arguments["output_padding"] = plain(list(node.options.get("output_padding", [0])))
    return [Part("conv_transpose", {**arguments, "bias": len(node.weights) > 1})]


def _gemm(node: Operation) -> list[Part]:
    rows, columns = node.weights[0]
    out = rows if node.options.get("transB", 0) else columns
    return [Part("linear", {"out_features": out, "bias": len(node.weights) > 1})]


def _matmul(node: Operation) -> list[Part] | None:
    if len(node.data) > 1 or not node.weights:
        return None
    fan_in, out = node.weights[0][-2:]
    inner = {"in_features": fan_in} if len(node.shape) > 1 else {}
    return [Part("linear", {"out_features": out, "bias": False, **inner})]


def _pool(kind: str) -> Converter:
    def convert(node: Operation) -> list[Part]:
        arguments = node.window()
        if kind == "avgpool":
            del arguments["dilation"]
            arguments["count_include_pad"] = bool(node.options.get("count_include_pad", 0))
        arguments["rounding"] = "ceil" if node.options.get("ceil_mode", 0) else "floor"
        return [Part(kind, arguments)]

    return convert


def _learned_or_merged(merge: str, learned: str) -> Converter:
    """A sum or product of values, or of a value and an initialiser."""

    def convert(node: Operation) -> list[Part] | None:
        if len(node.data) > 1:
            return [Part(merge)]
        if not node.weights:
            return None
        sample = node.shape
        if not node.weights[0]:
            return None
        shape = (1,) * (len(sample) - len(node.weights[0])) + tuple(node.weights[0])[-len(sample) :]
        return [Part(learned, {"shape": shape if len(shape) > 1 else shape[0]})]

    return convert


def _clip(node: Operation) -> list[Part] | None:
    low = node.options.get("min", node.constants.get(1))
    high = node.options.get("max", node.constants.get(2))
    return [Part("relu6")] if (low, high) == (0, 6) else None


def _batch_norm(node: Operation) -> list[Part]:
    return [Part("bn", {"eps": round(float(node.options.get("epsilon", 1e-5)), 10)})]


def _reshape(node: Operation) -> list[Part] | None:
    target, wanted = node.constants.get(1), node.model.sample(node.gives)
    flat = isinstance(target, list) and len(target) == 2
    return [Part("flatten")] if flat or len(wanted) == 1 else None


def _concat(node: Operation) -> list[Part] | None:
    if len(node.reads) == 1:
        return []
    axis = int(node.options.get("axis", 1))
    same = axis % (len(node.shape) + 1) == 1 and len(node.data) == len(node.reads)
    return [Part("cat")] if same else None


def _flatten(node: Operation) -> list[Part] | None:
    return [Part("flatten")] if int(node.options.get("axis", 1)) == 1 else None


def _prelu(node: Operation) -> list[Part] | None:
    slopes = node.weights[0] if node.weights else ()
    return [Part("prelu", {"num_parameters": slopes[0]})] if all(n == 1 for n in slopes[1:]) else None


def _mean(node: Operation) -> list[Part] | None:
    axes = node.options.get("axes", node.constants.get(1))
    if not isinstance(axes, list) or sorted(a % (len(node.shape) + 1) for a in axes) != list(
        range(2, len(node.shape) + 1)
    ):
        return None
    return [Part("adaptive_avgpool", {"output_size": 1}) if node.options.get("keepdims", 1) else Part("gap")]


def _fixed(kind: str, **names: str) -> Converter:
    """A layer whose arguments are ONNX's attributes under other names."""

    def convert(node: Operation) -> list[Part]:
        given = {ours: node.options[theirs] for ours, theirs in names.items() if theirs in node.options}
        rounded = {name: round(v, 9) if isinstance(v, float) else v for name, v in given.items()}
        return [Part(kind, rounded)]

    return convert


_SAME = ("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Mish", "Selu")

OPERATIONS: Mapping[str, Converter] = {
    **{name: _fixed(name.lower()) for name in _SAME},
    "HardSwish": _fixed("hardswish"),
    "HardSigmoid": _fixed("hardsigmoid"),
    "Gelu": _fixed("gelu"),
    "LeakyRelu": _fixed("leaky_relu", negative_slope="alpha"),
    "Elu": _fixed("elu", alpha="alpha"),
    "Softmax": _fixed("softmax"),
    "LRN": _fixed("lrn", size="size", alpha="alpha", beta="beta", k="bias"),
    "Dropout": _fixed("dropout"),
    "Identity": lambda _: [],
    "Cast": lambda _: [],
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "MaxPool": _pool("maxpool"),
    "AveragePool": _pool("avgpool"),
    "GlobalAveragePool": lambda _: [Part("adaptive_avgpool", {"output_size": 1})],
    "GlobalMaxPool": lambda _: [Part("adaptive_maxpool", {"output_size": 1})],
    "BatchNormalization": _batch_norm,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "ReduceMean": _mean,
    "Concat": _concat,
    "Add": _learned_or_merged("add", "shift"),
    "Sum": _learned_or_merged("add", "shift"),
    "Mul": _learned_or_merged("mul", "scale"),
    "Clip": _clip,
    "PRelu": _prelu,
    "DepthToSpace": _fixed("pixel_shuffle", upscale_factor="blocksize"),
    "SpaceToDepth": _fixed("pixel_unshuffle", downscale_factor="blocksize"),
}
