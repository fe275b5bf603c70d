"""The text of the whole file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc._version import __version__
from cnncalc.analysis import analyze
from cnncalc.folding import Template, Unified, unify
from cnncalc.layers import show
from cnncalc.network import Network, Node
from cnncalc.straight_line import Forward, commented
from cnncalc.torch_backend.source.classes import INDENT, Body, Class, Classes, attribute, class_name
from cnncalc.torch_backend.source.constructors import code
from cnncalc.torch_backend.source.helpers import Helpers

_IMPORTS = {"from torch import Tensor, nn", "import torch"}


def torch_source(network: Network) -> str:
    """PyTorch source of a network, to be saved as a file of its own.

    Executed, it defines one class for the network, called as :func:`class_name` says.
    """
    classes = Classes(network)
    helpers = Helpers(classes.helpers)
    definitions = [*helpers.definitions.values(), *(_definition(cls) for cls in classes.found)]
    root = _root(network, classes)
    body = "\n\n\n".join([*definitions, root, _main(network)])
    return f"{_docstring(network)}\n\n{_imports(helpers, body)}\n\n\n{body}\n"


def _docstring(network: Network) -> str:
    printable = "".join(c if c.isprintable() and c not in '"\\' else " " for c in network.name)
    return f'"""{printable.strip() or "A network"}, written by cnncalc {__version__}."""'


def _imports(helpers: Helpers, body: str) -> str:
    wanted = helpers.imports | _IMPORTS
    if "OrderedDict(" in body:
        wanted = wanted | {"from collections import OrderedDict"}
    if re.search(r"\bAny\b", body):
        wanted = wanted | {"from typing import Any"}
    own = {line for line in wanted if re.match(r"(from|import) torch\b", line)}
    blocks = [
        ["from __future__ import annotations"],
        sorted(wanted - own, key=_as_sorted),
        sorted(_merged(own), key=_as_sorted),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _merged(lines: set[str]) -> set[str]:
    """Imports from one module on one line."""
    sources: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            source, _, names = line.removeprefix("from ").partition(" import ")
            sources.setdefault(source, set()).update(names.split(", "))
    plain = {line for line in lines if line.startswith("import ")}
    return plain | {f"from {source} import {', '.join(sorted(names))}" for source, names in sources.items()}


def _as_sorted(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _definition(cls: Class) -> str:
    where = cls.paths[0] if len(cls.paths) == 1 else f"{cls.paths[0]} and {len(cls.paths) - 1} more"
    note = (
        f'"""The part {where}."""'
        if len(cls.paths) == 1
        else f'"""The parts {where}; shapes are the first one\'s."""'
    )
    base = "nn.Sequential" if cls.body.forward is None else "nn.Module"
    lines = [f"class {cls.name}({base}):", f"{INDENT}{note}", ""]
    parameters = ", ".join(
        f"{name}: {_annotation(column)}" for name, column in cls.unified.parameters.items()
    )
    lines += [f"{INDENT}def __init__(self{', ' if parameters else ''}{parameters}) -> None:"]
    lines += _deeper(_init(cls.body, cls.unified), 2)
    if cls.body.forward is not None:
        lines += ["", *_deeper(_forward(cls.body.forward), 1)]
    return "\n".join(lines)


def _annotation(column: Sequence[Any]) -> str:
    names = {type(value).__name__ if value is not None else "None" for value in column}
    return " | ".join(sorted("tuple[Any, ...]" if name == "tuple" else name for name in names))


def _init(body: Body, unified: Unified | None = None) -> list[str]:
    texts = _filled(body, unified)
    lines = [commented(text, line.comment) for text, line in zip(texts, body.lines, strict=True)]
    if body.forward is None:
        opening, closing = body.brackets
        return [f"super().__init__{opening}", *_deeper(lines, 1), closing]
    return ["super().__init__()", *lines]


def _filled(body: Body, unified: Unified | None) -> list[str]:
    merged = Template.join("\n", [line.text for line in body.lines])
    expressions = (unified or unify([merged], code)).expressions
    return merged.fill(expressions).split("\n") if body.lines else []


def _forward(run: Forward) -> list[str]:
    arguments = "".join(f", {name}: Tensor" for name in run.arguments)
    result = "Tensor" if len(run.results) == 1 else f"tuple[{', '.join(['Tensor'] * len(run.results))}]"
    lines = [commented(text, comment) for text, comment in run.lines]
    return [
        f"def forward(self{arguments}) -> {result}:",
        *_deeper([*lines, f"return {', '.join(run.results)}"], 1),
    ]


def _deeper(lines: Sequence[str], levels: int) -> list[str]:
    return [f"{INDENT * levels}{line}" if line else line for line in lines]


def _root(network: Network, classes: Classes) -> str:
    body = classes.body(classes.root)
    assert body.forward is not None
    arguments = {node.name: name for node, name in zip(network.inputs, ("x",), strict=False)}
    if len(network.inputs) > 1:
        arguments = {node.name: node.name for node in network.inputs}
    shapes = ", ".join(f"{arguments[node.name]}: {show(node.output_shape)}" for node in network.inputs)
    lines = [
        f"class {class_name(network)}(nn.Module):",
        f'{INDENT}"""Reads {shapes} (and the batch axis in front)."""',
        "",
    ]
    lines += [f"{INDENT}def __init__(self) -> None:", *_deeper([*_init(body), *_frozen(network)], 2)]
    return "\n".join([*lines, "", *_deeper(_forward(body.forward), 1)])


def _frozen(network: Network) -> Iterator[str]:
    """Lines that keep training from the frozen layers, whole parts at once."""
    with_weights = [node for node in network if node.layer.tensors(node.site) and not node.weights_from]
    done: set[str] = set()
    for node in with_weights:
        if not node.frozen or node.name in done:
            continue
        parts = node.name.split(".")
        for depth in range(1, len(parts) + 1):
            prefix = ".".join(parts[:depth])
            inside = [n for n in with_weights if n.name == prefix or n.name.startswith(f"{prefix}.")]
            if all(n.frozen for n in inside):
                done.update(n.name for n in inside)
                yield f"{attribute(parts[:depth])}.requires_grad_(False)"
                break


def _main(network: Network) -> str:
    name = class_name(network)
    inputs = ", ".join(_values(network, node) for node in network.inputs)
    params = analyze(network).params
    several = len(network.outputs) > 1
    shown = "[tuple(one.shape) for one in output]" if several else "tuple(output.shape)"
    return "\n".join(
        [
            'if __name__ == "__main__":',
            f"{INDENT}model = {name}().eval()",
            f"{INDENT}output = model({inputs})",
            f'{INDENT}print({shown}, sum(p.numel() for p in model.parameters()), "parameters")  # {params}',
        ]
    )


def _values(network: Network, node: Node) -> str:
    """Random values for an input: whole numbers where they are looked up."""
    sizes = (1, *node.output_shape)
    limit = network.index_limit(node)
    return f"torch.randn{sizes}" if limit is None else f"torch.randint({limit}, {sizes})"
