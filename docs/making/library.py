"""The reference of the library, made from its public docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, ForwardRef, get_origin

import cnncalc

HEAD = """\
# The library

Everything that `import cnncalc` gives, made from the docstrings by `python docs/generate.py`; the
tests run the examples. `import cnncalc` itself loads nothing: each name is imported when it is first
used, and PyTorch and NumPy only by what needs them.

All numbers are of one sample. Shapes are channels first, without the batch: `(16, 10, 10)`.
"""

FORMULAS_HEAD = """\
# Formulas

`from cnncalc import formulas`. Each is one return expression, and takes ints, NumPy int64 arrays and
SymPy symbols alike. This page is made from the docstrings by `python docs/generate.py`; the tests run
the examples.

Numbers that make no sense are answered in words: a `cnncalc.UsageError` (a `ValueError`, and where it is
no number at all a `TypeError` as well) names the argument, what it got and what it takes.

```python
>>> from cnncalc import formulas
>>> formulas.output_size(32, kernel=5, stride=0)
Traceback (most recent call last):
cnncalc.errors.UsageError: output_size: stride is 0, but it must be at least 1
>>> formulas.output_size(3, kernel=5)
Traceback (most recent call last):
cnncalc.errors.UsageError: output_size(size=3, kernel=5, stride=1, padding=0, dilation=1) has no value: a window over 5 positions does not fit into 3

```

In an array of sizes those below 1 are windows that do not fit. `formulas.output_size.unchecked` and its
like take numbers as they are.

`Working` keeps a formula with its numbers, and shows how the result comes about:

```python
>>> from cnncalc import Working, formulas
>>> working = Working(formulas.conv_params, in_channels=3, out_channels=96, kernel=(11, 11))
>>> working.value
34944
>>> print(working.text())
out_channels * (in_channels * kernel + bias) = 96 * (3 * 11 x 11 + 1) = 34,944

```

