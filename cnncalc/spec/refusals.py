"""What to say when a layer refuses its arguments or its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError, Refusals
from cnncalc.layers.base import Layer, Site, show
from cnncalc.network import Node
from cnncalc.spec.binding import LayerUse
from cnncalc.spec.source import Problems
from cnncalc.spec.suspicions import given_numbers, without_first
from cnncalc.spec.syntax import Call, place

Attempt: TypeAlias = tuple[Layer, list[Node]]
"""A layer that could be made, and the nodes it was put behind."""

_LONGEST = 6
"""Steps shown of the sizes so far."""


def layer_problem(
    error: LayerError,
    call: Call,
    use: LayerUse,
    attempt: Attempt | None,
    nodes: Mapping[str, Node],
    problems: Problems,
) -> None:
    """Report a refusal at the argument it is about, with the sizes that led there."""
    expression = use.values.get(error.argument)
    where = place(call if expression is None else expression)
    labels = ((call.name_place, "used here"),) if error.argument in use.defaults else ()
    with Refusals.wording():
        detail = error.detail
        notes: list[str] = []
        if attempt is not None:
            layer, sources = attempt
            detail = detail or _entering(sources)
            notes = list(_notes(layer, sources, nodes, error))
        advice = _wrong_guess(call, use, attempt) or _channels_last(attempt, nodes) or error.help
        problems.add(
            error.code, error.message, where, detail=detail, labels=labels, notes=tuple(notes), help=advice
        )


def wrong_rank(call: Call, rank: int, source: Node, problems: Problems) -> bool:
    """Report a ``conv2d`` whose input has not two spatial axes."""
    axes = len(source.output_shape) - 1
    if axes == rank:
        return False
    kind = call.name.lower().removesuffix(f"{rank}d").rstrip("_")
    message = f"{call.name} needs {rank} spatial axes, but {show(source.output_shape)} has {axes}"
    advice = f"write {kind}: the number of axes follows from the input"
    problems.add("E217", message, call.name_place, help=advice)
    return True


def _entering(sources: list[Node]) -> str:
    if len(sources) == 1:
        return f"input here is {show(sources[0].output_shape)}"
    return " | ".join(show(source.output_shape) for source in sources)


def _notes(layer: Layer, sources: list[Node], nodes: Mapping[str, Node], error: LayerError) -> Iterator[str]:
    worked = _worked(layer, sources) if error.code in ("E230", "E231") else ""
    if worked:
        yield worked
    if len(sources) == 1 and sources[0].inputs and error.code != "E222":
        yield f"sizes so far: {sizes_so_far(sources[0], nodes)}"


def _worked(layer: Layer, sources: list[Node]) -> str:
    """The output-size formula with its numbers, for the first axis that does not work out."""
    shapes = tuple(source.output_shape for source in sources)
    for working in layer.shape_working(Site(shapes, ())):
        if not isinstance(working.value, int) or working.value < 1:
            return f"output size = {working.text()}"
    return ""


def sizes_so_far(node: Node, nodes: Mapping[str, Node]) -> str:
    """The last changes of shape on the way to a node.

    Only layers that change the shape are named.
    """
    chain: list[str] = []
    at: Node | None = node
    while at is not None:
        before = nodes.get(at.inputs[0]) if at.inputs else None
        if before is None or before.output_shape != at.output_shape:
            if len(chain) == _LONGEST:
                return f"... -> {' -> '.join(reversed(chain))}"
            chain.append(f"{at.kind} {show(at.output_shape)}")
        at = before
    return " -> ".join(reversed(chain))


def looks_channels_last(shape: Shape) -> bool:
    """Whether an image's shape seems to have its channels at the end.

    >>> looks_channels_last((224, 224, 3)), looks_channels_last((3, 224, 224))
    (True, False)
    """
    return len(shape) == 3 and shape[2] in (1, 3, 4) and min(shape[:2]) > 4


def _channels_last(attempt: Attempt | None, nodes: Mapping[str, Node]) -> str:
    shapes = [node.output_shape for node in nodes.values() if not node.inputs]
    for shape in shapes:
        if attempt is not None and looks_channels_last(shape):
            height, width, channels = shape
            return f"the input {show(shape)} looks channels-last: write {show((channels, height, width))}"
    return ""


def _wrong_guess(call: Call, use: LayerUse, attempt: Attempt | None) -> str:
    """Advice where the call looks like PyTorch's, with the input's channels first."""
    numbers = given_numbers(call)
    if "out_features" in use.values and len(numbers) == 2:
        return f"the number of inputs is worked out here: write {call.name}({numbers[1]})"
    if "out_channels" not in use.values or len(numbers) < 3 or attempt is None:
        return ""
    if numbers[0] == attempt[1][0].output_shape[0]:
        return f"the number of input channels is worked out here: write {without_first(call, numbers)}"
    return ""
