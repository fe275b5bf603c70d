"""Gradescope: the ``results.json`` of an autograder.

Source: Gradescope Autograder Documentation, "Autograder Specifications", output format.
"""

from __future__ import annotations

import json
from typing import Any

from cnncalc.homework.grading import Graded


def results_json(graded: Graded, *, points: float = 1.0, solutions: bool = False) -> str:
    """The text of ``results.json``: one test for each answer, worth ``points``; Gradescope adds up."""
    tests = [
        {
            "name": name,
            "number": str(number),
            "score": round(verdict.credit * points, 6),
            "max_score": points,
            "status": "passed" if verdict.correct else "failed",
            "output": _output(verdict, solutions=solutions),
            "output_format": "text",
            "visibility": "visible",
        }
        for number, (name, verdict) in enumerate(graded.verdicts, start=1)
    ]
    results = {
        "output": graded.text().splitlines()[0],
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(results, indent=2, ensure_ascii=False) + "\n"


def _output(verdict: Any, *, solutions: bool) -> str:
    return (
        f"{verdict.message}\n{verdict.solution()}"
        if solutions and not verdict.correct
        else str(verdict.message)
    )
