"""Slips in counting weights, their uses and operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc import conventions, formulas
from cnncalc.homework.questions import Question
from cnncalc.homework.slips.registry import Change, changed, put, slip
from cnncalc.network import Node

COUNTS = ("params", "trainable_params", "connections", "macs", "flops")


@slip(
    "other convention",
    "right by another convention: torchinfo counts biases, torchvision does not",
    "macs",
    "flops",
    is_convention=True,
)
def _convention(question: Question) -> Any:
    factor = 2 if question.quantity == "flops" else 1
    others = [name for name in conventions.CONVENTIONS if name != question.convention]
    return factor * question.operations(others[0])


def _count_slip(name: str, hint: str, change: Change, *quantities: str) -> None:
    """A slip that changes a number of the formulas behind a count, in one layer or in all."""
    slip(name, hint, *(quantities or COUNTS))(lambda question: _counted(question, change))


def _counted(question: Question, change: Change) -> Any:
    """The count with the change made wherever it can be; None where it nowhere can."""
    rows = question.analysis.rows if question.row is None else (question.row,)
    is_flops = question.quantity == "flops"
    workings = [row.worked("macs" if is_flops else question.quantity) for row in rows]
    values = [changed(worked, change) for worked in workings]
    if all(value is None for value in values):
        return None
    pairs = zip(values, workings, strict=True)
    total = sum(worked.value if value is None else value for value, worked in pairs)
    return formulas.flops(total) if is_flops else total


def _side(kernel: Any) -> Any:
    return kernel[:1] if isinstance(kernel, tuple) and len(kernel) > 1 else kernel


_count_slip(
    "bias forgotten",
    "each filter or unit has a bias too",
    put("bias", 0),
    "params",
    "trainable_params",
    "connections",
)
_count_slip(
    "bias added", "this layer has no bias", put("bias", 1), "params", "trainable_params", "connections"
)
_count_slip("depth forgotten", "a filter extends through all channels that enter", put("in_channels", 1))
_count_slip("one filter only", "this is one filter; there are as many as maps leave", put("out_channels", 1))
_count_slip("groups forgotten", "with groups a filter reads only the channels of its group", put("groups", 1))
_count_slip("kernel counted once", "the kernel has two or more sides: multiply them", put("kernel", _side))
_count_slip(
    "positions forgotten",
    "this is one position; multiply by all that leave",
    put("output", ()),
    "macs",
)


@slip(
    "one bias for all", "every filter has its own bias, not one for the layer", "params", "trainable_params"
)
def _one_bias(question: Question) -> Any:
    weights = _counted(question, put("bias", 0))
    return None if weights is None or question.row is None else weights + 1


@slip("input positions", "count the positions that leave, not those that enter", "connections", "macs")
def _input_positions(question: Question) -> Any:
    if question.row is None:
        return None
    entering = question.row.input_shapes[0][1:] if question.row.input_shapes else ()
    return _counted(question, put("output", entering))


@slip("table ignored", "not every map is connected to every other: see the connection table", *COUNTS)
def _full_table(question: Question) -> Any:
    row = question.row
    if row is None or getattr(row.layer, "table", None) is None:
        return None
    full = type(row.layer)(**{**row.layer.given(), "table": None})
    return _of_layer(full, row.node, question.quantity)


def _of_layer(layer: Any, node: Node, quantity: str) -> Any:
    """A count of another layer in the same place."""
    facet = {"trainable_params": "params", "flops": "macs"}.get(quantity, quantity)
    value = getattr(layer, facet)(node.site).value
    return formulas.flops(value) if quantity == "flops" else value


# One quantity for another, one convention for another.


def _other(quantity: str) -> Callable[[Question], Any]:
    def value(question: Question) -> Any:
        return Question(question.network, question.layer, quantity).expected

    return value


slip("FLOPs for MACs", "a MAC is a multiplication and an addition together: FLOPs = 2 x MACs", "macs")(
    _other("flops")
)
slip("MACs for FLOPs", "each MAC is two operations: FLOPs = 2 x MACs", "flops")(_other("macs"))
slip(
    "connections for parameters",
    "shared weights count once, however often they are used",
    "params",
    "trainable_params",
)(_other("connections"))
slip("parameters for connections", "each use of a weight is a connection", "connections")(_other("params"))
slip("frozen counted", "frozen parameters are not trained", "trainable_params")(_other("params"))
slip("frozen left out", "frozen parameters are parameters too", "params")(_other("trainable_params"))


@slip("per map", "this is one map; multiply by the number of maps", "neurons")
def _per_map(question: Question) -> Any:
    row = question.row
    return None if row is None or not row.neurons else formulas.element_count(row.output_shape[1:])


@slip("bits for bytes", "a byte has eight bits", "param_bytes")
def _bits(question: Question) -> Any:
    return 8 * question.expected


@slip("numbers for bytes", "each parameter takes four bytes in float32", "param_bytes")
def _numbers(question: Question) -> Any:
    return question.analysis.params
