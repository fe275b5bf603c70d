"""A network in one paragraph, for captions and for those who cannot see the picture."""

from __future__ import annotations

from collections import Counter

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import UsageError
from cnncalc.layers import show
from cnncalc.render.figures import share, short
from cnncalc.render.icons import look


def describe(analysis: Analysis) -> str:
    """What enters and leaves, what the network is made of, what it costs and what it sees."""
    sentences = [_ends(analysis), _made_of(analysis), _costs(analysis), _extremes(analysis), _sees(analysis)]
    return " ".join(filter(None, sentences))


def _ends(analysis: Analysis) -> str:
    network = analysis.network
    enters = _joined([f"{show(node.output_shape)}" for node in network.inputs])
    leaves = _joined([show(shape) for shape in analysis.output_shapes])
    one = len(network.inputs) == 1
    return f"{network.name} turns {'an input' if one else 'inputs'} of {enters} into {leaves}."


def _made_of(analysis: Analysis) -> str:
    families = Counter(row.layer.family for row in analysis)
    parts = [f"{count} {look(family).word}" for family, count in families.most_common()]
    weighty = sum(row.layer.is_weight_layer for row in analysis)
    ways = sum(len(row.inputs) > 1 for row in analysis)
    meets = f"branches meet {ways} {'time' if ways == 1 else 'times'}" if ways else "it is a chain"
    return f"Of its {len(analysis)} layers ({_joined(parts)}), {weighty} have weights; {meets}."


def _costs(analysis: Analysis) -> str:
    frozen = f", {analysis.frozen_params:,} of them frozen" if analysis.frozen_params else ""
    return (
        f"It has {analysis.params:,} parameters{frozen} and takes {analysis.macs:,} multiply-accumulates "
        f"({short(analysis.flops)} FLOPs) per sample."
    )


def _extremes(analysis: Analysis) -> str:
    if not analysis.params or not analysis.macs:
        return ""
    largest = max(analysis, key=lambda row: row.params)
    costliest = max(analysis, key=lambda row: row.macs)
    most = _where(largest, share(largest.params, analysis.params))
    work = _where(costliest, share(costliest.macs, analysis.macs))
    return f"Most parameters are in {most}, most work is in {work}."


def _where(row: Row, part: str) -> str:
    return f"{row.name} ({row.label}, {part})"


def _sees(analysis: Analysis) -> str:
    last = analysis[analysis.network.outputs[0]]
    if last.field.is_global:
        return "An output value sees the whole input."
    try:
        is_known = bool(last.field.size) and not last.field.is_constant
    except UsageError:
        return ""
    return "" if not is_known else f"An output value sees {show(last.field.size)} positions of the input."


def _joined(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
