"""The text of single layers, and the defaults that make it short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.folding import Hole, Template
from cnncalc.layers import Layer
from cnncalc.network import Network, Node

MOST = 0.8
"""A value that this share of a kind's layers has is its default in the spec."""

Defaults = Mapping[str, Mapping[str, Any]]


def defaults_of(network: Network) -> Defaults:
    """For each kind, the arguments that nearly all of its layers give alike."""
    layers: dict[str, list[Layer]] = {}
    for node in network:
        if node.kind not in ("input", "opaque"):
            layers.setdefault(node.kind, []).append(node.layer)
    found: dict[str, dict[str, Any]] = {}
    for kind, alike in layers.items():
        common = dict(_common(alike)) if len(alike) > 2 else {}
        if common:
            found[kind] = common
    return found


def _common(layers: list[Layer]) -> Iterable[tuple[str, Any]]:
    for name, argument in layers[0].arguments.items():
        values = Counter(repr(getattr(layer, name)) for layer in layers)
        text, count = values.most_common(1)[0]
        value = next(v for layer in layers if repr(v := getattr(layer, name)) == text)
        is_short = isinstance(value, bool | float | str) or type(value) is int
        if not argument.required and value != argument.default and is_short and count >= MOST * len(layers):
            yield name, value


def text_of(node: Node, defaults: Defaults) -> Template:
    """A layer with its arguments; required ones stand without names, defaults are left out."""
    own = defaults.get(node.kind, {})
    template = Template(node.kind)
    started = False
    around = node.input_shapes[0][0] if node.input_shapes else None
    for name, argument in node.layer.arguments.items():
        value = value_as_written(node.layer, name)
        short = argument.short[-1] if argument.short else name
        default = own.get(name, argument.default)
        if not argument.required and not started and value == default and _never_first(node):
            continue
        lead = ("(" if not started else ", ") + (
            "" if argument.required and not argument.keyword else f"{name}="
        )
        if argument.required:
            template.add(Hole(value, short, lead, around=around))
        else:
            template.add(Hole(value, short, lead, default, around=around))
        started = started or argument.required or value != default
    return template.add(")") if started else template


def value_as_written(layer: Layer, name: str) -> Any:
    """An argument's value, quoted where it is free text."""
    value = getattr(layer, name)
    return Quoted(value) if layer.arguments[name].form == "text" else value


def _never_first(node: Node) -> bool:
    """Whether nothing required stands before an argument, so that it alone opens the brackets."""
    return not any(argument.required for argument in node.layer.arguments.values())


class Quoted(str):
    """Text that stands in quotes."""

    __slots__ = ()


class Symbol(str):
    """An expression over a block's parameters."""

    __slots__ = ()


def show(value: Any) -> str:
    """A value as specs write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if value is None:
        return "none"
    if isinstance(value, Quoted):
        return f"'{value}'"
    return str(value)
