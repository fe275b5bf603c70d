"""Moodle: questions in Moodle XML, with usual slips as answers of partial credit and feedback.

Source: Moodle documentation, "Moodle XML format"; ``question/engine/bank.php`` for the fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from cnncalc.homework.check import STANDARD, Policy
from cnncalc.homework.exercises import Exercise
from cnncalc.homework.questions import Question
from cnncalc.homework.slips import explanations
from cnncalc.layers import show

FRACTIONS = (
    *(100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333),
    *(30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111, 10, 5, 0),
)
"""The shares of credit that Moodle knows."""


def moodle_xml(exercise: Exercise, policy: Policy = STANDARD) -> str:
    """One question for each answer of an exercise."""
    return moodle_bank([exercise], policy)


def moodle_bank(exercises: Iterable[Exercise], policy: Policy = STANDARD) -> str:
    """The questions of several exercises in one file, for a question bank."""
    quiz = ET.Element("quiz")
    for exercise in exercises:
        for cell in exercise.key:
            quiz.append(_question(exercise, Question(exercise.network, cell.layer, cell.quantity), policy))
    ET.indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(quiz, encoding="unicode") + "\n"


def _question(exercise: Exercise, question: Question, policy: Policy) -> ET.Element:
    is_shape = isinstance(question.expected, tuple)
    element = ET.Element("question", type="shortanswer" if is_shape else "numerical")
    title = f"Exercise {exercise.seed} ({exercise.level}): {question}"
    _text(ET.SubElement(element, "name"), title)
    asked = f"<pre>{_escaped(exercise.spec)}</pre><p>{_escaped(_asked(question))}</p>"
    _text(ET.SubElement(element, "questiontext", format="html"), asked)
    _text(ET.SubElement(element, "generalfeedback", format="plain_text"), question.solution())
    ET.SubElement(element, "defaultgrade").text = "1"
    if is_shape:
        ET.SubElement(element, "usecase").text = "0"
    _answer(element, question.expected, 100, "right")
    given = {question.expected}
    for slip, value in explanations(question):
        if value not in given:
            given.add(value)
            credit = policy.slips.get(slip.name, policy.convention if slip.is_convention else policy.slip)
            _answer(element, value, _fraction(credit), f"{slip.name}: {slip.hint}")
    return element


def _asked(question: Question) -> str:
    shape = " (channels first, such as 16x10x10)" if question.quantity == "output_shape" else ""
    return f"What is the {question.quantity.replace('_', ' ')} of {question.layer}{shape}?"


def _answer(element: ET.Element, value: Any, fraction: float, feedback: str) -> None:
    answer = ET.SubElement(element, "answer", fraction=f"{fraction:g}", format="plain_text")
    ET.SubElement(answer, "text").text = show(value) if isinstance(value, tuple) else str(value)
    _text(ET.SubElement(answer, "feedback", format="plain_text"), feedback)
    if not isinstance(value, tuple):
        ET.SubElement(answer, "tolerance").text = "0"


def _fraction(credit: float) -> float:
    """The largest of Moodle's shares that is not above the credit."""
    return next(fraction for fraction in FRACTIONS if fraction <= 100 * credit + 1e-4)


def _text(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "text").text = text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
