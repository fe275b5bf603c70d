"""Advice on a network, from the decks' rules of thumb, each with its evidence.

Nothing here is an error: good networks break every one of these rules somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis, Row
from cnncalc.conventions import FLOAT32_BYTES
from cnncalc.errors import Diagnostic, Span
from cnncalc.fields import unproductive
from cnncalc.fields.paths import narrowest
from cnncalc.layers.base import show
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC, Linear
from cnncalc.layers.norm import BatchNorm
from cnncalc.layers.pool import AvgPool, MaxPool
from cnncalc.layers.sequence import Attention
from cnncalc.layers.windows import Windowed
from cnncalc.spec.assembly import read_document
from cnncalc.spec.source import Problems, Source, TooManyErrors
from cnncalc.spec.yamlchecks import Refused


class Finding(NamedTuple):
    """A rule broken at one layer, and the numbers that show it."""

    code: str
    row: Row
    message: str
    evidence: str
    help: str = ""


Rule = Callable[[Analysis], Iterator[Finding]]


def advice(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """All advice; a rule that one place breaks many times over, as in a repeat, is told once."""
    found: dict[tuple[str, Span], list[Finding]] = {}
    for rule in RULES:
        for finding in rule(analysis):
            span = finding.row.node.span or Span(0, 0, 0)
            found.setdefault((finding.code, span), []).append(finding)
    about_layers = (_diagnostic(span, findings) for (_, span), findings in found.items())
    return (*about_layers, *_never_used(analysis.network.about))


def _diagnostic(span: Span, findings: list[Finding]) -> Diagnostic:
    first = findings[0]
    notes = [f"{first.row.name}: {first.evidence}"]
    if len(findings) > 1:
        others = ", ".join(finding.row.name for finding in findings[1:4])
        more = f" and {len(findings) - 4} more" if len(findings) > 4 else ""
        notes.append(f"the same for {others}{more}")
    return Diagnostic(first.code, first.message, span, "", (), tuple(notes), first.help, "advice")


def _rows(analysis: Analysis, *kinds: type[Any]) -> Iterator[Row]:
    return (row for row in analysis.rows if isinstance(row.layer, kinds))


def _windows(row: Row) -> tuple[Any, ...]:
    assert isinstance(row.layer, Windowed)
    return row.layer.windows(row.input_shapes[0])


def _never_used(about: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Parameters, blocks and tables that the text names only where it defines them."""
    source = Source(about.get("text", ""))
    try:
        document = read_document(source, Problems(source))
    except (Refused, TooManyErrors):
        return
    defined = {
        "parameter": {name: word.place for name, (word, _) in document.params.items()},
        "block": {name: block.place for name, block in document.blocks.items()},
    }
    if document.base is not None:
        return
    for what, places in defined.items():
        for name, where in places.items():
            if len(re.findall(rf"\b{re.escape(name)}\b", source.text)) == 1:
                advice_ = f"use it, or take it out: a misspelt {what} looks like this"
                message = f"the {what} `{name}` is never used"
                yield Diagnostic("W403", message, source.span(*where), help=advice_, severity="advice")


def dead_ends(analysis: Analysis) -> Iterator[Finding]:
    """What a layer computes should be read by another one, or be an output."""
    readers, outputs = analysis.network.readers, analysis.network.outputs
    for row in analysis.rows:
        if not readers[row.name] and row.name not in outputs:
            message = f"nothing reads what {row.name} makes"
            help_ = "join it with cat or add, name it under `outputs:`, or take it out"
            yield Finding("W402", row, message, f"{show(row.output_shape)} for nobody", help_)


