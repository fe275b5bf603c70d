"""Which configurations are wanted: a condition in the spec's own expression grammar."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy

from cnncalc.spec.chain import parse_expression
from cnncalc.spec.evaluate import ARITHMETIC, COMPARISONS, Lookup, Word, div8
from cnncalc.spec.evaluate import Evaluator as Expressions
from cnncalc.spec.limits import DEFAULT
from cnncalc.spec.source import Problems, Source
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import Binary, Expression, Function, Literal, Name, Tuple, Unary
from cnncalc.sweeping.axes import Axis, SweepError, shown
from cnncalc.sweeping.quantities import QUANTITIES

_AN_EXAMPLE = "act == relu"
_DIVISIONS = ("/", "//", "%")


class Condition(Expressions):
    """A condition on parameters and quantities, such as ``params < 5e6 and field >= 224``."""

    def __init__(self, text: str, axes: Iterable[Axis], quantities: Iterable[str]) -> None:
        super().__init__(DEFAULT)
        self.text = text
        self.tree = _parsed(text)
        self.axes = {axis.name: axis for axis in axes}
        known = {*self.axes, *quantities}
        names = {node.text for node in _nodes(self.tree) if isinstance(node, Name)}
        words = {word for axis in self.axes.values() for word in axis.words}
        for name in sorted(names - known - words):
            advice = did_you_mean(name, known) or f"there are {', '.join(sorted(known))}"
            raise SweepError(f"where: nothing is called {name!r}; {advice}")
        self._check_words(self.tree)
        self.quantities = tuple(sorted(names & set(quantities)))
        if not _is_condition(self.tree):
            raise SweepError(f"where: {text!r} compares nothing; write, for example, params < 5e6")

    def _check_words(self, node: Expression) -> None:
        """Words can only be compared with words, for being equal or not."""
        if self._is_verbal(node):
            raise SweepError(f"where: words compare with == and != alone, as in {_AN_EXAMPLE}")
        if isinstance(node, Binary) and node.operator in ("==", "!="):
            verbal = [self._is_verbal(side) for side in (node.left, node.right)]
            if all(verbal):
                return
        for inner in _inner(node):
            self._check_words(inner)

    def _is_verbal(self, node: Expression) -> bool:
        if isinstance(node, Name):
            return bool(self.axes[node.text].words) if node.text in self.axes else node.text not in QUANTITIES
        return isinstance(node, Tuple) or (isinstance(node, Literal) and isinstance(node.value, str))

    def holds(self, values: Mapping[str, Any]) -> Any:
        """Whether it holds, configuration by configuration; never where a number is divided by 0."""
        return self.value(self.tree, lambda name: values.get(name.text, Word(name.text)))

    def number(self, expression: Expression, lookup: Lookup) -> Any:
        """Any value; what is no number compares unequal."""
        return self.value(expression, lookup)

    def _binary(self, node: Binary, lookup: Lookup) -> Any:
        left, right = self.value(node.left, lookup), self.value(node.right, lookup)
        if node.operator == "and":
            return numpy.logical_and(left, right)
        if node.operator == "or":
            return numpy.logical_or(left, right)
        if node.operator in COMPARISONS:
            left, right = (shown(side) if isinstance(side, tuple) else side for side in (left, right))
            return COMPARISONS[node.operator](left, right)
        left, right = _countable(left), _countable(right)
        if node.operator in _DIVISIONS:
            right = numpy.where(numpy.equal(right, 0), numpy.nan, right)
        elif node.operator == "**":
            left = numpy.asarray(left, dtype=float)
        return _ARITHMETIC[node.operator](left, right)

    def _unary(self, node: Unary, lookup: Lookup) -> Any:
        value = self.value(node.operand, lookup)
        if node.operator == "not":
            return numpy.logical_not(value)
        return -_countable(value) if node.operator == "-" else value

    def _function(self, node: Function, lookup: Lookup) -> Any:
        values = [_countable(self.value(argument, lookup)) for argument in node.arguments]
        return _FUNCTIONS[node.name](*values)


_ARITHMETIC = {**ARITHMETIC, "**": operator.pow}

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "min": lambda *values: functools.reduce(numpy.minimum, values),
    "max": lambda *values: functools.reduce(numpy.maximum, values),
    "round": numpy.rint,
    "ceil": numpy.ceil,
    "floor": numpy.floor,
    "div8": div8,
}


def _countable(value: Any) -> Any:
    """Truth values as 0 and 1, as Python counts them."""
    return value * 1 if isinstance(value, bool | numpy.ndarray | numpy.bool_) else value


_LONGEST = 2_000
"""Characters of a condition."""


def _parsed(text: str) -> Expression:
    if len(text) > _LONGEST:
        raise SweepError(f"where: a condition has at most {_LONGEST:,} characters")
    problems = Problems(Source(text, "where"), DEFAULT)
    tree = parse_expression(text, 0, len(text), problems)
    found = problems.found()
    if found:
        column = found[0].span.column - 1
        raise SweepError(f"where: {found[0].message}; {found[0].help}\n  {text}\n  {' ' * column}^")
    for node in _nodes(tree):
        if isinstance(node, Literal) and node.value is None:
            raise SweepError("where: nothing is equal to `none` here")
        if isinstance(node, Function) and node.name not in ("min", "max") and len(node.arguments) != 1:
            raise SweepError(f"where: {node.name} takes one number")
        if isinstance(node, Binary) and node.operator in COMPARISONS:
            _refuse_chain(node)
    return tree


def _refuse_chain(node: Binary) -> None:
    for side in (node.left, node.right):
        if isinstance(side, Binary) and side.operator in COMPARISONS:
            raise SweepError("where: comparisons do not chain: write a < b and b < c, not a < b < c")


def _is_condition(node: Expression) -> bool:
    if isinstance(node, Binary):
        both = _is_condition(node.left) and _is_condition(node.right)
        return both if node.operator in ("and", "or") else node.operator in COMPARISONS
    if isinstance(node, Unary):
        return node.operator == "not" and _is_condition(node.operand)
    return isinstance(node, Literal) and isinstance(node.value, bool)


def _nodes(tree: Expression) -> Iterator[Expression]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += _inner(node)


def _inner(node: Expression) -> tuple[Expression, ...]:
    """The parts of an expression."""
    if isinstance(node, Binary):
        return node.left, node.right
    if isinstance(node, Unary):
        return (node.operand,)
    return node.arguments if isinstance(node, Function) else ()
