"""What comes out where something usual goes wrong, each with a kind word about it.

A slip takes a question and gives the wrong value, or None where it does not apply. Most of them
change one number of the layer's own worked formula, so that they follow the layers by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cnncalc import conventions, fields, formulas
from cnncalc.homework.questions import OF_LAYERS, Question
from cnncalc.layers.windows import Windowed
from cnncalc.network import Node
from cnncalc.taps import Window
from cnncalc.working import Total, Worked, Working

Change = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""From the numbers of a working to changed ones, or None where the slip cannot happen."""


class Slip(NamedTuple):
    """A usual mistake: its name, what to say, the quantities it spoils, and what it gives."""

    name: str
    hint: str
    quantities: tuple[str, ...]
    value: Callable[[Question], Any]
    is_convention: bool = False


COUNTS = ("params", "trainable_params", "connections", "macs", "flops")
SLIPS: list[Slip] = []
"""Every known slip, the likelier first."""


def slip(
    name: str, hint: str, *quantities: str, is_convention: bool = False
) -> Callable[[Callable[[Question], Any]], Callable[[Question], Any]]:
    """Register what a function gives as a slip."""

    def register(function: Callable[[Question], Any]) -> Callable[[Question], Any]:
        SLIPS.append(Slip(name, hint, quantities, function, is_convention))
        return function

    return register


def explanations(question: Question) -> Iterator[tuple[Slip, Any]]:
    """Every slip that would give something else than the right answer, with what it gives."""
    for known in SLIPS:
        if question.quantity in known.quantities:
            value = known.value(question)
            if value is not None and value != question.expected:
                yield known, value


# Another convention, which is no mistake.


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


# Slips in counting weights, their uses and operations.


def _count_slip(name: str, hint: str, change: Change, *quantities: str) -> None:
    """A slip that changes a number of the formulas behind a count, in one layer or in all."""
    slip(name, hint, *(quantities or COUNTS))(lambda question: _counted(question, change))


def _counted(question: Question, change: Change) -> Any:
    """The count with the change made wherever it can be; None where it nowhere can."""
    rows = question.analysis.rows if question.row is None else (question.row,)
    is_flops = question.quantity == "flops"
    workings = [row.worked("macs" if is_flops else question.quantity) for row in rows]
    values = [_changed(worked, change) for worked in workings]
    if all(value is None for value in values):
        return None
    pairs = zip(values, workings, strict=True)
    total = sum(worked.value if value is None else value for value, worked in pairs)
    return formulas.flops(total) if is_flops else total


def _changed(worked: Worked, change: Change) -> Any:
    """A working's value after a change of its numbers."""
    if isinstance(worked, Total):
        parts = [_changed(part, change) for part in worked.parts.values()]
        return None if None in parts else sum(parts)
    if not isinstance(worked, Working):
        return None
    numbers = change(worked.numbers)
    return None if numbers is None else worked.formula(**numbers)


