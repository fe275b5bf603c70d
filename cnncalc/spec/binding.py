"""Which layer or block a call means, and which argument each value is for.

This is worked out once for each call in the text, before anything is expanded: whatever can be
wrong about names is found even in blocks that are never used.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cnncalc.layers import find, names
from cnncalc.layers.arguments import Argument
from cnncalc.layers.base import Layer
from cnncalc.layers.shape import Input
from cnncalc.spec.document import Block, Document
from cnncalc.spec.guesses import layer_advice
from cnncalc.spec.signatures import (
    argument_advice,
    argument_names,
    dashed_order,
    positional,
    reference,
    required,
    window_argument,
)
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.syntax import (
    Call,
    Expression,
    Given,
    Literal,
    Name,
    Step,
    Tuple,
    by_position,
    calls,
    place,
)


class LayerUse(NamedTuple):
    """A layer with its arguments by canonical name; ``rank`` is what a suffix like ``2d`` demands."""

    cls: type[Layer]
    rank: int | None
    values: dict[str, Expression]
    defaults: frozenset[str]
    """Names among the values that come from ``defaults:``."""
    reference: Expression | None = None
    """The layer it refers to, for kinds that take over what another layer says."""


class BlockUse(NamedTuple):
    """The use of a block with its arguments by parameter."""

    block: Block
    values: dict[str, Expression]


class FromUse(NamedTuple):
    """A jump back to a named layer."""

    target: Expression


Use: TypeAlias = LayerUse | BlockUse | FromUse


class Missing(NamedTuple):
    """A size that a pattern leaves open."""

    key: str
    place: Place


class Binder:
    """Resolves calls against the kinds and the document's blocks."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.blocks = document.blocks
        self.is_pattern = document.is_pattern
        self.problems = problems
        self.missing: list[Missing] = []
        self._uses: dict[int, Use | None] = {}
        self.defaults: dict[str, dict[str, Expression]] = {}
        for word, given in document.defaults:
            self._default(word.text, word.place, given)

    def add_default(self, kind: str, argument: str, value: Expression) -> None:
        """Set a default from outside of the text."""
        self.defaults.setdefault(kind, {})[argument] = value

    def _default(self, name: str, where: Place, given: tuple[Given, ...]) -> None:
        found = find(name)
        if found is None:
            self._unknown_layer(name, where)
            return
        for one in given:
            argument = self._argument(found[0], one)
            if argument is not None:
                self.add_default(found[0].kind, argument.name, one.value)

    def use(self, call: Call) -> Use | None:
        """What the call means, or None where that was reported as an error."""
        key = id(call)
        if key not in self._uses:
            self._uses[key] = self._resolve(call)
        return self._uses[key]

    def check(self, step: Step) -> None:
        """Resolve every call in a piece of the tree."""
        for call in calls(step):
            self.use(call)

    def _resolve(self, call: Call) -> Use | None:
        if call.name in self.blocks:
            return self._block(call, self.blocks[call.name])
        if call.name.lower() == "from":
            return self._from(call)
        if call.name.lower() == "input":
            return self._input(call)
        found = find(call.name)
        if found is None:
            found, call = _kernel_in_name(call)
        if found is None:
            self._unknown_layer(call.name, call.name_place)
            return None
        return self._layer(call, *found)

    def _unknown_layer(self, name: str, where: Place) -> None:
        advice = layer_advice(name) or did_you_mean(name, (*names(), *self.blocks, "from"))
        stem = name.rstrip("0123456789").lower()
        bare = name.rpartition(".")[2]
        if bare != name and find(bare):
            known = find(bare)
            counted = known is not None and "out_" in "".join(known[0].arguments)
            advice = f"write {bare} alone{', without the number of inputs' if counted else ''}"
        elif stem in names() and not layer_advice(name):
            advice = f"did you mean `{stem}`? Its number of axes follows from the input; `{stem}2d` demands 2"
        self.problems.add("E200", f"unknown layer `{name[:60]}`", where, help=advice)

    def _from(self, call: Call) -> FromUse | None:
        if len(call.arguments) != 1 or call.branches is not None or call.arguments[0].name:
            message = "`from` takes the name of one layer"
            self.problems.add("E210", message, place(call), help="e.g. from(C1), or cat[from(a) | from(b)]")
            return None
        return FromUse(call.arguments[0].value)

    def _input(self, call: Call) -> LayerUse | None:
        values = [given.value for given in call.arguments]
        if call.size is not None:
            values.insert(0, call.size)
        values.extend(call.dashed)
        if not values:
            return LayerUse(Input, None, {}, frozenset())
        shape = values[0] if len(values) == 1 else Tuple(tuple(values), values[0].start, values[-1].end)
        return LayerUse(Input, None, {"shape": shape}, frozenset())

    def _block(self, call: Call, block: Block) -> BlockUse | None:
        if call.branches is not None or call.size is not None:
            self.problems.add("E222", f"block `{block.name}` takes no branches", place(call))
            return None
        parameters = [parameter.name for parameter in block.parameters]
        values: dict[str, Expression] = {}
        good = True
        for number, given in enumerate((*call.arguments, *map(by_position, call.dashed))):
            name = given.name or (parameters[number] if number < len(parameters) else "")
            good &= self._known_parameter(block, name, given, values)
            values[name] = given.value
        for parameter in block.parameters:
            if parameter.default is None and parameter.name not in values:
                message = f"block `{block.name}` needs `{parameter.name}`"
                self.problems.add(
                    "E213", message, place(call), labels=((block.place, "defined here"),),
                    help=f"e.g. {block.name}({', '.join(f'{name}=...' for name in parameters)})",
                )  # fmt: skip
                good = False
        return BlockUse(block, values) if good else None

    def _known_parameter(self, block: Block, name: str, given: Given, values: dict[str, Expression]) -> bool:
        parameters = [parameter.name for parameter in block.parameters]
        label = ((block.place, "defined here"),)
        if not name:
            listed = f"at most {_counted(len(parameters), 'argument')} ({', '.join(parameters)})"
            message = f"block `{block.name}` takes {listed if parameters else 'no arguments'}"
            self.problems.add("E210", message, place(given), labels=label)
        elif name not in parameters:
            message = f"block `{block.name}` has no parameter `{name}`"
            advice = did_you_mean(name, parameters)
            self.problems.add("E211", message, given.name_place, labels=label, help=advice)
        elif name in values:
            self.problems.add("E212", f"`{name}` is given twice", place(given))
        else:
            return True
        return False

    def _layer(self, call: Call, cls: type[Layer], rank: int | None) -> LayerUse | None:
        placed, surplus = _placed(call, cls)
        for given in surplus:
            self._too_many(cls, given)
        named = [given.value for _, given in placed if given.name and given.name == reference(cls)]
        if named:
            return self._referring(call, cls, rank, named[0], len(placed))
        joins_well = self._check_branches(call, cls)
        values = self._values(call, cls, placed)
        if values is None or surplus or not joins_well:
            return None
        defaults = self.defaults.get(cls.kind, {})
        missing = [name for name in required(cls) if name not in values and name not in defaults]
        if missing:
            self._needs(call, cls, missing)
            return None
        taken = frozenset(defaults) - frozenset(values)
        return LayerUse(cls, rank, {**defaults, **values}, taken)

    def _values(
        self, call: Call, cls: type[Layer], placed: list[tuple[str, Given]]
    ) -> dict[str, Expression] | None:
        """The values by the names of their arguments; None where one was refused and reported."""
        values: dict[str, Expression] = {}
        good = True
        for name, given in placed:
            argument = cls.arguments[name] if name else self._argument(cls, given)
            if argument is None:
                good = False
            elif argument.name in values:
                self._twice(call, argument.name, given, values)
                good = False
            else:
                values[argument.name] = given.value
        return values if good else None

    def _twice(self, call: Call, name: str, given: Given, values: dict[str, Expression]) -> None:
        by_position = [one for one in call.arguments if not one.name]
        advice = ""
        if name == "kernel_size" and len(by_position) > 1:
            advice = "if the first number is that of the input channels, leave it out: it is worked out"
        if {"f", "k"} <= {one.name.lower() for one in call.arguments}:
            advice = f"K is the kernel here, as F is; the number of filters stands first: {call.name}(8, 3)"
        label = ((place(values[name]), "first"),)
        self.problems.add("E212", f"`{name}` is given twice", place(given), labels=label, help=advice)

    def _referring(
        self, call: Call, cls: type[Layer], rank: int | None, target: Expression, arguments: int
    ) -> LayerUse | None:
        if arguments == 1 and call.branches is None:
            return LayerUse(cls, rank, {}, frozenset(), target)
        message = f"`{reference(cls)}` says all that `{cls.kind}` needs to know"
        self.problems.add("E210", message, place(call), help="leave the other arguments and branches out")
        return None

    def _too_many(self, cls: type[Layer], given: Given) -> None:
        order = positional(cls)
        listed = f" ({', '.join(order)})" if order else ""
        message = f"`{cls.kind}` takes at most {_counted(len(order), 'positional argument')}{listed}"
        if not order:
            message = f"`{cls.kind}` takes no positional arguments"
        self.problems.add("E210", message, place(given))

    def _argument(self, cls: type[Layer], given: Given) -> Argument | None:
        known = argument_names(cls)
        argument = known.get(given.name) or known.get(given.name.lower())
        if argument is None:
            message = f"`{cls.kind}` has no argument `{given.name[:60]}`"
            self.problems.add("E211", message, given.name_place, help=argument_advice(cls, given.name))
        return argument

    def _check_branches(self, call: Call, cls: type[Layer]) -> bool:
        fewest, most = cls.arity
        if call.branches is None and fewest < 2:
            return True
        count = len(call.branches or ())
        if count >= max(fewest, 2) and (most is None or count <= most):
            return True
        message, advice = _about_branches(call, cls, count)
        self.problems.add("E222", message, place(call), help=advice)
        return False

    def _needs(self, call: Call, cls: type[Layer], missing: list[str]) -> None:
        if self.is_pattern:
            self.missing += [Missing(f"{cls.kind}.{name}", call.name_place) for name in missing]
            return
        listed = " and ".join(f"`{name}`" for name in missing)
        wanted = ", ".join(f"{name}=..." for name in required(cls))
        message = f"`{cls.kind}` needs {listed}"
        self.problems.add("E213", message, place(call), help=f"e.g. {call.name}({wanted})")


