"""The source of classes of our own, with everything it needs, for code that stands by itself."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType

_HOME = "cnncalc."


class Helpers:
    """Collects definitions and imports, each once, a definition before what uses it."""

    def __init__(self, classes: Iterable[type]) -> None:
        self.definitions: dict[str, str] = {}
        self.imports: set[str] = set()
        for cls in classes:
            self._need(cls.__name__, inspect.getmodule(cls))

    def _need(self, name: str, module: ModuleType | None) -> None:
        if module is None or name in self.definitions:
            return
        statement = _statement(module, name)
        if statement is None:
            return
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self._import(statement, name)
            return
        source = _source(module, statement)
        for owner, attribute in _attributes(statement):
            home = vars(module).get(owner)
            if isinstance(home, ModuleType) and home.__name__.startswith(_HOME):
                self._need(attribute, home)
                source = re.sub(rf"\b{owner}\.{attribute}\b", attribute, source)
        for used in _names(statement):
            if used != name:
                self._need(used, module)
        self.definitions.setdefault(name, source)

    def _import(self, statement: ast.Import | ast.ImportFrom, name: str) -> None:
        if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith(_HOME):
            home = import_module(str(statement.module))
            if not isinstance(getattr(home, name), ModuleType):
                self._need(name, home)
            return
        alias = next(a for a in statement.names if (a.asname or a.name) == name)
        one = type(statement)(**{**vars(statement), "names": [alias]})
        self.imports.add(ast.unparse(one))


def _statement(module: ModuleType, name: str) -> ast.stmt | None:
    """The top-level statement of a module that gives a name its meaning."""
    for statement in _parsed(module):
        if name in _defined(statement):
            return statement
    return None


@functools.cache
def _parsed(module: ModuleType) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(module)).body


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in statement.names)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _attributes(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Names and the attributes that are read off them, in order."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def _names(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement uses, in order."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


@functools.cache
def _lines(module: ModuleType) -> list[str]:
    return inspect.getsource(module).splitlines()


def _source(module: ModuleType, statement: ast.stmt) -> str:
    lines = _lines(module)
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(d.lineno for d in decorators)])
    return "\n".join(lines[first - 1 : statement.end_lineno])
