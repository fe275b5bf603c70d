"""A JSON Schema of specs, made from the table of operators.

Chains stay strings to it; the mapping form (``conv: {out_channels: 64, kernel_size: 3}``) is spelt
out, so that editors complete and check names of layers and arguments.
"""

from __future__ import annotations

from typing import Any

from cnncalc.layers.arguments import ROUNDING_RULES, Argument
from cnncalc.spec.document import EXPECTED
from cnncalc.spec.operators import Operator, operators

_TEXT = {"type": "string"}
_VALUE: dict[str, Any] = {"type": ["number", "string", "boolean", "null", "array"]}
_SHAPE: dict[str, Any] = {
    "description": "Channels x sizes, without the batch: 3x224x224",
    "anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["integer", "string"]}}],
}
_LAYERS = {"$ref": "#/definitions/layers"}


def schema() -> dict[str, Any]:
    """The schema, in draft 7, which yaml-language-server reads."""
    table = list(operators())
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnncalc spec",
        "type": "object",
        "additionalProperties": False,
        "properties": _top_level(table),
        "definitions": {
            "layers": {
                "description": "A chain (conv(6, 5) -> relu), a list of layers, or named parts",
                "anyOf": [
                    _TEXT,
                    {"type": "null"},
                    {"type": "array", "items": {"anyOf": [_LAYERS]}},
                    {"$ref": "#/definitions/parts"},
                ],
            },
            "parts": {
                "type": "object",
                "properties": {operator.kind: _part(operator) for operator in table},
                "additionalProperties": _LAYERS,
            },
            **{f"layer_{operator.kind}": _arguments(operator) for operator in table},
        },
    }


def _top_level(table: list[Operator]) -> dict[str, Any]:
    blocks = {"type": "object", "additionalProperties": _LAYERS}
    names = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    return {
        "cnncalc": {"description": "Version of the format", "enum": [1]},
        "name": {"description": "What the network is called", **_TEXT},
        "doc": {"description": "What it is", **_TEXT},
        "source": {"description": "Where it comes from: paper, code, deck", **_TEXT},
        "input": {
            "description": "Shape of the input, or of several by name",
            "anyOf": [_SHAPE, {"type": "object", "additionalProperties": _SHAPE}],
        },
        "params": {
            "description": "Numbers that --set can change",
            "type": "object",
            "additionalProperties": _VALUE,
        },
        "defaults": {
            "description": "Arguments that layers of a kind have unless they say otherwise",
            "type": "object",
            "properties": {operator.kind: _arguments(operator, complete=False) for operator in table},
        },
        "blocks": {"description": "Parts with parameters: name(a, b=1)", **blocks},
        "shared": {"description": "Blocks whose weights exist once", **blocks},
        "tables": {"description": "Connection tables: rows of X and .", "type": "object"},
        "layers": _LAYERS,
        "outputs": {"description": "Names of the outputs; the last layer unless given", **names},
        "freeze": {"description": "Names or patterns of layers that are not trained", **names},
        "base": {"description": "Another spec, of which this one changes parameters", **_TEXT},
        "rounding": {"description": "What to do where windows do not fit", "enum": list(ROUNDING_RULES)},
        "expect": {
            "description": "Numbers that must come out",
            "type": "object",
            "additionalProperties": False,
            "properties": {**{key: {"type": ["integer", "string"]} for key in EXPECTED}, "output": {}},
        },
    }


def _part(operator: Operator) -> dict[str, Any]:
    """A layer in mapping form; its name may also be that of a part (``avgpool: gap``)."""
    forms: list[Any] = [{"$ref": f"#/definitions/layer_{operator.kind}"}]
    if operator.joins:
        forms.append({"type": "object", "additionalProperties": _LAYERS})
    forms.append({"type": ["string", "number", "array", "null"]})
    return {"description": operator.summary, "anyOf": forms}


def _arguments(operator: Operator, *, complete: bool = True) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for argument in operator.arguments:
        value = _argument(argument)
        properties[argument.name] = {"description": argument.doc, **value}
        properties.update({short: {"description": argument.name, **value} for short in argument.short})
    if operator.reference:
        properties[operator.reference] = {"description": "The layer it refers to", **_TEXT}
    found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    needed = [argument for argument in operator.arguments if argument.required]
    if complete and needed:
        found["allOf"] = [
            {"anyOf": [{"required": [name]} for name in _names(argument, operator)]} for argument in needed
        ]
    return found


def _names(argument: Argument, operator: Operator) -> tuple[str, ...]:
    return (argument.name, *argument.short, *([operator.reference] if operator.reference else []))


def _argument(argument: Argument) -> dict[str, Any]:
    """What a value may be; wherever there is a number, there may be an expression."""
    forms: dict[str, dict[str, Any]] = {
        "choice": {"enum": [*argument.choices, *([None] if argument.default is None else [])]},
        "count": {"type": ["integer", "string"]},
        "flag": {"type": ["boolean", "string"]},
        "number": {"type": ["number", "string"]},
        "padding": {"type": ["integer", "string", "array"]},
        "sizes": {"type": ["integer", "string", "array"]},
        "table": {"type": ["string", "array"]},
    }
    found = dict(forms.get(argument.form, {"type": ["number", "string", "array", "boolean"]}))
    if argument.default is None and "type" in found:
        found["type"] = [*found["type"], "null"]
    return found