"""

_ROLE = re.compile(r":\w+:`~?(?:cnncalc\.)?([^`]+)`")
_EXAMPLE = re.compile(r"^>>> .*?(?=^\s*$|\Z)", re.MULTILINE | re.DOTALL)
MOST_CHARACTERS = 88
_DESCRIBED = (property, cached_property, classmethod, staticmethod)


def library_page() -> str:
    """Functions, classes and modules of the package."""
    modules = [name for name in cnncalc.__all__ if inspect.ismodule(getattr(cnncalc, name))]
    plain = [name for name in cnncalc.__all__ if name not in modules and not name.startswith("__")]
    functions = [name for name in plain if not inspect.isclass(getattr(cnncalc, name))]
    classes = [name for name in plain if name not in functions]
    parts = [HEAD, "## Functions\n"]
    parts += [_function(getattr(cnncalc, name), f"cnncalc.{name}", 3) for name in functions]
    parts += ["## Classes\n", *(_class(getattr(cnncalc, name), f"cnncalc.{name}") for name in classes)]
    parts += ["## Modules\n", *(_module(getattr(cnncalc, name)) for name in modules if name != "formulas")]
    return "\n".join(parts)


def formulas_page() -> str:
    """Every formula."""
    found = public(cnncalc.formulas)
    titles = _sections(inspect.getsource(cnncalc.formulas))
    index = [f"{titles.get(name, '')}- [`{name}`](#{name}): {_first(thing)}\n" for name, thing in found]
    sections = [_function(thing, name, 2) for name, thing in found]
    return FORMULAS_HEAD + "\n".join(["".join(index).lstrip(), *sections]) + "\n" + _sources()


def _sections(source: str) -> dict[str, str]:
    """Titles that stand as comments in a module, by the function that each stands before."""
    pairs = re.findall(r"^# (.+)\n+(?:@\w+\n)?def (\w+)", source, re.MULTILINE)
    return {name: f"\n**{title}**\n\n" for title, name in pairs}


def _sources() -> str:
    """The sources that the docstrings cite, from the head of the module."""
    text = (inspect.getdoc(cnncalc.formulas) or "").partition("Sources:")[2]
    entries = re.sub(r"\n\s+", " ", text.strip()).replace(" [", "\n[").splitlines()
    return "## Sources\n\n" + "".join(f"- {' '.join(entry.split())}\n" for entry in entries)


def public(module: ModuleType) -> list[tuple[str, Any]]:
    """The functions and classes of a module: those it lists, or those it defines."""
    listed = getattr(module, "__all__", None)
    names = listed or [name for name, thing in vars(module).items() if _is_own(thing, module)]
    things = [(name, getattr(module, name)) for name in names if not name.startswith("_")]
    return [(name, thing) for name, thing in things if inspect.isroutine(thing) or inspect.isclass(thing)]


def _is_own(thing: Any, module: ModuleType) -> bool:
    is_code = inspect.isfunction(thing) or inspect.isclass(thing)
    return is_code and thing.__module__ == module.__name__


def _module(module: ModuleType) -> str:
    name = module.__name__
    parts = [f"### {name}\n", markdown(_doc(module)) + "\n"]
    if name == "cnncalc.render":
        from cnncalc.render.pictures import render

        parts.append(_function(render, name, 4))
    for short, thing in public(module):
        what = f"{name.removeprefix('cnncalc.')}.{short}"
        parts.append(_class(thing, what, 4) if inspect.isclass(thing) else _function(thing, what, 4))
    return "\n".join(parts)


def _function(thing: Callable[..., Any], name: str, depth: int) -> str:
    head = f"{'#' * depth} {name.rpartition('.')[2] if depth < 4 else name}"
    return f"{head}\n\n{_call_of(thing, name)}{markdown(_doc(thing))}\n"


def _class(thing: type, name: str, depth: int = 3) -> str:
    head = f"{'#' * depth} {name.rpartition('.')[2] if depth < 4 else name}"
    made = "" if issubclass(thing, Exception) else _call_of(thing, name)
    text = f"{head}\n\n{made}{markdown(_doc(thing))}{_above(thing)}\n"
    members = list(_members(thing))
    return text + ("\n| Member | |\n|---|---|\n" + "".join(members) if members else "")


def _above(thing: type) -> str:
    """What an error can be caught as, besides its own name."""
    if not issubclass(thing, Exception):
        return ""
    return f"\n\nCaught as {', '.join(f'`{base.__name__}`' for base in thing.__bases__)} too."


def _members(thing: type) -> Iterator[str]:
    """Public members with a docstring, inherited ones included, constants and fields aside."""
    ours = [above for above in reversed(thing.__mro__) if above.__module__.startswith("cnncalc")]
    found = {name: member for above in ours for name, member in vars(above).items()}
    for name, member in found.items():
        is_code = isinstance(member, _DESCRIBED) or inspect.isfunction(member)
        if name.startswith("_") or name in getattr(thing, "_fields", ()) or not is_code:
            continue
        call = _call(member)
        meaning = " ".join(markdown(_doc(member).partition(">>>")[0]).split())
        yield f"| `{_cell(name + call)}` | {_cell(meaning)} |\n"


def _call(member: Any) -> str:
    if isinstance(member, classmethod | staticmethod):
        return signature(member.__func__, bound=isinstance(member, classmethod))
    return signature(member, bound=True) if inspect.isfunction(member) else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def signature(thing: Callable[..., Any], *, bound: bool = False) -> str:
    """How it is called, annotations as they stand in the code."""
    found = inspect.signature(thing)
    given = list(found.parameters.values())[1 if bound else 0 :]
    result = "" if inspect.isclass(thing) else _annotation(found.return_annotation)
    return f"({', '.join(_parameters(given))}){f' -> {result}' if result else ''}"


def _call_of(thing: Callable[..., Any], name: str) -> str:
    """A block with a name and its signature, one parameter on each line where they are many."""
    text = name + signature(thing)
    if len(text) > MOST_CHARACTERS:
        given = _parameters(list(inspect.signature(thing).parameters.values()))
        lines = "".join(f"    {parameter},\n" for parameter in given)
        text = f"{name}(\n{lines}){text.rpartition(')')[2]}"
    return f"```python\n{text}\n```\n\n"


def _parameters(given: list[inspect.Parameter]) -> Iterator[str]:
    starred = False
    for parameter in given:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred = starred or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        yield _parameter(parameter)


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = stars + parameter.name
    if annotation := _annotation(parameter.annotation):
        text += f": {annotation}"
    if parameter.default is parameter.empty:
        return text
    return f"{text} = {parameter.default!r}" if annotation else f"{text}={parameter.default!r}"


def _annotation(annotation: Any) -> str:
    """An annotation as it stands in the code; nothing where it says nothing."""
    if (
        annotation in (Any, "Any", inspect.Parameter.empty, "None", None)
        or get_origin(annotation) is Annotated
    ):
        return ""
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _doc(thing: Any) -> str:
    return inspect.getdoc(thing) or ""


def _first(thing: Any) -> str:
    return markdown(_doc(thing).partition("\n\n")[0]).replace("\n", " ")


def markdown(doc: str) -> str:
    """A docstring as Markdown: roles and literals as code, examples in blocks."""
    text = _ROLE.sub(r"`\1`", doc)
    text = text.replace("``", "`").replace("::\n", ":\n")
    return _EXAMPLE.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", text).rstrip()
