"""Whole numbers of many configurations at once, as arrays that never lie.

A :class:`Swept` holds one number for each configuration of an open grid: one axis for each swept
parameter, of length 1 where the number does not depend on it. It passes through expressions,
layers and formulas like an int, with two additions:

* Where code needs one plain value (``if``, ``range``, a repeat count), it gets it if all
  configurations agree; otherwise :class:`NeedsPlain` says which do, and the caller takes them
  apart.
* A result beyond :data:`LARGEST` is not wrapped around but refused, configuration by
  configuration. Bounds are carried along as Python ints, so this costs nothing as long as the
  largest numbers are far from the limit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy

from cnncalc.errors import LayerError, Refusals

LARGEST = 2**62 - 1
"""Numbers above this are refused: the sum of two still fits an int64."""

_BEYOND_DOUBT = 1.5 * LARGEST
"""Below this an int64 has not wrapped around, whatever is lost in a float64."""

Bounds = tuple[int, int]

_SERIALS = itertools.count()

_PINS: list[tuple[int, ...]] = []
"""The configuration whose values are shown, innermost last."""


class NeedsPlain(Exception):
    """Code needs one plain value, but ``values`` differ from configuration to configuration."""

    def __init__(self, values: Any) -> None:
        super().__init__("one plain value is needed")
        self.values = numpy.asarray(values)


class Swept(numpy.ndarray):
    """One number for each configuration; int64, float64 or bool."""

    known_bounds: Bounds | None
    _serial: int | None

    def __array_finalize__(self, source: Any) -> None:
        self.known_bounds = self._serial = None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if "out" in kwargs:
            raise TypeError("swept numbers do not change in place")
        plain = [value.view(numpy.ndarray) if isinstance(value, Swept) else value for value in inputs]
        if method != "__call__":
            return getattr(ufunc, method)(*plain, **kwargs)
        bounds = _outcome(ufunc.__name__, inputs)
        if bounds is not None and not _fit(bounds):
            return _carefully(ufunc, plain)
        result = ufunc(*plain, **kwargs)
        if not isinstance(result, numpy.ndarray):
            return tuple(map(_viewed, result)) if isinstance(result, tuple) else result
        swept = result.view(Swept)
        swept.known_bounds = bounds
        return swept

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _viewed(super().__array_function__(func, types, args, kwargs))

    @property
    def bounds(self) -> Bounds:
        """The smallest and the largest number, or bounds of them."""
        if self.known_bounds is None:
            values = self.view(numpy.ndarray)
            self.known_bounds = int(values.min()), int(values.max())
        return self.known_bounds

    # One plain value, for code that needs one.

    def _plain(self) -> Any:
        values = self.view(numpy.ndarray)
        if _PINS:
            return values[_within(_PINS[-1], values.shape)]
        first = values.flat[0]
        if not (values == first).all():
            raise NeedsPlain(values)
        return first

    def item(self, *_: Any) -> Any:
        """The value all configurations agree on."""
        return self._plain().item()

    def __bool__(self) -> bool:
        return bool(self._plain())

    def __int__(self) -> int:
        return int(self._plain())

    def __index__(self) -> int:
        return self._plain().__index__()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self._plain())

    # In messages, the range; as a key, itself and no other.

    def __str__(self) -> str:
        return format(self, "")

    def __format__(self, spec: str) -> str:
        try:
            return format(self.item(), spec)
        except NeedsPlain as several:
            return f"{several.values.min():{spec}}..{several.values.max():{spec}}"

    def __repr__(self) -> str:
        if self._serial is None:
            self._serial = next(_SERIALS)
        return f"<swept {self._serial}>"

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    # Numbers do not change in place.

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]
        return self + other

    def __isub__(self, other: Any) -> Any:  # type: ignore[misc]
        return self - other

    def __imul__(self, other: Any) -> Any:  # type: ignore[misc]
        return self * other

    def __ifloordiv__(self, other: Any) -> Any:  # type: ignore[misc]
        return self // other

    # Python's rounding, which gives whole numbers.

    def __round__(self) -> Swept:
        return _whole(numpy.rint(self))

    def __floor__(self) -> Swept:
        return _whole(numpy.floor(self))

    def __ceil__(self) -> Swept:
        return _whole(numpy.ceil(self))


def swept(values: Any, axis: int, axes: int) -> Swept:
    """The values of one parameter along its axis of an open grid with so many axes."""
    shape = [1] * axes
    shape[axis] = len(values)
    return numpy.array(values).reshape(shape).view(Swept)


@contextmanager
def pinned(index: tuple[int, ...]) -> Iterator[None]:
    """While active, plain values are those of one configuration: for messages about it."""
    _PINS.append(index)
    try:
        yield
    finally:
        _PINS.pop()


def _viewed(result: Any) -> Any:
    return result.view(Swept) if type(result) is numpy.ndarray else result


def _within(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(min(i, size - 1) for i, size in zip(index, shape, strict=True))


def _whole(values: Any) -> Swept:
    result: Swept = values.astype(numpy.int64)
    return result


def _fit(bounds: Bounds) -> bool:
    return bounds[0] >= -LARGEST and bounds[1] <= LARGEST


def _bounds_of(value: Any) -> Bounds | None:
    """Bounds of an operand; None where it is no whole number."""
    if isinstance(value, int | numpy.integer):
        return int(value), int(value)
    if isinstance(value, numpy.ndarray) and value.dtype.kind in "biu":
        return value.bounds if isinstance(value, Swept) else (int(value.min()), int(value.max()))
    return None


def _outcome(operation: str, inputs: tuple[Any, ...]) -> Bounds | None:
    """Bounds of a result from the bounds of the operands; None where they are not known so."""
    if operation not in _INTERVALS:
        return None
    bounds = [_bounds_of(value) for value in inputs]
    return None if None in bounds else _INTERVALS[operation](*bounds)


def _difference(one: Bounds, other: Bounds) -> Bounds:
    return one[0] - other[1], one[1] - other[0]


def _product(one: Bounds, other: Bounds) -> Bounds:
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def _quotient(one: Bounds, other: Bounds) -> Bounds | None:
    if other[0] < 1:
        return None
    corners = [a // b for a in one for b in other]
    return min(corners), max(corners)


_INTERVALS: dict[str, Any] = {
    "add": lambda one, other: (one[0] + other[0], one[1] + other[1]),
    "subtract": _difference,
    "multiply": _product,
    "floor_divide": _quotient,
    "negative": lambda one: (-one[1], -one[0]),
    "minimum": lambda one, other: (min(one[0], other[0]), min(one[1], other[1])),
    "maximum": lambda one, other: (max(one[0], other[0]), max(one[1], other[1])),
}
"""Interval arithmetic for the operations that formulas are made of."""


def _carefully(ufunc: Any, inputs: list[Any]) -> Swept:
    """An operation whose result may be too large: those that are get refused, and become 1."""
    shadow = abs(ufunc(*(numpy.asarray(value, dtype=numpy.float64) for value in inputs)))
    fitting = (numpy.clip(_clipped(value), -LARGEST, LARGEST) for value in inputs)
    result: Swept = numpy.asarray(ufunc(*fitting)).view(Swept)
    values = result.view(numpy.ndarray)
    hopeless = any(isinstance(value, int) and abs(value) > LARGEST for value in inputs)
    failed = (shadow > _BEYOND_DOUBT) | (abs(values) > LARGEST) | hopeless
    if failed.any():
        result[failed] = 1
        Refusals.mark(failed.view(Swept), lambda: _overflow(shadow[failed].flat[0]))
    return result


def _clipped(value: Any) -> Any:
    """A Python int that an int64 can hold; arrays as they are."""
    return min(max(value, -LARGEST), LARGEST) if isinstance(value, int) else value


def _overflow(number: float) -> LayerError:
    message = f"a number here is about {number:.1e}; a sweep counts to {LARGEST:.1e}"
    return LayerError("E290", message, help="analyse this configuration by itself")
