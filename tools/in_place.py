"""Puts a mutant into the running program: another body, or another constant."""

from __future__ import annotations

import ast
import gc
import inspect
import linecache
import os
import sys
import textwrap
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any

from mutants import ROOT, Mutant

UNPLACED = 3
"""Exit status of a process that could not put its mutant in place."""


def put_in_place(mutant: Mutant) -> None:
    """Change the running program, and the source that formulas read of themselves."""
    module = sys.modules[mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")]
    lines = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines(keepends=True)
    indent = "    " if mutant.owner else ""
    lines[mutant.line - 1 : mutant.end] = textwrap.indent(mutant.changed, indent).splitlines(keepends=True)
    file = str(ROOT / mutant.path)
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
    if mutant.name:
        _exchange(mutant, module, file)
    else:
        _replace_constant(mutant, module, file)


def _run(text: str, line: int, file: str, module: ModuleType) -> dict[str, Any]:
    tree = ast.increment_lineno(ast.parse(text), line - 1)
    found: dict[str, Any] = {}
    flags = annotations.compiler_flag
    exec(compile(tree, file, "exec", flags, dont_inherit=True), dict(vars(module)), found)  # noqa: S102
    return found


def _function(value: Any) -> FunctionType:
    value = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    return inspect.unwrap(value)


def _exchange(mutant: Mutant, module: ModuleType, file: str) -> None:
    """Give a function another body and other defaults."""
    places = vars(module)[mutant.owner] if mutant.owner else module
    old, new = _function(vars(places)[mutant.name]), _changed(mutant, module, file)
    if len(old.__code__.co_freevars) > len(new.__code__.co_freevars):  # ``super()`` is gone
        read = f"\n    if False: {', '.join(old.__code__.co_freevars)}\n"
        new = _changed(mutant._replace(changed=mutant.changed.rstrip() + read), module, file)
    before = old.__code__
    try:
        old.__code__ = new.__code__
    except ValueError:  # closures over other variables than before
        os._exit(UNPLACED)
    _exchange_closures(before, new.__code__)
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


def _changed(mutant: Mutant, module: ModuleType, file: str) -> FunctionType:
    if not mutant.owner:
        return _function(_run(mutant.changed, mutant.line, file, module)[mutant.name])
    text = f"class {mutant.owner}:\n" + textwrap.indent(mutant.changed, "    ")
    return _function(vars(_run(text, mutant.line - 1, file, module)[mutant.owner])[mutant.name])


def _exchange_closures(old: CodeType, new: CodeType) -> None:
    """What decorators and factories made with the old code goes on with the new, too.

    What closes over other variables than before stays as it is: tests call the factory anew.
    """
    inner = dict(zip(_nested(old), _nested(new), strict=False))
    if inner:
        for function in gc.get_objects():
            if type(function) is FunctionType and function.__code__ in inner:
                with suppress(ValueError):
                    function.__code__ = inner[function.__code__]


def _nested(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _replace_constant(mutant: Mutant, module: ModuleType, file: str) -> None:
    """Give a name another value, wherever it was imported."""
    for name, value in _run(mutant.changed, mutant.line, file, module).items():
        old = vars(module).get(name)
        for user in list(sys.modules.values()):
            if getattr(user, "__dict__", {}).get(name) is old:
                setattr(user, name, value)
