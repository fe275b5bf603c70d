"""The model: inputs, weights, one node for each layer, functions, and every shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc._version import __version__
from cnncalc.arithmetic import Shape
from cnncalc.errors import MissingExtra, UsageError
from cnncalc.exchange.onnx_writer import weights as values_of
from cnncalc.exchange.onnx_writer.body import Op
from cnncalc.exchange.onnx_writer.kinds import Translation, arguments_as_text, refused, tensors, translation
from cnncalc.network import Network, Node

DOMAIN = "cnncalc"
OPSET = 21
IR_VERSION = 10
BATCH = "batch"


def write(network: Network, weights: str | Mapping[str, Any] = "", seed: int = 0) -> bytes:
    """The network as an ONNX model (operator set 21, batch size open, float32).

    ``weights`` are ``random`` (drawn from the seed), ``zeros`` (made when the file is loaded, so that
    it stays small), or values by the names of PyTorch's ``state_dict``. If nothing is said they are
    random up to 256 MiB; above, :class:`UsageError` says what to choose. What ONNX has no way to say
    is refused, all of it at once.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("onnx", "onnx", "writing ONNX") from error
    _refuse(network)
    if isinstance(weights, str) and weights != "zeros":
        values_of.check_size(network, asked=weights == "random")
    model = _Model(network, onnx, _values(network, weights, seed)).model()
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _values(network: Network, weights: str | Mapping[str, Any], seed: int) -> dict[str, Any]:
    if not isinstance(weights, str):
        return values_of.given(network, weights)
    if weights not in ("", "random", "zeros"):
        raise UsageError(f"weights are random or zeros, not {weights!r}")
    return {} if weights == "zeros" else values_of.drawn(network, seed)


def _refuse(network: Network) -> None:
    reasons = [f"{what} ({layer})" for what, layer in refused(network).items()]
    unread = [node.name for node in network.inputs if node.name in network.outputs]
    if unread:
        reasons.append(f"an input that leaves as it came ({unread[0]})")
    if reasons:
        raise UsageError(f"{network.name} cannot be written as ONNX: " + "; ".join(reasons))


class _Model:
    """Puts one model together."""

    def __init__(self, network: Network, onnx: Any, values: Mapping[str, Any]) -> None:
        self.network = network
        self.onnx = onnx
        self.make = onnx.helper
        self.values = values
        self.functions: dict[Any, Any] = {}
        self.nodes: list[Any] = []

    def model(self) -> Any:
        """The whole."""
        network = self.network
        initialisers = list(self._initialisers())
        for node in network:
            if node.inputs:
                self._add(node)
        kept = {*network.outputs, *(node.name for node in network.inputs)}
        graph = self.make.make_graph(
            self.nodes,
            network.name,
            [self._tensor(node) for node in network.inputs],
            [self._tensor(network[name]) for name in network.outputs],
            initialisers,
            value_info=[self._tensor(node) for node in network if node.name not in kept],
        )
        domains = [self.make.make_opsetid("", OPSET)]
        domains += [self.make.make_opsetid(DOMAIN, 1)] if self.functions else []
        return self.make.make_model(
            graph,
            opset_imports=domains,
            functions=list(self.functions.values()),
            ir_version=IR_VERSION,
            producer_name="cnncalc",
            producer_version=__version__,
        )

    def _initialisers(self) -> Iterator[Any]:
        """The weights' values; zeros are made by operations instead, which take no room."""
        for name, shape in values_of.shapes(self.network).items():
            if name in self.values:
                yield self.onnx.numpy_helper.from_array(self.values[name], name)
            else:
                self._zeros(name, shape)

    def _zeros(self, name: str, shape: Shape) -> None:
        sizes, make = f"{name}.shape", self.make.make_node
        one = self.make.make_tensor("", self.onnx.TensorProto.FLOAT, [1], [float(name.endswith("_var"))])
        self.nodes.append(make("Constant", [], [sizes], name=sizes, value_ints=list(shape)))
        self.nodes.append(make("ConstantOfShape", [sizes], [name], name=name, value=one))

    def _tensor(self, node: Node) -> Any:
        """A value of the graph: its type and shape, the batch in front open."""
        kind = self.onnx.TensorProto
        whole = self.network.index_limit(node) is not None
        elements = kind.INT64 if whole else kind.FLOAT
        return self.make.make_tensor_value_info(node.name, elements, [BATCH, *node.output_shape])

    def _add(self, node: Node) -> None:
        """The operations of one node, under its name."""
        owner = node.weights_from or node.name
        weights = {name: f"{owner}.{name}" for name in tensors(node)}
        found = translation(node, node.inputs, weights)
        if found.standard:
            self.nodes += [self._inline(op, found, node) for op in found.body.ops]
            return
        places = tuple(f"x{number}" for number in range(len(node.inputs)))
        called = self._function(node, places, {name: name for name in weights})
        call = {"layer": node.kind, "arguments": arguments_as_text(node.layer)}
        reads = [*node.inputs, *weights.values()]
        self.nodes.append(self.make.make_node(called, reads, [node.name], node.name, domain=DOMAIN, **call))

    def _inline(self, op: Op, found: Translation, node: Node) -> Any:
        """An operation of the graph itself; constants beside it are named by it."""
        own = {made for each in found.body.ops for made in each.makes}

        def named(value: str) -> str:
            if value == found.gives:
                return node.name
            return f"{node.name}/{value}" if value in own else value

        reads, makes = list(map(named, op.reads)), list(map(named, op.makes))
        return self._operation(op._replace(reads=tuple(reads), makes=tuple(makes)), name=makes[0])

    def _operation(self, op: Op, **more: Any) -> Any:
        """An operation; whole numbers become a tensor, which releases before 1.21 follow into functions."""
        attributes = {**op.attributes}
        if "value_ints" in attributes:
            row = attributes.pop("value_ints")
            attributes["value"] = self.make.make_tensor("", self.onnx.TensorProto.INT64, [len(row)], row)
        return self.make.make_node(op.kind, op.reads, op.makes, **attributes, **more)

    def _function(self, node: Node, inputs: tuple[str, ...], weights: Mapping[str, str]) -> str:
        """The name of the function that does what the node does, defined where it is new."""
        found = translation(node, inputs, weights)
        key = (node.kind, repr(found))
        if key not in self.functions:
            number = sum(kind == node.kind for kind, _ in self.functions) + 1
            name = node.kind if number == 1 else f"{node.kind}_{number}"
            nodes = [self._operation(op) for op in found.body.ops]
            self.functions[key] = self.make.make_function(
                DOMAIN,
                name,
                [*inputs, *weights],
                [found.gives],
                nodes,
                [self.make.make_opsetid("", OPSET)],
                attributes=["layer", "arguments"],
            )
        return str(self.functions[key].name)
