"""Which positions each unit reads along an axis, drawn with characters."""

from __future__ import annotations

from cnncalc.errors import CnncalcError
from cnncalc.fields.extent import Extent, Span
from cnncalc.fields.field import Field

WIDEST = 160
"""Positions and units beyond which characters do not show anything any more."""

LEGEND = "# read   . not read   o a hole   - padding   | ends of the input"


def picture(field: Field, axis: int = 0) -> str:
    """One line for each unit, one column for each position of the reference.

    Raises :class:`CnncalcError` where there are too many to draw.
    """
    size = field.reference.output_shape[axis + 1]
    read = field.fields.units(field.reference.name, axis).get(field.node.name, ())
    if max(size, len(read)) > WIDEST:
        message = f"{field.node.name}: {len(read)} units on {size} positions are too many to draw"
        raise CnncalcError(f"{message}; at most {WIDEST}, try a smaller --input")
    spans = [_span(field, axis, unit) for unit in range(len(read))]
    before = max((-span[0] for span in spans if span), default=0)
    after = max((span[1] - size + 1 for span in spans if span), default=0)
    columns = range(-max(before, 0), size + max(after, 0))
    width = len(str(len(read) - 1))
    lines = [
        f"{unit:>{width}} {_line(bits, span, columns, size)}"
        for unit, (bits, span) in enumerate(zip(read, spans, strict=True))
    ]
    return "\n".join([*lines, "", LEGEND])


def _span(field: Field, axis: int, unit: int) -> Span:
    state = field.axes[axis]
    return state.at(unit) if isinstance(state, Extent) else None


def _line(bits: int, span: Span, columns: range, size: int) -> str:
    drawn = "".join(_mark(bits, span, position, size) for position in columns)
    start = -columns.start
    return f"{drawn[:start]}|{drawn[start : start + size]}|{drawn[start + size :]}".rstrip()


def _mark(bits: int, span: Span, position: int, size: int) -> str:
    inside_span = span is not None and span[0] <= position <= span[1]
    if not 0 <= position < size:
        return "-" if inside_span else " "
    if bits >> position & 1:
        return "#"
    return "o" if inside_span else "."