def _placed(call: Call, cls: type[Layer]) -> tuple[list[tuple[str, Given]], list[Given]]:
    """Arguments with the name their position gives them, empty where they carry their own; and the rest.

    A size without brackets is the window, dashed numbers have an order of their own.
    """
    order = positional(cls)
    placed: list[tuple[str, Given]] = []
    surplus: list[Given] = []
    if call.size is not None:
        window, size = window_argument(cls), by_position(call.size)
        placed, surplus = ([(window, size)], []) if window else ([], [size])
        order = tuple(name for name in order if name != window)
    dashed = dashed_order(cls, len(call.dashed))
    placed += zip(dashed, map(by_position, call.dashed), strict=False)
    surplus += map(by_position, call.dashed[len(dashed) :][:1])
    for number, given in enumerate(call.arguments):
        if given.name or number < len(order):
            placed.append(("" if given.name else order[number], given))
        else:
            surplus.append(given)
    return placed, surplus


def _about_branches(call: Call, cls: type[Layer], count: int) -> tuple[str, str]:
    """What is wrong with a call's branches, and what to do."""
    fewest, most = cls.arity
    if most is not None and most < 2:
        return f"`{cls.kind}` takes no branches", "branches belong to add[a | b], cat[a | b] and the like"
    if reference(cls):
        advice = f"name it, as in maxpool(2) as p1, and refer to it: {cls.kind}({reference(cls)}=p1)"
        return f"`{cls.kind}` needs the {reference(cls)} that it undoes", advice
    named = [given.value.text for given in call.arguments if isinstance(given.value, Name)]
    wanted = " | ".join(f"from({name})" for name in named if name.lower() != "id") or "conv(8, 3, padding=1)"
    advice = f"branches stand in square brackets: {cls.kind}[{wanted} | id]"
    return f"`{cls.kind}` joins at least {fewest} branches, got {count}", advice


def _kernel_in_name(call: Call) -> tuple[tuple[type[Layer], int | None] | None, Call]:
    """``conv3-64``, as the VGG paper writes it: the kernel stands in the name."""
    stem = call.name.rstrip("0123456789")
    digits = call.name[len(stem) :]
    found = find(stem) if digits and call.dashed and len(digits) < 3 else None
    if found is None:
        return None, call
    start, end = call.name_place
    kernel = Literal(int(digits), start + len(stem), end)
    return found, call._replace(name=stem, dashed=(kernel, *call.dashed))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
