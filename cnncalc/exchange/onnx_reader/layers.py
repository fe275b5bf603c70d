"""What each ONNX operation is as layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.exchange.assembly import Part, plain
from cnncalc.exchange.onnx_reader.operation import Operation

Converter = Callable[[Operation], list[Part] | None]


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
    arguments["bias"] = len(node.weights) > 1
    if isinstance(arguments["padding"], str) or node.options.get("output_shape"):
        return _to_size(node, arguments)
    return [Part("conv_transpose", arguments)]


def _to_size(node: Operation, arguments: dict[str, Any]) -> list[Part]:
    """Padding that makes the wanted size; what is uneven is cut off behind, or in front."""
    sizes = node.shape[1:]
    each = {name: _each(arguments[name], len(sizes)) for name in ("kernel_size", "stride", "dilation")}
    axes = list(zip(sizes, *each.values(), strict=True))
    stated = list(node.options.get("output_shape", []))[-len(sizes) :]
    padding, behind, border = [], [], []
    for place, (size, kernel, stride, dilation) in enumerate(axes):
        full = formulas.transposed_output_size.unchecked(size, kernel, stride, 0, dilation)
        out = stated[place] if stated else min(size * stride, full)
        total = max(0, full - out)
        first = (0, total % 2) if arguments["padding"] != "same_lower" else (total % 2, 0)
        padding.append(total // 2)
        behind.append(max(0, out - full))
        border.append(first)
    made = {**arguments, "padding": plain(padding), "output_padding": plain(behind)}
    cut = [Part("crop", {"border": tuple(border)})] if any(map(any, border)) else []
    return [Part("conv_transpose", made), *cut]


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank


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
    if (low, high) == (0, 6):
        return [Part("relu6")]
    if not all(isinstance(end, int | float) for end in (low, high)):
        return None
    return [Part("hardtanh", {"min_val": low, "max_val": high})]


def _norm(kind: str, **names: str) -> Converter:
    """A normalisation with a scale and a shift for each channel, learned or not."""

    def convert(node: Operation) -> list[Part]:
        learned = bool(node.others) and node.others[0] in node.model.weights
        given = {ours: node.options[theirs] for ours, theirs in names.items() if theirs in node.options}
        eps = round(float(node.options.get("epsilon", 1e-5)), 10)
        return [Part(kind, {"eps": eps, "affine": learned, **given})]

    return convert


def _layer_norm(node: Operation) -> list[Part]:
    shape = node.shape
    axis = int(node.options.get("axis", -1)) % (len(shape) + 1)
    eps = round(float(node.options.get("epsilon", 1e-5)), 10)
    learned = [name in node.model.weights for name in node.others]
    options = {"elementwise_affine": any(learned[:1]), "bias": any(learned[1:2])}
    return [Part("ln", {"normalized_shape": shape[axis - 1 :], "eps": eps, **options})]


def _embedding(node: Operation) -> list[Part] | None:
    """Rows of a table, looked up by numbers that enter."""
    table = node.weights[0] if node.weights else ()
    if len(table) != 2 or int(node.options.get("axis", 0)) != 0 or node.reads[0] in node.data:
        return None
    return [Part("embedding", {"num_embeddings": table[0], "embedding_dim": table[1]})]


def _permute(node: Operation) -> list[Part] | None:
    order = node.options.get("perm") or list(range(len(node.shape), -1, -1))
    return [Part("permute", {"dims": tuple(order)})] if order[0] == 0 else None


_BORDERS = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pad(node: Operation) -> list[Part] | None:
    """Borders of the spatial axes, at both ends; other axes must have none, and none may be cut off."""
    pads = node.options.get("pads", node.constants.get(1))
    rank = len(node.shape) + 1
    if not isinstance(pads, list) or len(pads) != 2 * rank or min(pads) < 0:
        return None
    ends = tuple(zip(pads[:rank], pads[rank:], strict=True))
    mode = _BORDERS[node.options.get("mode", b"constant").decode()]
    fill = node.options.get("value", node.constants.get(2)) or 0.0
    if any(map(any, ends[:2])) or (node.constants.get(3) or len(node.reads) > 3):
        return None
    options = {"mode": mode, "value": fill} if mode != "constant" or fill else {}
    return [Part("pad", {"padding": ends[2:], **options})]


def _resize(node: Operation) -> list[Part] | None:
    """A larger or smaller image; only by the rules of coordinates that PyTorch has."""
    mode = node.options.get("mode", b"nearest").decode()
    rule = node.options.get("coordinate_transformation_mode", b"half_pixel").decode()
    known: dict[tuple[str, str], dict[str, Any]] = {
        ("nearest", "asymmetric"): {"mode": "nearest"},
        ("nearest", "half_pixel"): {"mode": "nearest_exact"},
        ("linear", "half_pixel"): {"mode": "linear"},
        ("linear", "pytorch_half_pixel"): {"mode": "linear"},
        ("linear", "align_corners"): {"mode": "linear", "align_corners": True},
        ("cubic", "half_pixel"): {"mode": "cubic"},
        ("cubic", "pytorch_half_pixel"): {"mode": "cubic"},
        ("cubic", "align_corners"): {"mode": "cubic", "align_corners": True},
    }
    wanted = node.model.sample(node.gives)
    if (mode, rule) not in known or len(wanted) < 2 or wanted[0] != node.shape[0]:
        return None
    pairs = list(zip(wanted[1:], node.shape[1:], strict=True))
    times = {"scale_factor": plain([out // size for out, size in pairs])}
    whole = all(out % size == 0 for out, size in pairs)
    return [Part("upsample", {**known[mode, rule], **(times if whole else {"size": plain(wanted[1:])})})]


def _softmax(kind: str) -> Converter:
    """Over the axis that is said; before version 13 over all from it on, which is the same if it is last."""

    def convert(node: Operation) -> list[Part] | None:
        old = node.model.opset < 13
        axis = int(node.options.get("axis", 1 if old else -1))
        rank = len(node.shape) + 1
        return [Part(kind, {"dim": axis})] if not old or axis % rank == rank - 1 else None

    return convert


def _gelu(node: Operation) -> list[Part]:
    return [Part("gelu", {"approximate": node.options.get("approximate", b"none").decode()})]


def _dropout(node: Operation) -> list[Part]:
    rate = node.options.get("ratio", node.constants.get(1))
    return [Part("dropout", {"p": round(rate, 9)} if isinstance(rate, float) else {})]


def own_layer(node: Operation) -> list[Part]:
    """The layer that a function of this package's own files stands for."""
    return [node.own_layer()]


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


