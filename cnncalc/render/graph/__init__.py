"""The graph view of a network."""

from cnncalc.render.graph.view import ASPECT, LEVELS, graph

__all__ = ["ASPECT", "LEVELS", "graph"]
