"""Layers that are refused by choice, though PyTorch can be made to run them: each with its condition.

A condition looks at the raw arguments and shapes, never at what the layer says, so that a refusal
for any other reason does not hide behind its code. Beside it stands what PyTorch does instead.
"""

# ruff: noqa: ARG001, ARG005 - conditions share a signature, not all look at both

from collections.abc import Callable
from typing import Any, NamedTuple


class Choice(NamedTuple):
    code: str
    kinds: tuple[str, ...]
    holds: Callable[[dict[str, Any], tuple[tuple[int, ...], ...]], bool]
    pytorch: str


def numbers(value):
    """All numbers in an argument, however deep."""
    if isinstance(value, tuple | list):
        return [number for item in value for number in numbers(item)]
    return [] if value is None or isinstance(value, str) else [value]


def below(name, least):
    return lambda arguments, inputs: any(n < least for n in numbers(arguments.get(name)))


def above(name, most):
    return lambda arguments, inputs: any(n > most for n in numbers(arguments.get(name)))


def any_of(*conditions):
    return lambda arguments, inputs: any(holds(arguments, inputs) for holds in conditions)


def rank_is_not(*ranks):
    return lambda arguments, inputs: len(inputs[0]) - 1 not in ranks


def has_wrong_length(*names):
    """A tuple that has not one entry for each spatial axis."""
    return lambda arguments, inputs: any(
        isinstance(arguments.get(name), tuple) and len(arguments[name]) != len(inputs[0]) - 1
        for name in names
    )


def is_empty(arguments, inputs):
    return () in arguments.values()


def is_set(*names):
    return lambda arguments, inputs: all(arguments.get(name) is not None for name in names)


def is_strided(arguments, inputs):
    kernel = arguments.get("kernel_size")
    stride = arguments.get("stride")
    return any(step != 1 for step in numbers(kernel if stride is None else stride))


def is_same_with_stride(arguments, inputs):
    return arguments.get("padding") == "same" and is_strided(arguments, inputs)


def leaves_no_axis(arguments, inputs):
    """All axes are averaged over, and none is kept."""
    over = numbers(arguments.get("dim")) or inputs[0]
    return not arguments.get("keepdim") and len(over) == len(inputs[0])


def axes(value, rank):
    return value if isinstance(value, tuple) else (value,) * rank


def ends(padding, rank):
    return [end if isinstance(end, tuple) else (end, end) for end in axes(padding, rank)]


def windows(arguments, inputs):
    """For each axis: size, kernel, stride, padding at both ends, dilation."""
    rank = len(inputs[0]) - 1
    kernel, stride = arguments.get("kernel_size"), arguments.get("stride")
    stride = stride or (kernel if "out_channels" not in arguments else 1)
    padding = arguments.get("padding", 0)
    padding = 0 if isinstance(padding, str) else padding
    values = (axes(kernel, rank), axes(stride, rank), ends(padding, rank))
    return list(zip(inputs[0][1:], *values, axes(arguments.get("dilation", 1), rank), strict=True))


def leaves_positions_over(arguments, inputs):
    """On some axis the last window does not end at the edge, found by placing one after the other."""
    if arguments.get("rounding") != "exact":
        return False
    if arguments.get("padding") in ("same_upper", "same_lower"):
        return True
    return any(
        range(0, size + sum(pads) - dilation * (kernel - 1), stride)[-1] + dilation * (kernel - 1)
        != size + sum(pads) - 1
        for size, kernel, stride, pads, dilation in windows(arguments, inputs)
    )


def in_the_pool(holds):
    """The same of the pool that is undone, whose input enters second."""
    return lambda arguments, inputs: holds(arguments, inputs[1:])


def is_padded_by_more_than_half(arguments, inputs):
    return any(2 * max(pads) > kernel for _, kernel, _, pads, _ in windows(arguments, inputs))


def names_no_axis(*names):
    """The batch, or an axis that is only there when the batch is counted."""
    return lambda arguments, inputs: any(
        axis == 0 or not -len(inputs[0]) <= axis <= len(inputs[0])
        for name in names
        for axis in numbers(arguments.get(name))
    )


def has_one_for_all(*names):
    """A tuple of one entry where there are several axes."""
    return lambda arguments, inputs: any(
        isinstance(arguments.get(name), tuple) and len(arguments[name]) == 1 != len(inputs[0]) - 1
        for name in names
    )