def _reduced(kept: str, flat: str) -> Converter:
    """One value for each map, where the reduction is over all spatial axes."""

    def convert(node: Operation) -> list[Part] | None:
        axes = node.options.get("axes", node.constants.get(1))
        rank = len(node.shape) + 1
        if not isinstance(axes, list) or sorted(a % rank for a in axes) != list(range(2, rank)):
            return None
        return [Part(kept, {"output_size": 1}) if node.options.get("keepdims", 1) else Part(flat)]

    return convert


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
    "Gelu": _gelu,
    "Celu": _fixed("celu", alpha="alpha"),
    "LeakyRelu": _fixed("leaky_relu", negative_slope="alpha"),
    "Elu": _fixed("elu", alpha="alpha"),
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "LRN": _fixed("lrn", size="size", alpha="alpha", beta="beta", k="bias"),
    "Dropout": _dropout,
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
    "BatchNormalization": _norm("bn"),
    "InstanceNormalization": _norm("instance_norm"),
    "GroupNormalization": _norm("gn", num_groups="num_groups"),
    "LayerNormalization": _layer_norm,
    "Gather": _embedding,
    "Transpose": _permute,
    "Pad": _pad,
    "Resize": _resize,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "ReduceMean": _reduced("adaptive_avgpool", "gap"),
    "ReduceMax": _reduced("adaptive_maxpool", "gmp"),
    "Concat": _concat,
    "Add": _learned_or_merged("add", "shift"),
    "Sum": _learned_or_merged("add", "shift"),
    "Mul": _learned_or_merged("mul", "scale"),
    "Clip": _clip,
    "PRelu": _prelu,
    "DepthToSpace": _fixed("pixel_shuffle", upscale_factor="blocksize"),
    "SpaceToDepth": _fixed("pixel_unshuffle", downscale_factor="blocksize"),
}
