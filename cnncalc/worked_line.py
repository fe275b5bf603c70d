"""Writes the expression of a formula, in symbols and in numbers, from the formula's own source."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from cnncalc.arithmetic import Formula, Number
from cnncalc.notation import LATEX, Notation

_SUM, _PRODUCT, _ATOM = 1, 2, 3
"""How tightly a written expression binds, which decides about brackets."""

_CHOICES = {"smaller": "min", "larger": "max"}
_NEUTRAL = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.FloorDiv: 1}


def symbols(formula: Formula, numbers: Mapping[str, Any], notation: Notation) -> str:
    """The formula in symbols."""
    tree, defaults = _source(formula)
    return _Symbols(notation, formula, {**defaults, **numbers}, optional=set(defaults)).write(tree)


def figures(formula: Formula, numbers: Mapping[str, Any], notation: Notation) -> str:
    """The formula in numbers."""
    tree, defaults = _source(formula)
    return _Figures(notation, formula, {**defaults, **numbers}).write(tree)


@functools.cache
def _source(formula: Formula) -> tuple[ast.expr, dict[str, Any]]:
    """The expression a formula returns, and its default arguments."""
    function = inspect.unwrap(formula)
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(definition, ast.FunctionDef)
    returned = definition.body[-1]
    assert isinstance(returned, ast.Return)
    assert returned.value is not None
    parameters = inspect.signature(function).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return returned.value, defaults


class _Writer(ABC):
    """Writes the expression of one formula; subclasses say how a name shows and what vanishes."""

    def __init__(self, notation: Notation, formula: Formula, numbers: Mapping[str, Any]) -> None:
        self.notation = notation
        self.globals = inspect.unwrap(formula).__globals__
        self.numbers = dict(numbers)

    @abstractmethod
    def name(self, name: str) -> tuple[str, int]:
        """An argument of the formula, and how tightly what is shown for it binds."""

    @abstractmethod
    def pair(self, padding: tuple[Number, Number]) -> list[str]:
        """Uneven padding, before and after."""

    @abstractmethod
    def sizes(self, spread: ast.Call) -> tuple[str, int]:
        """A size given to each axis, by a call of ``each``."""

    @abstractmethod
    def vanishes(self, node: ast.expr, neutral: int) -> bool:
        """Whether a term that may be neutral is left out."""

    @abstractmethod
    def is_exact(self, above: ast.expr, below: ast.expr) -> bool:
        """Whether a quotient needs no rounding brackets."""

    def write(self, node: ast.expr) -> str:
        """The whole expression."""
        return self._write(node)[0]

    def evaluate(self, node: ast.expr) -> Any:
        """The value of a part of the formula."""
        code = compile(ast.Expression(node), "<formula>", "eval")
        return eval(code, self.globals, self.numbers)  # noqa: S307 - a formula of this library

    def number(self, value: Any) -> tuple[str, int]:
        """A number, or one per axis, and how tightly it binds."""
        if isinstance(value, tuple | list):
            shown = self.notation.over_axes.join(self.notation.number(size) for size in value)
            return shown or "1", _PRODUCT if len(value) > 1 else _ATOM
        is_atom = isinstance(value, int) and value >= 0
        return self.notation.number(value), _ATOM if is_atom else _SUM

    def _write(self, node: ast.expr) -> tuple[str, int]:
        match node:
            case ast.Constant(value=value):
                return self.number(value)
            case ast.Name(id=name):
                return self.name(name)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(left, op, right)
            case ast.Call(func=ast.Name(id="each")):
                return self.sizes(node)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        raise NotImplementedError(ast.dump(node))

    def _operation(self, left: ast.expr, op: ast.operator, right: ast.expr) -> tuple[str, int]:
        neutral = _NEUTRAL[type(op)]
        if self.vanishes(right, neutral):
            return self._write(left)
        if isinstance(op, ast.Add | ast.Mult) and self.vanishes(left, neutral):
            return self._write(right)
        match op:
            case ast.Add():
                return self._binary(left, " + ", right, _SUM, _SUM)
            case ast.Sub():
                return self._binary(left, " - ", right, _SUM, _PRODUCT)
            case ast.Mult():
                return self._binary(left, self.notation.times, right, _PRODUCT, _PRODUCT)
        return self._quotient(left, right, "floor")

    def _binary(
        self, left: ast.expr, sign: str, right: ast.expr, level: int, right_level: int
    ) -> tuple[str, int]:
        return self._bracketed(left, level) + sign + self._bracketed(right, right_level), level

    def _bracketed(self, node: ast.expr, level: int) -> str:
        text, binding = self._write(node)
        return text if binding >= level else f"({text})"

    def _quotient(self, above: ast.expr, below: ast.expr, direction: str) -> tuple[str, int]:
        if self.vanishes(below, 1):
            return self._write(above)
        if self.notation is LATEX:
            upper, lower = self.write(above), self.write(below)
        else:
            upper, lower = self._bracketed(above, _PRODUCT), self._bracketed(below, _ATOM)
        quotient = self.notation.over(upper, lower)
        if direction == "exact" or self.is_exact(above, below):
            return quotient, _PRODUCT
        return self.notation.rounded(quotient, direction), _ATOM

    def _call(self, name: str, arguments: list[ast.expr]) -> tuple[str, int]:
        match name:
            case "prod":
                return self._write(arguments[0])
            case "both" | "first":
                return self._ends(name, arguments[0])
            case "ceil_div":
                return self._quotient(arguments[0], arguments[1], "ceil")
            case "floor_times":
                return self._floored(arguments[0], arguments[1])
            case "exact_div":
                return self._quotient(arguments[0], arguments[1], "exact")
        return self.notation.call(_CHOICES[name], [self.write(argument) for argument in arguments]), _ATOM

    def _floored(self, left: ast.expr, right: ast.expr) -> tuple[str, int]:
        """A product rounded down, without the rounding where the factors are whole."""
        product, binding = self._operation(left, ast.Mult(), right)
        if isinstance(self.evaluate(right), int):
            return product, binding
        return self.notation.rounded(product, "floor"), _ATOM

    def _ends(self, name: str, argument: ast.expr) -> tuple[str, int]:
        """Padding at both ends or at the first: twice a number, or the sum of a pair."""
        value = self.evaluate(argument)
        if isinstance(value, tuple | list):
            before, after = self.pair((value[0], value[1]))
            return (before, _ATOM) if name == "first" else (f"{before} + {after}", _SUM)
        text = self._bracketed(argument, _PRODUCT)
        return (text, _PRODUCT) if name == "first" else (f"2{self.notation.times}{text}", _PRODUCT)


class _Symbols(_Writer):
    """In symbols, only optional arguments left at a neutral value vanish."""

    def __init__(
        self, notation: Notation, formula: Formula, numbers: Mapping[str, Any], optional: set[str]
    ) -> None:
        super().__init__(notation, formula, numbers)
        self.optional = optional

    def name(self, name: str) -> tuple[str, int]:
        return self.notation.name(name), _ATOM

    def pair(self, padding: tuple[Number, Number]) -> list[str]:
        return [self.notation.name("padding_before"), self.notation.name("padding_after")]

    def sizes(self, spread: ast.Call) -> tuple[str, int]:
        return self._write(spread.args[0])

    def vanishes(self, node: ast.expr, neutral: int) -> bool:
        names = {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)} & set(self.numbers)
        return bool(names) and names <= self.optional and bool(self.evaluate(node) == neutral)

    def is_exact(self, above: ast.expr, below: ast.expr) -> bool:
        return False


class _Figures(_Writer):
    """In numbers, every neutral term vanishes, but for a choice between two."""

    def name(self, name: str) -> tuple[str, int]:
        return self.number(self.numbers[name])

    def pair(self, padding: tuple[Number, Number]) -> list[str]:
        return [self.notation.number(end) for end in padding]

    def sizes(self, spread: ast.Call) -> tuple[str, int]:
        return self.number(self.evaluate(spread))

    def vanishes(self, node: ast.expr, neutral: int) -> bool:
        is_choice = isinstance(node, ast.Call) and getattr(node.func, "id", "") in _CHOICES
        return not is_choice and bool(self.evaluate(node) == neutral)

    def is_exact(self, above: ast.expr, below: ast.expr) -> bool:
        return bool(self.evaluate(above) % self.evaluate(below) == 0)
