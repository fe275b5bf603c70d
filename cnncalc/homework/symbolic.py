"""Exercises whose input is m x n: the answers are expressions, compared by their values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from random import Random
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.homework.check import STRICT, Policy
from cnncalc.homework.questions import HomeworkError
from cnncalc.solve.windows import Setting

LONGEST = 300
"""Characters that an expression may have."""

POINTS = tuple((m, n) for m in (64, 65, 66, 67, 91, 128, 200, 255) for n in (64, 79, 97, 130, 131))
"""Input sizes at which expressions are compared."""

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": floor, "ceil": ceil}


class Expression:
    """An expression in m and n with + - * / // floor ceil and brackets; nothing else is run.

    >>> Expression("floor((m - 5)/2) + 1")(32, 0) == 14
    True
    >>> Expression("__import__('os')")
    Traceback (most recent call last):
    cnncalc.homework.questions.HomeworkError: only m, n, numbers, + - * / // floor and ceil can be used
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        if not self.text or len(self.text) > LONGEST:
            raise HomeworkError("there is no expression" if not self.text else "the expression is too long")
        try:
            self.tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise HomeworkError(f"{self.text!r} is not read as an expression") from None
        self(64, 64)

    def __call__(self, m: int, n: int) -> Any:
        """Its value, exactly."""
        try:
            return _evaluated(self.tree, {"m": m, "n": n})
        except ZeroDivisionError:
            raise HomeworkError(f"{self.text!r} divides by zero") from None


def _evaluated(node: ast.expr, values: dict[str, int]) -> Any:
    match node:
        case ast.Constant(value=int(value)) if abs(value) < 10**12 and not isinstance(value, bool):
            return Fraction(value)
        case ast.Name(id=name) if name.lower() in values:
            return Fraction(values[name.lower()])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return Fraction(_OPERATORS[type(op)](_evaluated(left, values), _evaluated(right, values)))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluated(operand, values))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return Fraction(_FUNCTIONS[name](_evaluated(argument, values)))
    raise HomeworkError("only m, n, numbers, + - * / // floor and ceil can be used")


class SymbolicVerdict(NamedTuple):
    """What came of an expression."""

    correct: bool
    credit: float
    slip: str
    message: str


class SymbolicExercise(NamedTuple):
    """Windows behind an input of m x n; asked is the height and width that leaves."""

    seed: int
    windows: tuple[Setting, ...]

    def text(self) -> str:
        """The exercise in words."""
        steps = ", then ".join(f"a window with {window}" for window in self.windows)
        return f"Exercise {self.seed}. An input of m x n passes {steps}. What size leaves, in m and n?"

    def key(self, symbol: str = "m") -> str:
        """The right expression for one axis.

        >>> SymbolicExercise(0, (Setting(5), Setting(2, 2))).key()
        'floor((m - 6)/2) + 1'
        """
        base, offset = symbol, 0
        for window in self.windows:
            shrink = formulas.output_size.unchecked(0, window.kernel, 1, window.padding, window.dilation)
            if window.stride == 1:
                offset += shrink
            else:
                inner = _plus(base, offset + shrink - 1)
                inner = inner if inner == base else f"({inner})"
                base, offset = f"floor({inner}/{window.stride})", 1
        return _plus(base, offset)

    def size(self, value: int) -> int:
        """The size that leaves for a number."""
        for window in self.windows:
            value = window.output(value)
        return value


def _plus(base: str, offset: int) -> str:
    if offset == 0:
        return base
    return f"{base} {'+' if offset > 0 else '-'} {abs(offset)}"


def symbolic_exercise(seed: int, layers: int = 2) -> SymbolicExercise:
    """An exercise from a seed, with one to four layers.

    >>> symbolic_exercise(3).key("n")
    'floor(floor((n - 3)/2)/2) + 1'
    """
    if not 1 <= layers <= 4:
        raise HomeworkError("a symbolic exercise has one to four layers")
    random = Random(f"symbolic {seed}")  # noqa: S311 - exercises, no secrets
    windows = []
    for _ in range(layers):
        kernel, dilation = random.choice((2, 3, 5)), random.choice((1, 1, 1, 2))
        extent = formulas.effective_kernel(kernel, dilation)
        padding = random.choice((0, 0, extent // 2))
        windows.append(Setting(kernel, random.choice((1, 2)), padding, dilation))
    return SymbolicExercise(seed, tuple(windows))


_CHANGED: dict[str, tuple[str, Callable[[Setting], Setting]]] = {
    "padding forgotten": ("the padding is missing", lambda w: w._replace(padding=0)),
    "stride forgotten": ("divide by the stride", lambda w: w._replace(stride=1)),
    "dilation forgotten": ("the taps lie apart", lambda w: w._replace(dilation=1)),
    "dilation span d*k": (
        "a dilated kernel spans d(k - 1) + 1 positions, not d*k",
        lambda w: w._replace(kernel=w.kernel * w.dilation, dilation=1),
    ),
}


def check_symbolic(
    answer: str, exercise: SymbolicExercise, axis: str = "m", policy: Policy = STRICT
) -> SymbolicVerdict:
    """Check an expression for the height (``m``) or width (``n``) that leaves.

    >>> check_symbolic("(m-6)//2 + 1", SymbolicExercise(0, (Setting(5), Setting(2, 2)))).correct
    True
    >>> check_symbolic("(m-6)/2 + 1", SymbolicExercise(0, (Setting(5), Setting(2, 2)))).slip
    'floor forgotten'
    """
    try:
        values = [Expression(answer)(m, n) for m, n in POINTS]
    except HomeworkError as error:
        return SymbolicVerdict(False, 0.0, "", f"not read: {error}")
    points = [m if axis == "m" else n for m, n in POINTS]
    if values == [exercise.size(point) for point in points]:
        return SymbolicVerdict(True, 1.0, "", "right")
    for name, hint, wrong in _mistakes(exercise):
        if values == [wrong(point) for point in points]:
            return SymbolicVerdict(
                False, policy.slips.get(name, policy.slip), name, f"not quite, {name}: {hint}"
            )
    return SymbolicVerdict(False, 0.0, "", "not right for every m and n")


def _mistakes(exercise: SymbolicExercise) -> list[tuple[str, str, Callable[[int], Any]]]:
    """Slips with the function of the size that each gives."""
    found: list[tuple[str, str, Callable[[int], Any]]] = [
        (
            "floor forgotten",
            "sizes are whole: round down",
            lambda size: _through(exercise.windows, size, "exact"),
        ),
        ("ceil for floor", "sizes are rounded down", lambda size: _through(exercise.windows, size, "ceil")),
        ("+ 1 forgotten", "count the first window as well", lambda size: exercise.size(size) - 1),
    ]
    for name, (hint, change) in _CHANGED.items():
        windows = tuple(change(window) for window in exercise.windows)
        found.append((name, hint, lambda size, windows=windows: _through(windows, size, "floor")))  # type: ignore[misc]
    return found


def _through(windows: tuple[Setting, ...], size: Any, rounding: str) -> Any:
    for window in windows:
        exact = window.output(size, "exact")
        size = exact if rounding == "exact" else floor(exact) if rounding == "floor" else ceil(exact)
    return size
