"""Homework for the systems that courses use: Gradescope, otter-grader, nbgrader, PrairieLearn, Moodle."""

from cnncalc.homework.writers.gradescope import results_json
from cnncalc.homework.writers.moodle import moodle_xml
from cnncalc.homework.writers.nbgrader import notebook
from cnncalc.homework.writers.otter import otter_tests
from cnncalc.homework.writers.prairielearn import prairielearn_files, prairielearn_files_on

__all__ = [
    "moodle_xml",
    "notebook",
    "otter_tests",
    "prairielearn_files",
    "prairielearn_files_on",
    "results_json",
]
