"""Arithmetic that Python ints, NumPy int64 arrays and SymPy symbols all pass through.

Formulas are single expressions over these helpers. Nothing here imports NumPy or SymPy unless a
value that came from them is passed in, nor fractions, which is slow to import, before there is one.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction

Number: TypeAlias = Any
"""An int, an int64 array or a symbol. Formulas treat the three alike."""

PerAxis: TypeAlias = Any
"""One number, or a tuple with one number per spatial axis."""

Padding: TypeAlias = Any
"""One number for both ends of an axis, or a pair (before, after)."""

Formula: TypeAlias = Callable[..., Number]
"""A function whose body is one return expression."""

Shape: TypeAlias = tuple[Number, ...]
"""Channels first, without the batch axis: ``(16, 10, 10)``."""


def prod(values: PerAxis) -> Number:
    """Product over the axes; a single number is its own product.

    >>> prod((5, 5)), prod(5), prod(())
    (25, 5, 1)
    """
    return math.prod(values) if isinstance(values, tuple | list) else values


def added(numbers: Iterable[float]) -> float:
    """Sum from left to right, alike in every Python: from 3.12 on ``sum`` corrects what floats round off.

    >>> added([0.1] * 3)
    0.30000000000000004
    """
    total = 0.0
    for number in numbers:
        total += number
    return total


def each(value: PerAxis, axes: PerAxis) -> PerAxis:
    """Give one number to each of several axes; leave one per axis as it is.

    >>> each(3, (28, 28)), each((3, 5), (28, 28)), each(3, 28)
    ((3, 3), (3, 5), 3)
    """
    is_spread = isinstance(axes, tuple | list) and not isinstance(value, tuple | list)
    return (value,) * len(axes) if is_spread else value


def both(padding: Padding) -> Number:
    """Padding of the two ends of one axis together.

    >>> both(2), both((1, 2))
    (4, 3)
    """
    return sum(padding) if isinstance(padding, tuple | list) else 2 * padding


def first(padding: Padding) -> Number:
    """Padding before the first position of one axis.

    >>> first(2), first((1, 2))
    (2, 1)
    """
    return padding[0] if isinstance(padding, tuple | list) else padding


def ceil_div(dividend: Number, divisor: Number) -> Number:
    """Quotient rounded up.

    >>> ceil_div(27, 2), ceil_div(-1, 2)
    (14, 0)
    """
    return -(-dividend // divisor)


def exact_div(dividend: Number, divisor: Number) -> Number:
    """Quotient as an int where it is whole, as a Fraction where it is not.

    >>> exact_div(28, 2), exact_div(27, 2)
    (14, Fraction(27, 2))
    """
    if is_plain(dividend) and is_plain(divisor):
        whole, rest = divmod(dividend, divisor)
        return _quotient(dividend, divisor) if rest else whole
    if is_array(dividend) or is_array(divisor):
        divisor = divisor + (divisor == 0)  # refused where it stands, and not to spoil the others
        if not (dividend % divisor).any():
            return dividend // divisor
        import numpy

        return numpy.frompyfunc(exact_div, 2, 1)(dividend, divisor)
    return dividend / divisor


def _quotient(dividend: int | Fraction, divisor: int | Fraction) -> Fraction:
    from fractions import Fraction

    return Fraction(dividend, divisor)


def floor_times(size: Number, factor: Any) -> Number:
    """Product rounded down; worked out in double precision where the factor is a float.

    >>> floor_times(45, 1.4), floor_times(45, 2)
    (62, 90)
    """
    if isinstance(size, int):
        return math.floor(size * factor)
    if is_array(size):
        import numpy

        return numpy.floor(size * factor).astype("int64")
    import sympy

    return sympy.floor(size * factor)


def smaller(one: Number, other: Number) -> Number:
    """The smaller of two numbers, element by element in arrays.

    >>> smaller(3, 5)
    3
    """
    if is_array(one) or is_array(other):
        import numpy

        return numpy.minimum(one, other)
    if _is_real(one) and _is_real(other):
        return min(one, other)
    import sympy

    return sympy.Min(one, other)


def larger(one: Number, other: Number) -> Number:
    """The larger of two numbers, element by element in arrays.

    >>> larger(3, 5)
    5
    """
    return -smaller(-one, -other)


def common_divisor(one: Number, other: Number) -> Number:
    """Greatest common divisor, element by element in arrays.

    >>> common_divisor(12, 8)
    4
    """
    if is_array(one) or is_array(other):
        import numpy

        return numpy.gcd(one, other)
    return math.gcd(one, other)


def is_plain(value: object) -> bool:
    """Tell an ordinary int (or Fraction) from arrays and symbols.

    >>> is_plain(3), is_plain(True), is_plain("3")
    (True, True, False)
    """
    return isinstance(value, int) or is_fraction(value)


def is_fraction(value: object) -> TypeGuard[Fraction]:
    """Tell a Fraction from everything else, without importing fractions.

    >>> is_fraction(exact_div(1, 2)), is_fraction(2)
    (True, False)
    """
    fractions = sys.modules.get("fractions")
    return fractions is not None and isinstance(value, fractions.Fraction)


def _is_real(value: object) -> bool:
    return isinstance(value, int | float) or is_fraction(value)


def is_array(value: object) -> bool:
    """Tell a NumPy array from everything else, without importing NumPy."""
    return hasattr(value, "__array__")


def plain(value: Any) -> Any:
    """An ordinary value: arrays give the one that all their configurations agree on.

    >>> plain(3)
    3
    """
    return value.item() if is_array(value) else value


def counted(value: Number) -> Number:
    """A count as an int; an array of counts as it is.

    >>> counted(True), counted(2 * exact_div(3, 2))
    (1, 3)
    """
    return value if is_array(value) else int(value)


Arguments = ParamSpec("Arguments")


def formula(function: Callable[Arguments, Number]) -> Callable[Arguments, Number]:
    """Make a function a formula: narrow integer arrays are widened before they can overflow."""

    @functools.wraps(function)
    def widened(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Number:
        try:
            if "numpy" not in sys.modules:
                return function(*args, **kwargs)
            wide = [_wide(value) for value in args]
            wide_by_name = {name: _wide(value) for name, value in kwargs.items()}
            return function(*wide, **wide_by_name)
        except TypeError as error:
            raise _misused(function, args, kwargs, error) from None

    return widened


def _misused(function: Any, args: Any, kwargs: Any, error: TypeError) -> TypeError:
    """The error of a formula that was given what is no number, with the argument named."""
    import inspect

    try:
        given = inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError as wrong:
        return TypeError(f"{function.__name__}{inspect.signature(function)}: {wrong}")
    for name, value in given.items():
        if isinstance(value, str | bytes | dict | set | type(None)):
            return TypeError(f"{function.__name__} takes whole numbers, but {name} is {value!r:.40}")
    return error


def _wide(value: Any) -> Any:
    """An int64 array for any narrower array of whole numbers; refuse every other array."""
    if isinstance(value, tuple | list):
        return tuple(_wide(item) for item in value)
    if not is_array(value) or value.dtype == "int64":
        return value
    if value.dtype.kind not in "iu" or value.dtype == "uint64":
        raise TypeError(f"formulas take arrays of int64, not {value.dtype}")
    return value.astype("int64")