def _set(name: str, wrong: Any, *, where: Callable[[Any], bool] = lambda _: True) -> Change:
    """Put ``wrong`` (a value, or a function of the right one) for one number, where it has another."""

    def change(numbers: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if name not in numbers or not where(numbers[name]):
            return None
        value = wrong(numbers[name]) if callable(wrong) else wrong
        return None if value == numbers[name] else {**numbers, name: value}

    return change


def _side(kernel: Any) -> Any:
    return kernel[:1] if isinstance(kernel, tuple) and len(kernel) > 1 else kernel


_count_slip(
    "bias forgotten",
    "each filter or unit has a bias too",
    _set("bias", 0),
    "params",
    "trainable_params",
    "connections",
)
_count_slip(
    "bias added", "this layer has no bias", _set("bias", 1), "params", "trainable_params", "connections"
)
_count_slip("depth forgotten", "a filter extends through all channels that enter", _set("in_channels", 1))
_count_slip("one filter only", "this is one filter; there are as many as maps leave", _set("out_channels", 1))
_count_slip(
    "groups forgotten", "with groups a filter reads only the channels of its group", _set("groups", 1)
)
_count_slip("kernel counted once", "the kernel has two or more sides: multiply them", _set("kernel", _side))
_count_slip(
    "positions forgotten",
    "this is one position; multiply by all that leave",
    _set("output", ()),
    "macs",
)


@slip(
    "one bias for all", "every filter has its own bias, not one for the layer", "params", "trainable_params"
)
def _one_bias(question: Question) -> Any:
    weights = _counted(question, _set("bias", 0))
    return None if weights is None or question.row is None else weights + 1


@slip("input positions", "count the positions that leave, not those that enter", "connections", "macs")
def _input_positions(question: Question) -> Any:
    if question.row is None:
        return None
    entering = question.row.input_shapes[0][1:] if question.row.input_shapes else ()
    return _counted(question, _set("output", entering))


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


# Slips in output sizes.


def _size_slip(name: str, hint: str, change: Change) -> None:
    slip(name, hint, "output_shape")(lambda question: _resized(question, change))


def _resized(question: Question, change: Change) -> Any:
    """The shape with the output-size formula changed on every axis where it can be."""
    row = question.row
    if row is None:
        return None
    workings = row.layer.shape_working(row.node.site)
    changed = [_changed(working, change) for working in workings]
    if all(value is None for value in changed):
        return None
    pairs = zip(changed, row.output_shape[1:], strict=True)
    return (row.output_shape[0], *(right if value is None else value for value, right in pairs))


def _span(numbers: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The window taken as d*k wide, as a lecture deck has it."""
    dilation = numbers.get("dilation", 1)
    if dilation == 1:
        return None
    return {**numbers, "kernel": dilation * numbers["kernel"], "dilation": 1}


def _once(padding: Any) -> Any:
    return (padding, 0) if isinstance(padding, int) else (padding[0], 0)


_size_slip("dilation span d*k", "a dilated kernel spans d(k - 1) + 1 positions, not d*k", _span)
_size_slip(
    "dilation forgotten", "the taps lie apart: use the span d(k - 1) + 1 for the kernel", _set("dilation", 1)
)
_size_slip("padding forgotten", "the padding is missing", _set("padding", 0))
_size_slip("padding counted once", "padding is added at both ends", _set("padding", _once))
_size_slip("stride forgotten", "divide by the stride", _set("stride", 1))


@slip("ceil for floor", "the size is rounded down here", "output_shape")
def _ceil(question: Question) -> Any:
    return _rounded(question, formulas.output_size, formulas.output_size_ceil)


@slip("floor for ceil", "the size is rounded up here", "output_shape")
def _floor(question: Question) -> Any:
    return _rounded(question, formulas.output_size_ceil, formulas.output_size)


def _rounded(question: Question, right: Any, wrong: Any) -> Any:
    row = question.row
    if row is None:
        return None
    workings = row.layer.shape_working(row.node.site)
    if not workings or any(not isinstance(w, Working) or w.formula is not right for w in workings):
        return None
    return (row.output_shape[0], *(wrong(**w.numbers) for w in workings))  # type: ignore[attr-defined]


@slip("+ 1 forgotten", "count the first window as well: + 1", "output_shape")
def _no_one(question: Question) -> Any:
    row = question.row
    if row is None or not isinstance(row.layer, Windowed):
        return None
    return (row.output_shape[0], *(size - 1 for size in row.output_shape[1:]))


@slip("channels last", "channels come first here: C x H x W", "output_shape", is_convention=True)
def _channels_last(question: Question) -> Any:
    channels, *sizes = question.expected
    return (*sizes, channels) if sizes else None


@slip("height and width swapped", "height comes before width", "output_shape", "field", "jump")
def _swapped(question: Question) -> Any:
    shape = question.expected
    axes = len(shape) - (question.quantity == "output_shape")
    return (*shape[:-2], shape[-1], shape[-2]) if axes > 1 else None


@slip("channels kept", "as many maps leave as there are filters", "output_shape")
def _channels_kept(question: Question) -> Any:
    row = question.row
    if row is None or not row.input_shapes:
        return None
    return (row.input_shapes[0][0], *row.output_shape[1:])


@slip("channels multiplied", "a filter sums over the channels: they do not multiply", "output_shape")
def _channels_multiplied(question: Question) -> Any:
    row = question.row
    if row is None or not row.input_shapes or row.layer.family != "conv":
        return None
    return (row.input_shapes[0][0] * row.output_shape[0], *row.output_shape[1:])


@slip("channels left out", "the channels are missing: C x H x W", "output_shape")
def _no_channels(question: Question) -> Any:
    return question.expected[1:] or None


@slip("batch included", "without the batch axis", "output_shape")
def _batch(question: Question) -> Any:
    return (question.batch, *question.expected)


# Slips in receptive fields.


def _windows(question: Question) -> list[tuple[Window, ...]] | None:
    """The windows from the input to the layer, where nothing branches on the way."""
    found: list[tuple[Window, ...]] = []
    node = question.network[question.layer or ""]
    while node.inputs:
        if len(node.inputs) > 1:
            return None
        taps = node.layer.taps(node.site)[0]
        if not taps or not all(isinstance(axis, Window) for axis in taps):
            return None
        found.append(taps)  # type: ignore[arg-type]
        node = question.network[node.inputs[0]]
    return found[::-1]


def _field_slip(name: str, hint: str, grow: Callable[[int, int, Window], tuple[int, int]]) -> None:
    """A slip that grows the field wrongly from layer to layer: from (field, jump) to the next."""

    def value(question: Question) -> Any:
        windows = _windows(question) if question.row is not None else None
        if not windows:
            return None
        sizes = []
        for axis in zip(*windows, strict=True):
            size, jump = 1, 1
            for window in axis:
                size, jump = grow(size, jump, window)
            sizes.append(size)
        return tuple(sizes)

    slip(name, hint, "field")(value)


@slip("field in the previous layer", "the field in the input is asked, not in the layer before", "field")
def _previous(question: Question) -> Any:
    node = question.network[question.layer or ""]
    return fields.receptive_fields(question.network, node.inputs[0])[node.name].size if node.inputs else None


_field_slip(
    "strides ignored",
    "after a stride each step is wider: multiply by the jump",
    lambda size, jump, w: (formulas.field_size(size, 1, w.kernel, w.dilation), jump),
)
_field_slip(
    "dilation ignored",
    "dilated taps lie apart: multiply by the dilation",
    lambda size, jump, w: (formulas.field_size(size, jump, w.kernel), formulas.field_jump(jump, w.stride)),
)
_field_slip(
    "kernels added up",
    "neighbouring windows overlap: each layer adds (k - 1) x jump",
    lambda size, jump, w: (size + w.kernel - (size == 1), jump),
)
_field_slip(
    "own stride counted",
    "a layer's own stride widens the next layer's steps, not its own",
    lambda size, jump, w: (
        formulas.field_size(size, formulas.field_jump(jump, w.stride), w.kernel, w.dilation),
        formulas.field_jump(jump, w.stride),
    ),
)


@slip(
    "jump for field",
    "this is the distance between neighbouring units; the field is what one unit sees",
    "field",
)
def _jump_for_field(question: Question) -> Any:
    return OF_LAYERS["jump"](question.row) if question.row is not None else None


@slip("own stride for jump", "strides multiply from the input on", "jump")
def _own_stride(question: Question) -> Any:
    windows = _windows(question) if question.row is not None else None
    return tuple(window.stride for window in windows[-1]) if windows else None
