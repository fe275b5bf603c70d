"""A formula with numbers in it: its value, and the line that shows how it comes about.

The line is read from the formula's own source, so explanation and arithmetic cannot drift apart.
Neutral factors (``// 1``, ``+ 0``, ``1 *``) are dropped from what is shown, and a product over the
axes of a kernel shows as ``5 x 5``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from cnncalc.arithmetic import Formula, Number, unchecked
from cnncalc.notation import LATEX, TEXT, Notation


class Worked(ABC):
    """A number that can show its working."""

    __slots__ = ()

    @property
    @abstractmethod
    def value(self) -> Number:
        """The number itself."""

    @abstractmethod
    def steps(self, notation: Notation) -> list[str]:
        """What stands between the equals signs, without the result."""

    def text(self) -> str:
        """The worked line: symbols = numbers = result."""
        return _line(self, TEXT)

    def latex(self) -> str:
        """The worked line in LaTeX mathematics."""
        return _line(self, LATEX)

    def __str__(self) -> str:
        return self.text()


class Working(Worked):
    """A formula and the numbers that go into it.

    >>> from cnncalc import formulas
    >>> Working(formulas.conv_params, in_channels=1, out_channels=6, kernel=(5, 5)).text()
    'out_channels * (in_channels * kernel + bias) = 6 * (5 x 5 + 1) = 156'
    """

    __slots__ = ("formula", "numbers")

    def __init__(self, formula: Formula, **numbers: Any) -> None:
        self.formula = formula
        self.numbers = numbers

    @property
    def value(self) -> Number:
        """The formula evaluated at the numbers."""
        try:
            return unchecked(self.formula)(**self.numbers)
        except (ArithmeticError, TypeError):
            return self.formula(**self.numbers)

    def steps(self, notation: Notation) -> list[str]:
        """The formula in symbols, then in numbers."""
        from cnncalc.worked_line import figures, symbols

        return [write(self.formula, self.numbers, notation) for write in (symbols, figures)]

    def __repr__(self) -> str:
        return f"<Working {self.text()}>"


class Total(Worked):
    """A sum of workings, each with the name of what it counts.

    >>> from cnncalc import formulas
    >>> part = Working(formulas.linear_params, in_features=4, out_features=2)
    >>> Total({"first": part, "second": part}).text()
    'first + second = 2 * (4 + 1) + 2 * (4 + 1) = 10 + 10 = 20'
    """

    __slots__ = ("parts",)

    def __init__(self, parts: Mapping[str, Worked]) -> None:
        self.parts = dict(parts)

    @property
    def value(self) -> Number:
        """The sum of the parts."""
        return sum(part.value for part in self.parts.values())

    def steps(self, notation: Notation) -> list[str]:
        """The parts by name, in numbers, and as intermediate results."""
        parts = self.parts.values()
        return [
            " + ".join(notation.name(name) for name in self.parts),
            " + ".join(part.steps(notation)[-1] for part in parts),
            " + ".join(notation.number(part.value) for part in parts),
        ]


class Nothing(Worked):
    """A declared zero, with the reason for it.

    >>> Nothing("max pooling has no weights").text()
    '0 (max pooling has no weights)'
    """

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    @property
    def value(self) -> Number:
        """Zero."""
        return 0

    def steps(self, notation: Notation) -> list[str]:
        """Nothing stands before the result."""
        return []

    def text(self) -> str:
        """Zero and the reason."""
        return f"0 ({self.reason})"

    def latex(self) -> str:
        """Zero and the reason, in LaTeX."""
        return rf"0 \quad \text{{({self.reason})}}"


class Stated(Worked):
    """A number without a working: somebody measured it, and says how.

    >>> Stated(768, "measured by PyTorch").text()
    '768 (measured by PyTorch)'
    """

    __slots__ = ("number", "reason")

    def __init__(self, number: int, reason: str) -> None:
        self.number = number
        self.reason = reason

    @property
    def value(self) -> Number:
        """The number."""
        return self.number

    def steps(self, notation: Notation) -> list[str]:
        """Nothing stands before the result."""
        return []

    def text(self) -> str:
        """The number and where it is from."""
        return f"{self.number:,} ({self.reason})"

    def latex(self) -> str:
        """The number and where it is from, in LaTeX."""
        return rf"{LATEX.number(self.number)} \quad \text{{({self.reason})}}"


def _line(worked: Worked, notation: Notation) -> str:
    value = worked.value  # which refuses numbers that cannot be shown either
    steps = [*worked.steps(notation), notation.number(value)]
    shown = [step for step, following in zip(steps, [*steps[1:], None], strict=True) if step != following]
    return " = ".join(shown)
