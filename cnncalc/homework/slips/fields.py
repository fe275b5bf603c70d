"""Slips in receptive fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc import fields, formulas
from cnncalc.homework.questions import OF_LAYERS, Question
from cnncalc.homework.slips.registry import slip
from cnncalc.taps import Window


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
    lambda size, jump, w: (formulas.field_size.unchecked(size, 1, w.kernel, w.dilation), jump),
)
_field_slip(
    "dilation ignored",
    "dilated taps lie apart: multiply by the dilation",
    lambda size, jump, w: (
        formulas.field_size.unchecked(size, jump, w.kernel),
        formulas.field_jump(jump, w.stride),
    ),
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
        formulas.field_size.unchecked(size, formulas.field_jump(jump, w.stride), w.kernel, w.dilation),
        formulas.field_jump.unchecked(jump, w.stride),
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
