"""PrairieLearn: a question folder whose variants are exercises from the variant's seed.

Source: PrairieLearn documentation, "Question configuration" and "server.py"; elements
``pl-string-input`` and ``pl-integer-input``.
"""

from __future__ import annotations

import json
from uuid import NAMESPACE_URL, uuid5

from cnncalc.homework.exercises import COLUMNS, exercise

_SERVER = """from cnncalc.homework import check, exercise

LEVEL = {level!r}
COLUMNS = {columns!r}


def generate(data):
    made = exercise(int(data["variant_seed"]), LEVEL, COLUMNS)
    data["params"]["spec"] = made.spec
    data["params"]["rows"] = [
        {{"layer": layer, "cells": [{{"name": f"{{layer}}__{{column}}"}} for column in COLUMNS]}}
        for layer in made.layers
    ]
    for cell in made.key:
        shown = "x".join(map(str, cell.expected)) if isinstance(cell.expected, tuple) else str(cell.expected)
        data["correct_answers"][f"{{cell.layer}}__{{cell.quantity}}"] = shown


def grade(data):
    for name in data["correct_answers"]:
        layer, _, quantity = name.partition("__")
        verdict = check(data["submitted_answers"].get(name, ""), data["params"]["spec"], layer, quantity)
        data["partial_scores"][name] = {{"score": verdict.credit, "feedback": verdict.message}}
    scores = [part["score"] for part in data["partial_scores"].values()]
    data["score"] = sum(scores) / len(scores)
"""

_QUESTION = """<pl-question-panel>
  <p>Work out the table for this network. Shapes are channels first: <code>16x10x10</code>.</p>
  <pre>{{{{params.spec}}}}</pre>
</pl-question-panel>
<table class="table">
  <tr><th>layer</th>{headings}</tr>
  {{{{#params.rows}}}}
  <tr>
    <td>{{{{layer}}}}</td>
    {{{{#cells}}}}
    <td><pl-string-input answers-name="{{{{name}}}}" remove-spaces="true"></pl-string-input></td>
    {{{{/cells}}}}
  </tr>
  {{{{/params.rows}}}}
</table>
"""


def prairielearn_files(level: str = "medium", columns: tuple[str, ...] = COLUMNS) -> dict[str, str]:
    """File names and contents of the folder of a question.

    >>> sorted(prairielearn_files())
    ['info.json', 'question.html', 'server.py']
    """
    exercise(0, level, columns)
    info = {
        "uuid": str(uuid5(NAMESPACE_URL, f"cnncalc {level} {' '.join(columns)}")),
        "title": f"Layer table of a network ({level})",
        "topic": "Convolutional networks",
        "tags": ["cnncalc", level],
        "type": "v3",
    }
    headings = "".join(f"<th>{column.replace('_', ' ')}</th>" for column in columns)
    return {
        "info.json": json.dumps(info, indent=2) + "\n",
        "question.html": _QUESTION.format(headings=headings),
        "server.py": _SERVER.format(level=level, columns=tuple(columns)),
    }
