"""Names of modules, as PyTorch's exporters leave them in a file.

The older exporter writes them into the names of nodes (``/features/features.1/conv/Conv``), the newer
one beside these, both into the names of weights (``features.1.conv.weight``).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

Path = tuple[str, ...]
_SCOPES = "pkg.torch.onnx.name_scopes"
_MOST = 100_000
"""Characters of scopes that are read."""
_BESIDE = frozenset({"Cast", "Constant", "ConstantOfShape", "Gather", "Identity", "Shape", "Unsqueeze"})
"""Operations with shapes and constants, which a module of one layer may do beside."""


def name_by_modules(graph: Any) -> bool:
    """Call nodes as the modules are called that they were exported from; False where that is not told.

    A module that does one thing gives its name; what else a module does is called by the operation.
    """
    places = [(node, *_place(node)) for node in graph.node]
    if not any(path for _, path, _ in places):
        return False
    counts = Counter(path for node, path, _ in places if node.op_type not in _BESIDE)
    owners = {path[:depth] for path in counts for depth in range(len(path))}
    for node, path, local in places:
        is_own = path and counts[path] == 1 and path not in owners and node.op_type not in _BESIDE
        node.name = ".".join(path if is_own else (*path, local.replace(".", "_")))
    return True


def _place(node: Any) -> tuple[Path, str]:
    """The module that a node was exported from, and what the node is called in it."""
    *inner, local = [part for part in str(node.name).split("/") if part] or [str(node.op_type)]
    module = _of_weight(node) or _of_scopes(node)
    if not module and str(node.name).startswith("/"):
        module = _of_segments(inner)
    return module, re.sub("^node[_.]", "", local)


def _of_weight(node: Any) -> Path:
    weights = (str(name) for name in list(node.input)[1:2])
    return next((_parts(name.removesuffix(".weight")) for name in weights if name.endswith(".weight")), ())


def _of_scopes(node: Any) -> Path:
    """The last module of the scopes, behind which stands the operation."""
    text = next((str(item.value) for item in node.metadata_props if item.key == _SCOPES), "")
    try:
        scopes = ast.literal_eval(text[:_MOST]) if text else []
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        scopes = []
    is_known = isinstance(scopes, list) and len(scopes) > 1 and isinstance(scopes[-2], str)
    return _parts(scopes[-2]) if is_known else ()


def _of_segments(segments: Sequence[str]) -> Path:
    """Segments tell modules from the outside in; one that repeats the name before it goes on from there.

    >>> _of_segments(["features", "features.1", "conv", "conv.0"])
    ('features', '1', 'conv', '0')
    """
    path: list[str] = []
    for before, segment in zip(["", *segments], segments, strict=False):
        path += _parts(segment.removeprefix(f"{before}.") if before else segment)
    return tuple(path)


def _parts(name: str) -> Path:
    return tuple(part for part in name.split(".") if part)
