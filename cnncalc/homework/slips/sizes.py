"""Slips in output sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import unchecked
from cnncalc.homework.questions import Question
from cnncalc.homework.slips.registry import Change, changed, put, slip
from cnncalc.layers.windows import Windowed
from cnncalc.working import Working


def _size_slip(name: str, hint: str, change: Change) -> None:
    slip(name, hint, "output_shape")(lambda question: _resized(question, change))


def _resized(question: Question, change: Change) -> Any:
    """The shape with the output-size formula changed on every axis where it can be."""
    row = question.row
    if row is None:
        return None
    workings = row.layer.shape_working(row.node.site)
    sizes = [changed(working, change) for working in workings]
    if all(value is None for value in sizes):
        return None
    pairs = zip(sizes, row.output_shape[1:], strict=True)
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
    "dilation forgotten", "the taps lie apart: use the span d(k - 1) + 1 for the kernel", put("dilation", 1)
)
_size_slip("padding forgotten", "the padding is missing", put("padding", 0))
_size_slip("padding counted once", "padding is added at both ends", put("padding", _once))
_size_slip("stride forgotten", "divide by the stride", put("stride", 1))


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
    return (row.output_shape[0], *(unchecked(wrong)(**w.numbers) for w in workings))  # type: ignore[attr-defined]


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


@slip("one size for a shape", "a shape names its channels and each size: C x H x W", "output_shape")
def _one_size(question: Question) -> Any:
    sizes = set(question.expected[1:])
    return tuple(sizes) if len(sizes) == 1 else None


@slip("batch included", "without the batch axis", "output_shape")
def _batch(question: Question) -> Any:
    return (question.batch, *question.expected)
