"""The top-level keys of a spec, read into a :class:`Document`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.layers import KINDS, find
from cnncalc.spec.chain import parse_chain
from cnncalc.spec.document import EXPECTED, KEYS, Block, Document, Parameter, Word
from cnncalc.spec.names import refusal
from cnncalc.spec.reading import LayerReader, Split
from cnncalc.spec.suggest import did_you_mean, similar
from cnncalc.spec.syntax import Broken, Call, Given, Name, place
from cnncalc.spec.yamltree import Entry, Mapping, Scalar, Sequence, Tree


class SpecReader(LayerReader):
    """Reads the top level."""

    def read(self, tree: Tree | None) -> Document:
        """The document; whatever is wrong in it is among the problems."""
        self.document = Document()
        if not isinstance(tree, Mapping):
            self._no_mapping(tree)
            return self.document
        entries = {entry.key.text: entry for entry in tree.entries}
        self.blocks = self._block_names(entries)
        for entry in tree.entries:
            handler = getattr(self, f"_read_{entry.key.text}", None) if entry.key.text in KEYS else None
            if handler is None:
                self._unknown_key(entry.key, entry.value)
            else:
                self.document.keys[entry.key.text] = place(entry.key)
                self._guarded(handler, entry.value)
        self._check_needed(entries, tree)
        return self.document

    def _guarded(self, handler: Callable[[Tree], None], value: Tree) -> None:
        try:
            handler(value)
        except Split:
            return

    def _no_mapping(self, tree: Tree | None) -> None:
        self.document.guessed.update(KEYS)
        advice = "a minimal spec has `input:` and `layers:`"
        if tree is None or (isinstance(tree, Scalar) and not tree.text.strip()):
            self.problems.add("E007", "the spec is empty", (0, 1), help=advice)
        else:
            self.wrong("a spec must be a mapping (`key: value`)", tree, advice)

    def _unknown_key(self, key: Scalar, value: Tree) -> None:
        advice = did_you_mean(key.text, KEYS)
        self.document.guessed.update(similar(key.text, KEYS))
        if not advice and find(key.text):
            advice = "layers stand in a list under `layers:`"
        if not advice and _is_number(value):
            advice = f"parameters stand under `params:`, as in params: {{{key.text[:40]}: ...}}"
        advice = advice or f"keys are {', '.join(KEYS)}"
        self.problems.add("E011", f"unknown key `{key.text[:40]}`", place(key), help=advice)

    def _check_needed(self, entries: dict[str, Entry], tree: Mapping) -> None:
        first = (tree.entries[0].key.start, tree.entries[0].key.end) if tree.entries else (0, 1)
        if "base" in entries:
            return
        if "layers" not in entries and "layers" not in self.document.guessed:
            self.problems.add("E013", "no `layers:`", first, help="e.g. `layers: [conv(6, 5), relu]`")

    def _block_names(self, entries: dict[str, Entry]) -> frozenset[str]:
        names = set()
        for key in ("blocks", "shared"):
            value = entries[key].value if key in entries else None
            if isinstance(value, Mapping):
                names |= {entry.key.text.partition("(")[0].strip() for entry in value.entries}
        return frozenset(names)

    def _read_cnncalc(self, tree: Tree) -> None:
        version = self.word(tree, "cnncalc")
        if version and version.text not in ("1", "1.0"):
            message = f"format version {version.text[:20]} is not known here"
            self.problems.add("E015", message, version.place, help="this cnncalc reads version 1")

    def _read_name(self, tree: Tree) -> None:
        self.document.name = self._text(tree, "name")

    def _read_doc(self, tree: Tree) -> None:
        self.document.doc = self._text(tree, "doc")

    def _read_source(self, tree: Tree) -> None:
        self.document.source = self._text(tree, "source")

    def _text(self, tree: Tree, what: str) -> str:
        word = self.word(tree, what)
        return word.text if word else ""

    def _read_input(self, tree: Tree) -> None:
        inputs = self.document.inputs
        if not isinstance(tree, Mapping):
            inputs["input"] = Word("input", place(tree)), self.expression(tree)
            return
        for entry in tree.entries:
            why = refusal(entry.key.text)
            if why:
                self.problems.add("E206", why, place(entry.key))
            else:
                word = Word(entry.key.text, place(entry.key))
                inputs[entry.key.text] = word, self.expression(entry.value)

    def _read_params(self, tree: Tree) -> None:
        for key, value in self.entries(tree, "params"):
            word = Word(key.text, place(key))
            if not key.text.isidentifier():
                message = f"`{key.text[:40]}` is no name for a parameter"
                self.problems.add("E206", message, place(key), help="use letters, digits and _")
            self.document.params[key.text] = word, self.expression(value)

    def _read_defaults(self, tree: Tree) -> None:
        for key, value in self.entries(tree, "defaults"):
            given = tuple(
                Given(name.text, place(name), self.expression(item), name.start, item.end)
                for name, item in self.entries(value, key.text)
            )
            self.document.defaults.append((Word(key.text, place(key)), given))

    def _read_blocks(self, tree: Tree) -> None:
        self._read_definitions(tree, shared=False)

    def _read_shared(self, tree: Tree) -> None:
        self._read_definitions(tree, shared=True)

    def _read_definitions(self, tree: Tree, *, shared: bool) -> None:
        for key, value in self.entries(tree, "shared" if shared else "blocks"):
            call = parse_chain(self.text, key.start, key.end, self.problems) if key.raw else None
            if not isinstance(call, Call) or call.branches is not None or call.size or call.dashed:
                if not isinstance(call, Broken):
                    message = f"`{key.text[:40]}` does not define a block"
                    self.problems.add(
                        "E014", message, place(key), help="write `name: ...` or `name(a, b=1): ...`"
                    )
                continue
            self._define(call, value, shared=shared)

    def _define(self, call: Call, value: Tree, *, shared: bool) -> None:
        why = refusal(f"{call.name}1")
        if not why and call.name in KINDS:
            why = f"`{call.name}` is a layer; a block needs a name of its own"
        if why:
            self.problems.add("E206", why, call.name_place)
        blocks = self.document.blocks
        if call.name in blocks:
            first = (blocks[call.name].place, "first here")
            self.problems.add(
                "E205", f"block `{call.name}` is defined twice", call.name_place, labels=(first,)
            )
        parameters = self._parameters(call)
        body = self.step(value)
        blocks[call.name] = Block(call.name, (call.start, call.end), parameters, body, shared=shared)

    def _parameters(self, call: Call) -> tuple[Parameter, ...]:
        found: dict[str, Parameter] = {}
        for given in call.arguments:
            name, where, default = given.name, given.name_place, given.value
            if not name and isinstance(default, Name):
                parameter = Parameter(default.text, place(default), None)
            else:
                parameter = Parameter(name, where, default)
            if parameter.name in found or not parameter.name.isidentifier() or parameter.name == "cin":
                message = "a block's parameters must be different names"
                self.problems.add("E014", message, (given.start, given.end), help="e.g. `stage(c, n=2): ...`")
            else:
                found[parameter.name] = parameter
        return tuple(found.values())

    def _read_tables(self, tree: Tree) -> None:
        for key, value in self.entries(tree, "tables"):
            self.document.tables[key.text] = self._table(value)

    def _table(self, tree: Tree) -> Any:
        """Rows as text, or lists of numbers; the layer checks what they say."""
        if isinstance(tree, Sequence):
            return tuple(self._table(item) for item in tree.items)
        if isinstance(tree, Scalar):
            rows = tree.text.split()
            numeric = len(rows) == 1 and tree.text.isdigit() and len(tree.text) < 9
            return int(tree.text) if numeric else tuple(rows) if len(rows) > 1 else tree.text
        self.wrong("a table is a list of rows", tree)
        return ()

    def _read_layers(self, tree: Tree) -> None:
        if isinstance(tree, Scalar) and not tree.text.strip():
            self.problems.add("E013", "`layers:` is empty", place(tree), help="e.g. `- conv(6, 5) -> relu`")
            return
        self.document.layers = self.step(tree)

    def _read_outputs(self, tree: Tree) -> None:
        self.document.outputs = self.words(tree, "outputs")

    def _read_freeze(self, tree: Tree) -> None:
        self.document.freeze = self.words(tree, "freeze")

    def _read_base(self, tree: Tree) -> None:
        self.document.base = self.word(tree, "base")

    def _read_rounding(self, tree: Tree) -> None:
        word = self.word(tree, "rounding")
        rules = ("floor", "ceil", "exact")
        if word and word.text not in rules:
            message = f"`rounding` must be one of {', '.join(rules)}, got {word.text[:40]}"
            self.problems.add(
                "E215", message, word.place, help=did_you_mean(word.text, rules) or "choose one of these"
            )
            return
        self.document.rounding = word

    def _read_expect(self, tree: Tree) -> None:
        for key, value in self.entries(tree, "expect"):
            word = Word(key.text, place(key))
            if key.text not in EXPECTED and key.text != "output":
                message = f"`expect` knows no `{key.text[:40]}`"
                advice = (
                    did_you_mean(key.text, (*EXPECTED, "output")) or f"it knows {', '.join(EXPECTED)}, output"
                )
                self.problems.add("E301", message, place(key), help=advice)
            elif isinstance(value, Mapping):
                inner = {k.text: self.expression(v) for k, v in value.entries}
                self.document.expect[key.text] = word, inner, place(value)
            else:
                self.document.expect[key.text] = word, self.expression(value), place(value)


def _is_number(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.text.strip().replace(".", "", 1).isdigit()
