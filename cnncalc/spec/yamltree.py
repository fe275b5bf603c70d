"""YAML, from events to a tree of our own in one pass.

The tree is built straight from the parser's events, with an explicit stack, so nothing recurses
and nothing is guessed: every scalar stays text with its place. Limits hold while events arrive;
anchors, aliases, merge keys, tags and several documents are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from cnncalc.spec.source import Problems, Source
from cnncalc.spec.yamlchecks import Refused, check_layout, not_yaml

_PREFIX = "tag:yaml.org,2002:"
_SHORT = 20_000
"""Characters that the slow loader may read again, to say where an error is."""


class Scalar(NamedTuple):
    """A piece of text; ``raw`` tells whether the source has it letter by letter."""

    text: str
    raw: bool
    start: int
    end: int


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    value: Tree


class Mapping(NamedTuple):
    """Keys and values in order."""

    entries: tuple[Entry, ...]
    flow: bool
    start: int
    end: int


class Sequence(NamedTuple):
    """Items in order."""

    items: tuple[Tree, ...]
    flow: bool
    start: int
    end: int


class Mistake(NamedTuple):
    """Stands where something was refused and reported."""

    start: int
    end: int


Tree: TypeAlias = Scalar | Mapping | Sequence | Mistake


def read_yaml(source: Source, problems: Problems, parser: Any = None) -> Tree | None:
    """The tree of a YAML text, or None where there is nothing; raises :class:`Refused`.

    ``parser`` is a PyYAML loader class; by default the one in C where there is one.
    """
    import yaml

    check_layout(source, problems)
    text = source.text.replace("\t", " ")  # inside a line, one loader takes tabs and the other does not
    first = parser or getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(source, problems).compose(yaml.parse(text, Loader=first))
    except yaml.YAMLError as error:
        return _second_opinion(error, text, source, problems)


def _second_opinion(error: Exception, text: str, source: Source, problems: Problems) -> Tree | None:
    """What the loader in Python makes of it, so that messages are the same with and without C."""
    import yaml

    if len(text) <= _SHORT:
        try:
            return _Composer(source, problems).compose(yaml.parse(text, Loader=yaml.SafeLoader))
        except yaml.YAMLError as caught:
            error = caught
    not_yaml(error, source, problems)
    raise Refused


class _Open(NamedTuple):
    """A collection not yet closed."""

    event: Any
    children: list[Any]
    start: int


class _Composer:
    """Builds the tree from events."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.stack: list[_Open] = []
        self.documents = 0
        self.aliases: set[str] = set()
        self.root: Tree | None = None

    def compose(self, events: Iterable[Any]) -> Tree | None:
        """The root of the only document."""
        handlers = {
            "ScalarEvent": self._scalar,
            "SequenceStartEvent": self._open,
            "MappingStartEvent": self._open,
            "SequenceEndEvent": self._close_sequence,
            "MappingEndEvent": self._close_mapping,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        most = self.problems.limits.events
        for number, event in enumerate(events):
            if number > most:
                self.problems.add("E006", f"more than {most:,} YAML events", self._place(event))
                raise Refused
            handler = handlers.get(type(event).__name__)
            if handler is not None:
                handler(event)
        if any(d.code in ("E003", "E004") for d in self.problems.found()):
            raise Refused
        return self.root

    def _place(self, event: Any) -> tuple[int, int]:
        start, end = event.start_mark.index, event.end_mark.index
        return start, max(end, start + 1)

    def _add(self, tree: Tree) -> None:
        if self.stack:
            self.stack[-1].children.append(tree)
        else:
            self.root = tree

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._add(self._refuse(event))
            return
        if not event.style:
            if not event.value:
                start = end = self._behind(start)
            end = start + len(self.source.text[start:end].rstrip())
            self._add(Scalar(event.value, True, start, end))
        else:
            self._add(_quoted(self.source.text, event.value, event.style, start, end))

    def _behind(self, at: int) -> int:
        """The end of what stands before an empty value; loaders differ in where they see it."""
        text = self.source.text
        while at and text[at - 1] in " \t\r\n":
            at -= 1
        return at

    def _open(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse(event)
        if len(self.stack) >= self.problems.limits.depth:
            message = f"nested deeper than {self.problems.limits.depth} levels"
            self.problems.add("E005", message, self._place(event))
            raise Refused
        self.stack.append(_Open(event, [], event.start_mark.index))

    def _close_sequence(self, event: Any) -> None:
        opened = self.stack.pop()
        end = self._end(opened, event)
        flow = bool(opened.event.flow_style)
        self._add(Sequence(tuple(opened.children), flow, opened.start, end))

    def _close_mapping(self, event: Any) -> None:
        opened = self.stack.pop()
        keys = opened.children[::2]
        if self.source.text.startswith("{{", opened.start) and any(isinstance(k, Mapping) for k in keys):
            self._template(opened.start)
            self._add(Mistake(opened.start, int(event.end_mark.index)))
            return
        pairs = zip(keys, opened.children[1::2], strict=True)
        entries = self._entries(pairs)
        flow = bool(opened.event.flow_style)
        self._add(Mapping(entries, flow, opened.start, self._end(opened, event)))

    def _end(self, opened: _Open, event: Any) -> int:
        """Where a collection ends; a block one at its last child, whatever the loader says."""
        if opened.event.flow_style or not opened.children:
            return int(event.end_mark.index)
        return int(opened.children[-1].end)

    def _entries(self, pairs: Iterable[tuple[Tree, Tree]]) -> tuple[Entry, ...]:
        entries: dict[str, Entry] = {}
        for key, value in pairs:
            if not isinstance(key, Scalar):
                if not isinstance(key, Mistake):
                    self._bad_key(key)
            elif key.text == "<<":
                self.problems.add("E003", "YAML merge key `<<` is not supported", (key.start, key.end),
                                  help="use a block with arguments, or `defaults:`")  # fmt: skip
            elif key.text in entries:
                self._twice(entries[key.text].key, key)
            else:
                entries[key.text] = Entry(key, value)
        return tuple(entries.values())

    def _twice(self, first: Scalar, again: Scalar) -> None:
        self.problems.add(
            "E009",
            f"key `{first.text[:40]}` appears twice",
            (again.start, again.end),
            detail="second time; one of them would be lost",
            labels=(((first.start, first.end), "first"),),
        )

    def _bad_key(self, key: Tree) -> None:
        self.problems.add("E008", "a key must be a plain word", (key.start, key.end))

    def _template(self, start: int) -> None:
        end = self.source.text.find("}}", start)
        message = "`{{ }}` means something else in YAML"
        advice = "expressions need no marker: write c*4, not {{ c*4 }}"
        self.problems.add("E008", message, (start, end + 2 if end > 0 else start + 2), help=advice)

    def _alias(self, event: Any) -> None:
        place = self._place(event)
        if event.anchor not in self.aliases:
            self.aliases.add(event.anchor)
            message = f"YAML alias `*{event.anchor[:40]}` is not supported"
            self.problems.add("E003", message, place, help="use a block with arguments")
        self._add(Mistake(*place))

    def _refuse(self, event: Any) -> Mistake:
        start, end = self._place(event)
        if event.anchor is not None:
            at = self.source.text.find("&", start)
            place = (at, at + 1 + len(event.anchor))
            message = f"YAML anchor `&{event.anchor[:40]}` is not supported"
            self.problems.add("E003", message, place, detail="anchor", help="use a block with arguments")
        if event.tag is not None:
            tag = event.tag.replace(_PREFIX, "!!")[:60]
            advice = "leave it out: the layer decides what a value is"
            self.problems.add("E004", f"YAML tag `{tag}` is not supported", (start, end), help=advice)
        return Mistake(start, end)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            place = self._place(event)
            self.problems.add("E010", "a spec is one YAML document", place, help="split it into files")
            raise Refused


def _quoted(text: str, value: str, style: str, start: int, end: int) -> Scalar:
    """A quoted or block scalar; its place is narrowed to the letters themselves where they are the same."""
    if style in ("|", ">"):
        first = text.find("\n", start, end) + 1
        last = first + len(text[first:end].rstrip()) if first else end
        return Scalar(value, True, first or start, max(last, first or start))
    inner = text[start + 1 : end - 1]
    same = inner.split() == value.split() and "\\" not in inner
    return Scalar(value, same, start + 1, end - 1) if same else Scalar(value, False, start, end)
