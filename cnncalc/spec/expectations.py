"""What a spec expects of itself (``expect:``), checked against the analysis.

A spec that states the numbers its source published is a test of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.errors import Diagnostic, Span
from cnncalc.layers.base import show
from cnncalc.spec.document import EXPECTED

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis


def check(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """One diagnostic (E300) for each number that is not as the spec expects it."""
    return tuple(_check(analysis))


def _check(analysis: Analysis) -> Iterator[Diagnostic]:
    about = analysis.network.about
    places = about.get("expect_places", {})
    for key, wanted in about.get("expect", {}).items():
        span = places.get(key, Span(0, 0, 0))
        if key in EXPECTED:
            got = getattr(analysis, EXPECTED[key])
            if wanted != got:
                yield _total(key, wanted, got, span)
        elif isinstance(wanted, dict):
            for name, shape in wanted.items():
                yield from _shape(f"shape of {name}", shape, analysis.network[name].output_shape, span)
        else:
            output = analysis.network[analysis.network.outputs[0]]
            yield from _shape("output", wanted, output.output_shape, span)


_WAY = "`cnncalc summarize` shows every layer: mend the network, or what is expected of it"


def _total(key: str, wanted: Any, got: int, span: Span) -> Diagnostic:
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        return Diagnostic("E300", f"expected {key} = {wanted!r}, which is no number; got {got:,}", span)
    difference = got - wanted
    detail = f"{abs(difference):,} {'more' if difference > 0 else 'fewer'} than expected"
    return Diagnostic("E300", f"expected {key} = {wanted:,}, got {got:,}", span, detail, help=_WAY)


def _shape(what: str, wanted: Any, got: tuple[Any, ...], span: Span) -> Iterator[Diagnostic]:
    sizes = wanted if isinstance(wanted, tuple) else (wanted,)
    if sizes != got:
        yield Diagnostic("E300", f"expected {what} = {show(sizes)}, got {show(got)}", span, help=_WAY)
