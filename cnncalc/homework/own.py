"""Exercises on a network of one's own: the seed draws the layers that are asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from cnncalc.analysis import Row, analyze
from cnncalc.homework.exercises import COLUMNS, Exercise
from cnncalc.homework.questions import OF_LAYERS, HomeworkError
from cnncalc.network import Network, require_network
from cnncalc.quantities import canonical

ROWS = 8
"""How many layers are asked about, unless told otherwise."""


def exercise_on(
    network: Network, seed: int = 0, columns: Sequence[str] | None = None, rows: int = ROWS
) -> Exercise:
    """An exercise on a network: so many of its layers, drawn by the seed, in their order.

    Asked is all of :data:`COLUMNS` that the network has something to ask of, or the ``columns``
    given; raises :class:`HomeworkError` for those that it has nothing to ask of. What is handed out
    is the network's own text, without its comments and what it expects of itself.

    >>> import cnncalc
    >>> exercise_on(cnncalc.load("lenet5"), seed=1, rows=3).layers
    ('S2', 'C3', 'S4')
    """
    require_network(network, "exercise_on")
    if not isinstance(rows, int) or rows < 1:
        raise HomeworkError(f"an exercise asks about at least one layer, not {rows!r}")
    known = _worth_asking(analyze(network).rows)
    asked = _columns(network, known, columns)
    found = [row for row in known if all(_can_ask(row, column) for column in asked)]
    if not found:
        raise HomeworkError(f"no layer of {network.name} has all of {', '.join(asked)}: ask for fewer")
    random = Random(f"{network.name} {seed}")  # noqa: S311 - exercises, no secrets
    places = sorted(random.sample(range(len(found)), min(rows, len(found))))
    text, names = handed_out(network)
    return Exercise(seed, network.name, text, asked, tuple(names[found[place].name] for place in places))


def _worth_asking(rows: Sequence[Row]) -> list[Row]:
    """Layers with weights, and those that change the shape; where there are none, all that have numbers."""
    inner = [row for row in rows if row.inputs]
    changing = [row for row in inner if row.layer.is_weight_layer or row.output_shape not in row.input_shapes]
    return changing or [row for row in inner if row.params]


def _columns(network: Network, rows: Sequence[Row], wanted: Sequence[str] | None) -> tuple[str, ...]:
    if not rows:
        raise HomeworkError(f"{network.name} has nothing to ask: {_nothing_to_ask(rows, '')}")
    if wanted is None:
        return tuple(column for column in COLUMNS if not _nothing_to_ask(rows, column))
    asked = tuple(dict.fromkeys(canonical(column, OF_LAYERS) for column in wanted))
    for column in asked:
        if column not in OF_LAYERS:
            raise HomeworkError(f"{column!r} cannot be asked; there are {', '.join(OF_LAYERS)}")
        if reason := _nothing_to_ask(rows, column):
            raise HomeworkError(f"{network.name} has nothing to ask of {column}: {reason}; leave it out")
    if not asked:
        raise HomeworkError(f"nothing is asked; there are {', '.join(OF_LAYERS)}")
    return asked


def _nothing_to_ask(rows: Sequence[Row], column: str) -> str:
    """Why a quantity of these layers is not worth a question; nothing where it is."""
    if not rows:
        return "it has no layers but those that leave everything as it is"
    if column in ("field", "jump"):
        is_there = any(_can_ask(row, column) for row in rows)
        return "" if is_there else f"no layer has a {column} of whole positions of the input"
    return "" if any(OF_LAYERS[column](row) for row in rows) else "it is 0 in every layer"


def _can_ask(row: Row, column: str) -> bool:
    """Whether the quantity of a layer can be written in whole numbers, one for each axis."""
    if column not in ("field", "jump"):
        return True
    field = row.field
    if not field.axes or field.is_constant or field.told("start") is None:
        return False
    return column == "field" or (not field.is_global and all(jump == int(jump) for jump in field.jump))


def handed_out(network: Network) -> tuple[str, dict[str, str]]:
    """The text that students get, and what it calls the layers.

    That is the spec as it is written, less comments and expectations, which may say the answers;
    written anew where it builds upon another spec or was made by Python code.
    """
    from cnncalc.spec import parse
    from cnncalc.spec.writing import write

    text = _without_expectations(_without_comments(str(network.about.get("text", ""))))
    names = {node.name: node.name for node in network}
    if text.strip() and "base" not in network.about and not re.search(r"^base\s*:", text, re.MULTILINE):
        read = parse(text)
        if [node.name for node in read] == list(names) and not read.about.get("expect"):
            return text, names
    written = write(network)
    return written.text, dict(written.names)


def _without_comments(text: str) -> str:
    """YAML without comments, which stand between its tokens, and without the lines that they leave empty."""
    import yaml

    try:
        ends = {token.start_mark.index: token.end_mark.index for token in yaml.scan(text)}
    except yaml.YAMLError:  # a chain
        return text
    kept, place = [], 0
    while place < len(text):
        if text[place] == "#" and text[place - 1 : place] in ("", " ", "\t", "\n"):
            place = (text.find("\n", place) + 1 or len(text) + 1) - 1
            continue
        end = max(ends.get(place, 0), place + 1)
        kept.append(text[place:end])
        place = end
    lines = zip("".join(kept).splitlines(), text.splitlines(), strict=False)
    return "".join(f"{line.rstrip()}\n" for line, before in lines if line.strip() or not before.strip())


def _without_expectations(text: str) -> str:
    """A spec without its ``expect``, a key at the top level with all that is indented below it."""
    return re.sub(r"^expect\s*:.*\n(?:[ \t]+.*\n|\n)*", "", text, flags=re.MULTILINE)
