"""What is wrong with the numbers that a formula is given: which argument, what it got, what it takes.

Formulas themselves only calculate. Numbers that are not plainly right come here: every argument is
looked at by what its annotation takes and by the least that its name allows, so that a new formula
needs no line here as long as it uses the field's words.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, get_args

from cnncalc.arithmetic import Formula, Number, both, is_array
from cnncalc.errors import Refusals, UsageError, WrongType

_LEAST = dict.fromkeys(
    """batch boxes channels classes crop dilation examples factor features field gates grid groups hidden
    image in_channels in_features jump kernel layers out_channels out_features output pairs positions
    scale_factor size state std stride units""".split(),  # noqa: SIM905 - a list would take 30 lines
    1,
)
"""The least that an argument may be, by its name; 0 for all others. Fractions may be smaller than 1."""

_UNBOUNDED = ("error", "high", "low", "mean", "value")
"""Arguments that may be negative."""


def checked_value(formula: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Number:
    """The value of a formula; raises :class:`WrongType` or :class:`UsageError` for a misuse of it."""
    if Refusals.are_collected():  # in a sweep, where layers check and mark what does not fit
        return formula.unchecked(*args, **kwargs)
    given = {name: _plain(value) for name, value in _bound(formula, args, kwargs).items()}
    takes = _takes(formula)
    for name, value in given.items():
        _check_kind(formula, name, value, takes[name])
        _check_range(formula, name, value, takes[name])
    _check_axes(formula, {name: value for name, value in given.items() if takes[name] == "per axis"})
    _check_groups(formula, given)
    try:
        value = formula.unchecked(**given)
    except ZeroDivisionError:
        raise UsageError(f"{_told(formula, given)} has no value: it divides by zero") from None
    except OverflowError:
        raise UsageError(f"{_told(formula, given)} is more than an array of int64 holds") from None
    _check_value(formula, given, value)
    return value


@functools.cache
def _takes(formula: Formula) -> dict[str, str]:
    """What each argument takes, and under ``return`` what comes out: the words of the annotations."""
    names = dict.fromkeys(inspect.signature(formula).parameters)
    kinds: dict[str, Any] = {**names, **inspect.unwrap(formula).__annotations__}
    return {name: get_args(kind)[-1] if get_args(kind) else "number" for name, kind in kinds.items()}


def _bound(formula: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by name, with the defaults of those that are not given."""
    signature = inspect.signature(formula)
    try:
        found = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise WrongType(f"{_call(formula)}: {error}{_near(kwargs, signature.parameters)}") from None
    found.apply_defaults()
    return found.arguments


def _plain(value: Any) -> Any:
    """A single number of NumPy's as Python has it, which does not overflow."""
    is_single = is_array(value) and getattr(value, "ndim", 1) == 0
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    return value.item() if is_single else value


def _call(formula: Any) -> str:
    """A formula as it is called: its name and its arguments."""
    return f"{formula.__name__}({', '.join(_parameters(formula))})"


def _parameters(formula: Any) -> Iterator[str]:
    for parameter in inspect.signature(formula).parameters.values():
        yield str(parameter.replace(annotation=parameter.empty))


