"""Receptive fields of every unit, as cnncalc and the probe have them, in a form to compare.

A footprint is a line of text: what the first, the middle and the last unit along each axis read,
and a checksum over the sets of all units.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from cnncalc.analysis import Analysis, analyze
from cnncalc.fields import receptive_fields, sets
from cnncalc.fields.units import along
from cnncalc.layers.opaque import Opaque
from cnncalc.layers.unpool import MaxUnpool
from cnncalc.network import Network
from cnncalc.taps import Anything
from cnncalc.torch_backend.measure import REFUSALS, Bench, Unmeasured
from cnncalc.torch_backend.probe import Probe

_BY_VALUE = (Opaque, MaxUnpool)
"""Layers whose reading depends on values, or is not known."""

_BUDGET = 1 << 35
"""Multiply-accumulates that probing one axis may cost; above, a sample of its positions is tried."""

Sets = Mapping[str, Sequence[int]]
"""For every node what each unit along an axis reads, as bits."""


def ours(analysis: Analysis) -> Mapping[str, str]:
    """Footprints by walking taps."""
    fields = receptive_fields(analysis.network)
    return _each_axis(analysis, lambda name, axis, tried: _masked(along(fields, name, axis), tried))


def measured(bench: Bench) -> Mapping[str, Any]:
    """Footprints by the probe, or why there is none."""
    if bench.device == "meta":
        return dict.fromkeys(_names(bench.network), Unmeasured("the meta device computes nothing"))
    if any(bench.network.index_limit(node) is not None for node in bench.network.inputs):
        return dict.fromkeys(_names(bench.network), Unmeasured("whole numbers have no NaN"))
    return {**_probed(bench), **_unknown(bench.network)}


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
    return found


def _probed(bench: Bench) -> Mapping[str, Any]:
    probes = {
        node.name: Probe(bench.network, node.name, device=bench.device) for node in bench.network.inputs
    }
    try:
        return _each_axis(
            analyze(bench.network),
            lambda name, axis, tried: probes[name].along(axis, list(sets.positions(tried))),
        )
    except REFUSALS as error:
        return dict.fromkeys(_names(bench.network), Unmeasured(str(error), refused=True))


def _names(network: Network) -> list[str]:
    return [node.name for node in network]


def _each_axis(analysis: Analysis, read: Callable[[str, int, int], Sets]) -> dict[str, str]:
    """One line for each node, from what it reads of each axis of each input."""
    parts: dict[str, list[str]] = {name: [] for name in _names(analysis.network)}
    for reference in analysis.network.inputs:
        for axis, size in enumerate(reference.output_shape[1:]):
            found = read(reference.name, axis, _tried(analysis, reference.name, axis, size))
            for name, units in found.items():
                parts[name] += [_line(units)] if any(units) else []
    return {name: ", ".join(dict.fromkeys(lines)) for name, lines in parts.items()}


def _tried(analysis: Analysis, reference: str, axis: int, size: int) -> int:
    """The positions that are tried: all, or as many as are worth the time, drawn at random."""
    affordable = max(8, _BUDGET // max(analysis.macs, 1))
    if size <= affordable:
        return sets.full(size)
    drawn = Random(f"{reference} {axis}").sample(range(size), affordable)  # noqa: S311 - repeatable
    return sum(1 << position for position in drawn)


def _masked(found: Sets, tried: int) -> Sets:
    return {name: [read & tried for read in units] for name, units in found.items()}


def _line(units: Sequence[int]) -> str:
    shown = [units[0], units[len(units) // 2], units[-1]]
    ends = (sets.span(read) for read in shown)
    texts = (f"{end[0]}..{end[1]}" if end else "nothing" for end in ends)
    checksum = zlib.crc32(",".join(map(str, units)).encode())
    return f"{' | '.join(dict.fromkeys(texts))} #{checksum:08x}"
