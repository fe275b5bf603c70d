"""Pieces of the text of Keras source: names, lines, functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cnncalc._version import __version__
from cnncalc.exchange.keras_writer.calls import Call
from cnncalc.folding import Hole, Template, Unified
from cnncalc.network import Network, Node, check_name
from cnncalc.straight_line import identifier

INDENT = "    "
MARK = "\0"
"""Stands for a call, and in a call for what it reads, until both are known."""


def function_name(network: Network) -> str:
    """What the function that makes the model is called."""
    words = re.findall(r"[A-Za-z0-9]+", network.name.partition("(")[0])
    name = "_".join(words).lower()[:60]
    try:
        return check_name(name)
    except ValueError:
        return f"net_{name}".rstrip("_")


def layer_name(node: str) -> str:
    """What a node's layer is called in the model: dots are nothing that every backend takes."""
    return node.replace(".", "_")


def code(value: Any) -> str:
    """A value as code, texts in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


class Line(NamedTuple):
    """A line of a function, and the shape that it makes."""

    text: Template
    comment: str = ""


class Function(NamedTuple):
    """A part as a function: its name, where it was first needed, its arguments and text."""

    name: str
    paths: list[str]
    header: str
    lines: list[str]


NORM = '''@keras.saving.register_keras_serializable(package="cnncalc")
class LocalResponseNorm(layers.Layer):
    """Each value divided by the squares of its neighbours among the channels (AlexNet)."""

    def __init__(self, size, alpha, beta, k, **options):
        super().__init__(**options)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x):
        before, channels = self.size // 2, x.shape[-1]
        border = [(0, 0)] * (len(x.shape) - 1) + [(before, self.size - 1 - before)]
        squares = ops.pad(ops.square(x), border)
        total = sum(squares[..., place : place + channels] for place in range(self.size))
        return x / (self.k + self.alpha / self.size * total) ** self.beta

    def get_config(self):
        own = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return {**super().get_config(), **own}'''

TAKEN = frozenset(
    {"keras", "layers", "ops", "name", "x", "inputs", "LocalResponseNorm", "sum", "len", "range"}
)


def docstring(network: Network) -> str:
    """The line above the file."""
    return f'"""{printable(network.name)}, written by cnncalc {__version__} for Keras 3, channels last."""'


def printable(name: str) -> str:
    """A name without what would end a text."""
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in name).strip() or "A network"


def function_text(function: Function) -> Iterator[str]:
    """The lines of a function."""
    more = len(function.paths) - 1
    yield function.header
    first = function.paths[0]
    yield f'{INDENT}"""The part{"s" if more else ""} {first}' + (
        f' and {more} more; shapes are the first one\'s."""' if more else '."""'
    )
    yield from (f"{INDENT}{line}" for line in function.lines)


def named(node: Node, call: Call, local: str) -> Template:
    """A constructor with its name, and with what keeps a frozen layer from training."""
    pieces = call.constructor.pieces
    opened = Template(*pieces)
    empty = all(isinstance(piece, str) for piece in pieces) or _is_empty(call.constructor)
    frozen = "trainable=False, " if node.frozen and node.layer.tensors(node.site) else ""
    return opened.add(f"{'' if empty else ', '}{frozen}name={local})")


def _is_empty(constructor: Template) -> bool:
    """Whether every argument is left out."""
    return constructor.text(code).endswith("(")


def numbered(node: Node) -> str:
    """The local name of a node that was named by its kind and a number; else empty."""
    found = re.fullmatch(rf"{node.kind}\d+", node.local_name)
    return found.group() if found else ""


def telling(name: str) -> str:
    """The name of a part or layer, if it was given by hand and is not a number's."""
    return "" if re.search(r"\d$|^_", name) and not re.fullmatch(r"[a-z]\d", name) else _variable(name)


def _variable(name: str) -> str:
    found = identifier(name)
    return f"{found}_" if found in TAKEN else found


def text_of_name(local: str, *, in_function: bool) -> str:
    """The code of a layer's name: behind the part's own in a function."""
    flat = layer_name(local)
    return f'f"{{name}}_{flat}"' if in_function else f'"{flat}"'


def placed(made: Sequence[Template], count: int, *, in_list: bool = False) -> str:
    """A stand-in for the call made last, with places for what it reads."""
    places = ", ".join(f"{{{place}}}" for place in range(count))
    return f"{MARK}{len(made) - 1}{MARK}{f'[{places}]' if in_list else places}"


def with_calls(text: str, made: Sequence[Template]) -> Template:
    """A line with its call in place of the stand-in."""
    before, number, reads = text.split(MARK)
    pieces = made[int(number)].pieces
    read = [piece.replace(MARK, reads) if isinstance(piece, str) else piece for piece in pieces]
    return Template(before, *read)


def use_of(name: str, unified: Unified, place: int) -> Template:
    """The call of a part's function, up to its name; what enters comes first."""
    arguments = [
        Hole(column[place], parameter, f", {parameter}=") for parameter, column in unified.parameters.items()
    ]
    return Template(f"{name}({MARK}", *arguments)
