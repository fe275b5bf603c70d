"""Exercises made from a seed: a chain of layers, a table to fill in, and its key."""

from __future__ import annotations

import csv
import io
from functools import cached_property
from random import Random
from textwrap import indent
from typing import Any, NamedTuple

from cnncalc.homework.questions import HomeworkError, Question, shown
from cnncalc.layers import show
from cnncalc.network import Network

COLUMNS = ("output_shape", "params", "connections", "macs", "field")
"""What is asked for each layer, unless told otherwise."""

LEVELS = ("easy", "medium", "hard")
_ACTIVATIONS = ("relu", "tanh", "sigmoid")


class Cell(NamedTuple):
    """One answer of the table."""

    layer: str
    quantity: str
    expected: Any


class Exercise:
    """A network to work out by hand: one row for each layer, one column for each quantity.

    The same seed and level always make the same exercise. ``level`` is the network's name where it
    was not made for the exercise, and ``asked`` names the layers, all but activations if not given.
    """

    def __init__(
        self, seed: int, level: str, spec: str, columns: tuple[str, ...], asked: tuple[str, ...] = ()
    ) -> None:
        self.seed = seed
        self.level = level
        self.spec = spec
        self.columns = columns
        self.asked = asked

    def __repr__(self) -> str:
        return f"<Exercise {self.seed} {self.level}: {self.spec}>"

    @cached_property
    def network(self) -> Network:
        """The network asked about."""
        from cnncalc.spec import parse

        return parse(self.spec, origin=f"<exercise {self.seed}>")

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The rows: what is asked about, or every layer but the input and activations."""
        return self.asked or tuple(n.name for n in self.network if n.kind not in ("input", *_ACTIVATIONS))

    @cached_property
    def key(self) -> tuple[Cell, ...]:
        """All answers, row by row."""
        questions = (
            Question(self.network, layer, quantity) for layer in self.layers for quantity in self.columns
        )
        return tuple(Cell(q.layer or "", q.quantity, q.expected) for q in questions)

    def text(self) -> str:
        """The exercise as a sheet of paper has it, the table empty."""
        shapes = " and ".join(show(node.output_shape) for node in self.network.inputs)
        return (
            f"Exercise {self.seed} ({self.level}). The input is {shapes} (channels first). "
            f"Fill in the table.\n\n"
            f"{indent(self.spec.rstrip(), '    ')}\n\n{self._table(filled=False)}"
        )

    def solution(self) -> str:
        """The table filled in, then every number worked out."""
        worked = [f"{c.layer}: {Question(self.network, c.layer, c.quantity).solution()}" for c in self.key]
        return "\n".join([self._table(filled=True), "", *worked, ""])

    def _table(self, *, filled: bool) -> str:
        rows = [["layer", *self.columns]]
        for layer in self.layers:
            cells = [shown(c.expected) if filled else "" for c in self.key if c.layer == layer]
            rows.append([f"{layer}: {self.network[layer].layer.label(self.network[layer].site)}", *cells])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([lines[0], "-+-".join("-" * w for w in widths), *lines[1:], ""])

    def sheet(self, *, filled: bool = False) -> str:
        """The table as CSV, to hand out or, filled, as key."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["layer", *self.columns])
        for layer in self.layers:
            cells = [_raw(c.expected) if filled else "" for c in self.key if c.layer == layer]
            writer.writerow([layer, *cells])
        return out.getvalue()


def _raw(value: Any) -> str:
    return show(value) if isinstance(value, tuple) else str(value)


def exercise(seed: int, level: str = "medium", columns: tuple[str, ...] = COLUMNS) -> Exercise:
    """An exercise from a seed.

    ``easy`` has square inputs and stride 1, ``medium`` rectangular inputs, strides and padding,
    ``hard`` dilation, groups and uneven kernels as well.

    >>> exercise(7, "easy").spec[:66]
    'INPUT(1x37x37) -> CONV(4, 7) as C1 -> sigmoid -> POOL(2) as P1 -> '
    """
    if level not in LEVELS:
        raise HomeworkError(f"no level is called {level!r}; there are {', '.join(LEVELS)}")
    if not isinstance(seed, int) or abs(seed) > 10**15:
        raise HomeworkError("the seed must be a whole number of at most 15 digits")
    return Exercise(seed, level, _Maker(Random(f"{level} {seed}"), level).spec(), tuple(columns))  # noqa: S311


class _Maker:
    """Puts layers behind each other that fit what enters."""

    def __init__(self, random: Random, level: str) -> None:
        self.random = random
        self.level = level
        self.is_easy, self.is_hard = level == "easy", level == "hard"
        self.channels = random.choice((1, 3))
        first = random.randint(12, 48)
        self.sizes = [first, first if self.is_easy else random.randint(12, 48)]
        self.numbers = {"C": 0, "P": 0}

    def spec(self) -> str:
        """The whole chain."""
        parts = [f"INPUT({show((self.channels, *self.sizes))})"]
        for block in range(self.random.randint(2, 3)):
            parts.append(f"{self._conv()} as C{self._number('C')}")
            parts.append(self.random.choice(_ACTIVATIONS))
            if block < 2 and min(self.sizes) >= 6:
                parts.append(f"{self._pool()} as P{self._number('P')}")
        parts.append(f"FC(10) as F{self.numbers['C'] + 1}")
        return " -> ".join(parts)

    def _number(self, letter: str) -> int:
        self.numbers[letter] += 1
        return self.numbers[letter]

    def _conv(self) -> str:
        sides = self.sizes if self.is_hard else [min(self.sizes)]
        kernel = [self.random.choice([k for k in (3, 5, 7) if 2 * k <= size] or [1]) for size in sides]
        kernel = kernel if self.is_hard else kernel * 2
        stride = 1 if self.is_easy else self.random.choice((1, 1, 2))
        dilation = self.random.choice((1, 2)) if self.is_hard and max(kernel) > 1 else 1
        dilation = (
            dilation if all(dilation * (k - 1) < n for k, n in zip(kernel, self.sizes, strict=True)) else 1
        )
        padding = self.random.choice((0, min(kernel) // 2))
        filters = 4 * self.random.randint(1, 8)
        divisors = [g for g in (1, 2, 4) if self.channels % g == 0 and filters % g == 0]
        groups = self.random.choice(divisors) if self.is_hard else 1
        return self._add("CONV", filters, kernel, stride, padding, dilation, groups)

    def _pool(self) -> str:
        kernel = self.random.choice((2, 3)) if not self.is_easy else 2
        stride = 2
        return self._add("POOL", None, [kernel, kernel], stride, 0, 1, 1)

    def _add(
        self,
        kind: str,
        filters: int | None,
        kernel: list[int],
        stride: int,
        padding: int,
        dilation: int,
        groups: int,
    ) -> str:
        """The text of a layer; afterwards what leaves it enters the next."""
        from cnncalc.solve.windows import Setting

        self.sizes = [
            Setting(k, stride, padding, dilation).output(n) for k, n in zip(kernel, self.sizes, strict=True)
        ]
        self.channels = filters or self.channels
        size = str(kernel[0]) if len(set(kernel)) == 1 else show(tuple(kernel))
        window = [stride, padding]
        defaults = [1 if kind == "CONV" else kernel[0], 0]
        while window and window[-1] == defaults[len(window) - 1]:
            window.pop()
        words = [f"dilation={dilation}"] * (dilation > 1) + [f"groups={groups}"] * (groups > 1)
        arguments = [*([str(filters)] if filters else []), size, *map(str, window), *words]
        return f"{kind}({', '.join(arguments)})"
