"""How a field comes about from the fields before it: worked lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from cnncalc import formulas
from cnncalc.fields.extent import Beyond, Extent, Span, State, length
from cnncalc.fields.wiring import Entry
from cnncalc.taps import SAME, Step, Taps, Whole, Window
from cnncalc.working import Worked, Working

if TYPE_CHECKING:
    from cnncalc.fields.field import Field

Lines: TypeAlias = list[tuple[str, "Worked | str"]]
"""What is worked out, and how."""

_AXES = {1: ("",), 2: ("height ", "width "), 3: ("depth ", "height ", "width ")}


def workings(field: Field) -> Lines:
    """Worked lines for a field, once where all axes are alike."""
    if field.node.name == field.reference.name:
        return [("field", "a position reads itself")]
    if field.is_constant:
        return [("field", f"nothing of {field.reference.name} is read")]
    axes = [list(_axis(field, axis)) for axis in range(len(field.axes))]
    if all(_shown(lines) == _shown(axes[0]) for lines in axes):
        return axes[0] if axes else []
    names = _AXES[len(axes)]
    return [(names[axis] + name, worked) for axis, lines in enumerate(axes) for name, worked in lines]


def _shown(lines: Lines) -> list[tuple[str, str]]:
    return [(name, str(worked)) for name, worked in lines]


def _axis(field: Field, axis: int) -> Iterator[tuple[str, Worked | str]]:
    """The lines for one axis: the recurrence behind one window, else what each input brings."""
    state = field.axes[axis]
    inputs = [
        (entry.source, field.before(entry.source).axes[axis], _taps(field, entry, axis))
        for entry in field.fields.wiring.entries(field.node)
    ]
    if len(inputs) == 1 and isinstance(state, Extent):
        yield from _through(*inputs[0], state)
        return
    if state is Beyond.EVERYWHERE:
        yield "size", f"{field.size[axis]}: {_why_everywhere(field, axis)}"
        return
    for source, before, _ in inputs:
        yield f"by way of {source}", describe(before)
    yield from _joined([before for _, before, _ in inputs], state)


def _taps(field: Field, entry: Entry, axis: int) -> Taps:
    wiring = field.fields.wiring
    is_row = entry.unrolls or not entry.taps
    return SAME if is_row and not wiring.rearranges else wiring.axis(field.reference.name, axis).taps(entry)


def _through(source: str, before: State, taps: Taps, state: Extent) -> Iterator[tuple[str, Worked | str]]:
    step = taps.step()
    if taps is SAME:
        yield "size", f"{describe(state)}, as {source}: positions are read one by one"
    elif isinstance(before, Extent) and before.period == 1 and step and before.spans[0]:
        yield from _recurrence(before, before.spans[0], taps, step)
    else:
        yield f"by way of {source}", describe(before)
        yield "field", describe(state)


def _recurrence(
    before: Extent, span: tuple[int, int], taps: Taps, step: Step
) -> Iterator[tuple[str, Worked | str]]:
    kernel, dilation = length((step.lo, step.hi)), 1
    if isinstance(taps, Window):
        kernel, dilation = taps.kernel, taps.dilation
    yield (
        "size",
        Working(formulas.field_size, size=length(span), jump=before.shift, kernel=kernel, dilation=dilation),
    )
    yield "jump", Working(formulas.field_jump, jump=before.shift, stride=step.stride)
    yield "start", Working(formulas.field_first, start=span[0], jump=before.shift, padding=-step.lo)


def _why_everywhere(field: Field, axis: int) -> str:
    for entry in field.fields.wiring.entries(field.node):
        if isinstance(_taps(field, entry, axis), Whole):
            return f"each unit reads the whole of {entry.source}"
    return "what it reads has read the whole input"


def _joined(states: list[State], state: State) -> Iterator[tuple[str, Worked | str]]:
    """The union of branches, as a sum where each has one interval."""
    spans = [before.spans[0] for before in states if isinstance(before, Extent) and before.period == 1]
    if isinstance(state, Extent) and state.period == 1 and len(spans) == len(states) and None not in spans:
        present: list[tuple[int, int]] = [span for span in spans if span]
        start, end = min(first for first, _ in present), max(last for _, last in present)
        yield "size", Working(formulas.field_span, start=start, end=end)
    else:
        yield "field", describe(state)


def describe(state: State) -> str:
    """A state in words: size, first position, jump, and each phase where there are several."""
    if state is None:
        return "nothing"
    if isinstance(state, Beyond):
        return state.value
    if state.period == 1:
        return f"{_described(state.spans[0])}, jump {state.jump}"
    phases = "; ".join(f"phase {i}: {_described(span)}" for i, span in enumerate(state.spans))
    return f"every {state.period} units move by {state.shift}; {phases}"


def _described(span: Span) -> str:
    return f"{length(span)} from {span[0]}" if span else "nothing"