def is_spread(arguments, inputs):
    """A shape of another length than the input's, or one that makes the input larger."""
    shape = arguments["shape"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    if len(shape) != len(inputs[0]):
        return True
    return any(size == 1 != learned for size, learned in zip(inputs[0], shape, strict=True))


def differ_in_rank(arguments, inputs):
    return len({len(shape) for shape in inputs}) > 1


def differ(arguments, inputs):
    return len(set(inputs)) > 1


def is_volume(arguments, inputs):
    """Several axes, and not a word about the last being meant."""
    return len(inputs[0]) > 1 and arguments.get("in_features") is None


def is_other_width(arguments, inputs):
    return arguments.get("in_features", inputs[0][-1]) != inputs[0][-1]


def has_other_rows(arguments, inputs):
    table = arguments["table"]
    maps = len(table[0]) if isinstance(table[0], str) else len(table)  # a grid has a column for each
    return maps != arguments["out_channels"]


def has_table_and_fewer_channels(arguments, inputs):
    return arguments.get("table") is not None and below("out_channels", 1)(arguments, inputs)


CONVOLUTIONS = ("conv", "dwconv", "deform_conv", "separable_conv", "local", "blur")
WINDOWED = (*CONVOLUTIONS, "avgpool", "maxpool", "subsample")
POOLS = ("avgpool", "maxpool")
LP = ("lppool", "l2pool")
NORMS = ("bn", "gn", "ln", "instance_norm", "rms_norm", "lrn")

WINDOW = ("kernel_size", "stride", "padding", "dilation", "output_padding")

CHOICES = (
    Choice("E214", LP, has_wrong_length("kernel_size", "stride"), "takes the first of them, or spreads one"),
    Choice("E214", (*WINDOWED, "conv_transpose"), has_one_for_all(*WINDOW), "takes it for all axes"),
    Choice(
        "E214", ("subsample", "local"), has_wrong_length("kernel_size", "stride"), "has none: drops the rest"
    ),
    Choice("E214", WINDOWED, has_wrong_length("padding"), "is padded by hand, on the last axes"),
    Choice("E214", ("crop",), has_wrong_length("size", "border"), "slices the axes that have a size"),
    Choice("E214", ("pad",), has_wrong_length("padding"), "pads the last axes"),
    Choice("E215", ("crop", "subsample", *LP), is_empty, "leaves all axes as they are"),
    Choice("E215", ("mean",), is_empty, "takes the mean over all axes, the batch too"),
    Choice("E216", WINDOWED, below("padding", 0), "crops, where padding is done by a layer of its own"),
    Choice("E216", ("pad",), below("padding", 0), "crops"),
    Choice("E216", ("crop",), below("border", 0), "slices from the end, or by the size beside it"),
    Choice("E216", ("l2pool_features",), below("size", 1), "adds up nothing, and finds zeros"),
    Choice("E216", ("linear",), below("in_features", 1), "is built for what enters"),
    Choice("E216", LP, has_wrong_length("kernel_size", "stride"), "does not look at the sizes it drops"),
    Choice("E216", ("ln", "rms_norm"), below("normalized_shape", 1), "takes `over`, which stands beside it"),
    Choice("E216", ("split",), below("index", 0), "counts from the end"),
    Choice("E216", ("split",), below("split_size", 1), "makes a part without values"),
    Choice("E216", ("conv",), has_table_and_fewer_channels, "has no tables: the module makes a map a row"),
    Choice("E216", ("tokens",), below("number", 1), "adds nothing"),
    Choice("E217", ("channel_dropout",), rank_is_not(1, 2, 3), "drops values of a flat row"),
    Choice("E217", ("crop", "pad", "gap", "lrn"), rank_is_not(1, 2, 3), "works over any axes"),
    Choice("E217", ("subsample", "channel_shuffle"), rank_is_not(1, 2, 3), "works over any axes"),
    Choice("E217", ("pixel_shuffle", "pixel_unshuffle"), rank_is_not(2), "takes further axes for batches"),
    Choice("E217", ("unfold", "fold"), rank_is_not(2), "takes the batch for channels"),
    Choice("E218", WINDOWED, is_same_with_stride, "is padded by hand, which does not mind the stride"),
    Choice("E219", ("blur",), below("sigma", 0.001), "divides by zero, and blurs with NaN"),
    Choice(
        "E219", ("bn", "instance_norm"), any_of(below("momentum", 0), above("momentum", 1)), "does not look"
    ),
    Choice("E219", NORMS, below("eps", 0), "does not look, and takes roots of negative numbers"),
    Choice("E219", LP, below("norm_type", 1e-6), "divides by it, or takes negative powers"),
    Choice("E220", ("shift", "scale"), is_spread, "aligns shapes from the last axis, and spreads the input"),
    Choice("E220", ("mul",), differ_in_rank, "aligns factors from the last axis"),
    Choice("E220", ("add",), differ, "spreads the smaller"),
    Choice("E231", (*WINDOWED, *LP), leaves_positions_over, "knows floor and ceil only"),
    Choice("E231", ("unpool",), in_the_pool(leaves_positions_over), "knows floor and ceil only"),
    Choice("E232", ("conv",), is_set("table", "groups"), "has no tables: the module here ignores groups"),
    Choice("E233", POOLS, is_padded_by_more_than_half, "is padded by hand, where ends are uneven"),
    Choice("E234", ("conv",), has_other_rows, "has no tables: the module here makes a map for each row"),
    Choice("E238", ("crop",), is_set("size", "border"), "has no such layer: one of the two is used"),
    Choice("E238", ("ln", "rms_norm"), is_set("normalized_shape", "over"), "has no `over`: it is ignored"),
    Choice("E238", ("upsample",), is_set("align_corners"), "refuses it for modes without corners; left out"),
    Choice("E240", ("linear", "rbf"), is_volume, "works on the last axis"),
    Choice("E241", ("linear",), is_other_width, "is built for what enters"),
    Choice("E244", ("flatten", "unflatten"), names_no_axis("dim", "start_dim", "end_dim"), "joins the batch"),
    Choice("E244", ("softmax", "softmin", "log_softmax"), names_no_axis("dim"), "takes shares of the batch"),
    Choice("E244", ("slice", "split", "mean"), names_no_axis("dim"), "cuts or joins the batch"),
    Choice("E245", ("ln", "rms_norm"), is_volume, "must be told: the module here takes the last axis"),
    Choice("E248", ("mean",), leaves_no_axis, "gives a number without an axis"),
)


def chosen(kind, code, arguments, inputs):
    """The choice by which a layer is refused, or None."""
    for choice in CHOICES:
        if choice.code == code and kind in choice.kinds and choice.holds(arguments, inputs):
            return choice
    return None
