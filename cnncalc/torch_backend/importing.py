"""Any ``nn.Module`` as a network.

A recorded run (:mod:`.tracing`) becomes nodes: each call the layer that :mod:`.converters` proposes,
if its shape, parameters and MACs are those measured, else an opaque node that states the measured
ones. ``model.parameters()`` is the truth: every parameter is counted once, with the layer that is
first to use it, and those that the run never touched have a node of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.errors import LayerError
from cnncalc.exchange.names import safe_name
from cnncalc.layers import KINDS, Layer, Site
from cnncalc.layers.learned import Scale, Shift, Tokens
from cnncalc.layers.opaque import Opaque
from cnncalc.network import Builder, Network, Node
from cnncalc.torch_backend.converters import PASSING, POINTWISE, Match, convert
from cnncalc.torch_backend.naming import Names
from cnncalc.torch_backend.tracing import Call, Trace, trace

if TYPE_CHECKING:
    from torch import Tensor, nn


def from_torch(module: nn.Module, *inputs: Any, name: str = "") -> Network:
    """The network that a module computes on inputs of these shapes (without batch), or tensors.

    Inputs with a batch axis are taken where the module does not run on them without. The module is
    run once on fake tensors and left as it was. Raises
    :class:`cnncalc.errors.ImportFailure` where it does not run. What no layer kind
    describes is an ``opaque`` node with its measured shape, parameters and MACs.
    """
    recorded = trace(module, inputs)
    return _Assembly(module, recorded, name or type(module).__name__).network()


class Learned(NamedTuple):
    """A value that parameters alone make: their names, and the calls that make it of them."""

    params: tuple[str, ...]
    calls: frozenset[int] = frozenset()


class Use(NamedTuple):
    """A proposal for a call: the layer, the nodes that enter it, the parameters it takes."""

    layer: Layer
    sources: tuple[Node, ...]
    params: tuple[str, ...]


class _Assembly:
    """Builds the network call by call."""

    def __init__(self, module: nn.Module, recorded: Trace, name: str) -> None:
        self.trace = recorded
        self.sizes = {name: value.numel() for name, value in module.named_parameters()}
        self.trained = {name for name, value in module.named_parameters() if value.requires_grad}
        self.names = Names()
        self.build = Builder(name, source=f"{type(module).__module__}.{type(module).__qualname__}")
        self.values: dict[int, Node | Learned] = {
            id(value): Learned((name,)) for name, value in module.named_parameters()
        }
        self.owners: dict[str, Node] = {}
        self.counted: frozenset[int] = frozenset()
        self.params_of: dict[str, tuple[str, ...]] = {}
        self.build.about["classes"] = self.names.classes
        self.build.about["parameters"] = self.params_of

    def network(self) -> Network:
        """The finished network."""
        inputs = self.trace.inputs
        for number, tensor in enumerate(inputs):
            name = "input" if len(inputs) == 1 else f"input{number + 1}"
            self.names.take((), name)
            self.values[id(tensor)] = self.build.input(name, self.shape_of(tensor))
        for number, call in enumerate(self.trace.calls):
            self.add(number, call)
        last = self.build.nodes[-1]
        self._add_unused()
        outputs = [value for t in self.trace.outputs if isinstance(value := self.values.get(id(t)), Node)]
        return self.build.network(tuple({node.name: node for node in outputs or [last]}.values()))

    def shape_of(self, tensor: Tensor) -> Shape:
        """A tensor's shape for one sample: what is behind the batch axis, or its share of the first."""
        shape, batch = tuple(map(int, tensor.shape)), self.trace.batch
        if shape and shape[0] == batch:
            return shape[1:] or (1,)
        if batch in shape:
            place = shape.index(batch)
            return (*shape[:place], *shape[place + 1 :])
        if shape and shape[0] % batch == 0:
            return (shape[0] // batch, *shape[1:])
        return shape or (1,)

    def add(self, number: int, call: Call) -> None:
        """The node of one call, or none where nothing depends on the inputs or nothing happens."""
        operands = [self.values[id(t)] for t in call.tensors if id(t) in self.values]
        nodes = [value for value in operands if isinstance(value, Node)]
        learned = [value for value in operands if isinstance(value, Learned)]
        params = tuple(dict.fromkeys(name for value in learned for name in value.params))
        before = frozenset().union(*(value.calls for value in learned))
        if nodes and not self._passes_on(call, operands, nodes[0]):
            self._add_nodes(call, nodes, params, before)
        elif nodes:
            self.values.update(dict.fromkeys(map(id, call.made), nodes[0]))
        elif params:
            self.values.update(dict.fromkeys(map(id, call.made), Learned(params, before | {number})))

    def _passes_on(self, call: Call, operands: list[Node | Learned], node: Node) -> bool:
        """Whether a call gives what it is given: the node's value alone, or beside nothing learned."""
        if call.name in PASSING and not any(isinstance(value, Learned) for value in operands):
            return True
        is_same = len(operands) == 1 and self.shape_of(call.made[0]) == node.output_shape
        return is_same and (call.name in UNCHANGED or _moves_the_batch_alone(call))

    def _add_nodes(
        self, call: Call, nodes: list[Node], params: tuple[str, ...], before: frozenset[int]
    ) -> None:
        """A node for each tensor that a call made; the first counts what its parameters took ``before``."""
        once = sum(self._once(self.trace.calls[made]) for made in before - self.counted)
        self.counted |= before
        for place, tensor in enumerate(call.made):
            if place and id(tensor) == id(call.made[0]):
                continue
            extra = once if place == 0 else None
            self.values[id(tensor)] = self._node(call, tensor, nodes, params, extra)

    def _once(self, call: Call) -> int:
        """MACs spent on parameters alone; of one sample, where a result is made for each of them."""
        for_each = call.made[0].shape[:1] == (self.trace.batch,)
        return call.macs // self.trace.batch if for_each else call.macs

    def _node(
        self, call: Call, tensor: Tensor, nodes: list[Node], params: tuple[str, ...], once: int | None
    ) -> Node:
        """The node of one tensor that a call made; ``once`` is None but for the first of several.

        For the first it is the number of MACs spent on its parameters alone, once for all samples.
        """
        first = once is not None
        use = self._known(call, tensor, params) if first and not once else None
        new = [p for p in params if p not in self.owners]
        owner = self._owner(params) if params and not new else None
        if use is None or (params and new and len(new) < len(params)) or (params and not new and not owner):
            use = self._opaque(call, tensor, nodes, new if first else [], once)
            owner = None
        path, local = self.names.of(call, has_weights=bool(params))
        node = self.build.add(
            use.layer,
            *use.sources,
            name=local,
            path=path,
            frozen=bool(new) and self.trained.isdisjoint(new),
            weights_from=owner.name if owner else "",
        )
        self.owners.update(dict.fromkeys(new if first else [], node))
        if first and params:
            self.params_of[node.name] = params
        return node

    def _owner(self, params: Sequence[str]) -> Node | None:
        """The one node that has all these parameters."""
        owners = {self.owners[p].name: self.owners[p] for p in params}
        return next(iter(owners.values())) if len(owners) == 1 else None

    def _known(self, call: Call, tensor: Tensor, params: tuple[str, ...]) -> Use | None:
        """The proposed layer, if all that can be measured bears it out."""
        match = self._learned_operand(call) or convert(call.name, call.args, call.kwargs)
        if match is None or not all(isinstance(self.values.get(id(t)), Node) for t in match.data):
            return None
        sources = tuple(self.values[id(t)] for t in match.data)
        if match.kind == "attention":
            sources = tuple(dict.fromkeys(sources))
        assert all(isinstance(source, Node) for source in sources)
        shapes = tuple(source.output_shape for source in sources if isinstance(source, Node))
        try:
            layer = KINDS[match.kind](**match.arguments)
            site = Site(shapes, layer.output_shape(shapes))
            is_true = self._is_borne_out(layer, site, call, tensor, params)
        except (LayerError, KeyError, TypeError, ValueError, IndexError):
            return None
        return Use(layer, sources, params) if is_true else None  # type: ignore[arg-type]

    def _is_borne_out(
        self, layer: Layer, site: Site, call: Call, tensor: Tensor, params: Sequence[str]
    ) -> bool:
        stated = layer.params(site).value
        fewest, most = layer.arity
        return (
            fewest <= len(site.inputs) <= (len(site.inputs) if most is None else most)
            and site.output == self.shape_of(tensor)
            and stated == sum(self.sizes[p] for p in params)
            and layer.macs(site).value * self.trace.batch == call.macs
        )

    def _learned_operand(self, call: Call) -> Match | None:
        """Arithmetic with a parameter: a scale, a shift, or tokens put in front."""
        if call.name in _TOKENS and len(call.args[0]) == 2:
            rows, data = call.args[0]
            dim = call.kwargs.get("dim", call.args[1] if len(call.args) > 1 else 0)
            if isinstance(self.values.get(id(rows)), Learned) and dim == 1:
                return Match(Tokens.kind, {"number": rows.shape[1]}, (data,), (rows,))
        kind = _ARITHMETIC.get(call.name)
        if kind is None or len(call.args) < 2:
            return None
        for data, learned in (call.args[:2], call.args[1::-1]):
            if isinstance(self.values.get(id(data)), Node) and isinstance(
                self.values.get(id(learned)), Learned
            ):
                return Match(kind, self._fitting(learned.shape, data), (data,), (learned,))
        return None

    def _fitting(self, shape: Shape, data: Tensor) -> dict[str, Any]:
        """A parameter's shape as it is repeated over a sample; nothing where it is one per channel."""
        sample = self.shape_of(data)
        sizes = tuple(map(int, shape))[-len(sample) :]
        padded = (1,) * (len(sample) - len(sizes)) + sizes
        return {} if padded == (sample[0], *(1,) * (len(sample) - 1)) else {"shape": _sizes(padded)}

    def _opaque(
        self, call: Call, tensor: Tensor, nodes: list[Node], new: Sequence[str], once: int | None
    ) -> Use:
        shape = self.shape_of(tensor)
        sources = tuple({node.name: node for node in nodes}.values())
        alike = all(_fits(node.output_shape, shape) for node in sources)
        layer = Opaque(
            operation=re.sub(r"\W", "_", call.name.strip("_")) or "operation",
            output=_sizes(shape),
            parameters=sum(self.sizes[p] for p in new),
            multiplies=0 if once is None else -(-call.macs // self.trace.batch) + once,
            reads="same" if call.name in POINTWISE and alike else "all",
        )
        return Use(layer, sources, tuple(new))

    def _add_unused(self) -> None:
        """Parameters that the run never touched: one node for each part that holds some."""
        groups: dict[str, list[str]] = {}
        for name in self.sizes:
            if name not in self.owners:
                groups.setdefault(name.split(".")[0], []).append(name)
        for part, params in groups.items():
            count = sum(self.sizes[p] for p in params)
            layer = Opaque(operation="unused", output=count, parameters=count, multiplies=0)
            path, local = self.names.free((), f"{safe_name(part)}_unused")
            node = self.build.add(layer, name=local, path=path, frozen=self.trained.isdisjoint(params))
            self.owners.update(dict.fromkeys(params, node))


_ARITHMETIC = {
    **dict.fromkeys(("mul", "__mul__", "__rmul__", "__imul__", "mul_"), Scale.kind),
    **dict.fromkeys(("add", "__add__", "__radd__", "__iadd__", "add_"), Shift.kind),
}
UNCHANGED = frozenset({"view", "reshape", "expand", "expand_as", "cat", "flatten", "squeeze"})
"""Functions that change nothing where the shape stays and nothing else enters."""

_TOKENS = frozenset({"cat", "concat", "concatenate"})


def _moves_the_batch_alone(call: Call) -> bool:
    """Whether a call only puts the batch behind the next axis, or back."""
    return call.name in ("transpose", "swapaxes") and sorted(call.args[1:]) == [0, 1]


def _sizes(shape: Shape) -> Any:
    """A shape as an argument: one number where there is one axis."""
    return shape[0] if len(shape) == 1 else shape


def _fits(shape: Shape, output: Shape) -> bool:
    """Whether a shape, repeated as PyTorch does, covers the output position by position."""
    return len(shape) == len(output) and all(a in (1, b) for a, b in zip(shape, output, strict=True))


def counts(network: Network) -> Mapping[str, int]:
    """How many nodes of an imported network are opaque, by operation."""
    found: dict[str, int] = {}
    for node in network:
        if isinstance(node.layer, Opaque):
            found[node.layer.operation] = found.get(node.layer.operation, 0) + 1
    return found
