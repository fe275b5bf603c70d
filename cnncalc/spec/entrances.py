"""Where data enters a network."""

from __future__ import annotations

from typing import Any

from cnncalc.arithmetic import is_array
from cnncalc.layers.shape import Input
from cnncalc.network import Builder, Node
from cnncalc.spec.binding import LayerUse
from cnncalc.spec.document import Document
from cnncalc.spec.evaluate import Unknown, describe
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.refusals import looks_channels_last
from cnncalc.spec.scope import UNKNOWN, Flow, Namer, Scope
from cnncalc.spec.source import Place, Problems
from cnncalc.spec.syntax import Call, Expression, place
from cnncalc.spec.values import Values


class Entrances(Values):
    """Makes the inputs, and says so where nothing enters."""

    def __init__(self, document: Document, problems: Problems, builder: Builder) -> None:
        super().__init__(document, problems)
        self.builder = builder
        self.namer = Namer()
        self.nodes: dict[str, Node] = {}
        self.parts: dict[str, Flow] = {}

    def input(self, call: Call, use: LayerUse, flow: Flow, scope: Scope, name: str) -> Flow:
        """The input of a chain; where the spec has its input already, that one."""
        if "shape" not in use.values or self.nodes:
            if isinstance(flow, Node) and isinstance(flow.layer, Input):
                return flow
            if flow is None:
                self.no_input(place(call))
                return UNKNOWN
            message = "`input` stands first, and only once"
            raise SyntaxProblem("E225", message, place(call), help="several inputs stand under `input:`")
        return self.add_input(name or "input", use.values["shape"], scope)

    def add_input(self, name: str, shape: Expression, scope: Scope) -> Flow:
        """A place where data enters."""
        value = self.reported(shape, None, scope)
        return UNKNOWN if value is UNKNOWN else self.enter(name, value, place(shape))

    def enter(self, name: str, value: Any, where: Place) -> Flow:
        """A place where data of this shape enters."""
        sizes = value if isinstance(value, tuple) else (value,)
        whole = sizes and all((type(size) is int or is_array(size)) and size >= 1 for size in sizes)
        if not whole or len(sizes) > 4:
            message = f"an input is channels x sizes, got {describe(value)}"
            advice = "e.g. `input: 3x224x224`"
            if len(sizes) > 4 and whole:
                message = f"an input has channels and at most 3 further axes, got {len(sizes)} numbers"
                advice = "leave the batch axis out"
            self.problems.add("E016", message, where, help=advice)
            return UNKNOWN
        self.namer.take((), name)
        if looks_channels_last(sizes):
            self._warn_channels_last(sizes, where)
        node = self.builder.input(name, sizes, self.problems.source.span(*where))
        self.nodes[name] = node
        return node

    def _warn_channels_last(self, sizes: tuple[int, ...], where: Place) -> None:
        height, width, channels = sizes
        message = f"the input {height}x{width}x{channels} looks channels-last"
        advice = f"shapes are channels first: {channels}x{height}x{width}"
        self.problems.add("W401", message, where, help=advice, severity="warning")

    def no_input(self, where: Place) -> None:
        """Report that nothing says what enters."""
        if self.document.is_pattern:
            advice = "start with INPUT(3x32x32) -> ..., or give --input 3x32x32"
            self.problems.add("E013", "the chain does not say what enters it", where, help=advice)
        else:
            advice = "e.g. `input: 3x224x224` (channels x height x width)"
            self.problems.add("E013", "no `input:`", where, help=advice)

    def nothing_enters(self, call: Call) -> SyntaxProblem:
        """The error for a layer that nothing enters."""
        inputs = [name for name, node in self.nodes.items() if isinstance(node.layer, Input)]
        if not inputs:
            self.no_input(place(call))
            raise Unknown
        message = f"nothing enters `{call.name}` here: the spec has several inputs"
        advice = f"start with {' or '.join(f'from({name})' for name in inputs)}"
        return SyntaxProblem("E223", message, place(call), help=advice)
