"""PrairieLearn: a question folder whose variants are exercises from the variant's seed.

Source: PrairieLearn documentation, "Question configuration" and "server.py"; elements
``pl-string-input`` and ``pl-integer-input``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from cnncalc.homework.exercises import COLUMNS, exercise
from cnncalc.homework.own import ROWS, exercise_on
from cnncalc.network import Network

_MADE = """from cnncalc.homework import check, exercise

LEVEL = {level!r}
COLUMNS = {columns!r}


def make(seed):
    return exercise(seed, LEVEL, COLUMNS)
"""

_DRAWN = """from cnncalc import parse
from cnncalc.homework import check, exercise_on

NETWORK = parse({spec!r})
COLUMNS = {columns!r}
ROWS = {rows!r}


def make(seed):
    return exercise_on(NETWORK, seed, COLUMNS, ROWS)
"""

_SERVER = """

def generate(data):
    made = make(int(data["variant_seed"]))
    data["params"]["spec"] = made.spec
    data["params"]["rows"] = [
        {"layer": layer, "cells": [{"name": named(layer, column)} for column in COLUMNS]}
        for layer in made.layers
    ]
    for cell in made.key:
        shown = "x".join(map(str, cell.expected)) if isinstance(cell.expected, tuple) else str(cell.expected)
        data["correct_answers"][named(cell.layer, cell.quantity)] = shown


def named(layer, quantity):
    return f"{layer.replace('.', '-')}__{quantity}"


def grade(data):
    for name in data["correct_answers"]:
        layer, _, quantity = name.replace("-", ".").rpartition("__")
        verdict = check(data["submitted_answers"].get(name, ""), data["params"]["spec"], layer, quantity)
        data["partial_scores"][name] = {"score": verdict.credit, "feedback": verdict.message}
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
    making = _MADE.format(level=level, columns=tuple(columns))
    return _files(making, f"Layer table of a network ({level})", f"{level} {' '.join(columns)}", columns)


def prairielearn_files_on(
    network: Network, columns: Sequence[str] | None = None, rows: int = ROWS
) -> dict[str, str]:
    """The same for a network of one's own: every variant asks about other layers of it."""
    made = exercise_on(network, 0, columns, rows)
    making = _DRAWN.format(spec=made.spec, columns=made.columns, rows=rows)
    return _files(making, f"Layer table of {network.name}", f"{made.spec} {made.columns}", made.columns)


def _files(making: str, title: str, identity: str, columns: Sequence[str]) -> dict[str, str]:
    info = {
        "uuid": str(uuid5(NAMESPACE_URL, f"cnncalc {identity}")),
        "title": title,
        "topic": "Convolutional networks",
        "tags": ["cnncalc"],
        "type": "v3",
    }
    headings = "".join(f"<th>{column.replace('_', ' ')}</th>" for column in columns)
    return {
        "info.json": json.dumps(info, indent=2) + "\n",
        "question.html": _QUESTION.format(headings=headings),
        "server.py": making + _SERVER,
    }
