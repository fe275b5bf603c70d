"""How the symbols, numbers and operations of a worked line are written: plain text and LaTeX."""

from __future__ import annotations

from cnncalc.arithmetic import Number, is_fraction


class Notation:
    """How names, numbers and operations are written in plain text."""

    times, over_axes = " * ", " x "

    def name(self, name: str) -> str:
        """A symbol."""
        return name

    def number(self, value: Number) -> str:
        """A number, with thousands separated."""
        if is_fraction(value):
            return f"{value.numerator:,}/{value.denominator:,}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    def over(self, above: str, below: str) -> str:
        """A quotient; both sides are already in brackets where they need them."""
        return f"{above} / {below}"

    def rounded(self, quotient: str, direction: str) -> str:
        """A quotient rounded down ("floor") or up ("ceil")."""
        return f"{direction}({quotient})"

    def call(self, name: str, arguments: list[str]) -> str:
        """A function of arguments."""
        return f"{name}({', '.join(arguments)})"


class LatexNotation(Notation):
    """How names, numbers and operations are written in LaTeX mathematics."""

    times, over_axes = r" \cdot ", r" \times "

    def name(self, name: str) -> str:
        """A symbol in upright letters."""
        return r"\mathrm{" + name.replace("_", r"\_").replace(" ", r"\ ") + "}"

    def number(self, value: Number) -> str:
        """A number with thin separators."""
        if is_fraction(value):
            return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
        return super().number(value).replace(",", r"{,}")

    def over(self, above: str, below: str) -> str:
        """A fraction."""
        return rf"\frac{{{above}}}{{{below}}}"

    def rounded(self, quotient: str, direction: str) -> str:
        """A quotient between floor or ceiling brackets."""
        return rf"\left\l{direction} {quotient} \right\r{direction}"

    def call(self, name: str, arguments: list[str]) -> str:
        """A function of arguments."""
        return rf"\{name}({', '.join(arguments)})"


TEXT, LATEX = Notation(), LatexNotation()
