"""The value of an expression: small arithmetic of our own, never Python's ``eval``."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from cnncalc.arithmetic import is_array, larger, plain, smaller
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.limits import Limits
from cnncalc.spec.source import Place
from cnncalc.spec.syntax import Binary, Expression, Function, Literal, Name, Tuple, Unary

Lookup = Callable[[Name], Any]
"""Gives the value of a name, or raises."""


class Unknown(Exception):
    """A value that depends on something already reported."""


class NoNumber(Exception):
    """Arithmetic met a name that nobody knows."""

    def __init__(self, name: str, place: Place) -> None:
        super().__init__(name)
        self.name = name
        self.place = place


class Word(str):
    """A bare word that is no parameter: a rule's name (``same``) or the name of a layer."""

    __slots__ = ()


def div8(value: float) -> int:
    """The nearest multiple of 8, never more than a tenth below (MobileNet's ``make_divisible``).

    >>> div8(24.5), div8(33.6), div8(3)
    (24, 32, 8)
    """
    rounded = larger(8, math.floor(value + 4) // 8 * 8)
    multiple: int = rounded + 8 * (rounded < 0.9 * value)
    return multiple


def _chosen(choose: Callable[..., Any], arrays: Callable[..., Any], values: tuple[Any, ...]) -> Any:
    """The smallest or largest value; over whole arrays at once only where all are ints, or all floats."""
    floats = {value.dtype.kind == "f" if is_array(value) else isinstance(value, float) for value in values}
    if any(map(is_array, values)) and len(floats) == 1:
        return functools.reduce(arrays, values)
    return choose(values)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": lambda *values: _chosen(min, smaller, values),
    "max": lambda *values: _chosen(max, larger, values),
    "round": round,
    "ceil": math.ceil,
    "floor": math.floor,
    "div8": div8,
}

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
"""Operators that join two numbers to one; ``**`` alone is not harmless."""

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Operators that join two values to a truth."""

_OPERATORS = {**ARITHMETIC, **COMPARISONS}


class Evaluator:
    """Evaluates expressions with names looked up where the caller says."""

    def __init__(self, limits: Limits) -> None:
        self.largest = limits.largest

    def value(self, expression: Expression, lookup: Lookup) -> Any:
        """The value; raises :class:`SyntaxProblem` or :class:`Unknown`."""
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Name):
            return lookup(expression)
        if isinstance(expression, Tuple):
            return tuple(self.value(item, lookup) for item in expression.items)
        if isinstance(expression, Binary):
            return self._binary(expression, lookup)
        if isinstance(expression, Unary):
            return self._unary(expression, lookup)
        if isinstance(expression, Function):
            return self._function(expression, lookup)
        raise Unknown

    def number(self, expression: Expression, lookup: Lookup) -> Any:
        """The value as a number (or truth value)."""
        value = self.value(expression, lookup)
        if isinstance(value, int | float) or is_array(value):
            return value
        place = expression.start, expression.end
        if isinstance(value, Word) and isinstance(expression, Name) and value == expression.text:
            raise NoNumber(value, place)
        raise SyntaxProblem("E202", f"arithmetic needs numbers, got {describe(value)}", place)

    def _binary(self, node: Binary, lookup: Lookup) -> Any:
        if node.operator in ("and", "or"):
            left = self.number(node.left, lookup)
            return self.number(node.right, lookup) if bool(left) == (node.operator == "and") else left
        if node.operator in ("==", "!="):
            return _OPERATORS[node.operator](self.value(node.left, lookup), self.value(node.right, lookup))
        left, right = self.number(node.left, lookup), self.number(node.right, lookup)
        place = node.start, node.end
        if node.operator == "**":
            return self._bounded(self._power(left, right, place), place)
        if node.operator in ("/", "//", "%") and right == 0:
            raise SyntaxProblem("E203", "division by zero", place)
        return self._bounded(_OPERATORS[node.operator](left, right), place)

    def _power(self, base: Any, exponent: Any, place: Place) -> Any:
        base, exponent = plain(base), plain(exponent)
        too_large = SyntaxProblem("E203", "power too large", place)
        if base == 0 and exponent < 0:
            raise SyntaxProblem("E203", "division by zero", place)
        if base < 0 and not float(exponent).is_integer():
            raise SyntaxProblem("E203", "power of a negative number", place)
        if abs(base) > 1 and exponent * math.log(abs(base)) > math.log(self.largest):
            raise too_large
        try:
            return base**exponent
        except OverflowError:
            raise too_large from None

    def _unary(self, node: Unary, lookup: Lookup) -> Any:
        value = self.number(node.operand, lookup)
        if node.operator == "not":
            return not value
        return -value if node.operator == "-" else +value

    def _function(self, node: Function, lookup: Lookup) -> Any:
        values = [self.number(argument, lookup) for argument in node.arguments]
        place = node.start, node.end
        single = node.name not in ("min", "max")
        if single and len(values) != 1:
            raise SyntaxProblem("E202", f"`{node.name}` takes one number, got {len(values)}", place)
        return self._bounded(
            _FUNCTIONS[node.name](*values) if len(values) > 1 or single else values[0], place
        )

    def _bounded(self, value: Any, place: Place) -> Any:
        if not abs(value) <= self.largest:
            raise SyntaxProblem("E203", "number too large", place)
        return value


def unknown_name(name: str, place: Place, known: tuple[str, ...] = ()) -> SyntaxProblem:
    """The error for a name that is no parameter here."""
    from cnncalc.spec.suggest import did_you_mean

    advice = did_you_mean(name, known)
    if name.lower() in ("yes", "no", "on", "off"):
        advice = "write true or false"
    advice = advice or f"give it a value: `params: {{{name}: ...}}` or `--set {name}=...`"
    return SyntaxProblem("E201", f"unknown name `{name}`", place, detail="not a parameter here", help=advice)


def describe(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, str):
        return f"the word `{value[:40]}`"
    return "nothing" if value is None else str(value)
