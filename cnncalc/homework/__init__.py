"""Homework: questions about networks, checked, with usual slips named kindly; exercises with keys.

>>> verdict = check("833,040", "INPUT(1x32x32) -> CONV(6,5) -> POOL(2) -> CONV(16,5)", quantity="macs")
>>> verdict.slip
''
>>> print(check("(28, 28, 6)", "lenet5", "C1", "output_shape"))
not quite: 28x28x6 is what one gets with 'channels last': channels come first here: C x H x W
>>> print(check("150", "lenet5", "C1").solution())
params = out_channels * (in_channels * kernel + bias) = 6 * (5 x 5 + 1) = 156
"""

from cnncalc.homework.answers import Answer, read
from cnncalc.homework.check import STRICT, Policy, Verdict, check, check_question
from cnncalc.homework.exercises import Exercise, exercise
from cnncalc.homework.grading import Graded, Sheet, grade
from cnncalc.homework.own import exercise_on
from cnncalc.homework.questions import HomeworkError, Question
from cnncalc.homework.slips import SLIPS, Slip, explanations
from cnncalc.homework.symbolic import SymbolicExercise, check_symbolic, symbolic_exercise

__all__ = [
    "SLIPS",
    "STRICT",
    "Answer",
    "Exercise",
    "Graded",
    "HomeworkError",
    "Policy",
    "Question",
    "Sheet",
    "Slip",
    "SymbolicExercise",
    "Verdict",
    "check",
    "check_question",
    "check_symbolic",
    "exercise",
    "exercise_on",
    "explanations",
    "grade",
    "read",
    "symbolic_exercise",
]
