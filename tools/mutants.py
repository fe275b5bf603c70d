"""The mutants of a module: every change that mutmut's operators make of a function or an assignment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import deep_replace
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).parent.parent


class Mutant(NamedTuple):
    """One changed statement: ``owner`` is the class it stands in, ``name`` the function, if it is one."""

    path: str
    line: int
    end: int
    owner: str
    name: str
    text: str
    changed: str
    is_wording: bool
    kind: str

    @property
    def place(self) -> tuple[str, str, str]:
        """The function, whose mutants mostly fall to the same tests."""
        return self.path, self.owner, self.name

    @property
    def key(self) -> str:
        """What tells it from all others, as long as its statement stays as it is."""
        return f"{self.path}|{self.owner}|{self.name}|{self.text}|{self.changed}"


def mutants(path: str) -> Iterator[Mutant]:
    """All mutants of a module."""
    wrapper = MetadataWrapper(cst.parse_module((ROOT / path).read_text(encoding="utf-8")))
    places = wrapper.resolve(PositionProvider)
    kinds = _kinds(wrapper.module)
    for owner, statement in _statements(wrapper.module):
        bare = statement.with_changes(leading_lines=[])
        text = wrapper.module.code_for_node(bare)
        start = min(places[node].start.line for node in (statement, *getattr(statement, "decorators", ())))
        name = statement.name.value if isinstance(statement, cst.FunctionDef) else ""
        for node in _nodes(statement):
            is_wording = isinstance(node, cst.BaseString)
            for changed in _changes(node):
                after = wrapper.module.code_for_node(deep_replace(bare, node, changed))
                end = places[statement].end.line
                yield Mutant(path, start, end, owner, name, text, after, is_wording, kinds.get(owner, ""))


def _statements(module: cst.Module) -> Iterator[tuple[str, Any]]:
    """Functions and constants, with the class they stand in; attributes of classes are left alone."""
    for statement in module.body:
        if isinstance(statement, cst.ClassDef):
            functions = (inner for inner in statement.body.body if isinstance(inner, cst.FunctionDef))
            yield from ((statement.name.value, inner) for inner in functions)
        elif _is_mutated(statement):
            yield "", statement


def _kinds(module: cst.Module) -> dict[str, str]:
    """The kinds of layers by their classes."""
    named = m.SimpleStatementLine([m.Assign([m.AssignTarget(m.Name("kind"))], m.SimpleString())])
    found = {}
    for cls in module.body:
        for line in cls.body.body if isinstance(cls, cst.ClassDef) else ():
            if m.matches(line, named):
                found[cls.name.value] = line.body[0].value.evaluated_value
    return found


def _is_mutated(statement: cst.CSTNode) -> bool:
    """Functions and assignments, but for types, test data and what only counts as a class is made."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return isinstance(statement, cst.FunctionDef)
    match statement.body[0]:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name not in ("examples", "_EXAMPLES", "_SHAPES", "__slots__", "Arguments")
        case cst.AnnAssign(target=cst.Name(value=name), annotation=annotation):
            return name != "examples" and not m.findall(annotation, m.Name("TypeAlias"))
    return False


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What may be changed in a statement."""
    if isinstance(node, cst.Annotation | cst.Decorator):
        return
    called = node.func if isinstance(node, cst.Call) else None
    if isinstance(called, cst.Name) and called.value in ("len", "isinstance", "Example"):
        return
    if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "doc":
        return
    yield node
    for child in node.children:
        yield from _nodes(child)


def _changes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from (changed for changed in operator(node) if not _drops_doc(node, changed))


def _drops_doc(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Whether the change is in the argument ``doc``."""
    if not isinstance(node, cst.Call):
        return False
    documents = [
        [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == "doc"]
        for call in (node, changed)
    ]
    return documents[0] != documents[1]
