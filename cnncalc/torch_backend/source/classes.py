"""Parts of a network as classes, those that differ in numbers alone as one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from cnncalc.folding import Hole, Template, Unified, unify
from cnncalc.layers import show
from cnncalc.network import Memo, Network, Node, begins_with_number, check_name
from cnncalc.parts import Part, gives_of, parts_of, reads_of
from cnncalc.straight_line import Forward, Step, forward, identifier, shared_beginning, unused
from cnncalc.torch_backend.source.constructors import Written, code, written

INDENT = "    "


def class_name(network: Network) -> str:
    """What the network's class is called in its source."""
    words = re.findall(r"[A-Za-z0-9]+", network.name.partition("(")[0])
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    try:
        return check_name(name)
    except ValueError:
        return f"Net{name}"


class Line(NamedTuple):
    """A line of a constructor, and the shape that leaves what it makes."""

    text: Template
    comment: str = ""

    def indented(self) -> Line:
        """One level deeper."""
        return Line(Template(INDENT, self.text), self.comment)


class Body(NamedTuple):
    """What a part does: the lines that make its modules, and its forward pass.

    A chain has no forward pass of its own: it is an ``nn.Sequential`` of its lines, which stand in
    brackets.
    """

    lines: list[Line]
    forward: Forward | None
    brackets: tuple[str, str] = ("(", ")")

    @property
    def key(self) -> tuple[Any, ...]:
        """What bodies have in common that can be one class."""
        run = self.forward and (self.forward.arguments, tuple(text for text, _ in self.forward.lines))
        return tuple(line.text.key for line in self.lines), repr(run)


class Class(NamedTuple):
    """A class to be written: its name, where it was first needed, its arguments and lines."""

    name: str
    paths: list[str]
    body: Body
    unified: Unified


class Classes:
    """Finds the classes that a network needs, inner ones first."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.root = parts_of(network)
        memo = Memo()
        self.nodes = {node.name: memo.once("written", node, partial(written, node)) for node in network}
        self.found: list[Class] = []
        self.constructors: dict[tuple[str, ...], list[Line]] = {}
        parts = [part for part in self.root.parts() if not part.is_open and not part.twin]
        for height in sorted({part.height for part in parts}):
            self._unify([part for part in parts if part.height == height])

    @property
    def helpers(self) -> list[type]:
        """Classes of our own that the code needs."""
        return list(dict.fromkeys(cls for node in self.nodes.values() for cls in node.helpers))

    def _unify(self, parts: Sequence[Part]) -> None:
        groups: dict[Any, list[tuple[Part, Body]]] = {}
        for part in parts:
            body = self.body(part)
            groups.setdefault(body.key, []).append((part, body))
        for group in groups.values():
            part, body = group[0]
            if len(group) == 1 and body.forward is None:
                self.constructors[part.path] = _sequential(body)
            else:
                self._define(group)

    def _define(self, group: Sequence[tuple[Part, Body]]) -> None:
        merged = [Template.join("\n", [line.text for line in body.lines]) for _, body in group]
        unified = unify(merged, code, taken=frozenset({"self", "x", "nn", "torch"}))
        name = self._name([part.name for part, _ in group])
        paths = [".".join(part.path) for part, _ in group]
        self.found.append(Class(name, paths, group[0][1], unified))
        for place, (part, _) in enumerate(group):
            self.constructors[part.path] = [Line(_use(name, unified, place), _shape_after(part))]

    def _name(self, parts: Sequence[str]) -> str:
        """A class name: what the parts' names have in common, without numbers."""
        common = re.sub(r"[\d_]+$", "", shared_beginning(parts))
        words = (common if len(common) > 2 else re.sub(r"\d+$", "", parts[0])).split("_")
        name = "".join(word[:1].upper() + word[1:] for word in words) or "Part"
        name = name if name[0].isalpha() else f"Part{name}"
        taken = {class_name(self.network), *(cls.name for cls in self.found)} | {
            cls.__name__ for cls in self.helpers
        }
        return unused(name, {*taken, *_TAKEN})

    def body(self, part: Part) -> Body:
        """The lines of a part."""
        lines = list(self._constructors(part, ""))
        if self._is_chain(part):
            return self._chain(part)
        reads, gives = part.reads, part.gives
        if not part.path:
            reads, gives = tuple(node.name for node in self.network.inputs), self.network.outputs
        return Body(lines, forward(reads, list(self._steps(part)), gives))

    def _chain(self, part: Part) -> Body:
        """A chain as an ``nn.Sequential``: of layers that count themselves, or by their names."""
        names = [child.name if isinstance(child, Part) else child.local_name for child in part.order]
        if names == [str(number) for number in range(len(names))]:
            before, brackets = "", ("(", ")")
        elif any(map(begins_with_number, names)):
            before, brackets = '"{}": ', ("(OrderedDict({", "}))")
        else:
            before, brackets = "{}=", ("(OrderedDict(", "))")
        lines = [line for child in part.order for line in self._named(child, before, ",")]
        return Body(lines, None, brackets)

    def _is_chain(self, part: Part) -> bool:
        """Whether each step reads what the one before gives, and is a module of its own."""
        if not part.path or len(part.reads) != 1 or len(part.gives) != 1:
            return False
        before = part.reads[0]
        for step in part.order:
            gives = gives_of(step)
            if reads_of(step) != (before,) or len(gives) != 1 or not self._is_module(step, part):
                return False
            before = gives[0]
        return before == part.gives[0]

    def _is_module(self, step: Part | Node, part: Part) -> bool:
        if isinstance(step, Part):
            return not step.twin and step.path[:-1] == part.path
        own = self.nodes[step.name]
        in_place = not step.weights_from and step.path == part.path
        return own.constructor is not None and not own.call and in_place

    def _constructors(self, part: Part, prefix: str) -> Iterator[Line]:
        """Lines that give a part its modules, those of its open parts included."""
        for child in part.children:
            if isinstance(child, Part) and child.is_open:
                yield Line(Template("nn.Module()".join(_set(prefix, child.name))))
                yield from self._constructors(child, f"{prefix}{child.name}.")
            else:
                name = child.name if isinstance(child, Part) else child.local_name
                yield from self._named(child, *_set(prefix, name))

    def _named(self, child: Part | Node, before: str, after: str) -> list[Line]:
        """The constructor of a node or part, behind its name; nothing where none is needed."""
        if isinstance(child, Part):
            lines = [] if child.twin else self.constructors[child.path]
            name = child.name
        else:
            own: Written = self.nodes[child.name]
            needed = own.constructor is not None and not child.weights_from
            lines = [Line(Template(own.constructor or ""), show(child.output_shape))] if needed else []
            name = child.local_name
        if not lines:
            return []
        first = lines[0]._replace(text=Template(before.format(name), lines[0].text))
        joined = [first, *lines[1:]]
        joined[-1] = joined[-1]._replace(text=Template(joined[-1].text, after))
        return joined

    def _steps(self, part: Part) -> Iterator[Step]:
        depth = len(part.path)
        for step in part.order:
            if isinstance(step, Part):
                path = step.twin or step.path
                reads, gives = step.reads, step.gives
                places = ", ".join(f"{{{place}}}" for place in range(len(reads)))
                call = f"{attribute(path[depth:])}({places})"
                shapes = ", ".join(show(self.network[name].output_shape) for name in gives)
                yield Step(reads, gives, call, _telling(step.name), shapes)
            elif step.inputs:
                yield self._step(step, depth)

    def _step(self, node: Node, depth: int) -> Step:
        own = self.nodes[node.name]
        module = attribute((node.weights_from or node.name).split(".")[depth:])
        places = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
        call = own.call.replace("{self}", module) if own.call else f"{module}({places})"
        wanted = "" if re.fullmatch(rf"{node.kind}\d+", node.local_name) else _telling(node.local_name)
        return Step(node.inputs, (node.name,), call, wanted, show(node.output_shape))


