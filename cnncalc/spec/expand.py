"""From a :class:`Document` to a network: blocks, repeats and conditions played out.

Flows go through the steps one by one. An error leaves an unknown flow behind, which silences what
depends on it; checking goes on with the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.arithmetic import plain
from cnncalc.errors import LayerError
from cnncalc.layers.base import Layer
from cnncalc.layers.shape import Identity, Input
from cnncalc.network import Builder, Node
from cnncalc.spec.binding import Binder, BlockUse, FromUse, LayerUse
from cnncalc.spec.counting import too_often
from cnncalc.spec.document import Block, Document
from cnncalc.spec.entrances import Entrances
from cnncalc.spec.evaluate import Unknown, Word
from cnncalc.spec.expressions import SyntaxProblem
from cnncalc.spec.names import refusal
from cnncalc.spec.refusals import layer_problem, wrong_rank
from cnncalc.spec.scope import UNKNOWN, Flow, Frame, Poison, Scope
from cnncalc.spec.source import Problems, TooManyErrors
from cnncalc.spec.suspicions import suspect
from cnncalc.spec.syntax import (
    Broken,
    Call,
    Chain,
    Choice,
    Name,
    Named,
    Optional,
    Repeat,
    Step,
    place,
)


class Expander(Entrances):
    """Plays the steps of a document into a :class:`Builder`."""

    def __init__(
        self, document: Document, binder: Binder, builder: Builder, problems: Problems, *, optional: bool
    ) -> None:
        super().__init__(document, problems, builder)
        self.binder = binder
        self.optional = optional
        self._layers: dict[tuple[type[Layer], str], Layer] = {}
        self._depth = 0
        self._steps = 0
        self._hopeless: set[str] = set()
        self._owners: dict[str, dict[str, Node]] = {}
        self._in_branch = False
        self._sharing: tuple[str, tuple[str, ...]] | None = None
        self._runners: dict[type, Callable[..., Flow]] = {
            Broken: self._broken,
            Call: self._call,
            Chain: self._chain,
            Choice: self._choice,
            Named: self._named,
            Optional: self._optional,
            Repeat: self._repeat,
        }

    def run(self, step: Step, flow: Flow, scope: Scope, name: str = "") -> Flow:
        """What leaves a step when ``flow`` enters it; ``name`` is what the step is to be called."""
        self._depth += 1
        self._steps += 1
        try:
            if self._depth > self.limits.uses or self._steps > 5 * self.limits.layers:
                self._too_much(step)
            return self._runners[type(step)](step, flow, scope, name)
        except Unknown:
            return UNKNOWN
        except SyntaxProblem as problem:
            problem.report(self.problems)
            return UNKNOWN
        finally:
            self._depth -= 1

    def _broken(self, step: Broken, flow: Flow, scope: Scope, name: str) -> Flow:
        return UNKNOWN

    def _chain(self, chain: Chain, flow: Flow, scope: Scope, name: str) -> Flow:
        if len(chain.steps) == 1:
            return self.run(chain.steps[0], flow, scope, name)
        inner = self._part(scope, name)
        for step in chain.steps:
            flow = self.run(step, flow, inner)
        return flow

    def _part(self, scope: Scope, name: str) -> Scope:
        if not name:
            return scope
        self.namer.take(scope.path, name)
        return scope.inside(name)

    def _optional(self, step: Optional, flow: Flow, scope: Scope, name: str) -> Flow:
        return self.run(step.body, flow, scope, name) if self.optional else flow

    def _choice(self, step: Choice, flow: Flow, scope: Scope, name: str) -> Flow:
        chosen = step.then if self.truth(step.condition, flow, scope) else step.otherwise
        return flow if chosen is None else self.run(chosen, flow, scope, name)

    def _repeat(self, step: Repeat, flow: Flow, scope: Scope, name: str) -> Flow:
        count = self._count(step, flow, scope)
        if count is None:
            return self.run(step.body, UNKNOWN, scope)
        inner = self._part(scope, name)
        for number in range(count):
            entered = flow
            flow = self.run(step.body, flow, inner.repeated() if number else inner)
            if isinstance(flow, Poison) and isinstance(entered, Poison):
                return flow
        return flow

    def _count(self, step: Repeat, flow: Flow, scope: Scope) -> int | None:
        """How often; None where a pattern leaves it open."""
        where = place(step.times)
        if isinstance(step.times, Name) and self.is_open(step.times, scope):
            self.missing_size(step.times.text, where)
            return None
        value = plain(self.value(step.times, flow, scope))
        if isinstance(value, Word):
            raise self.unknown_name(value, where, scope)
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"a repeat count must be a whole number, got {value}"
            raise SyntaxProblem("E215", message, where, help="wrap it: round(...)")
        if value < 0:
            raise SyntaxProblem("E216", f"a repeat count must be at least 0, got {value}", where)
        if value > self.limits.repeat:
            too_often(value, where, self.problems)
            raise Unknown
        return value

    def _named(self, step: Named, flow: Flow, scope: Scope, name: str) -> Flow:
        own = self._declarable(step, scope)
        result = self.run(step.body, flow, scope, own)
        if own:
            scope.declare(own, step.name_place, result)
            self.parts[".".join((*scope.path, own))] = result
        if own != step.name and own:
            scope.declare(step.name, step.name_place, result)
        if name:
            scope.declare(name, step.name_place, result)
        return result

    def _declarable(self, step: Named, scope: Scope) -> str:
        """The name to give, numbered in later repetitions; empty where it is refused."""
        why = refusal(step.name)
        if why:
            self.problems.add("E206", why, step.name_place)
            return ""
        local = scope.local(step.name)
        if scope.again:
            return self.namer.again(scope.path, step.name)
        if local in scope.frame.places:
            label = ((scope.frame.places[local], "first here"),)
            message = f"name `{step.name}` is used twice"
            self.problems.add("E205", message, step.name_place, detail="again here", labels=label)
            return ""
        if not self.namer.take(scope.path, step.name):
            message = f"a layer before this one is called `{step.name}` already, for want of a name"
            self.problems.add(
                "E205", message, step.name_place, help="choose a name without a number at its end"
            )
            return ""
        return step.name

    def _call(self, call: Call, flow: Flow, scope: Scope, name: str) -> Flow:
        use = self.binder.use(call)
        if isinstance(use, LayerUse):
            return self._layer(call, use, flow, scope, name)
        if isinstance(use, BlockUse):
            return self._block(call, use, flow, scope, name)
        if isinstance(use, FromUse):
            return self.target(use.target, flow, scope)
        self._check_branches(call, flow, scope)
        return UNKNOWN

    def _check_branches(self, call: Call, flow: Flow, scope: Scope) -> None:
        for branch in call.branches or ():
            self.run(branch.chain, flow, scope)

    def _too_much(self, step: Step) -> None:
        if self._depth > self.limits.uses:
            message = f"blocks and brackets nested deeper than {self.limits.uses} levels"
            raise SyntaxProblem("E102", message, place(step))
        most = 5 * self.limits.layers
        message = f"more than {most:,} steps of expansion"
        self.problems.add("E207", message, place(step), help="raise it with --max-layers")
        raise TooManyErrors

    # Blocks

    def _block(self, call: Call, use: BlockUse, flow: Flow, scope: Scope, name: str) -> Flow:
        block = use.block
        if isinstance(flow, Poison):
            if block.name in self._hopeless:
                return UNKNOWN
            self._hopeless.add(block.name)
        part = name or self.namer.numbered(scope.path, block.name)
        self.namer.take(scope.path, part)
        frame = Frame((*scope.path, part), {})
        inner = Scope(frame)
        for parameter in block.parameters:
            if parameter.name in use.values:
                frame.values[parameter.name] = self.argument(use.values[parameter.name], flow, scope)
            else:
                assert parameter.default is not None
                frame.values[parameter.name] = self.argument(parameter.default, flow, inner)
        result = self._body(block, flow, inner)
        self.parts[".".join(frame.path)] = result
        return result

    def _body(self, block: Block, flow: Flow, scope: Scope) -> Flow:
        """What leaves a block's body; within a shared block, layers share with its first use."""
        outer = self._sharing, self._in_branch
        self._in_branch = False
        if block.shared:
            self._sharing = block.name, scope.path
        try:
            return self.run(block.body, flow, scope)
        finally:
            self._sharing, self._in_branch = outer

    # Layers

    def _layer(self, call: Call, use: LayerUse, flow: Flow, scope: Scope, name: str) -> Flow:
        if use.cls is Input:
            return self.input(call, use, flow, scope, name)
        if use.reference is not None:
            return self._referring(call, use, flow, scope, name)
        sources = self._sources(call, flow, scope, name)
        layer = self._made(call, use, flow, scope)
        if layer is None or any(isinstance(source, Poison) for source in sources):
            return UNKNOWN
        if isinstance(layer, Identity) and self._in_branch:
            return flow
        entering = [source for source in sources if isinstance(source, Node)]
        if len(entering) < len(sources):
            raise self.nothing_enters(call)
        if use.rank is not None and wrong_rank(call, use.rank, entering[0], self.problems):
            return UNKNOWN
        return self._add(call, use, layer, entering, scope, name)

    def _referring(self, call: Call, use: LayerUse, flow: Flow, scope: Scope, name: str) -> Flow:
        """A layer that takes its arguments, and a further input, from the one it refers to."""
        assert use.reference is not None
        other = self.target(use.reference, flow, scope)
        if not isinstance(flow, Node) or not isinstance(other, Node):
            return UNKNOWN
        try:
            layer: Layer = use.cls.referring(other.layer)  # type: ignore[attr-defined]
        except LayerError as error:
            where = place(use.reference)
            self.problems.add(error.code, error.message, where, help=error.help)
            return UNKNOWN
        return self._add(call, use, layer, [flow, self.nodes[other.inputs[0]]], scope, name)

    def _sources(self, call: Call, flow: Flow, scope: Scope, name: str) -> list[Flow]:
        """What enters a layer: the flow itself, or what leaves the layer's branches."""
        if call.branches is None:
            return [flow]
        found = []
        for branch in call.branches:
            part = self.namer.again(scope.path, branch.name) if branch.name else ""
            outer, self._in_branch = self._in_branch, len(branch.chain.steps) == 1
            try:
                found.append(self.run(branch.chain, flow, scope, part))
            finally:
                self._in_branch = outer
        return found

    def _made(self, call: Call, use: LayerUse, flow: Flow, scope: Scope) -> Layer | None:
        """The layer with its arguments checked, made once for equal arguments."""
        values = self.arguments(call, use, flow, scope)
        key = use.cls, repr(values)
        layer = self._layers.get(key)
        if layer is None:
            try:
                layer = use.cls(**values)
            except LayerError as error:
                layer_problem(error, call, use, None, self.nodes, self.problems)
            else:
                if "array(" not in key[1]:
                    self._layers[key] = layer
        return layer

    def _add(
        self, call: Call, use: LayerUse, layer: Layer, sources: list[Node], scope: Scope, name: str
    ) -> Flow:
        if len(self.nodes) >= self.limits.layers:
            message = f"more than {self.limits.layers:,} layers after expansion"
            self.problems.add("E207", message, place(call), help="raise it with --max-layers")
            raise TooManyErrors
        path = scope.path
        own = name or self.namer.numbered(path, layer.kind)
        span = self.problems.source.span(call.start, call.end)
        try:
            node = self.builder.add(layer, *sources, name=own, path=path, span=span)
        except LayerError as error:
            layer_problem(error, call, use, (layer, sources), self.nodes, self.problems)
            return UNKNOWN
        suspect(call, layer, sources, self.problems)
        if self._sharing is not None:
            node = self._shared(call, node)
        self.nodes[node.name] = node
        return node

    def _shared(self, call: Call, node: Node) -> Node:
        """The node with the weights of the first use of the shared block around it."""
        assert self._sharing is not None
        block, path = self._sharing
        owners = self._owners.setdefault(block, {})
        local = node.name.removeprefix(".".join(path) + ".")
        owner = owners.setdefault(local, node)
        if owner is node:
            return node
        if owner.layer.tensors(owner.site) != node.layer.tensors(node.site):
            message = f"shared `{block}` cannot use the weights of its first use here"
            raise SyntaxProblem(
                "E224",
                message,
                place(call),
                help="the channels that enter, and the arguments, must be the same",
            )
        if node.layer.tensors(node.site):
            node = node._replace(weights_from=owner.name)
            self.builder.nodes[-1] = node
        return node
