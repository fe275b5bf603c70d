"""Specs written in the one usual way, by changing as little of the text as possible.

Names become canonical, steps are joined by ``->``, spaces are put where they are usual. What is not
a chain or a name is left alone, so comments and the layout of the YAML survive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cnncalc.errors import SpecError
from cnncalc.layers import find
from cnncalc.spec.assembly import looks_like_chain
from cnncalc.spec.binding import Binder, LayerUse
from cnncalc.spec.chain import parse_chain, read_tokens
from cnncalc.spec.document import Document
from cnncalc.spec.expressions import KEYWORDS
from cnncalc.spec.keys import SpecReader
from cnncalc.spec.signatures import argument_names, dashed_order, positional, window_argument
from cnncalc.spec.source import Problems, Source, TooManyErrors
from cnncalc.spec.syntax import Call, Expression, Literal, Step, calls
from cnncalc.spec.tokens import Token
from cnncalc.spec.yamlchecks import Refused, check_characters
from cnncalc.spec.yamltree import Mapping, Sequence, Tree, read_yaml

_READABLE = ("E011", "E013", "E015", "E016")
"""Errors that do not keep a text from being formatted."""

Edit = tuple[int, int, str]
"""Offsets of a stretch of text, and what replaces it."""


def format_spec(text: str, origin: str = "<spec>") -> str:
    """The text as it is usually written; raises :class:`SpecError` where it cannot be read.

    >>> format_spec("INPUT(3x32x32)->[CONV(16,3,p=1),RELU]*2 -> FC-10")
    'input(3x32x32) -> (conv(16, 3, padding=1) -> relu)*2 -> fc(10)'
    """
    if looks_like_chain(text):
        source = Source(text.strip(), origin)
        return _Formatter(source).chain_alone() + ("\n" if text.endswith("\n") else "")
    return _Formatter(Source(_tidied(text), origin)).spec()


def _tidied(text: str) -> str:
    """Spaces for tabs that indent, none at the ends of lines, one line break at the end."""
    lines = [re.sub(r"^[ \t]*", lambda m: m[0].replace("\t", "  "), line) for line in text.split("\n")]
    return "\n".join(line.rstrip(" \t\r") for line in lines).rstrip("\n") + "\n"


class _Formatter:
    """Collects edits to one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems = Problems(source)
        self.renames: dict[int, tuple[int, str]] = {}
        """New text for a name, or a name with numbers behind it, and where the old one ends."""

    def chain_alone(self) -> str:
        text = self.source.text
        document = Document()
        document.layers = parse_chain(text, 0, len(text), self.problems)
        self._refuse()
        self._rename(document, document.layers)
        return self._chain(0, len(text))

    def spec(self) -> str:
        tree, reader = self._read()
        document = reader.document
        for step in (document.layers, *(block.body for block in document.blocks.values())):
            self._rename(document, step)
        self._rename_defaults(document)
        edits = list(self._chain_edits(reader, set(_in_flow(tree))))
        done = [(start, end) for start, end, _ in edits]
        for start, (end, new) in self.renames.items():
            if not any(first <= start < last for first, last in done):
                edits.append((start, end, new))
        return _applied(self.source.text, edits)

    def _read(self) -> tuple[Tree | None, SpecReader]:
        reader = SpecReader(self.source.text, self.problems, frozenset())
        tree = None
        try:
            check_characters(self.source, self.problems)
            tree = read_yaml(self.source, self.problems)
            reader.read(tree)
        except (Refused, TooManyErrors):
            pass
        self._refuse()
        return tree, reader

    def _refuse(self) -> None:
        """Raise what keeps the text from being read."""
        found = [d for d in self.problems.found() if d.code < "E2" and d.code not in _READABLE]
        if found:
            raise SpecError(found, self.source.text, self.source.origin)

    # Names

    def _rename(self, document: Document, step: Step) -> None:
        quiet = Problems(self.source)
        binder = Binder(document, quiet)
        for call in calls(step):
            try:
                use = binder.use(call)
            except TooManyErrors:
                return
            if call.name in document.blocks:
                continue
            if isinstance(use, LayerUse):
                self._rename_layer(call, use)
            elif call.name != call.name.lower() and call.name.lower() == "from":
                self.renames[call.name_place[0]] = call.name_place[1], "from"

    def _rename_layer(self, call: Call, use: LayerUse) -> None:
        start, end = call.name_place
        kind = use.cls.kind
        known = argument_names(use.cls)
        for given in call.arguments:
            if given.name in known and known[given.name].name != given.name:
                self.renames[given.name_place[0]] = given.name_place[1], known[given.name].name
        numbers = self._numbers(call, use)
        if numbers:
            last = call.dashed[-1] if call.dashed else call.size
            assert last is not None
            self.renames[start] = last.end, f"{kind}({numbers})"
        elif call.name != kind:
            self.renames[start] = end, kind

    def _numbers(self, call: Call, use: LayerUse) -> str:
        """The numbers of ``CONV-3-64`` or ``maxpool 2x2`` as arguments; empty where there are none."""
        text = self.source.text
        if call.arguments or not (call.dashed or call.size):
            return ""
        order = positional(use.cls)
        if call.size is not None:
            name, size = window_argument(use.cls), _size(text[call.size.start : call.size.end])
            return size if not order or order[0] == name else f"{name}={size}"
        values = {name: _size(text[v.start : v.end]) for name, v in self._dashed(call, use)}
        return ", ".join(values[name] for name in order if name in values) or ", ".join(values.values())

    def _dashed(self, call: Call, use: LayerUse) -> Iterator[tuple[str, Expression]]:
        digits = call.name[len(call.name.rstrip("0123456789")) :]
        dashed = list(call.dashed)
        if digits and find(call.name) is None:
            end = call.name_place[1]
            dashed.insert(0, Literal(int(digits), end - len(digits), end))
        names = dashed_order(use.cls, len(dashed)) or ("shape",) * len(dashed)
        return zip(names, dashed, strict=False)

    def _rename_defaults(self, document: Document) -> None:
        for word, given in document.defaults:
            found = find(word.text)
            if found is None:
                continue
            if found[0].kind != word.text:
                self.renames[word.place[0]] = word.place[1], found[0].kind
            known = argument_names(found[0])
            for one in given:
                if one.name in known and known[one.name].name != one.name:
                    self.renames[one.name_place[0]] = one.name_place[1], known[one.name].name

    # Chains

    def _chain_edits(self, reader: SpecReader, in_flow: set[int]) -> Iterator[Edit]:
        for scalar in reader.chains:
            old = self.source.text[scalar.start : scalar.end]
            new = self._chain(scalar.start, scalar.end)
            breaks = scalar.start in in_flow and new.count(",") > old.count(",")
            keep = breaks or "'" in new or '"' in new
            yield scalar.start, scalar.end, old if keep else new

    def _chain(self, start: int, end: int) -> str:
        text = self.source.text
        tokens, roles = read_tokens(text, start, end, Problems(self.source))
        pieces: list[str] = []
        before: Token | None = None
        covered = start
        for token in tokens[:-1]:
            if token.start < covered:
                continue
            if before is not None:
                pieces.append(_gap(text[covered : token.start], before, token, roles))
            covered, piece = self.renames.get(token.start, (token.end, _written(token, roles)))
            pieces.append(piece)
            before = token
        return "".join(pieces) + text[covered:end].rstrip()


