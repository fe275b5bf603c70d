"""Checking one answer: right, a named slip with partial credit, or not recognised."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnncalc import conventions
from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError
from cnncalc.homework.answers import Answer, agrees, read
from cnncalc.homework.questions import HomeworkError, Question, shown
from cnncalc.homework.slips import explanations
from cnncalc.layers import Site
from cnncalc.network import Network


class Policy(NamedTuple):
    """How much credit what is worth, between 0 and 1.

    ``slips`` gives single slips, by name, another credit than ``slip``.
    """

    slip: float = 0.5
    convention: float = 0.75
    carried: float = 1.0
    tolerance: float = 0.0
    slips: Mapping[str, float] = MappingProxyType({})


STANDARD = Policy()
"""Half the credit for a named slip, all of it for what follows from an earlier error."""

STRICT = Policy(slip=0.0, convention=0.0, carried=0.0)
"""Right or wrong."""


class Verdict(NamedTuple):
    """What came of an answer. ``slip`` names the mistake where it was recognised, else is empty."""

    question: Question
    answer: Any
    correct: bool
    credit: float
    slip: str
    message: str

    @property
    def expected(self) -> Any:
        """The right answer."""
        return self.question.expected

    def solution(self) -> str:
        """The worked solution."""
        return self.question.solution()

    def __str__(self) -> str:
        return self.message


_PER_AXIS = ("field", "jump")
"""Quantities with one number for each axis, which people write once where all axes are alike."""


def check(
    answer: Any,
    network: Network | str,
    layer: str | None = None,
    quantity: str = "params",
    *,
    convention: str = conventions.DEFAULT.name,
    batch: int = 1,
    policy: Policy = STANDARD,
    entering: tuple[Shape, ...] | None = None,
) -> Verdict:
    """Check an answer to a question about a layer, or about the whole network.

    ``entering`` are the shapes that the student has for what enters the layer: an answer that is
    right for those counts as an error carried forward.

    >>> str(check("150", "lenet5", "C1"))
    "not quite: 150 is what one gets with 'bias forgotten': each filter or unit has a bias too"
    >>> check("156", "lenet5", "C1").correct
    True
    """
    if isinstance(network, str):
        from cnncalc.spec import load

        network = load(network)
    question = Question(network, layer, quantity, convention=convention, batch=batch)
    return check_question(answer, question, policy, entering)


def check_question(
    answer: Any,
    question: Question,
    policy: Policy = STANDARD,
    entering: tuple[Shape, ...] | None = None,
    origin: str = "",
) -> Verdict:
    """Check an answer to a :class:`Question`; see :func:`check`.

    ``origin`` names the answer that ``entering`` came from, for the message.
    """
    if _says_everything(answer, question):
        return Verdict(question, answer, True, 1.0, "", "right")
    try:
        given = read(answer, is_shape=isinstance(question.expected, tuple))
    except HomeworkError as error:
        message = f"not read: {error}" if str(answer).strip() else "no answer"
        return Verdict(question, answer, False, 0.0, "", message)
    if question.quantity in _PER_AXIS and isinstance(given.value, tuple) and len(given.value) == 1:
        given = given._replace(value=given.value[0])  # one number for all axes, as tables show it
    if agrees(given, question.expected, policy.tolerance):
        return Verdict(question, given.value, True, 1.0, "", "right")
    return _carried(given, question, policy, entering, origin) or _explained(given, question, policy)


def _says_everything(answer: Any, question: Question) -> bool:
    """Whether a field is called the whole input, and is."""
    asked = question.quantity == "field" and question.row is not None
    words = {"all", "everything", "whole input", "the whole input", "global"}
    return (
        asked
        and str(answer).strip().lower() in words
        and question.analysis[question.layer or ""].field.is_global
    )


def _carried(
    given: Answer, question: Question, policy: Policy, entering: tuple[Shape, ...] | None, origin: str
) -> Verdict | None:
    """A verdict if the answer is right for what the student has entering the layer."""
    if entering is None or question.row is None or entering == question.row.input_shapes:
        return None
    follows = answer_for(question, entering)
    if follows is None or not agrees(given, follows, policy.tolerance):
        return None
    where = f" from {origin}" if origin else ""
    message = f"right for {' and '.join(map(shown, entering))} entering: an error carried forward{where}"
    return Verdict(question, given.value, False, policy.carried, "carried forward", message)


def answer_for(question: Question, entering: tuple[Shape, ...]) -> Any:
    """What would be right if these shapes entered the layer; None where that is no layer."""
    assert question.row is not None
    node = question.row.node
    try:
        site = Site(entering, node.layer.output_shape(entering))
        moved = Network(question.network.name, [node._replace(site=site)], [node.name])
        if question.quantity in ("field", "jump"):
            return None
        options = {"convention": question.convention, "batch": question.batch}
        return Question(moved, node.name, question.quantity, **options).expected  # type: ignore[arg-type]
    except (LayerError, ValueError, IndexError):
        return None


def _explained(given: Answer, question: Question, policy: Policy) -> Verdict:
    for slip, value in explanations(question):
        if agrees(given, value, policy.tolerance):
            credit = policy.slips.get(slip.name, policy.convention if slip.is_convention else policy.slip)
            message = f"not quite: {shown(given.value)} is what one gets with {slip.name!r}: {slip.hint}"
            return Verdict(question, given.value, False, credit, slip.name, message)
    return _left_out(given, question, policy) or Verdict(
        question, given.value, False, 0.0, "", f"not right: {shown(given.value)}"
    )


def _left_out(given: Answer, question: Question, policy: Policy) -> Verdict | None:
    """A verdict if the answer is the total without one of the layers."""
    if question.row is not None or isinstance(question.expected, tuple):
        return None
    for row in question.analysis.rows:
        part = getattr(row, question.quantity, 0)
        if part and agrees(given, question.expected - part):
            name = "a layer left out"
            message = f"not quite: {shown(given.value)} is the sum without {row.name}"
            credit = policy.slips.get(name, policy.slip)
            return Verdict(question, given.value, False, credit, name, message)
    return None