def not_halved_evenly(analysis: Analysis) -> Iterator[Finding]:
    """The input's size should be a multiple of the product of all strides, unless all fits anyway."""
    rows = _spatial(analysis)
    if not rows or len(analysis.network.inputs) != 1 or not any(map(_unread, _rows(analysis, Windowed))):
        return
    row, entry = rows[-1], analysis.rows[0]
    for size, jump in zip(entry.output_shape[1:], row.field.jump, strict=True):
        if isinstance(jump, int) and jump > 1 and size % jump:
            near = [f"{n * jump}" for n in (size // jump, size // jump + 1) if n]
            message = f"the input size {size} is not a multiple of {jump}"
            evidence = f"the strides up to {row.name} multiply to {jump}"
            yield Finding("W410", entry, message, evidence, f"multiples: {' and '.join(near)}")
            return


def large_filters(analysis: Analysis) -> Iterator[Finding]:
    """Several small filters cost less than a large one with the same field."""
    first = next(_rows(analysis, Conv), None)
    for row in _rows(analysis, Conv):
        kernel = {window.kernel for window in _windows(row)}
        simple = row.layer.groups == 1 and row.layer.table is None  # type: ignore[attr-defined]
        if row is first or len(kernel) != 1 or not simple or any(w.stride > 1 for w in _windows(row)):
            continue
        size, axes = kernel.pop(), len(row.output_shape) - 1
        inside, out, count = row.input_shapes[0][0], row.output_shape[0], (size - 1) // 2
        large, small = size**axes * inside * out, 3**axes * out * (inside + (count - 1) * out)
        if size >= 5 and size % 2 and small < large:
            shown = show((size,) * axes)
            message = f"a {shown} filter where {count} of {show((3,) * axes)} would do"
            evidence = f"{large:,} weights against {small:,} for the same receptive field"
            yield Finding(
                "W411", row, message, evidence, "stack small filters, with an activation behind each"
            )


def shrinking(analysis: Analysis) -> Iterator[Finding]:
    """Padding should keep the size, so that only pools change it; all but where one position is left."""
    for row in _rows(analysis, Conv):
        before, after = row.input_shapes[0][1:], row.output_shape[1:]
        windows = _windows(row)
        if before == after or any(window.stride > 1 for window in windows):
            continue
        lost = set(after) != {1} and any(small < large for small, large in zip(after, before, strict=True))
        even = all(window.extent % 2 for window in windows)
        if lost:
            wanted = {(window.extent - 1) // 2 for window in windows}
            value = wanted.pop() if len(wanted) == 1 else tuple((w.extent - 1) // 2 for w in windows)
            help_ = f"padding={value} keeps the size" if even else "an odd kernel with padding keeps the size"
            evidence = f"{show(before)} -> {show(after)}"
            yield Finding("W412", row, "the convolution shrinks its input", evidence, help_)


def large_pools(analysis: Analysis) -> Iterator[Finding]:
    """Pools larger than 3 lose too much."""
    for row in _rows(analysis, MaxPool, AvgPool):
        windows = _windows(row)
        whole = all(w.kernel >= size for w, size in zip(windows, row.input_shapes[0][1:], strict=True))
        if any(window.kernel > 3 for window in windows) and not whole:
            kernel = show(tuple(window.kernel for window in windows))
            evidence = f"each window of {kernel} leaves one value of {prod(w.kernel for w in windows)}"
            yield Finding("W413", row, "a pool larger than 3", evidence, "pool by 2, or by 3 with stride 2")


def skipping(analysis: Analysis) -> Iterator[Finding]:
    """A stride larger than the window leaves positions unread, unless a branch beside it reads them."""
    readers, outputs = analysis.network.readers, analysis.network.outputs
    for row in filter(_skips, _rows(analysis, Windowed)):
        source = row.inputs[0]
        if source not in outputs and all(_skips(analysis[name]) for name in readers[source]):
            read = prod(min(window.kernel, window.stride) / window.stride for window in _windows(row))
            evidence = f"{1 - read:.0%} of the positions are never read"
            yield Finding(
                "W414", row, "the stride is larger than the kernel", evidence, "use a smaller stride"
            )


def _skips(row: Row) -> bool:
    windowed = isinstance(row.layer, Windowed)
    return windowed and any(window.stride > window.extent for window in _windows(row))


def dead_biases(analysis: Analysis) -> Iterator[Finding]:
    """A batch norm takes away the mean, and any bias with it."""
    readers = analysis.network.readers
    for row in _rows(analysis, Conv, Linear, FC):
        behind = [analysis.network[name].layer for name in readers[row.name]]
        if row.layer.bias and behind and all(isinstance(layer, BatchNorm) for layer in behind):  # type: ignore[attr-defined]
            count = row.output_shape[0]
            evidence = f"{count:,} parameters that the mean takes away again"
            yield Finding("W415", row, "a bias before batch norm does nothing", evidence, "say bias=false")


def left_over(analysis: Analysis) -> Iterator[Finding]:
    """Where windows do not fit exactly, the last positions are never read."""
    for row in _rows(analysis, Windowed):
        for unread, size, stride in _unread(row)[:1]:
            message = "the windows do not fit exactly"
            evidence = f"the last {unread} of {size} positions {'is' if unread == 1 else 'are'} never read"
            fitting = f"sizes {size - unread} and {size - unread + stride} fit"
            yield Finding("W416", row, message, evidence, f"{fitting}; rounding=exact refuses others")


def _unread(row: Row) -> list[tuple[int, int, int]]:
    """Positions at the end that no window reads, of how many, and the stride; only axes that have some."""
    found = []
    for size, window, count in zip(row.input_shapes[0][1:], _windows(row), row.output_shape[1:], strict=True):
        last = (count - 1) * window.stride + window.extent - 1 - window.before
        if last < size - 1 and window.stride <= window.extent:
            found.append((size - 1 - last, size, window.stride))
    return found


def narrow_view(analysis: Analysis) -> Iterator[Finding]:
    """The last units should see most of the image, unless attention looks everywhere behind them."""
    rows = _spatial(analysis)
    attends = any(isinstance(row.layer, Attention) for row in analysis.rows)
    if not rows or attends or len(analysis.network.inputs) != 1:
        return
    row = max(reversed(rows), key=lambda row: prod(row.field.size))
    field, image = row.field.size, analysis.rows[0].output_shape[1:]
    if any(2 * size < whole for size, whole in zip(field, image, strict=True)):
        evidence = f"a unit sees {show(field)} of {show(image)}"
        message = "the last units see less than half of the image"
        yield Finding("W417", row, message, evidence, "more layers, larger strides or dilation widen it")


def blind_layers(analysis: Analysis) -> Iterator[Finding]:
    """Layers behind a field that covers the input see nothing new, even where a path passes it by."""
    for name in unproductive(analysis.fields).even_narrowest:  # type: ignore[arg-type]
        row = analysis[name]
        if isinstance(row.layer, Conv) and max(window.extent for window in _windows(row)) > 1:
            before = narrowest(analysis[row.inputs[0]].field)
            evidence = f"its input already sees {show(before)} of {show(analysis.rows[0].output_shape[1:])}"
            message = "the field covers the whole input before this layer"
            yield Finding(
                "W418", row, message, evidence, "a larger input, or fewer layers, would use it better"
            )


def kept_inputs(analysis: Analysis) -> Iterator[Finding]:
    """Activations whose derivative needs their input gain nothing from working in place; once for a kind."""
    alike: dict[str, list[Row]] = {}
    for row in analysis.rows:
        if row.layer.family == "activation" and row.layer.saved(row.node.site).inputs:
            alike.setdefault(row.kind, []).append(row)
    for kind, rows in alike.items():
        kept = sum(FLOAT32_BYTES * prod(row.output_shape) for row in rows)
        layers = f" in all {len(rows)} layers" if len(rows) > 1 else ""
        evidence = f"{kept:,} bytes per sample{layers}; done in place, PyTorch keeps a copy of as many"
        help_ = "relu keeps its output alone, which the next layer keeps as well"
        yield Finding("W419", rows[0], f"{kind} keeps its input for backward", evidence, help_)


def _spatial(analysis: Analysis) -> list[Row]:
    """The layers that slide a window and leave more than one position."""
    return [row for row in _rows(analysis, Windowed) if len(row.output_shape) > 1]


RULES: tuple[Rule, ...] = (
    dead_ends,
    not_halved_evenly,
    large_filters,
    shrinking,
    large_pools,
    skipping,
    dead_biases,
    left_over,
    narrow_view,
    blind_layers,
    kept_inputs,
)
"""Every rule, in the order of their codes."""
