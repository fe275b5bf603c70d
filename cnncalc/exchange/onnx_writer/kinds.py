"""Which kinds ONNX has, which are put together, and which cannot be said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.exchange.onnx_writer import moving, pointwise, sequences, windows
from cnncalc.exchange.onnx_writer.body import Body, Here
from cnncalc.exchange.unsaid import CannotSay, unsaid
from cnncalc.layers import Layer, Site, classic, norm
from cnncalc.network import Network, Node

_FAMILIES = (windows, pointwise, moving, sequences)
STANDARD = {cls: translate for family in _FAMILIES for cls, translate in family.STANDARD.items()}
COMPOSED = {cls: translate for family in _FAMILIES for cls, translate in family.COMPOSED.items()}


class Translation(NamedTuple):
    """A layer as operations, and the name of the value that leaves them.

    A ``standard`` one is a single operation (constants apart) that is the layer.
    """

    body: Body
    gives: str
    standard: bool


def translation(node: Node, inputs: tuple[str, ...], weights: Mapping[str, str]) -> Translation:
    """The operations of a node; raises :class:`CannotSay` with the reason."""
    kind = type(node.layer)
    translate = STANDARD.get(kind) or COMPOSED.get(kind)
    if translate is None:
        raise CannotSay("no standard operation does what it does")
    body = Body()
    gives = translate(Here(node.layer, node.site, body, inputs, weights))
    operations = [op.kind for op in body.ops if op.kind != "Constant"]
    is_one = len(operations) == 1 and operations != ["Reshape"]  # which may be any of several kinds
    return Translation(body, gives, standard=kind in STANDARD and is_one)


def buffers(layer: Layer, site: Site) -> dict[str, Shape]:
    """Tensors that a layer has beside its parameters, by PyTorch's names."""
    if isinstance(layer, norm.BatchNorm):
        return {"running_mean": (site.channels,), "running_var": (site.channels,)}
    if isinstance(layer, classic.RBF):
        return {"centres": (layer.out_features, site.channels)}
    return {}


def tensors(node: Node) -> dict[str, Shape]:
    """Every tensor of a node, parameters first."""
    return {**node.layer.tensors(node.site), **buffers(node.layer, node.site)}


def refused(network: Network) -> dict[str, str]:
    """For every kind and reason that ONNX cannot say, the first layer that needs it."""
    return unsaid(
        network, lambda node: translation(node, node.inputs, {name: name for name in tensors(node)})
    )


def arguments_as_text(layer: Layer) -> str:
    """A layer's arguments as JSON, as the import reads them again."""
    return json.dumps(layer.given())


def arguments_from_text(text: str) -> dict[str, Any]:
    """Arguments written by :func:`arguments_as_text`; raises ValueError for anything else."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("arguments are no object")
    return {str(name): _tuples(value) for name, value in found.items()}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
