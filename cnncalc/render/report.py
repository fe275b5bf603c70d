"""The report: everything about a network in one page that needs no network and no server.

The page loads nothing: its only style sheet and script stand in it, named by their hashes in a
content security policy. Without JavaScript it is a table, pictures and workings joined by links.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from importlib import resources
from itertools import groupby

from cnncalc import conventions
from cnncalc.analysis import Analysis, Row, analyze
from cnncalc.files import write_whole
from cnncalc.layers.base import Elementwise
from cnncalc.network import Network
from cnncalc.render.columns import axes
from cnncalc.render.cost import cost
from cnncalc.render.field_view import field_view
from cnncalc.render.figures import crosses, shape
from cnncalc.render.graph.cards import field
from cnncalc.render.graph.view import graph
from cnncalc.render.scene import Group, Scene
from cnncalc.render.theme import ROLES
from cnncalc.render.words import describe
from cnncalc.render.writers.svg import escape, inline, page_icons, page_rules, roles, titled

COLUMNS = ("layer", "kind", "input", "output", "params", "MACs", "activation B", "kept B", "RF", "jump")
COST_LINES = 16


def report(network: Network | Analysis, path: str | os.PathLike[str]) -> None:
    """Write the report of a network into a file, whole or not at all."""
    write_whole(path, page(network))


def page(network: Network | Analysis) -> str:
    """The report as HTML."""
    analysis = network if isinstance(network, Analysis) else analyze(network)
    return _Page(analysis).html()


class _Page:
    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.ids = {row.name: f"r{number}" for number, row in enumerate(analysis)}
        self.lines: dict[str, str] = {}
        self.marks: dict[object, str] = {}
        self.scenes = {"graph": graph(analysis), "cost": cost(analysis, most=COST_LINES)}
        self.origins = _origins(analysis)
        if any(len(row.output_shape) > 1 and row.inputs and row.field.axes for row in analysis):
            self.scenes["field"] = field_view(analysis)

    def html(self) -> str:
        """All of it."""
        css, js = _style(self.scenes.values()), _asset("report.js")
        name = escape(self.analysis.network.name)
        table = "\n".join(self._table())
        return "\n".join(
            [
                "<!DOCTYPE html>",
                '<html lang="en">',
                '<head><meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{_policy(css, js)}">',
                '<meta name="viewport" content="width=device-width,initial-scale=1">',
                f"<title>{name}: report</title>",
                f"<style>{css}</style></head>",
                "<body>",
                page_icons(self.scenes.values()),
                f"<header><h1>{name}</h1>",
                f"<p>{escape(describe(self.analysis))}</p>",
                *self._totals(),
                "</header><main>",
                *self._views(),
                "<h2>Layers</h2>",
                _TOOLS,
                table,
                *self._workings(),
                f"</main><footer>{_footer()}</footer>",
                f"<script>{js}</script>",
                "</body></html>",
                "",
            ]
        )

    def _totals(self) -> Iterator[str]:
        a = self.analysis
        numbers = {
            "parameters": f"{a.params:,}",
            "MACs, one sample": f"{a.macs:,}",
            "connections": f"{a.connections:,}",
            "bytes of weights, float32": f"{a.param_bytes:,}",
            "bytes kept for backward": f"{a.saved_bytes:,}",
            "receptive field": _sees(a),
        }
        yield "<dl>"
        for word, number in numbers.items():
            yield f"<div><dt>{word}</dt><dd>{escape(number)}</dd></div>"
        yield "</dl>"

    def _views(self) -> Iterator[str]:
        titles = {"graph": "Graph", "cost": "Cost", "field": "Receptive field"}
        for name, scene in self.scenes.items():
            yield f"<h2>{titles[name]}</h2>"
            yield (
                f'<p class="tools" hidden><button type="button" class="size" data-of="#{name}" '
                'aria-pressed="false">full size</button></p>'
            )
            is_linked = name == "graph"
            drawn = inline(scene, self._linked, role="group") if is_linked else inline(scene)
            about = f'id="{name}" tabindex=0 role=region aria-label="{titles[name]}"'
            yield f'<div class="view" {about}>{drawn}</div>'

    def _linked(self, group: Group, label: str) -> tuple[str, str]:
        """Cards lead to the rows of their layers."""
        if group.role != "node":
            return titled(group, label)
        ids = " ".join(self.ids[name] for name in group.rows)
        first = ids.partition(" ")[0]
        return (
            f'<a class="node" id="n{first}" href="#{first}" data-rows="{ids}" aria-label="{label}">',
            "</a>",
        )

    def _table(self) -> Iterator[str]:
        rows = self.analysis.rows
        caption = f"{len(rows)} layers, one sample; numbers lead to their workings"
        yield f'<table id="layers"><caption>{caption}</caption>'
        yield f"<thead><tr>{''.join(f'<th scope=col>{column}' for column in COLUMNS)}"
        cards = {name: f"#n{self.ids[first]}" for first, names in self._cards() for name in names}
        for part, members in groupby(rows, key=lambda row: row.path[:1]):
            inside = tuple(members)
            yield "<tbody>"
            if part:
                yield self._part(part[0], inside)
            yield from (self._row(row, cards.get(row.name, "")) for row in inside)
        yield f"<tfoot><tr><th scope=row>total<td colspan=3>{self._sums(rows)}"
        yield "</table>"

    def _cards(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        return ((group.rows[0], group.rows) for group in _nodes(self.scenes["graph"]))

    def _part(self, name: str, rows: tuple[Row, ...]) -> str:
        count = f"{len(rows)} layer{'s' if len(rows) > 1 else ''}"
        leaves = shape(rows[-1].output_shape)
        return (
            f"<tr class=part><th scope=rowgroup>{escape(name)}<td>{count}<td><td>{leaves}{self._sums(rows)}"
        )

    def _sums(self, rows: tuple[Row, ...]) -> str:
        quantities = ("params", "macs", "activation_bytes", "saved_bytes")
        sums = (sum(getattr(row, quantity) for row in rows) for quantity in quantities)
        return "".join(f"<td>{total:,}" for total in sums) + "<td><td>"

    def _row(self, row: Row, card: str) -> str:
        name = f"<a href={card}>{escape(row.name)}</a>" if card else f"<a>{escape(row.name)}</a>"
        enters = ", ".join(map(shape, row.input_shapes))
        cells = (
            escape(crosses(row.label)),
            enters,
            shape(row.output_shape),
            self._link(row, "params", f"{row.params:,}"),
            self._link(row, "macs", f"{row.macs:,}"),
            f"{row.activation_bytes:,}",
            f"{row.saved_bytes:,}",
            self._link(row, "field", field(row)),
            crosses(axes(row.field.jump)) if row.field.jump else "",
        )
        return f"<tr id={self.ids[row.name]}><th>{name}<td>{'<td>'.join(cells)}"

    def _link(self, row: Row, quantity: str, text: str) -> str:
        """A number that leads to its worked line; equal lines stand in the page once."""
        return f"<a href=#{self._working(row, quantity)}>{escape(text)}</a>"

    def _working(self, row: Row, quantity: str) -> str:
        """The mark of a line; rows that are alike are explained once, as explaining takes time."""
        if quantity == "field":
            return self._mark(self.origins[row.name], quantity)
        alike = (quantity, row.layer, row.input_shapes, row.node.weights_from, row.node.frozen)
        if alike not in self.marks:
            self.marks[alike] = self._mark(row, quantity)
        return self.marks[alike]

    def _mark(self, row: Row, quantity: str) -> str:
        line = row.explain(quantity)
        if quantity == "params" and row.layer.shape_working(row.node.site):
            line = f"{row.explain('output_shape')}\n{line}"
        return self.lines.setdefault(line, f"w{len(self.lines)}")

    def _workings(self) -> Iterator[str]:
        yield "<section id=workings><h2>Workings</h2><ol>"
        yield from (f"<li id={mark}>{escape(line)}" for line, mark in self.lines.items())
        yield "</ol></section>"


def _origins(analysis: Analysis) -> dict[str, Row]:
    """For each layer the one that its field comes from: what works value by value passes it on."""
    found: dict[str, Row] = {}
    for row in analysis:
        is_passed_on = isinstance(row.layer, Elementwise) and row.inputs
        found[row.name] = found[row.inputs[0]] if is_passed_on else row
    return found


def _nodes(scene: Scene) -> Iterator[Group]:
    return (item for item in _groups(scene.items) if item.role == "node")


def _groups(items: Iterable[object]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from _groups(item.items)


_PAGE_ROLES = {
    "paper",
    "ink",
    "muted",
    "panel",
    "panel_edge",
    "card",
    "card_edge",
    "conv",
    "params",
    "macs",
    "mark",
}
_TOOLS = (
    '<div class="tools" hidden><input id="search" type="search" aria-label="search layers" '
    'placeholder="search layer, kind, shape, 3x3 …"><span id="count" role="status"></span>'
    '<button type="button" id="theme">dark / light</button></div>'
)


def _sees(analysis: Analysis) -> str:
    last = analysis[analysis.network.outputs[0]]
    return "all of the input" if last.field.is_global else field(last) or "none"


def _footer() -> str:
    convention = conventions.DEFAULT
    return escape(
        f"MACs as {convention.name} counts them: {convention.rule}. RF: receptive field in the input, of "
        "a unit in the interior. kept B: bytes that training keeps for backward, by the first layer that "
        "keeps them, float32."
    )


def _style(scenes: Collection[Scene]) -> str:
    used = sorted({role for scene in scenes for role in roles(scene)} | _PAGE_ROLES)
    names = {role: role.replace("_", "-") for role in used}
    light = ";".join(f"--{name}:{ROLES[role].light}" for role, name in names.items())
    dark = ";".join(f"--{name}:{ROLES[role].dark}" for role, name in names.items())
    fills = (f".f-{n}{{fill:var(--{n})}}.s-{n}{{stroke:var(--{n})}}" for n in names.values())
    by_preference = f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
    themes = f":root{{{light}}}@media screen{{{by_preference}:root[data-theme=dark]{{{dark}}}}}"
    return themes + "".join(fills) + page_rules(scenes) + _asset("report.css")


def _asset(name: str) -> str:
    """An asset without indentation, blank lines and lines that are comments."""
    text = (resources.files("cnncalc.render") / "assets" / name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _policy(css: str, js: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
