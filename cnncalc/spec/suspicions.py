"""What can be meant as written, but hardly is: warnings about layers that work."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.base import Layer, show
from cnncalc.network import Node
from cnncalc.spec.source import Problems
from cnncalc.spec.syntax import Call, Literal, place

_PATCH = 16
"""A kernel this large is seldom meant; a number of channels is."""


def suspect(call: Call, layer: Layer, sources: Sequence[Node], problems: Problems) -> None:
    """Warn of an image without channels and of PyTorch's order of arguments."""
    if not sources[0].inputs:
        _without_channels(call, layer, sources[0], problems)
    if len(call.arguments) > 2 and "out_channels" in layer.arguments:
        _channels_first(call, sources[0], problems)


def _without_channels(call: Call, layer: Layer, source: Node, problems: Problems) -> None:
    shape = source.output_shape
    if len(shape) != 2 or "kernel_size" not in layer.arguments or type(shape[0]) is not int:
        return
    if shape[0] == shape[1] > 4:
        message = f"{layer.kind} slides along one axis: {show(shape)} is {shape[0]} channels of {shape[1]}"
        advice = f"an image of {show(shape)} with one channel is 1x{show(shape)}"
        problems.add("W404", message, place(call), help=advice, severity="warning")


def _channels_first(call: Call, source: Node, problems: Problems) -> None:
    numbers = given_numbers(call)
    if len(numbers) < 3 or numbers[0] != source.output_shape[0]:
        return
    _, kernel, stride = numbers[:3]
    if stride != kernel and (stride > 2 or kernel >= _PATCH):
        message = f"{numbers[0]} filters of size {kernel} with stride {stride}: in PyTorch's order?"
        advice = f"the number of input channels is worked out here: write {without_first(call, numbers)}"
        problems.add("W405", message, place(call), help=advice, severity="warning")


def given_numbers(call: Call) -> list[int]:
    """The whole numbers that are given by position."""
    values = (given.value for given in call.arguments if not given.name)
    return [value.value for value in values if isinstance(value, Literal) and type(value.value) is int]


def without_first(call: Call, numbers: Sequence[int]) -> str:
    """The call with its first number left out."""
    rest = [*map(str, numbers[1:]), *(["..."] if len(call.arguments) > len(numbers) else [])]
    return f"{call.name}({', '.join(rest)})"