_WRITTEN = {"trailing": "", "separator": "->", "times": "*", "group": "(", "end of group": ")"}


def _size(text: str) -> str:
    return text.lower().replace("\u00d7", "x")


def _written(token: Token, roles: dict[int, str]) -> str:
    if token.kind == "size":
        return _size(token.text)
    return _WRITTEN.get(roles.get(token.start, ""), token.text)


def _gap(old: str, before: Token, token: Token, roles: dict[int, str]) -> str:
    """The space between two tokens; line breaks and comments stay as they are."""
    if "\n" in old or "#" in old:
        return old
    return " " if _apart(old, before, token, roles) else ""


def _apart(old: str, before: Token, token: Token, roles: dict[int, str]) -> bool:
    last, role = roles.get(before.start, ""), roles.get(token.start, "")
    if role == "separator" or last == "separator" or "|" in (before.kind, token.kind):
        return True
    if token.kind in (")", "]", ",", "?", "=") or role in ("call", "times", "trailing") or last == "times":
        return False
    if before.kind in ("(", "[", "="):
        return False
    if before.kind == "," or _is_keyword(before) or _is_keyword(token):
        return True
    return bool(old)


def _is_keyword(token: Token) -> bool:
    return token.kind == "name" and token.text in KEYWORDS


def _in_flow(tree: Tree | None, *, inside: bool = False) -> Iterator[int]:
    """Where the texts within ``[...]`` and ``{...}`` begin."""
    if isinstance(tree, Sequence | Mapping):
        inside = inside or tree.flow
        for child in _children(tree):
            yield from _in_flow(child, inside=inside)
    elif tree is not None and inside:
        yield tree.start


def _children(tree: Sequence | Mapping) -> Iterable[Tree]:
    if isinstance(tree, Sequence):
        return tree.items
    return (part for entry in tree.entries for part in entry)


def _applied(text: str, edits: list[Edit]) -> str:
    pieces, at = [], 0
    for start, end, new in sorted(edits):
        pieces += [text[at:start], new]
        at = end
    return "".join(pieces) + text[at:]