_TAKEN = frozenset({"Tensor", "OrderedDict", "Any", "Sequence", "Callable", "ClassVar"})


def _telling(name: str) -> str:
    """The name of a part or layer, if it was given by hand and is not a number's."""
    return "" if re.search(r"\d$|^_", name) and not re.fullmatch(r"[a-z]\d", name) else identifier(name)


def attribute(path: Sequence[str]) -> str:
    """The code for a module within another.

    >>> attribute(["body", "conv"]), attribute(["body", "0"])
    ('self.body.conv', 'self.get_submodule("body.0")')
    """
    name = ".".join(path)
    return f'self.get_submodule("{name}")' if any(map(begins_with_number, path)) else f"self.{name}"


def _set(prefix: str, name: str) -> tuple[str, str]:
    """What stands before and behind a constructor to give a module its name."""
    owner = prefix.removesuffix(".")
    path = owner.split(".") if owner else []
    if begins_with_number(name):
        return f'{attribute(path) if path else "self"}.add_module("{name}", ', ")"
    return f"{attribute(path) if path else 'self'}.{name} = ", ""


def _sequential(body: Body) -> list[Line]:
    opening, closing = body.brackets
    opened = Line(Template(f"nn.Sequential{opening}"))
    return [opened, *(line.indented() for line in body.lines), Line(Template(closing))]


def _use(name: str, unified: Unified, place: int) -> Template:
    """The call that makes one of the parts that share a class."""
    arguments = [
        Hole(column[place], parameter, f", {parameter}=" if number else f"{parameter}=")
        for number, (parameter, column) in enumerate(unified.parameters.items())
    ]
    return Template(f"{name}(", *arguments, ")")


def _shape_after(part: Part) -> str:
    return ", ".join(show(part.network[name].output_shape) for name in part.gives)
