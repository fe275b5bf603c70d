"""What is done once all layers stand: freezing, and what the spec expects of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from cnncalc.network import Node
from cnncalc.spec.document import Document, Word
from cnncalc.spec.scope import UNKNOWN, Scope
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import Expression
from cnncalc.spec.values import Values


def frozen(nodes: Iterable[Node], patterns: Iterable[Word], problems: Problems) -> list[Node]:
    """The nodes, those that a pattern names marked as frozen; weights are frozen with their owner."""
    nodes, chosen = list(nodes), set()
    for word in patterns:
        found = {node.name for node in nodes if _matches(node.name, word.text)}
        if not found and not problems:
            _names_nothing(word, nodes, problems)
        chosen |= found
    return [
        node._replace(frozen=True) if node.name in chosen or node.weights_from in chosen else node
        for node in nodes
    ]


def _matches(name: str, pattern: str) -> bool:
    if any(mark in pattern for mark in "*?["):
        return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")
    return name == pattern or name.startswith(f"{pattern}.")


def _names_nothing(word: Word, nodes: list[Node], problems: Problems) -> None:
    names = {node.name for node in nodes}
    names |= {".".join(node.path[:n]) for node in nodes for n in range(1, len(node.path) + 1)}
    advice = did_you_mean(word.text, names) or "name a layer or a part, or use * as in features.*"
    problems.add("E250", f"`freeze` names no layer: `{word.text[:60]}`", word.place, help=advice)


def expectations(document: Document, values: Values, problems: Problems) -> dict[str, Any]:
    """What the spec expects of itself, and where it says so, for :attr:`Network.about`."""
    root = Scope(values.root)
    expect, places = {}, {}
    for key, (_, value, where) in document.expect.items():
        places[key] = problems.source.span(*where)
        if isinstance(value, dict):
            expect[key] = dict(_outputs(value, where, values, root))
        else:
            expect[key] = _value(value, values, root)
    return {
        "expect": expect,
        "expect_places": places,
        "text": problems.source.text,
        "origin": problems.source.origin,
    }


def _outputs(
    shapes: dict[str, Expression], where: Place, values: Values, root: Scope
) -> Iterator[tuple[str, Any]]:
    """Shapes by the full names of the nodes they are expected of."""
    for name, expression in shapes.items():
        node = values.named_flow(name, where, root)
        if isinstance(node, Node):
            yield node.name, _value(expression, values, root)


def _value(expression: Expression, values: Values, root: Scope) -> Any:
    value = values.reported(expression, None, root)
    return None if value is UNKNOWN else value
