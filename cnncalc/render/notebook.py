"""What notebooks show of a network: its graph, its description, its table."""

from __future__ import annotations

from cnncalc.analysis import Analysis, analyze
from cnncalc.network import Network
from cnncalc.render.pictures import picture
from cnncalc.render.table import summary
from cnncalc.render.words import describe
from cnncalc.render.writers.svg import escape


def graph(network: Network | Analysis) -> str:
    """The graph as SVG, light or dark as the reader likes."""
    return str(picture(network, view="graph"))


def figure(network: Network | Analysis) -> str:
    """The graph with its description, for a page."""
    analysis = network if isinstance(network, Analysis) else analyze(network)
    return f"<figure>{graph(analysis)}<figcaption>{escape(describe(analysis))}</figcaption></figure>"


def table(analysis: Analysis) -> str:
    """The summary table, for a page."""
    return summary(analysis, format="html")
