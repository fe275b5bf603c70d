"""The YAML of a network."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.folding import Template
from cnncalc.layers import names as kind_names
from cnncalc.layers import show as show_shape
from cnncalc.network import Network, Node
from cnncalc.spec.writing.blocks import Block, Folder
from cnncalc.spec.writing.leaves import Defaults, defaults_of, show, text_of
from cnncalc.spec.writing.steps import Step, named, reduced
from cnncalc.straight_line import shared_beginning

WIDTH = 100


class Written(NamedTuple):
    """The text of a spec, and what each node of the network is called in the network it makes."""

    text: str
    names: Mapping[str, str]


def write(network: Network, *, fold: bool = True) -> Written:
    """A network as a spec, repeats as blocks.

    The text is read back and compared before it is returned; layers get the names that the spec
    gives them, which ``names`` tells.
    """
    writer = _Writer(network, fold=fold)
    text = writer.text()
    names = _names(network, writer.order, text)
    frozen = [names[node.name] for node in network if node.frozen and node.layer.tensors(node.site)]
    if frozen:
        text += f"freeze: [{', '.join(_covering(frozen, network, names))}]\n"
    return Written(text, names)


def _names(network: Network, order: Sequence[Node], text: str) -> dict[str, str]:
    """What the nodes are called in the network that the text makes; the same layers, or a defect."""
    from cnncalc.spec import Limits, parse

    again = parse(text, origin="<written>", limits=Limits(layers=10**6, repeat=10**6))
    nodes = [node for node in again if node.kind != "input"]
    inputs = zip(network.inputs, again.inputs, strict=True)
    differ = [f"{a.layer} for {b.layer}" for a, b in zip(nodes, order, strict=False) if a.layer != b.layer]
    if differ or len(nodes) != len(order) or len(again.outputs) != len(network.outputs):
        detail = differ[0] if differ else f"{len(nodes)} layers for {len(order)}"
        raise CnncalcError(f"the spec that was written is not the network ({detail}): please report this")
    return {
        **{node.name: other.name for node, other in inputs},
        **{node.name: other.name for node, other in zip(order, nodes, strict=True)},
    }


def _covering(frozen: Sequence[str], network: Network, names: Mapping[str, str]) -> list[str]:
    """Parts that are frozen as a whole, and single layers."""
    weighted = [names[node.name] for node in network if node.layer.tensors(node.site)]
    wanted = set(frozen)
    found: dict[str, None] = {}
    for name in frozen:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            prefix = ".".join(parts[:depth])
            if all(w in wanted for w in weighted if w == prefix or w.startswith(f"{prefix}.")):
                found[prefix] = None
                break
    return list(found)


class _Writer:
    """Writes one network."""

    def __init__(self, network: Network, *, fold: bool) -> None:
        self.network = network
        self.defaults: Defaults = defaults_of(network)
        self.shared = self._shared_words()
        self.items = reduced(network, self._leaf)
        self.order = [node for item in self.items for step in item.steps for node in step.nodes]
        self.taken = {*kind_names(), "from", *self.shared.values(), *(n.name for n in network.inputs)}
        self._name_references()
        self.runs = list(self._by_part())
        self.blocks: list[Block] = []
        if fold:
            folder = Folder([steps for _, steps in self.runs], self._hint, self.taken)
            folder.fold()
            self.blocks = folder.blocks

    def _leaf(self, node: Node) -> Template:
        owner = node.weights_from or node.name
        return Template(self.shared[owner]) if owner in self.shared else text_of(node, self.defaults)

    def _shared_words(self) -> dict[str, str]:
        """A name for every set of weights that is used more than once."""
        words: dict[str, str] = {}
        for node in self.network:
            if node.weights_from and node.weights_from not in words:
                word = re.sub(r"\W", "_", node.weights_from)
                words[node.weights_from] = f"shared_{word}" if word in kind_names() else word
        return words

    # Names

    def _name_references(self) -> None:
        """Name the values that are not simply read by the next chain, and the outputs."""
        previous = self.network.inputs[0].name if len(self.network.inputs) == 1 else ""
        inputs = {node.name for node in self.network.inputs}
        by_value = {item.gives: item for item in self.items}
        self.aliases = {name: name for name in inputs}
        wanted: dict[str, None] = {}
        for item in self.items:
            wanted.update(dict.fromkeys(r for r in item.reads if r != previous or len(item.reads) > 1))
            previous = item.gives
        if self.network.outputs != (self.items[-1].gives,):
            wanted.update(dict.fromkeys(self.network.outputs))
        for value in wanted:
            if value not in self.aliases:
                self.aliases[value] = by_value[value].steps[-1].name = self._alias(value)
        self._put_reads_first()

    def _alias(self, value: str) -> str:
        local = value.rpartition(".")[2].lstrip("_")
        parts = [part.strip("_") for part in value.split(".")]
        for candidate in (local, "_".join(part for part in parts if part)):
            if re.match(r"[a-zA-Z]", candidate) and self._is_free(candidate):
                self.taken.add(candidate)
                return candidate
        number = 1
        while f"v{number}" in self.taken:
            number += 1
        self.taken.add(f"v{number}")
        return f"v{number}"

    def _is_free(self, name: str) -> bool:
        """Whether nothing has a name, nor may get it for want of one: a kind and a number."""
        stem = name.rstrip("0123456789")
        may_be_given = stem != name and any(node.kind == stem for node in self.network)
        return name not in self.taken and not may_be_given

    def _put_reads_first(self) -> None:
        """Begin a chain with the value it reads, where that is not the one just written."""
        previous = self.network.inputs[0].name if len(self.network.inputs) == 1 else ""
        for item in self.items:
            if len(item.reads) == 1 and item.reads[0] != previous:
                item.steps.insert(0, Step(Template(f"from({self.aliases[item.reads[0]]})"), []))
            elif len(item.reads) > 1:
                step = item.steps[0]
                ways = " | ".join(f"from({self.aliases[read]})" for read in item.reads)
                step.template = Template(step.template, f"[{ways}]")
            previous = item.gives

    # Parts

    def _by_part(self) -> Iterator[tuple[str, list[Step]]]:
        """Stretches of steps that belong to one named part of the network, or to none."""
        steps = [step for item in self.items for step in item.steps]
        parts = [_part_of(step) for step in steps]
        often = Counter(part for part, before in zip(parts, ["", *parts], strict=False) if part != before)
        telling = {part for part in often if often[part] == 1 and _tells(part) and self._is_free(part)}
        pairs = zip((part if part in telling else "" for part in parts), steps, strict=True)
        for part, group in groupby(pairs, key=itemgetter(0)):
            yield part, [step for _, step in group]

    def _hint(self, nodes: Sequence[Node]) -> tuple[str, bool]:
        """A name for a block that adds these nodes, and whether they are a whole part."""
        path = shared_beginning([node.path for node in nodes])
        classes: Mapping[str, str] = self.network.about.get("classes", {})
        depth = len(path)
        inside = sum(1 for node in self.network if node.path[:depth] == path) if path else 0
        whole = bool(path) and inside == len(nodes)
        known = classes.get(".".join(path)) if whole else None
        if known and known not in ("Sequential", "ModuleList"):
            return _snake(known), True
        local = re.sub(r"_?\d+$", "", path[-1]) if path else ""
        if whole and len(local) > 1 and local not in kind_names():
            return local, True
        kinds = {node.kind for node in nodes}
        word = next((w for kind, w in _WORDS.items() if kind in kinds), "part")
        return word, whole

    # Text

    def text(self) -> str:
        """The whole spec."""
        return "\n".join([*self._head(), *self._blocks(), "layers:", *self._layers(), *self._tail()]) + "\n"

    def _head(self) -> Iterator[str]:
        yield f"name: {_yaml_text(self.network.name)}"
        for key in ("doc", "source"):
            if self.network.about.get(key):
                yield f"{key}: {_yaml_text(str(self.network.about[key]))}"
        shapes = {node.name: show_shape(node.output_shape) for node in self.network.inputs}
        if list(shapes) == ["input"]:
            yield f"input: {shapes['input']}"
        else:
            yield f"input: {{{', '.join(f'{name}: {shape}' for name, shape in shapes.items())}}}"
        if self.defaults:
            yield "defaults:"
            for kind, values in self.defaults.items():
                yield f"  {kind}: {{{', '.join(f'{name}: {show(value)}' for name, value in values.items())}}}"
        if self.shared:
            yield "shared:"
            for owner, word in self.shared.items():
                yield f"  {word}: {text_of(self.network[owner], self.defaults).text(show)}"

    def _blocks(self) -> Iterator[str]:
        if self.blocks:
            yield "blocks:"
        for block in self.blocks:
            parameters = ", ".join(block.parameters)
            head = f"  {block.name}({parameters}):" if parameters else f"  {block.name}:"
            yield from _hanging(head, _texts(block.steps), "    ")

    def _layers(self) -> Iterator[str]:
        for part, steps in self.runs:
            texts = _texts(steps)
            if part:
                yield from _hanging(f"  - {part}:", texts, "      ")
            else:
                yield from (f"  - {line}" for line in _wrapped(texts))

    def _tail(self) -> Iterator[str]:
        if self.network.outputs != (self.items[-1].gives,):
            yield f"outputs: [{', '.join(self.aliases[name] for name in self.network.outputs)}]"


_WORDS = {
    "add": "residual",
    "mul": "gated",
    "cat": "joined",
    "conv": "unit",
    "dwconv": "unit",
    "linear": "dense_unit",
}


def _texts(steps: Sequence[Step]) -> list[str]:
    """The text of each step; a repeat's count has brackets only where it needs them."""
    return [re.sub(r"\*\((\w+)\)", r"*\1", named(step).text(show)) for step in steps]


def _hanging(head: str, texts: Sequence[str], indent: str) -> Iterator[str]:
    """A key and its chain: on one line where it fits, else as a list below."""
    line = f"{head} {' -> '.join(texts)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield head
    yield from (f"{indent}- {line}" for line in _wrapped(texts))


def _wrapped(texts: Sequence[str]) -> Iterator[str]:
    """A chain broken between steps into lines."""
    line = ""
    for text in texts:
        longer = f"{line} -> {text}" if line else text
        if line and len(longer) > WIDTH:
            yield line
            line = text
        else:
            line = longer
    if line:
        yield line


def _part_of(step: Step) -> str:
    paths = [node.path for node in step.nodes]
    common = shared_beginning(paths) if paths else ()
    return common[0] if common else ""


def _tells(part: str) -> bool:
    return part[:1].isalpha()


def _snake(name: str) -> str:
    found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return re.sub(r"\W", "_", found).strip("_") or "part"


def _yaml_text(text: str) -> str:
    """A text as a YAML scalar that means just that."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9 ._()/+-]*", shown) and shown == shown.strip():
        return shown
    return json.dumps(shown, ensure_ascii=False)
