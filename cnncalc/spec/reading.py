"""From YAML to a :class:`Document`."""

from __future__ import annotations

import re

from cnncalc.layers import KINDS, find
from cnncalc.spec import foreign
from cnncalc.spec.chain import parse_arguments, parse_chain, parse_expression
from cnncalc.spec.document import Word
from cnncalc.spec.names import refusal
from cnncalc.spec.signatures import argument_names
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import (
    Branch,
    Broken,
    Call,
    Chain,
    Expression,
    Given,
    Literal,
    Named,
    Step,
    Tuple,
    by_position,
    place,
)
from cnncalc.spec.tokens import tokenize
from cnncalc.spec.yamltree import Entry, Mapping, Mistake, Scalar, Sequence, Tree


class Split(Exception):
    """A comma split a value; the rest of its list would only repeat it."""


class TreeReader:
    """Typed access to a YAML tree: says what was expected and found, and goes on."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems

    def wrong(self, wanted: str, tree: Tree, help: str = "") -> None:
        """Report a tree that is not what was wanted, unless it was reported already."""
        if not isinstance(tree, Mistake):
            message = f"{wanted}, found {describe(tree)}"
            advice = help or "`cnncalc explain E012` shows how it is written"
            self.problems.add("E012", message, place(tree), help=advice)

    def entries(self, tree: Tree, what: str) -> tuple[Entry, ...]:
        """The entries of a mapping; nothing for an empty value."""
        if isinstance(tree, Mapping):
            return tree.entries
        if not is_empty(tree):
            self.wrong(f"`{what}` must be a mapping (`key: value`)", tree)
        return ()

    def words(self, tree: Tree, what: str) -> list[Word]:
        """A list of words, or a single one."""
        items = tree.items if isinstance(tree, Sequence) else () if is_empty(tree) else (tree,)
        found = []
        for item in items:
            if isinstance(item, Scalar):
                found.append(Word(item.text, place(item)))
            else:
                self.wrong(f"`{what}` must be a list of names", item)
        return found

    def word(self, tree: Tree, what: str) -> Word | None:
        """One text."""
        if isinstance(tree, Scalar):
            return Word(tree.text, place(tree))
        self.wrong(f"`{what}` must be text", tree)
        return None

    def not_split(self, tree: Scalar) -> None:
        """Refuse a text that YAML ended at a comma within brackets."""
        if tree.text.count("(") <= tree.text.count(")") or not self.text[tree.end :].lstrip().startswith(","):
            return
        self.problems.add(
            "E104",
            "a comma inside `[...]` or `{...}` split this value in two",
            place(tree),
            detail="YAML ends it here",
            help="put quotes around it, or write it on a line of its own, without the outer brackets",
        )
        raise Split

    def expression(self, tree: Tree) -> Expression:
        """A value: an expression, or a list of them."""
        if isinstance(tree, Scalar):
            self.not_split(tree)
            if not tree.raw:
                return Literal(tree.text, *place(tree))
            if not tree.text.strip():
                return Literal(None, tree.start, tree.end)
            return parse_expression(self.text, tree.start, tree.end, self.problems)
        if isinstance(tree, Sequence):
            return Tuple(tuple(self.expression(item) for item in tree.items), *place(tree))
        self.wrong("expected a value", tree)
        return Broken(*place(tree))


class LayerReader(TreeReader):
    """Reads layers from YAML: chains, mappings and named parts."""

    def __init__(self, text: str, problems: Problems, blocks: frozenset[str]) -> None:
        super().__init__(text, problems)
        self.blocks = blocks
        self.chains: list[Scalar] = []
        """Every chain that was read, in order."""

    def step(self, tree: Tree) -> Step:
        """Layers: a chain, a list of layers, or named parts."""
        if isinstance(tree, Scalar):
            return self._chain(tree)
        if isinstance(tree, Sequence):
            if not tree.items:
                self.problems.add("E105", "expected a layer, found an empty list", place(tree))
            return self._foreign(foreign.in_list(tree), tree) or self._list(tree)
        if isinstance(tree, Mapping):
            if not tree.entries:
                self.problems.add("E105", "expected a layer, found an empty mapping", place(tree))
            return self._foreign(foreign.in_mapping(tree), tree) or self._mapped(tree)
        return Broken(*place(tree))

    def _foreign(self, found: foreign.Finding | None, tree: Tree) -> Step | None:
        """Report a layer that is written as in another tool's files."""
        if found is None:
            return None
        message, where, advice = found
        self.problems.add("E012", message, where, help=advice)
        return Broken(*place(tree))

    def _mapped(self, tree: Mapping) -> Step:
        steps = tuple(self._entry(entry) for entry in tree.entries)
        return steps[0] if len(steps) == 1 else Chain(steps, *place(tree))

    def _list(self, tree: Sequence) -> Step:
        try:
            return Chain(tuple(self.step(item) for item in tree.items), *place(tree))
        except Split:
            return Broken(*place(tree))

    def _chain(self, tree: Scalar) -> Step:
        if not tree.text.strip():
            self.problems.add(
                "E105", "expected a layer, found nothing", (tree.start, tree.end),
                help="remove the `-`, or write a layer after it",
            )  # fmt: skip
            return Broken(*place(tree))
        if not tree.raw:
            message = "a chain in quotes must not have escapes"
            self.problems.add("E012", message, place(tree), help="use single quotes")
            return Broken(*place(tree))
        self.not_split(tree)
        self.chains.append(tree)
        return parse_chain(self.text, tree.start, tree.end, self.problems)

    def _entry(self, entry: Entry) -> Step:
        key, value = entry
        if self._is_call(key.text) and not self._holds_layers(key.text, value):
            return self._call(key, value)
        if not isinstance(value, Mistake) and is_empty(value):
            self.wrong_part(key, value)
            return Broken(*place(key))
        name_place = place(key)
        why = refusal(key.text)
        if why:
            self.problems.add("E206", why, name_place, help=_name_like(key.text))
            return Broken(*name_place)
        return Named(self.step(value), key.text, name_place, key.start, max(value.end, key.end))

    def wrong_part(self, key: Scalar, value: Tree) -> None:
        """A key without a value that is no layer."""
        advice = did_you_mean(key.text, (*KINDS, *self.blocks))
        self.problems.add("E200", f"unknown layer `{key.text[:40]}`", place(key), help=advice)

    def _is_call(self, name: str) -> bool:
        return name in self.blocks or name == "from" or find(name) is not None

    def _holds_layers(self, name: str, value: Tree) -> bool:
        """Whether a layer's name is used as the name of a part: ``avgpool: gap``."""
        if isinstance(value, Scalar):
            if not value.raw:
                return False
            first = tokenize(self.text, value.start, value.end)[:2]
            if first[0].kind in ("(", "["):
                return "->" in value.text
            return first[0].kind == "name" and self._is_call(first[0].text) and first[1].kind != "="
        if isinstance(value, Sequence) and not self._joins(name):
            return any(isinstance(item, Mapping) or self._holds_layers(name, item) for item in value.items)
        return False

    def _joins(self, name: str) -> bool:
        found = find(name)
        return found is not None and name not in self.blocks and found[0].arity != (1, 1)

    def _call(self, key: Scalar, value: Tree) -> Step:
        arguments: tuple[Given, ...] | None = ()
        branches: tuple[Branch, ...] | None = None
        if isinstance(value, Mapping):
            arguments, branches = self._mapping(key, value)
        elif isinstance(value, Sequence) and self._joins(key.text):
            branches = tuple(self._branch("", item) for item in value.items)
        elif isinstance(value, Sequence):
            arguments = tuple(by_position(self.expression(item)) for item in value.items)
        elif isinstance(value, Scalar) and value.text.strip():
            arguments = self._positional_text(value)
        if arguments is None:
            return Broken(key.start, value.end)
        name_place, end = place(key), max(value.end, key.end)
        return Call(key.text, name_place, arguments, branches, None, (), key.start, end)

    def _positional_text(self, value: Scalar) -> tuple[Given, ...] | None:
        if value.raw:
            return parse_arguments(self.text, value.start, value.end, self.problems)
        return (by_position(Literal(value.text, *place(value))),)

    def _mapping(self, key: Scalar, value: Mapping) -> tuple[tuple[Given, ...], tuple[Branch, ...] | None]:
        """A mapping under a layer: arguments, and under one that joins, named branches."""
        found = find(key.text)
        names = argument_names(found[0]) if found else ()
        joins = self._joins(key.text)
        given, branches = [], []
        for name, item in value.entries:
            if joins and name.text not in names:
                branches.append(self._branch(name.text, item, place(name)))
            else:
                expression = self.expression(item)
                end = max(expression.end, name.end)
                given.append(Given(name.text, place(name), expression, name.start, end))
        return tuple(given), tuple(branches) if joins else None

    def _branch(self, name: str, tree: Tree, name_place: Place | None = None) -> Branch:
        why = refusal(name) if name else ""
        if why and name_place:
            self.problems.add("E206", why, name_place)
        step = self.step(tree)
        chain = step if isinstance(step, Chain) else Chain((step,), step.start, step.end)
        return Branch(name, chain, *place(tree))


def _name_like(text: str) -> str:
    """Advice with a name as similar as can be."""
    if "(" in text:
        return "in brackets a name and its value are joined by `=`, not by a colon"
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")[:40]
    if not name:
        return ""
    return f"e.g. `{name if name[:1].isalpha() and not refusal(name) else f'part_{name}'}`"


def is_empty(tree: Tree) -> bool:
    """Whether nothing stands there."""
    return isinstance(tree, Scalar) and not tree.text.strip()


def describe(tree: Tree) -> str:
    """What a tree is, in words."""
    if isinstance(tree, Sequence):
        return "a list"
    if isinstance(tree, Mapping):
        return "a mapping"
    if isinstance(tree, Scalar):
        return f"`{tree.text[:30]}`" if tree.text.strip() else "nothing"
    return "a mistake"
