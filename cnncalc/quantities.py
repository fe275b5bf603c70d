"""How each quantity of a node is worked out, and what explains it.

Quantities of one node alone stand here; what depends on the whole network (bytes kept, the backward
pass, receptive fields) has its own module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from cnncalc import formulas
from cnncalc.errors import UnknownName
from cnncalc.fields import Field
from cnncalc.layers import show
from cnncalc.network import Node
from cnncalc.notation import LATEX
from cnncalc.working import Nothing, Worked, Working


def _params(node: Node) -> Worked:
    if node.weights_from:
        return Nothing(f"weights shared with {node.weights_from}")
    return node.layer.params(node.site)


def _trainable_params(node: Node) -> Worked:
    return Nothing("frozen") if node.frozen else _params(node)


def _flops(node: Node) -> Worked:
    macs = node.layer.macs(node.site)
    return macs if isinstance(macs, Nothing) else Working(formulas.flops, macs=macs.value)


QUANTITIES: Mapping[str, Callable[[Node], Worked]] = MappingProxyType(
    {
        "params": _params,
        "trainable_params": _trainable_params,
        "connections": lambda node: node.layer.connections(node.site),
        "connections_inside": lambda node: node.layer.connections_inside(node.site),
        "neurons": lambda node: node.layer.neurons(node.site),
        "macs": lambda node: node.layer.macs(node.site),
        "flops": _flops,
    }
)
"""How each quantity of a node is worked out."""

EXPLAINED = ("output_shape", *QUANTITIES, "backward_macs", "field")
"""What a row of the analysis can explain, in the order in which people ask."""


_SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "flop": "flops",
        "mac": "macs",
        "output": "output_shape",
        "output_size": "output_shape",
        "param": "params",
        "parameters": "params",
        "receptive_field": "field",
        "rf": "field",
        "shape": "output_shape",
        "size": "output_shape",
        "trainable": "trainable_params",
        "weights": "params",
    }
)


def canonical(name: str, known: Collection[str]) -> str:
    """The known name that is meant by another spelling or a usual synonym; else the name as it is.

    >>> canonical("Output Shape", EXPLAINED), canonical("RF", EXPLAINED), canonical("Params", EXPLAINED)
    ('output_shape', 'field', 'params')
    """
    words = "_".join(re.split("[\\s_-]+", name.strip().lower()))
    found = words if words in known else _SYNONYMS.get(words, "")
    return found if found in known else name


def unknown_quantity(name: object) -> UnknownName:
    """The error for a quantity that does not exist."""
    from difflib import get_close_matches

    close = get_close_matches(str(name), EXPLAINED, n=1)
    advice = f"did you mean {close[0]!r}? " if close else ""
    return UnknownName(f"no quantity is called {name!r}; {advice}there are {', '.join(EXPLAINED)}")


_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def shape_workings(node: Node) -> list[tuple[str, Worked | str]]:
    """The output-size formula on each axis, once where all axes are alike."""
    workings = node.layer.shape_working(node.site)
    if not workings:
        return [("output_shape", show(node.output_shape))]
    texts = {worked.text() for worked in workings}
    if len(texts) == 1 and len(workings) > 1:
        return [("output_size", workings[0])]
    return list(zip(_AXES[len(workings)], workings, strict=True))


def field_text(field: Field) -> str:
    """A field in a few words."""
    if field.is_constant:
        return f"nothing of {field.reference.name}"
    if field.told("start") is None:
        return f"not told: units move unevenly over {field.reference.name}, and are too many to be told apart"
    reads = "everything" if field.is_global else show(field.size)
    reads = f"at most {reads}" if field.is_bound else reads
    jump, start = (", ".join(map(str, values)) for values in (field.jump, field.start))
    return f"{reads} of {field.reference.name}, jump {jump}, start {start}"


def field_data(field: Field) -> dict[str, Any]:
    """A field as plain data; jumps and centres that are no whole numbers are text, such as 1/2.

    What units read that are too many to be told apart is None.
    """
    from cnncalc.fields.data import plain

    return {
        "of": field.reference.name,
        **{name: plain(field.told(name)) for name in ("size", "touched", "jump", "start", "center")},
        "global": field.is_global,
    }


def explanation(name: str, worked: Worked | str, *, latex: bool) -> str:
    """A worked line with the quantity's name before it."""
    if isinstance(worked, str):
        return f"{name} = {worked}"
    return f"{LATEX.name(name)} = {worked.latex()}" if latex else f"{name} = {worked.text()}"
