"""Calls of Keras layers, as the writers of kinds put them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.exchange.assembly import plain
from cnncalc.folding import Hole, Template
from cnncalc.network import Network, Node


class Call(NamedTuple):
    """A call: the layer's constructor but for its name, whether it takes a list, and what leaves it.

    ``suffix`` tells calls of one node apart in names; ``reads`` is the place of the input that the
    call takes, where it is not the value of the call before or all that enters.
    """

    constructor: Template
    output: Shape
    takes_list: bool = False
    suffix: str = ""
    reads: int | None = None


Writer = Callable[["Here"], list[Call]]


class Here(NamedTuple):
    """A node of a network, where its call is to be written."""

    node: Node
    network: Network

    @property
    def layer(self) -> Any:
        """The layer."""
        return self.node.layer

    @property
    def input(self) -> Shape:
        """The first shape that enters."""
        return self.node.input_shapes[0]

    @property
    def rank(self) -> int:
        """Number of spatial axes that enter."""
        return len(self.input) - 1

    def call(self, name: str, *positional: tuple[str, Any], **named: Any) -> Call:
        """A call of a layer class; what is None is left out, a tuple ``(value, default)`` if it is that."""
        return Call(constructor(name, *positional, **named), self.node.output_shape)

    def ranked(self, name: str) -> str:
        """The name of a class with the number of axes."""
        return f"{name}{self.rank}D"


def constructor(name: str, *positional: tuple[str, Any], **named: Any) -> Template:
    """The text of a constructor, up to what follows its arguments."""
    found = Template(f"{name}(")
    started = False
    for hint, value in positional:
        found.add(Hole(_plain_sizes(value), hint, ", " if started else ""))
        started = True
    for argument, given in named.items():
        value, default = given if isinstance(given, Default) else (given, None)
        shown_value, left_out = _plain_sizes(value), _plain_sizes(default)
        lead = f", {argument}=" if started else f"{argument}="
        found.add(Hole(shown_value, argument, lead, left_out))
        started = started or shown_value != left_out
    return found


def _plain_sizes(value: Any) -> Any:
    """One number for equal ones; pairs stay pairs."""
    numbers = isinstance(value, list | tuple) and all(isinstance(item, int) for item in value)
    return plain(value) if numbers else value


class Default(NamedTuple):
    """A value, left out where it is Keras' default."""

    value: Any
    default: Any


def shown(found: Shape) -> Iterator[int]:
    """A shape's sizes, channels last."""
    yield from (*found[1:], found[0])
