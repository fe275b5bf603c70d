"""How many layers a spec asks for, counted before anything is expanded.

The count is a lower bound: a repeat whose count is not known yet counts once, a condition takes the
shorter way. What passes is still counted while it is expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.spec.document import Document
from cnncalc.spec.evaluate import Evaluator, NoNumber, Unknown, Word
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.syntax import Call, Chain, Choice, Expression, Name, Named, Repeat, Step, calls, place
from cnncalc.spec.yamlchecks import Refused


def check_size(document: Document, values: Mapping[str, Any], problems: Problems) -> None:
    """Refuse blocks that use themselves, and specs with too many layers."""
    if _Cycles(document, problems).check():
        raise Refused
    counter = _Counter(document, values, problems)
    total = counter.steps(document.layers)
    most = problems.limits.layers
    if total > most:
        message = f"at least {_readable(total)} layers after expansion; the limit is {most:,}"
        problems.add("E207", message, place(document.layers), help="raise it with --max-layers")
        raise Refused


def too_often(value: int, where: Place, problems: Problems) -> None:
    """Report one repeat count above the limit."""
    message = f"repeat of {value:,} is above the limit of {problems.limits.repeat:,}"
    problems.add("E207", message, where, help="raise it with --max-repeat")


def _readable(total: int) -> str:
    return f"{total:,}" if total < 10**15 else f"10^{len(str(total)) - 1}"


class _Counter:
    def __init__(self, document: Document, values: Mapping[str, Any], problems: Problems) -> None:
        self.blocks = document.blocks
        self.values = values
        self.problems = problems
        self.evaluator = Evaluator(problems.limits)
        self._counts: dict[str, int] = {}
        self._local = {p.name for block in self.blocks.values() for p in block.parameters}

    def steps(self, step: Step) -> int:
        """At least how many layers a step makes."""
        if isinstance(step, Chain):
            return sum(self.steps(inner) for inner in step.steps)
        if isinstance(step, Repeat):
            return self._count(step.times) * self.steps(step.body)
        if isinstance(step, Named):
            return self.steps(step.body)
        if isinstance(step, Choice):
            return min(self.steps(step.then), self.steps(step.otherwise) if step.otherwise else 0)
        if isinstance(step, Call):
            return self._call(step)
        return 0

    def _call(self, call: Call) -> int:
        branches = sum(self.steps(branch.chain) for branch in call.branches or ())
        if call.name not in self.blocks:
            return branches + (call.name.lower() not in ("from", "id", "identity"))
        if call.name not in self._counts:
            self._counts[call.name] = self.steps(self.blocks[call.name].body)
        return self._counts[call.name]

    def _count(self, expression: Expression) -> int:
        try:
            value = self.evaluator.value(expression, self._lookup)
        except (Unknown, NoNumber, SyntaxProblem):
            return 0
        if type(value) is not int or value < 0:
            return 0
        if value > self.problems.limits.repeat:
            too_often(value, place(expression), self.problems)
            return 0
        return value

    def _lookup(self, name: Name) -> Any:
        if name.text in self._local:
            raise Unknown
        return self.values.get(name.text, Word(name.text))


class _Cycles:
    """Finds blocks that use themselves."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.blocks = document.blocks
        self.problems = problems
        self._done: set[str] = set()
        self._found = False

    def check(self) -> bool:
        """Report every use that closes a circle; depth first, without recursion into blocks."""
        for name in self.blocks:
            self._walk(name)
        return self._found

    def _walk(self, start: str) -> None:
        trail: list[str] = []
        pending: list[tuple[str, bool]] = [(start, True)]
        while pending:
            name, entering = pending.pop()
            if not entering:
                trail.pop()
                self._done.add(name)
                continue
            if name in self._done or name in trail:
                continue
            trail.append(name)
            pending.append((name, False))
            for call in calls(self.blocks[name].body):
                if call.name in trail:
                    self._report(call, trail[trail.index(call.name) :])
                elif call.name in self.blocks:
                    pending.append((call.name, True))

    def _report(self, call: Call, circle: list[str]) -> None:
        self._found = True
        block = self.blocks[call.name]
        self.problems.add(
            "E209",
            f"block `{call.name}` uses itself",
            call.name_place,
            detail=" -> ".join((*circle, call.name)),
            labels=((block.place, "defined here"),),
            help="use a repeat: (...)*n",
        )
