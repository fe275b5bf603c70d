"""What recurs in a network, written once: repeats, and blocks with arguments.

Again and again the stretch of steps whose writing as a block saves most becomes one. Stretches are
alike if their texts differ in numbers alone; those numbers are the block's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cnncalc.folding import Hole, Template, Unified, unify
from cnncalc.network import Node
from cnncalc.spec.writing.leaves import Symbol, show
from cnncalc.spec.writing.steps import Join, Loop, Step, chain, named
from cnncalc.straight_line import unused

LONGEST = 32
"""Steps of a stretch that is looked at."""

MOST_PARAMETERS = 7

_STARTS = frozenset({"attention", "conv", "linear", "merge", "pool", "recurrent"})
"""Families of layers with which people begin a block."""

WHOLE_PART = 1.6
"""How much more a block is worth that is a whole part of the network."""

Chain = list[Step]


class Block(NamedTuple):
    """A block: its name, its parameters, and its steps, in which the parameters stand."""

    name: str
    parameters: tuple[str, ...]
    steps: Chain


class _Stretch(NamedTuple):
    steps: Chain
    start: int
    end: int

    @property
    def inside(self) -> Chain:
        return self.steps[self.start : self.end]


class Folder:
    """Finds blocks in chains and replaces what they stand for by their use.

    ``name_of`` proposes a name for a stretch that adds these nodes, and tells whether they are a
    whole part of the network.
    """

    def __init__(
        self, chains: Sequence[Chain], name_of: Callable[[Sequence[Node]], tuple[str, bool]], taken: set[str]
    ) -> None:
        self.chains = list(chains)
        self.name_of = name_of
        self.taken = taken
        self.blocks: list[Block] = []

    def fold(self) -> None:
        """Find every block worth having, then write repeats as such; and once more, over repeats."""
        for _ in range(2):
            for level in range(max(map(_depth, self.chains), default=0), -1, -1):
                while (best := self._best(level)) is not None:
                    self._make(best)
                    self._collapse()
            self._collapse()
        self._drop_mere_names()

    def _drop_mere_names(self) -> None:
        """Take a block out that is but another name of one other, which gets the shorter of both."""
        while found := self._mere_name():
            block, other = found
            self.blocks.remove(block)
            stays, goes = sorted((block.name, other), key=len)
            self._rename(goes, stays)

    def _mere_name(self) -> tuple[Block, str] | None:
        """A block that is but another name, and of which one."""
        names = {block.name for block in self.blocks}
        for block in self.blocks:
            other = block.steps[0].template
            holes = tuple(hole.value for hole in other.holes)
            is_use = len(block.steps) == 1 and other.pieces and other.pieces[0] in names - {block.name}
            if is_use and holes == block.parameters:
                return block, str(other.pieces[0])
        return None

    def _rename(self, name: str, to: str) -> None:
        self.blocks = [block._replace(name=to) if block.name == name else block for block in self.blocks]
        for steps in list(self._all_chains()):
            for step in steps:
                if step.template.pieces[0] == name:
                    step.template.pieces[0] = to
        for steps in list(self._all_chains()):
            _refresh_joins(steps)

    def _collapse(self) -> None:
        for steps in list(self._all_chains()):
            collapse(steps)
        for steps in list(self._all_chains()):
            _refresh_joins(steps)

    def _all_chains(self) -> Iterator[Chain]:
        """Every chain, branches of joins included, inner ones first."""
        for steps in [*(block.steps for block in self.blocks), *self.chains]:
            yield from _inner_chains(steps)
            yield steps

    def _at_level(self, level: int) -> Iterator[Chain]:
        """The chains at least so deep inside joins, and those of blocks.

        Inner parts become blocks before outer ones: what a block's use says of the channels that
        enter is then said where they enter.
        """
        for block in self.blocks:
            yield from _inner_chains(block.steps)
            yield block.steps
        for steps in self.chains:
            yield from _inner_chains(steps, level)
            if level == 0:
                yield steps

    def _best(self, level: int) -> list[_Stretch] | None:
        """The stretches, all alike, whose writing as a block saves most."""
        groups: dict[tuple[object, ...], list[_Stretch]] = {}
        for steps in self._at_level(level):
            keys = [named(step).key if not step.name else (id(step),) for step in steps]
            for start in range(len(steps)):
                for end in range(start + 1, min(len(steps), start + LONGEST) + 1):
                    groups.setdefault(tuple(keys[start:end]), []).append(_Stretch(steps, start, end))
        best, most = None, 2.0
        for group in groups.values():
            if len(group) < 2:
                continue
            apart = _apart(group)
            saved = self._saved(apart)
            if saved > most:
                best, most = apart, saved
        return best

    def _saved(self, group: Sequence[_Stretch]) -> float:
        """Roughly how many layers of text a block saves."""
        size = sum(_weight(step) for step in group[0].inside)
        if len(group) < 2 or size < 2:
            return 0
        saved = (len(group) - 1) * (size - 1) - 2
        if saved <= 0:
            return 0
        found = _unified(group).parameters
        parameters = len(found)
        if parameters > MOST_PARAMETERS or parameters > size or any(map(_is_local, found.values())):
            return 0
        whole = all(self.name_of(_nodes(one.inside))[1] for one in group)
        natural = group[0].inside[0].nodes and group[0].inside[0].nodes[0].layer.family in _STARTS
        worth = WHOLE_PART if whole else 1 if natural else 0.7
        return (saved - 0.25 * parameters * len(group)) * worth

    def _make(self, group: list[_Stretch]) -> None:
        unified = _unified(group)
        name = self._free(self.name_of(_nodes(group[0].inside))[0])
        body = _symbolic(group[0].inside, iter(unified.expressions))
        self.blocks.append(Block(name, tuple(unified.parameters), body))
        arguments = [_Use(name, unified, place, one.inside) for place, one in enumerate(group)]
        for one, use in sorted(zip(group, arguments, strict=True), key=lambda pair: -pair[0].start):
            one.steps[one.start : one.end] = [use.step()]
        for steps in list(self._all_chains()):
            _refresh_joins(steps)

    def _free(self, name: str) -> str:
        free = unused(name, self.taken)
        self.taken.add(free)
        return free


class _Use(NamedTuple):
    """One use of a block."""

    block: str
    unified: Unified
    place: int
    inside: Chain

    def step(self) -> Step:
        """The use as a step."""
        nodes = _nodes(self.inside)
        around = next((node.input_shapes[0][0] for node in nodes if node.input_shapes), None)
        template = Template(self.block)
        for number, (parameter, column) in enumerate(self.unified.parameters.items()):
            template.add(Hole(column[self.place], parameter, ", " if number else "(", around=around))
        return Step(template.add(")") if self.unified.parameters else template, nodes)


def _symbolic(steps: Sequence[Step], expressions: Iterator[str | None]) -> Chain:
    """Copies of steps with these expressions in their holes; None leaves a value as it is."""
    copies: Chain = []
    for step in steps:
        if isinstance(step, Loop):
            body = [_symbolic(step.branches[0], expressions)]
            copies.append(step.with_parts(_with(step.head, expressions), body))
        elif isinstance(step, Join):
            head = _with(step.head, expressions)
            copies.append(step.with_parts(head, [_symbolic(b, expressions) for b in step.branches]))
        else:
            copies.append(replace(step, template=_with(step.template, expressions)))
    return copies


def _with(template: Template, expressions: Iterator[str | None]) -> Template:
    def symbol(hole: Hole) -> Hole:
        text = next(expressions)
        constant = text is None or text == show(hole.value)
        return hole._replace(value=hole.value if constant else Symbol(text), around=Symbol("cin"))

    return Template(*(symbol(piece) if isinstance(piece, Hole) else piece for piece in template.pieces))


def _weight(step: Step) -> float:
    """How much text a step is: one for each layer or use of a block written out in it."""
    if isinstance(step, Join):
        return 1 + sum(_weight(one) for branch in step.branches for one in branch)
    return 1


def _nodes(steps: Sequence[Step]) -> list[Node]:
    return [node for step in steps for node in step.nodes]


def _is_local(column: tuple[object, ...]) -> bool:
    """Whether a value speaks of the channels that enter, and so means nothing elsewhere."""
    return any(isinstance(value, Symbol) and "cin" in value for value in column)


def _depth(steps: Chain) -> int:
    """How deep joins are nested in a chain."""
    inner = [_depth(branch) for step in steps if isinstance(step, Join) for branch in step.branches]
    return 1 + max(inner) if inner else 0


def _inner_chains(steps: Chain, level: int = 0) -> Iterator[Chain]:
    """The branches of joins, inner ones first; those at least ``level`` deep."""
    for step in steps:
        if isinstance(step, Join):
            for branch in step.branches:
                yield from _inner_chains(branch, level - 1)
                if level <= 1:
                    yield branch


def _refresh_joins(steps: Chain) -> None:
    for step in steps:
        if isinstance(step, Join):
            for branch in step.branches:
                _refresh_joins(branch)
            step.template = step.compose()


def _apart(group: Sequence[_Stretch]) -> list[_Stretch]:
    """The stretches that do not overlap earlier ones."""
    ends: dict[int, int] = {}
    chosen = []
    for one in group:
        if one.start >= ends.get(id(one.steps), 0):
            chosen.append(one)
            ends[id(one.steps)] = one.end
    return chosen


def _unified(group: Sequence[_Stretch]) -> Unified:
    templates = [chain(one.inside) for one in group]
    around = list(zip(*([hole.around for hole in t.holes] for t in templates), strict=True))
    return unify(templates, show, given={"cin": around}, taken=_RESERVED)


_RESERVED = frozenset({"cin", "x", "as", "if", "or", "in", "id", "min", "max"})


def collapse(steps: Chain) -> None:
    """Write what stands several times in a row as a repeat."""
    texts = [named(step).text(show) for step in steps]
    for length in range(1, len(steps) // 2 + 1):
        start = 0
        while start + 2 * length <= len(steps):
            times = _times(texts, start, length)
            if times > 1 and _turns_better(steps, texts, start, length, times):
                start += 1
                continue
            if times > 1 and not any(step.name for step in steps[start : start + length]):
                steps[start : start + times * length] = [
                    _repeat(steps[start : start + times * length], length)
                ]
                texts = [named(step).text(show) for step in steps]
            start += 1


def _times(texts: Sequence[str], start: int, length: int) -> int:
    """How often the stretch stands there in a row."""
    times = 1
    while texts[start + times * length : start + (times + 1) * length] == texts[start : start + length]:
        times += 1
    return times


def _turns_better(steps: Chain, texts: Sequence[str], start: int, length: int, times: int) -> bool:
    """Whether the same repeat, begun one step or more later, begins with more."""
    later = range(start + 1, start + length)
    turns = [turn for turn in later if _times(texts, turn, length) == times]
    return any(_weight(steps[turn]) > _weight(steps[start]) for turn in turns)


def _repeat(steps: Chain, length: int) -> Step:
    head = Template(Hole(len(steps) // length, "n"))
    loop = Loop(head, _nodes(steps), head=head, branches=[steps[:length]])
    loop.template = loop.compose()
    return loop
