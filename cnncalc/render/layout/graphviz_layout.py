"""Coordinates from Graphviz's ``dot``, for those who prefer its drawings."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence

from cnncalc.errors import MissingExtra, UsageError
from cnncalc.render.layout.layered import STEM, Drawing, Point, Size, Stroke
from cnncalc.render.layout.layers import Edge

INCH = 72.0
MOST_NODES, SECONDS = 300, 20.0


def by_graphviz(
    sizes: Sequence[Size],
    edges: Sequence[Edge],
    first: Iterable[int] = (),
    last: Iterable[int] = (),
) -> Drawing:
    """As :func:`cnncalc.render.layout.layered`, but placed by ``dot``.

    Raises :class:`MissingExtra` without the ``graphviz`` package, :class:`UsageError` without the
    program, above 300 nodes and after 20 seconds.
    """
    if len(sizes) > MOST_NODES:
        raise UsageError(f"dot is not asked to place {len(sizes)} nodes, more than {MOST_NODES}; {_OWN}")
    distinct = list(dict.fromkeys(edges))
    return _drawing(_placed(_source(sizes, distinct, set(first), set(last))), sizes)


_OWN = "leave out --layout dot: the built-in layout has no such limit"


def _source(sizes: Sequence[Size], edges: Sequence[Edge], first: set[int], last: set[int]) -> str:
    try:
        import graphviz
    except ImportError:
        raise MissingExtra("graphviz", "pictures", "--layout dot") from None
    graph = graphviz.Digraph(
        graph_attr={"nodesep": "0.3", "ranksep": str((STEM + 14) / INCH), "outputorder": "nodesfirst"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"tailport": "s", "headport": "n", "arrowhead": "none"},
    )
    for rank, members in (("source", first), ("", set(range(len(sizes))) - first - last), ("sink", last)):
        with graph.subgraph() as part:
            if rank and members:
                part.attr(rank=rank)
            for node in sorted(members):
                width = sizes[node].width + 2 * abs(sizes[node].enter)
                extent = {
                    "width": f"{width / INCH:.4f}",
                    "height": f"{max(1.0, sizes[node].height) / INCH:.4f}",
                }
                part.node(f"n{node}", **extent)
    for source, target in edges:
        graph.edge(f"n{source}", f"n{target}")
    return str(graph.source)


def _placed(source: str) -> str:
    """What ``dot`` makes of a graph, in its plain format."""
    try:
        run = subprocess.run(
            ["dot", "-Tplain"],  # noqa: S607 - wherever the reader has installed it
            input=source.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except FileNotFoundError:
        message = (
            "the program `dot` of Graphviz is not installed; install graphviz, or leave out --layout dot"
        )
        raise UsageError(message) from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"dot has found no layout in {SECONDS:.0f} seconds; {_OWN}") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"dot has failed: {reason[0] if reason else 'no reason given'}") from None
    return run.stdout.decode()


def _drawing(plain: str, sizes: Sequence[Size]) -> Drawing:
    corners: list[Point] = [(0.0, 0.0)] * len(sizes)
    strokes: list[Stroke] = []
    width = height = 0.0
    for line in plain.splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = float(words[1]) * INCH, float(words[2]) * INCH
        elif kind == "node":
            node = int(words[0][1:])
            x, y = _point(words[1:3], height)
            corners[node] = (x - sizes[node].enter - sizes[node].width / 2, y - sizes[node].height / 2)
        elif kind == "edge":
            strokes.append(_stroke(words, height, sizes))
    return Drawing(corners, strokes, width, height)


def _stroke(words: Sequence[str], height: float, sizes: Sequence[Size]) -> Stroke:
    """An edge's curve; it begins where the node's own content ends."""
    source, target = int(words[0][1:]), int(words[1][1:])
    points = list(_points(words[3 : 3 + 2 * int(words[2])], height))
    shift = sizes[source].leave - sizes[source].enter
    points[0] = (points[0][0] + shift, points[0][1])
    return Stroke(source, target, tuple(points), is_curve=True)


def _points(words: Sequence[str], height: float) -> Iterator[Point]:
    return (_point(words[place : place + 2], height) for place in range(0, len(words), 2))


def _point(words: Sequence[str], height: float) -> Point:
    return float(words[0]) * INCH, height - float(words[1]) * INCH
