"""Exports that other parts of cnncalc write."""

from __future__ import annotations

from cnncalc.analysis import analyze
from cnncalc.network import Network


def yaml(network: Network) -> str:
    """A spec."""
    from cnncalc.spec.writing import write

    return write(network).text


def json(network: Network) -> str:
    """The analysis."""
    return analyze(network).to_json() + "\n"


def mermaid(network: Network) -> str:
    """A flowchart."""
    from cnncalc.render.pictures import picture

    text = picture(network, format="mermaid")
    assert isinstance(text, str)
    return text
