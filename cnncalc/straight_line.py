"""Straight-line code: which variable holds which value, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnncalc.network import begins_with_number

_PLACES = "yzwvut"


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
    variables = _arguments(reads)
    arguments = list(variables.values())
    free: list[str] = []
    lines: list[tuple[str, str]] = []
    for place, step in enumerate(steps):
        read = [variables[name] for name in step.reads]
        dying = [variables[n] for n in dict.fromkeys(step.reads) if last_use[n] == place]
        if step.call == "{0}":
            _pass_on(step, variables, last_use)
            continue
        live = {variables[name] for name, last in last_use.items() if name in variables and last > place}
        free = sorted({v for v in dying if v not in live}, key=read.index)
        for name in step.makes:
            variables[name] = _variable(step.wanted, free, live | set(variables.values()) - set(dying))
            live.add(variables[name])
        made = ", ".join(variables[name] for name in step.makes)
        lines.append((f"{made} = {step.call.format(*read)}", step.comment))
    return Forward(arguments, lines, [variables[name] for name in gives])


def _pass_on(step: Step, variables: dict[str, str], last_use: dict[str, int]) -> None:
    """Where nothing happens, the result is another name for what enters."""
    source, made = step.reads[0], step.makes[0]
    variables[made] = variables[source]
    last_use[source] = max(last_use[source], last_use.get(made, 0))


def _arguments(reads: Sequence[str]) -> dict[str, str]:
    """The only argument is ``x``; several have their own names."""
    if len(reads) == 1:
        return {reads[0]: "x"}
    found: dict[str, str] = {}
    for name in reads:
        found[name] = _unused(identifier(name), set(found.values()))
    return found


def _variable(wanted: str, free: list[str], taken: set[str]) -> str:
    if wanted and wanted not in taken:
        return wanted
    if "x" not in taken:
        return "x"
    unused = [variable for variable in free if variable not in taken]
    if unused:
        return unused[0]
    return next((letter for letter in ("x", *_PLACES) if letter not in taken), _unused("x", taken))


def _unused(name: str, taken: set[str]) -> str:
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


def shared_beginning(names: Sequence[str]) -> str:
    """What all names begin with.

    >>> shared_beginning(["block1", "block2"])
    'block'
    """
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def commented(text: str, comment: str) -> str:
    """A line with its comment, such as the shape that it makes."""
    return f"{text}  # {comment}" if comment else text
