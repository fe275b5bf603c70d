"""The syntax tree of chains and expressions.

Every node ends in ``start`` and ``end``, its place in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cnncalc.spec.source import Place

if TYPE_CHECKING:  # a protocol takes as long to make as several of the nodes below
    from typing import Protocol

    class Placed(Protocol):
        """Anything with a place."""

        @property
        def start(self) -> int:
            """Offset of its first character."""

        @property
        def end(self) -> int:
            """Offset behind its last character."""


class Literal(NamedTuple):
    """A number, ``true``, ``false``, ``none`` or quoted text."""

    value: Any
    start: int
    end: int


class Name(NamedTuple):
    """A parameter, the name of a layer, or a word such as ``same``."""

    text: str
    start: int
    end: int


class Tuple(NamedTuple):
    """``(1, 2)`` or ``3x5``."""

    items: tuple[Expression, ...]
    start: int
    end: int


class Unary(NamedTuple):
    """``-x``, ``+x`` or ``not x``."""

    operator: str
    operand: Expression
    start: int
    end: int


class Binary(NamedTuple):
    """Two operands and what joins them, comparisons and ``and``/``or`` included."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


class Function(NamedTuple):
    """``min(...)``, ``div8(...)`` and the like."""

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


class Broken(NamedTuple):
    """Stands where something could not be read and was reported."""

    start: int
    end: int


Expression: TypeAlias = Literal | Name | Tuple | Unary | Binary | Function | Broken


class Given(NamedTuple):
    """An argument as given; the name is empty where it is given by position."""

    name: str
    name_place: Place
    value: Expression
    start: int
    end: int


def by_position(value: Expression) -> Given:
    """An argument that is given by its position alone."""
    return Given("", (value.start, value.start), value, value.start, value.end)


class Branch(NamedTuple):
    """One of several ways from a step to where they join."""

    name: str
    chain: Chain
    start: int
    end: int


class Call(NamedTuple):
    """A layer or the use of a block.

    ``size`` is a size given without brackets (``maxpool 2x2``), ``dashed`` are the numbers of the
    course sheets' notation (``CONV-3-64``).
    """

    name: str
    name_place: Place
    arguments: tuple[Given, ...]
    branches: tuple[Branch, ...] | None
    size: Expression | None
    dashed: tuple[Expression, ...]
    start: int
    end: int


class Chain(NamedTuple):
    """Steps one after the other."""

    steps: tuple[Step, ...]
    start: int
    end: int


class Repeat(NamedTuple):
    """A step several times."""

    body: Step
    times: Expression
    start: int
    end: int


class Optional(NamedTuple):
    """A step that can be left out of a pattern."""

    body: Step
    start: int
    end: int


class Named(NamedTuple):
    """A step with a name: ``conv(6, 5) as C1`` or ``C1: conv(6, 5)``."""

    body: Step
    name: str
    name_place: Place
    start: int
    end: int


class Choice(NamedTuple):
    """A step under a condition, and perhaps another one if it does not hold."""

    condition: Expression
    then: Step
    otherwise: Step | None
    start: int
    end: int


Step: TypeAlias = Call | Chain | Repeat | Optional | Named | Choice | Broken


def walk(step: Step) -> Iterator[Step]:
    """Every step in a piece of the tree, in the order of the text; trees may be deep, so no recursion."""
    pending: list[Step] = [step]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(_inside(node))


def _inside(step: Step) -> list[Step]:
    """The steps directly within one."""
    if isinstance(step, Chain):
        return [*step.steps]
    if isinstance(step, Repeat | Optional | Named):
        return [step.body]
    if isinstance(step, Choice):
        return [step.then, *([] if step.otherwise is None else [step.otherwise])]
    return [branch.chain for branch in step.branches or ()] if isinstance(step, Call) else []


def calls(step: Step) -> Iterator[Call]:
    """Every call in a piece of the tree."""
    return (node for node in walk(step) if isinstance(node, Call))


def named_steps(step: Step) -> Iterator[Named]:
    """Every named step in a piece of the tree."""
    return (node for node in walk(step) if isinstance(node, Named))


def place(node: Placed) -> Place:
    """Where a node stands."""
    return node.start, node.end
