"""Layers as other tools' files have them, and how they are written here."""

from __future__ import annotations

from typing import TypeAlias

from cnncalc.layers import find
from cnncalc.spec.guesses import ARGUMENTS, layer_advice
from cnncalc.spec.names import refusal
from cnncalc.spec.signatures import argument_names
from cnncalc.spec.source import Place
from cnncalc.spec.syntax import place
from cnncalc.spec.yamltree import Entry, Mapping, Scalar, Sequence, Tree

Finding: TypeAlias = tuple[str, Place, str]
"""What is wrong, where, and how it is written here."""

_KIND = frozenset(["class", "class_name", "kind", "layer", "layer_type", "module", "op", "op_type", "type"])
_SOURCE = frozenset(["bottom", "from", "input", "inputs"])
_CONFIG = "config"
"""Where Keras has the arguments."""


def in_mapping(tree: Mapping) -> Finding | None:
    """A kind, a name or a source that stands beside a layer's arguments: ``{type: conv, k: 3}``."""
    by_key = {entry.key.text: entry for entry in tree.entries}
    kind = _first(by_key, _KIND)
    if kind and _is_kind(kind.value) and _are_arguments(kind, tree):
        return "a layer's arguments stand under its kind", place(kind.key), _rewritten(kind, by_key)
    name = by_key.get("name")
    if name and len(by_key) > 1 and _is_plain(name.value):
        return "a layer's name is the key before it", place(name.key), f"write `{_text(name.value)}: ...`"
    source = by_key.get("from")
    if source and _is_plain(source.value) and tree.entries[1:] and tree.entries[-1] is source:
        advice = f"write it first: `from({_text(source.value)}) -> ...`"
        return "`from` stands behind the layer that should read there", place(source.key), advice
    return None


def in_list(tree: Sequence) -> Finding | None:
    """YOLO's ``[from, number, module, [arguments]]``."""
    if len(tree.items) != 4:
        return None
    source, number, module, arguments = tree.items
    if not (_is_number(number) and _is_kind(module) and isinstance(arguments, Sequence)):
        return None
    layer = _joined(_text(module)) or f"{_called(_text(module))}{_text(arguments)}"
    before = "" if _text(source) == "-1" or "|" in layer else "from(NAME) -> "
    again = "" if _text(number) == "1" else f"*{_text(number)}"
    advice = f"write `{before}{layer}{again}`"
    return "this is YOLO's list of from, number, module and arguments", place(tree), advice


def _joined(name: str) -> str:
    """A layer that joins, as it is written here; empty for all others."""
    found = find(_bare(name))
    joins = name == "Concat" or (found is not None and found[0].arity != (1, 1))
    return f"{'cat' if name == 'Concat' else _called(name)}[id | from(NAME)]" if joins else ""


def _first(by_key: dict[str, Entry], names: frozenset[str]) -> Entry | None:
    return next((entry for key, entry in by_key.items() if key.lower() in names), None)


def _is_plain(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.text.replace(".", "_").isidentifier()


def _is_number(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.text.isdecimal()


def _is_kind(tree: Tree) -> bool:
    """Whether the tree names a layer, here or in another framework."""
    return isinstance(tree, Scalar) and bool(find(_bare(tree.text)) or layer_advice(_bare(tree.text)))


def _bare(name: str) -> str:
    return name.removeprefix("torch.").removeprefix("nn.")


def _called(name: str) -> str:
    """The kind's name, as it is here if it is known."""
    found = find(_bare(name))
    return found[0].kind if found else name


def _are_arguments(kind: Entry, tree: Mapping) -> bool:
    """Whether all that stands beside the kind are arguments, and none is a layer or a part."""
    found = find(_bare(_text(kind.value)))
    known = {"name", _CONFIG, *_SOURCE, *ARGUMENTS, *(argument_names(found[0]) if found else ())}
    others = [entry.key.text.lower() for entry in tree.entries if entry is not kind]
    return known.issuperset(others) and bool(others or refusal(kind.key.text))


def _rewritten(kind: Entry, by_key: dict[str, Entry]) -> str:
    """The same layer in the spec language."""
    source = _first(by_key, _SOURCE)
    apart = {"name", kind.key.text, *([source.key.text] if source else [])}
    given = ", ".join(_argument(entry) for key, entry in by_key.items() if key not in apart)
    name = f"{_text(by_key['name'].value)}: " if "name" in by_key else ""
    before = f"from({_text(source.value)}) -> " if source else ""
    call = _called(_text(kind.value)) + (f"({given})" if given else "")
    return f"write `{name}{before}{call}`"


def _argument(entry: Entry) -> str:
    if entry.key.text == _CONFIG and isinstance(entry.value, Mapping):
        return ", ".join(map(_argument, entry.value.entries))
    return f"{entry.key.text}={_text(entry.value)}"


def _text(tree: Tree) -> str:
    """A tree in a few words."""
    if isinstance(tree, Scalar):
        return tree.text[:40]
    if isinstance(tree, Sequence):
        return f"({', '.join(_text(item) for item in tree.items[:6])})"
    return "..."
