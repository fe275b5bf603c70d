"""What a slip is, the list of all, and how a slip changes the numbers of a worked formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cnncalc.arithmetic import unchecked
from cnncalc.homework.questions import Question
from cnncalc.working import Total, Worked, Working

Change = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""From the numbers of a working to changed ones, or None where the slip cannot happen."""


class Slip(NamedTuple):
    """A usual mistake: its name, what to say, the quantities it spoils, and what it gives."""

    name: str
    hint: str
    quantities: tuple[str, ...]
    value: Callable[[Question], Any]
    is_convention: bool = False


SLIPS: list[Slip] = []
"""Every known slip, the likelier first."""


def slip(
    name: str, hint: str, *quantities: str, is_convention: bool = False
) -> Callable[[Callable[[Question], Any]], Callable[[Question], Any]]:
    """Register what a function gives as a slip."""

    def register(function: Callable[[Question], Any]) -> Callable[[Question], Any]:
        SLIPS.append(Slip(name, hint, quantities, function, is_convention))
        return function

    return register


def explanations(question: Question) -> Iterator[tuple[Slip, Any]]:
    """Every slip that would give something else than the right answer, with what it gives."""
    for known in SLIPS:
        if question.quantity in known.quantities:
            value = known.value(question)
            if value is not None and value != question.expected:
                yield known, value


def changed(worked: Worked, change: Change) -> Any:
    """A working's value after a change of its numbers."""
    if isinstance(worked, Total):
        parts = [changed(part, change) for part in worked.parts.values()]
        return None if None in parts else sum(parts)
    if not isinstance(worked, Working):
        return None
    numbers = change(worked.numbers)
    return None if numbers is None else unchecked(worked.formula)(**numbers)


def put(name: str, wrong: Any, *, where: Callable[[Any], bool] = lambda _: True) -> Change:
    """Put ``wrong`` (a value, or a function of the right one) for one number, where it has another."""

    def change(numbers: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if name not in numbers or not where(numbers[name]):
            return None
        value = wrong(numbers[name]) if callable(wrong) else wrong
        return None if value == numbers[name] else {**numbers, name: value}

    return change
