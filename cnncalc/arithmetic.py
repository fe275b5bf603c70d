"""Arithmetic that Python ints, NumPy int64 arrays and SymPy symbols all pass through.

Formulas are single expressions over these helpers. Nothing here imports NumPy or SymPy unless a
value that came from them is passed in, nor fractions, which is slow to import, before there is one.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, Protocol, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction

Number: TypeAlias = Annotated[Any, "number"]
"""An int, an int64 array or a symbol. Formulas treat the three alike."""

Real: TypeAlias = Annotated[Any, "real"]
"""A number that may have a fraction: a float or a Ratio."""

Ratio: TypeAlias = Annotated[Any, "ratio"]
"""A number that may have a fraction and is exact: an int, a Fraction, an int64 array or a symbol."""

Position: TypeAlias = Annotated[Any, "position"]
"""A place on an axis, negative before its beginning."""

PerAxis: TypeAlias = Annotated[Any, "per axis"]
"""One number, or a tuple with one number per spatial axis."""

Padding: TypeAlias = Annotated[Any, "padding"]
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


if TYPE_CHECKING:  # a protocol takes as long to make as all formulas together

    class Checked(Protocol[Arguments]):
        """A formula that says what is wrong with its numbers; ``unchecked`` takes them as they are."""

        unchecked: Callable[Arguments, Number]

        def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Number:
            """The value; raises :class:`cnncalc.UsageError` for numbers that make no sense."""


def formula(function: Callable[Arguments, Number]) -> Checked[Arguments]:
    """Make a function a formula: it checks its numbers, and widens narrow arrays before they overflow.

    Positive ints that give a positive int are let through at once; everything else is looked at,
    argument by argument, in :mod:`cnncalc.misuse`. Layers, which have checked their numbers and know
    more about them, ask ``unchecked``.
    """
    at_once, usual = _passes_at_once(function)

    @functools.wraps(function)
    def unchecked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Number:
        if "numpy" not in sys.modules:
            return function(*args, **kwargs)
        wide = [_wide(value) for value in args]
        return function(*wide, **{name: _wide(value) for name, value in kwargs.items()})

    @functools.wraps(unchecked)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Number:
        if not kwargs and len(args) <= at_once and all(map(usual, args)):
            try:
                value = function(*args, **kwargs)
            except (ArithmeticError, TypeError):
                value = None
            if value.__class__ is int and value > 0:
                return value
        from cnncalc.misuse import checked_value

        return checked_value(result, args, kwargs)

    result: Any = checked
    result.unchecked = unchecked
    return result  # type: ignore[no-any-return]


def unchecked(function: Formula) -> Formula:
    """A formula that takes its numbers as they are."""
    found: Formula = getattr(function, "unchecked", function)
    return found


def _passes_at_once(function: Formula) -> tuple[int, Callable[[Any], bool]]:
    """How many arguments cannot be wrong together, and which of them cannot be wrong alone.

    Groups have to divide channels, and arguments with axes have to agree about those.
    """
    takes = list(function.__annotations__.values())
    names = function.__code__.co_varnames
    is_alone = sum(kind is PerAxis for kind in takes) == 1 and not any(kind is Padding for kind in takes)
    most = names.index("groups") if "groups" in names else len(takes)
    return most, _are_positive if is_alone else _is_positive


def _is_positive(value: Any) -> bool:
    return value.__class__ is int and value > 0


def _are_positive(value: Any) -> bool:
    if value.__class__ is tuple:
        return all(map(_is_positive, value))
    return value.__class__ is int and value > 0


def _wide(value: Any) -> Any:
    """An int64 array for any narrower array of whole numbers; refuse arrays of other things."""
    if isinstance(value, tuple | list):
        return tuple(_wide(item) for item in value)
    if not is_array(value) or value.dtype == "int64":
        return value
    if value.dtype.kind not in "iu" or value.dtype == "uint64":
        raise TypeError(f"formulas take arrays of int64, not {value.dtype}")
    return value.astype("int64")
