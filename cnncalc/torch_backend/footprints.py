"""Receptive fields of every unit, as cnncalc and the probe have them, in a form to compare.

A footprint is a line of text: what the first, the middle and the last unit along each axis read,
and a checksum over the sets of all units.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from cnncalc.analysis import Analysis, analyze
from cnncalc.fields import Field, Fields, receptive_fields, sets
from cnncalc.fields.extent import Extent, length
from cnncalc.fields.units import along
from cnncalc.fields.wiring import Wiring
from cnncalc.layers.opaque import Opaque
from cnncalc.layers.sequence import Embedding
from cnncalc.layers.shape import Input
from cnncalc.layers.unpool import MaxUnpool
from cnncalc.network import Network, Node
from cnncalc.taps import Anything
from cnncalc.torch_backend.measure import REFUSALS, Bench, Unmeasured
from cnncalc.torch_backend.probe import Probe

_BY_VALUE = (Opaque, MaxUnpool, Embedding)
"""Layers whose reading depends on values, or is not known."""

_PHASES = 8
"""Phases of which a unit is looked at."""

_BUDGET = 1 << 35
"""Multiply-accumulates that probing one axis may cost; above, a sample of its positions is tried."""

_PER_VALUE = 12
"""Multiply-accumulates that take as long as to write a value and look at it."""

_MOST_BITS = 1 << 27
"""Units of an axis times positions that they may read."""

Sets = Mapping[str, Sequence[int]]
"""For every node what each unit along an axis reads, as bits."""


def ours(analysis: Analysis) -> Mapping[str, str]:
    """Footprints by walking taps."""
    if _too_large(analysis):
        return dict.fromkeys(_names(analysis.network), "not worked out")
    fields = receptive_fields(analysis.network)
    found = _each_axis(analysis, partial(along, fields))
    return _lines(analysis.network, found)


def measured(bench: Bench) -> Mapping[str, Any]:
    """Footprints by the probe, or why there is none."""
    return _or_reason(bench, lambda: _lines(bench.network, _probed(bench)))


def our_sizes(analysis: Analysis) -> Mapping[str, str]:
    """What the first whole unit of each phase reads, as the formulas for size, jump and start say."""
    if _too_large(analysis):
        return dict.fromkeys(_names(analysis.network), "not worked out")
    fields = receptive_fields(analysis.network)
    return _phase_by_phase(analysis, lambda field, axis, unit: _by_formula(fields, field, axis, unit))


def measured_sizes(bench: Bench) -> Mapping[str, Any]:
    """The same by the probe; only the choice of the units is cnncalc's."""
    return _or_reason(
        bench, lambda: _phase_by_phase(analyze(bench.network), partial(_by_probe, _probed(bench)))
    )


def _phase_by_phase(analysis: Analysis, read: Callable[[Field, int, int], int]) -> dict[str, str]:
    """A line for each node: one unit of each phase on each axis, and what it reads of what is tried."""
    lines = {}
    for name, field in receptive_fields(analysis.network).items():
        parts = []
        for axis, unit in _whole_units(field):
            size = field.reference.output_shape[axis + 1]
            tried = _tried(analysis, field.reference.name, axis, size)
            parts.append(_sized(read(field, axis, unit) & tried, size, tried.bit_count()))
        lines[name] = ", ".join(dict.fromkeys(parts))
    return lines


def _sized(read: int, size: int, tried: int) -> str:
    span = sets.span(read)
    text = f"{span[0]}..{span[1]} ({read.bit_count()})" if span else "nothing"
    return text if tried == size else f"{text} of {tried} positions tried"


def _whole_units(field: Field) -> Iterator[tuple[int, int]]:
    """On each axis the first unit of each phase that no padding reaches, on any axis."""
    fields, reference = field.fields, field.reference.name
    inner = [fields.inner(reference, axis).get(field.node.name, 0) for axis in range(len(field.axes))]
    alive = all(_reads(field, axis, units) for axis, units in enumerate(inner))
    for axis, state in enumerate(field.axes):
        if not isinstance(state, Extent) or not field.border[axis] or not alive:
            continue
        phases: set[int] = set()
        for unit in sets.positions(inner[axis]):
            if unit % state.period not in phases and len(phases) < _PHASES:
                phases.add(unit % state.period)
                yield axis, unit


def _reads(field: Field, axis: int, units: int) -> bool:
    """Whether one of the units reads anything along an axis."""
    state = field.axes[axis]
    if isinstance(state, Extent):
        return any(state.at(unit) for unit in sets.positions(units))
    read = field.fields.units(field.reference.name, axis).get(field.node.name, ())
    return any(read[unit] for unit in sets.positions(units))


def _by_formula(fields: Fields, field: Field, axis: int, unit: int) -> int:
    state = fields[field.node.name].axes[axis]
    assert isinstance(state, Extent)
    if state.dense:
        span = state.at(unit)
        return sets.full(length(span)) << span[0] if span else 0
    cycle, phase = divmod(unit, state.period)
    mark = fields.marks(field)[axis][phase]
    return mark.bits << mark.start + cycle * state.shift if mark else 0


