"""Straight-line code: which variable holds which value, for how long, and what things in it are called."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from cnncalc.network import begins_with_number

_PLACES = "yzwvut"

Name = TypeVar("Name", str, tuple[str, ...])


class Step(NamedTuple):
    """One line to be: names of the values it reads and makes, and the call.

    ``call`` has ``{0}``, ``{1}`` for what it reads. ``wanted`` is what a variable for the result is
    best called, where there is a name that says something.
    """

    reads: tuple[str, ...]
    makes: tuple[str, ...]
    call: str
    wanted: str
    comment: str


class Forward(NamedTuple):
    """Arguments of a forward pass, its lines with their comments, and what it returns."""

    arguments: list[str]
    lines: list[tuple[str, str]]
    results: list[str]


def forward(reads: Sequence[str], steps: Sequence[Step], gives: Sequence[str]) -> Forward:
    """Write the lines. A value takes over the variable of one that is not needed any more."""
    last_use = {name: place for place, step in enumerate(steps) for name in step.reads}
    last_use.update(dict.fromkeys(gives, len(steps)))
    variables = _Variables(_arguments(reads), last_use)
    arguments = [variables.of[name] for name in reads]
    lines: list[tuple[str, str]] = []
    for place, step in enumerate(steps):
        if step.call == "{0}":
            variables.pass_on(step.reads[0], step.makes[0])
            continue
        read = [variables.of[name] for name in step.reads]
        made = ", ".join(variables.made(step, place))
        lines.append((f"{made} = {step.call.format(*read)}", step.comment))
    return Forward(arguments, lines, [variables.of[name] for name in gives])


class _Variables:
    """Which variable holds which value, and until which line each is needed."""

    def __init__(self, arguments: Mapping[str, str], last_use: dict[str, int]) -> None:
        self.of = dict(arguments)
        self.last_use = last_use
        self.needed: dict[str, int] = {}
        self.number = 1
        for name in arguments:
            self._need(name)

    def _need(self, name: str) -> None:
        variable = self.of[name]
        self.needed[variable] = max(self.needed.get(variable, 0), self.last_use.get(name, 0))

    def pass_on(self, source: str, made: str) -> None:
        """Where nothing happens, the result is another name for what enters."""
        self.of[made] = self.of[source]
        self.last_use[source] = max(self.last_use[source], self.last_use.get(made, 0))
        self._need(source)

    def made(self, step: Step, place: int) -> list[str]:
        """Variables for what a step makes; those it reads for the last time are free."""
        free = [v for v in dict.fromkeys(self.of[name] for name in step.reads) if self.needed[v] <= place]
        found: list[str] = []
        for name in step.makes:
            self.of[name] = self._variable(step.wanted, [v for v in free if v not in found], found)
            found.append(self.of[name])
        for name in step.makes:
            self._need(name)
        return found

    def _variable(self, wanted: str, free: Sequence[str], taken: Sequence[str]) -> str:
        def is_free(variable: str) -> bool:
            return variable in free or not (variable in self.needed or variable in taken)

        if wanted and is_free(wanted):
            return wanted
        if is_free("x"):
            return "x"
        return next((v for v in (*free, *_PLACES) if is_free(v)), "") or next(filter(is_free, self._more()))

    def _more(self) -> Iterator[str]:
        """``x2``, ``x3``, and so on."""
        while True:
            self.number += 1
            yield f"x{self.number}"


def _arguments(reads: Sequence[str]) -> dict[str, str]:
    """The only argument is ``x``; several have their own names."""
    if len(reads) == 1:
        return {reads[0]: "x"}
    found: dict[str, str] = {}
    for name in reads:
        found[name] = unused(identifier(name), set(found.values()))
    return found


def unused(name: str, taken: Container[str]) -> str:
    """The name itself, or the first of ``name2``, ``name3`` and so on that is not taken.

    >>> unused("block", {"block", "block2"})
    'block3'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def identifier(name: str) -> str:
    """The last part of a dotted name, safe as a variable."""
    local = re.sub(r"\W", "_", name.rpartition(".")[2])
    if begins_with_number(local):
        return f"_{local}"
    return f"{local}_" if local in _SHADOWED else local


_SHADOWED: Mapping[str, None] = dict.fromkeys(
    ("self", "torch", "nn", "Tensor", "OrderedDict", "keras", "layers", "ops", "name", "inputs")
)


def shared_beginning(names: Sequence[Name]) -> Name:
    """What all names begin with, or all paths.

    >>> shared_beginning(["block1", "block2"]), shared_beginning([("a", "b", "c"), ("a", "b")])
    ('block', ('a', 'b'))
    """
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def commented(text: str, comment: str) -> str:
    """A line with its comment, such as the shape that it makes."""
    return f"{text}  # {comment}" if comment else text