def _near(given: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    for name in given:
        if name not in known and (close := get_close_matches(name, known, n=1)):
            return f"; did you mean {close[0]!r}?"
    return ""


def _told(formula: Any, given: Mapping[str, Any]) -> str:
    """A call with its numbers, as a student would write it."""
    return f"{formula.__name__}({', '.join(f'{name}={_shown(value)}' for name, value in given.items())})"


def _shown(value: Any) -> str:
    """A value as it was written, shortened; Python itself refuses to write the longest ints."""
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    if isinstance(value, tuple | list):
        shown = [_shown(size) for size in value[:6]] + ["..."] * (len(value) > 6)
        return f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"
    if is_array(value):
        return f"an array from {value.min()} to {value.max()}"
    text = str(value) if isinstance(value, Fraction) else repr(value)
    return text if len(text) <= 50 else f"{text[:46]} ..."


def _check_kind(formula: Any, name: str, value: Any, takes: str) -> None:
    """Refuse what is no number, and several numbers for what takes one."""
    if not isinstance(value, tuple | list):
        return _check_number(formula, name, value, takes)
    if takes == "padding" and len(value) != 2:
        raise UsageError(
            f"{formula.__name__}: {name} is {_shown(value)}, but an axis has two ends: "
            f"give one number for both, or (before, after)"
        )
    if takes not in ("per axis", "padding"):
        raise WrongType(
            f"{formula.__name__} takes one number for {name}, but {name} is {_shown(value)}: "
            f"call it once for each axis"
        )
    for size in value:
        _check_number(formula, name, size, takes)
    return None


def _check_number(formula: Any, name: str, value: Any, takes: str) -> None:
    if is_array(value):  # of one axis or more: :func:`_plain` has made numbers of the others
        kinds = "iuf" if takes == "real" else "iu"
        if getattr(value.dtype, "kind", "") in kinds and value.dtype != "uint64":
            return
        what = value.dtype if hasattr(value.dtype, "kind") else f"a {type(value).__name__}"
        raise WrongType(f"{formula.__name__}: formulas take arrays of int64, not {what}, for {name}")
    advice = _no_number(name, value, takes)
    if advice is not None:
        kind = "numbers" if takes == "real" else "whole numbers"
        raise WrongType(f"{formula.__name__} takes {kind}, but {name} is {_shown(value)}{advice}")


def _no_number(name: str, value: Any, takes: str) -> str | None:
    """What to add about a value that is no number such as is taken; None for one that is."""
    if isinstance(value, bool):
        return None if name == "bias" else f": write {int(value)}"
    if isinstance(value, int) or _is_symbol(value):
        return None
    if isinstance(value, float | Fraction):
        return _no_fraction(value, takes)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 15:
        return f", which is a text: write {int(value)}"
    return ", which is a text" if isinstance(value, str) else ""


def _no_fraction(value: float | Fraction, takes: str) -> str | None:
    if not math.isfinite(value):
        return ""
    if takes == "real" or (takes in ("position", "ratio") and isinstance(value, Fraction)):
        return None
    return f": write {int(value)}" if value == int(value) else ", which is not whole"


def _is_symbol(value: Any) -> bool:
    return hasattr(value, "free_symbols")


def _check_range(formula: Any, name: str, value: Any, takes: str) -> None:
    """Refuse numbers that no layer has: a stride of zero, a negative size."""
    if takes == "position" or name in _UNBOUNDED:
        return
    least = _LEAST.get(name, 0)
    several, is_fine = isinstance(value, tuple | list), takes in ("ratio", "real")
    for number in value if several else (value,):
        holds = _is_symbol(number) or (number > 0 if is_fine and least else number >= least)
        if not _holds(holds):
            must = "each must be" if several or is_array(value) else "it must be"
            wanted = "more than 0" if is_fine and least else f"at least {least}"
            raise UsageError(f"{formula.__name__}: {name} is {_shown(value)}, but {must} {wanted}")


def _holds(condition: Any) -> bool:
    """Whether a condition holds; in arrays for all."""
    return bool(condition.all() if is_array(condition) else condition)


def _check_axes(formula: Any, given: Mapping[str, Any]) -> None:
    """Refuse arguments that disagree about the number of axes; a single kernel stands for all."""
    counts = {name: len(value) for name, value in given.items() if isinstance(value, tuple | list)}
    counts |= {name: 1 for name in given if name not in counts and name != "kernel"}
    if len(set(counts.values())) > 1:
        told = " and ".join(f"{name} has {many}, {_shown(given[name])}" for name, many in counts.items())
        raise UsageError(f"{formula.__name__} takes a number for each axis, but {told}")


def _check_groups(formula: Any, given: Mapping[str, Any]) -> None:
    """Refuse groups that do not divide the channels."""
    groups = given.get("groups", 1)
    for name in ("in_channels", "out_channels"):
        channels = given.get(name, 0)
        if not (_is_symbol(groups) or _is_symbol(channels) or _holds(channels % groups == 0)):
            message = f"groups={_shown(groups)} does not divide {name}={_shown(channels)}"
            raise UsageError(f"{formula.__name__}: {message}; groups are equal parts of the channels")


def _check_value(formula: Any, given: Mapping[str, Any], value: Any) -> None:
    """Refuse a size that is none, and a negative count; arrays may hold some that do not fit."""
    if not isinstance(value, int | Fraction):
        return
    if "_size" in formula.__name__:
        if value < 1:
            raise UsageError(f"{_told(formula, given)} has no value: {_why_no_size(given)}")
    elif value < 0 and {*_takes(formula).values()}.isdisjoint(("position", "real")):
        raise UsageError(f"{_told(formula, given)} would be {value}: these numbers contradict each other")


def _why_no_size(given: Mapping[str, Any]) -> str:
    if "output_padding" in given or "kernel" not in given:
        return "nothing would be left"
    extent = given["dilation"] * (given["kernel"] - 1) + 1
    return f"a window over {extent} positions does not fit into {given['size'] + both(given['padding'])}"