def _by_probe(found: Mapping[tuple[str, int], Sets], field: Field, axis: int, unit: int) -> int:
    units = found[field.reference.name, axis].get(field.node.name)
    return units[unit] if units else 0


def _or_reason(bench: Bench, measure: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What is measured, with a reason in place of what cannot be."""
    if bench.device == "meta":
        return dict.fromkeys(_names(bench.network), Unmeasured("the meta device computes nothing"))
    if _too_large(analyze(bench.network)):
        reason = Unmeasured("the network is too large to probe, but a copy with --shrink is not")
        return dict.fromkeys(_names(bench.network), reason)
    try:
        return {**measure(), **_unknown(bench.network)}
    except REFUSALS as error:
        return dict.fromkeys(_names(bench.network), Unmeasured(str(error), refused=True))


def _too_large(analysis: Analysis) -> bool:
    """Whether probing takes too long, or the sets of what all units read too much memory."""
    shapes = [shape[1:] for node in analysis.network for shape in (node.output_shape, *node.input_shapes)]
    longest = max((size for sizes in shapes for size in sizes), default=1)
    return bool(_cost(analysis) > _BUDGET // 2 or longest**2 > _MOST_BITS)


def _cost(analysis: Analysis) -> int:
    """What one probe costs, in multiply-accumulates."""
    values = sum(prod(node.output_shape) for node in analysis.network)
    return int(analysis.macs + _PER_VALUE * values)


def _unknown(network: Network) -> Mapping[str, Unmeasured]:
    """Nodes that take the whole of what they cannot know, and what comes behind them."""
    found: dict[str, Unmeasured] = {}
    for node in network:
        behind = next((name for name in node.inputs if name in found), "")
        anything = any(isinstance(axis, Anything) for taps in node.layer.taps(node.site) for axis in taps)
        if behind:
            found[node.name] = found[behind]
        elif anything or isinstance(node.layer, _BY_VALUE):
            found[node.name] = Unmeasured(f"what {node.name} reads is taken to be all it could read")
        elif _is_looked_up(network, node):
            found[node.name] = Unmeasured("whole numbers are looked up, NaN cannot stand for them")
    return found


def _is_looked_up(network: Network, node: Node) -> bool:
    return isinstance(node.layer, Input) and network.index_limit(node) is not None


def _probed(bench: Bench) -> Mapping[tuple[str, int], Sets]:
    """What the probe finds, measured once for a bench."""
    if bench not in _FOUND:
        probes = {
            node.name: Probe(bench.network, node.name, device=bench.device)
            for node in bench.network.inputs
            if not _is_looked_up(bench.network, node)
        }
        wiring = Wiring(bench.network)

        def read(name: str, axis: int, tried: int) -> Sets:
            if name not in probes:
                return {}
            return probes[name].along(axis, list(sets.positions(tried)), wiring.axis(name, axis).grouping)

        _FOUND[bench] = _each_axis(analyze(bench.network), read)
    return _FOUND[bench]


_FOUND: WeakKeyDictionary[Bench, Mapping[tuple[str, int], Sets]] = WeakKeyDictionary()


def _names(network: Network) -> list[str]:
    return [node.name for node in network]


def _each_axis(analysis: Analysis, read: Callable[[str, int, int], Sets]) -> Mapping[tuple[str, int], Sets]:
    """What every node reads of each axis of each input."""
    return {
        (reference.name, axis): read(reference.name, axis, _tried(analysis, reference.name, axis, size))
        for reference in analysis.network.inputs
        for axis, size in enumerate(reference.output_shape[1:])
    }


def _lines(network: Network, found: Mapping[tuple[str, int], Sets]) -> dict[str, str]:
    """One line for each node, from what it reads of each axis of each input."""
    parts: dict[str, list[str]] = {name: [] for name in _names(network)}
    for nodes in found.values():
        for name, units in nodes.items():
            parts[name] += [_line(units)] if any(units) else []
    return {name: ", ".join(dict.fromkeys(lines)) for name, lines in parts.items()}


def _tried(analysis: Analysis, reference: str, axis: int, size: int) -> int:
    """The positions that are tried: all, or as many as are worth the time, drawn at random."""
    affordable = max(2, _BUDGET // _cost(analysis))
    if size <= affordable:
        return sets.full(size)
    drawn = Random(f"{reference} {axis}").sample(range(size), affordable)  # noqa: S311 - repeatable
    return sum(1 << position for position in drawn)


def _line(units: Sequence[int]) -> str:
    shown = [units[0], units[len(units) // 2], units[-1]]
    ends = (sets.span(read) for read in shown)
    texts = (f"{end[0]}..{end[1]}" if end else "nothing" for end in ends)
    checksum = zlib.crc32(",".join(map(hex, units)).encode())
    return f"{' | '.join(dict.fromkeys(texts))} #{checksum:08x}"
