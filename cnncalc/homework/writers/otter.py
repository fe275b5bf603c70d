"""otter-grader: one OK-format test file for each layer of an exercise.

The student fills in a dict ``answers``; a wrong answer fails with its slip as output. Source:
otter-grader documentation, "Test Files", OK format.
"""

from __future__ import annotations

from cnncalc.homework.exercises import Cell, Exercise


def otter_tests(exercise: Exercise) -> dict[str, str]:
    """File names and contents, for a folder ``tests``.

    >>> from cnncalc.homework import exercise
    >>> sorted(otter_tests(exercise(1, "easy")))[:2]
    ['C1.py', 'C2.py']
    """
    return {f"{layer}.py": _file(exercise, layer) for layer in exercise.layers}


def _file(exercise: Exercise, layer: str) -> str:
    cells = [cell for cell in exercise.key if cell.layer == layer]
    cases = "".join(_case(exercise.spec, cell) for cell in cells)
    return f"""OK_FORMAT = True

test = {{
    "name": {layer!r},
    "points": {len(cells)},
    "suites": [
        {{
            "cases": [
{cases}            ],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }}
    ],
}}
"""


def _case(spec: str, cell: Cell) -> str:
    answer = f"answers[{cell.layer!r}][{cell.quantity!r}]"
    code = (
        ">>> from cnncalc.homework import check\n"
        f">>> print(check({answer}, {spec!r}, {cell.layer!r}, {cell.quantity!r}))\n"
        "right"
    )
    return f"""                {{
                    "code": {code!r},
                    "hidden": False,
                    "locked": False,
                }},
"""
