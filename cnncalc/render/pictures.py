"""Pictures of networks: which views there are, in which formats, and how they become files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from cnncalc.analysis import Analysis, analyze
from cnncalc.errors import UsageError, WrongType
from cnncalc.files import write_whole
from cnncalc.network import Network, require_network
from cnncalc.render.scene import Scene

VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "graph": "cnncalc.render.graph.view:graph",
        "volume": "cnncalc.render.volume:volume",
        "field": "cnncalc.render.field_view:field_view",
        "matrix": "cnncalc.render.matrix:matrix",
        "cost": "cnncalc.render.cost:cost",
    }
)
"""Every view and the function that makes its scene."""


class Format(NamedTuple):
    """A format: what it is, and the function that writes a scene, or None where it writes graphs."""

    doc: str
    writer: str
    of_scenes: bool = True


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "svg": Format("scalable, for pages, slides and papers", "cnncalc.render.writers.svg:svg"),
        "pdf": Format("for LaTeX and print (extra: pictures)", "cnncalc.render.writers.pdf:pdf"),
        "png": Format("pixels, at twice the size (extra: pictures)", "cnncalc.render.writers.png:png"),
        "tikz": Format("LaTeX source, .tex", "cnncalc.render.writers.tikz:tikz"),
        "dot": Format("Graphviz source, .dot or .gv", "cnncalc.render.writers.dot:dot", of_scenes=False),
        "mermaid": Format(
            "flowchart for Markdown, .mmd", "cnncalc.render.writers.mermaid:mermaid", of_scenes=False
        ),
    }
)
"""Every format by the suffix of its files."""

SUFFIXES = MappingProxyType({"tex": "tikz", "gv": "dot", "mmd": "mermaid"})
"""Suffixes that are not called like their format."""


def render(
    network: Network | Analysis,
    path: str | os.PathLike[str],
    *,
    view: str = "graph",
    format: str | None = None,
    theme: str = "auto",
    **options: Any,
) -> None:
    """Draw a picture of a network into a file, whose suffix tells the format.

    ``view`` is one of :data:`VIEWS`, ``theme`` is auto, light or dark; ``options`` are those of the
    view. The file is written whole or not at all. Raises :class:`UsageError` for a view, format or
    option that does not exist, :class:`cnncalc.MissingExtra` where a format needs a package that is
    not installed, and :class:`OSError`.
    """
    if not isinstance(path, str | os.PathLike):
        raise WrongType(f"a picture is drawn into a file such as 'net.svg', not {path!r:.80}")
    chosen = format or format_of(path)
    write_whole(path, picture(network, view=view, format=chosen, theme=theme, **options))


def picture(
    network: Network | Analysis,
    *,
    view: str = "graph",
    format: str = "svg",
    theme: str = "auto",
    **options: Any,
) -> str | bytes:
    """The content of a picture's file."""
    analysis = network if isinstance(network, Analysis) else analyze(require_network(network, "render"))
    writer = _known(FORMATS, format, "format")
    if not writer.of_scenes:
        graph: str = _function(writer.writer)(analysis, view=view, **options)
        return graph
    return written(scene(analysis, view=view, **options), format, theme)


def written(picture: Scene, format: str = "svg", theme: str = "auto") -> str | bytes:
    """A scene in a format that is made of scenes."""
    content: str | bytes = _function(_known(FORMATS, format, "format").writer)(picture, theme=theme)
    return content


def scene(network: Network | Analysis, *, view: str = "graph", **options: Any) -> Scene:
    """A picture before it is written in some format."""
    analysis = network if isinstance(network, Analysis) else analyze(network)
    draw = _function(_known(VIEWS, view, "view"))
    known = draw.__kwdefaults__ or {}
    for option in options:
        if option not in known:
            there_are = ", ".join(known) or "none"
            raise UsageError(f"the {view} view has no option {option!r}; there are {there_are}")
    made: Scene = draw(analysis, **options)
    return made


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a file's suffix stands for."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    name = SUFFIXES.get(suffix, suffix)
    if name not in FORMATS:
        known = ", ".join(f".{name}" for name in [*FORMATS, *SUFFIXES])
        raise UsageError(f"{Path(path).name!r} does not tell the format by its suffix; there are {known}")
    return name


def _known(table: Mapping[str, Any], name: str, what: str) -> Any:
    try:
        return table[name]
    except KeyError:
        raise UsageError(f"no {what} is called {name!r}; there are {', '.join(table)}") from None


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
