"""What PyTorch does with a network, measured node by node.

Nothing here knows cnncalc's formulas: shapes come from tensors that were computed, bytes from
storages that autograd or the interpreter holds, multiply-accumulates from the operators that ran.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from cnncalc.layers.sequence import Attention
from cnncalc.network import Network, Node
from cnncalc.torch_backend import connections
from cnncalc.torch_backend.build import Graph, build, module_of, walk
from cnncalc.torch_backend.flop_counter import counting
from cnncalc.torch_backend.holdings import Holdings, Keeper

if TYPE_CHECKING:
    from torch.utils.flop_counter import FlopCounterMode

Progress = Callable[[str, int, int], None]
"""Told what is being measured, how many nodes are done, and how many there are."""

Probe = Callable[[nn.Module, list[Tensor]], tuple[Any, Tensor]]
"""Runs a module on its inputs; gives what was measured, and the output."""

TOTAL = "(network)"
"""Stands for the network as a whole; no node can have this name."""

REFUSALS = (RuntimeError, ValueError, IndexError, TypeError)
"""What PyTorch raises for arguments and inputs that it does not take."""


class Unmeasured(NamedTuple):
    """Why PyTorch has no value: it refused, or something before it did."""

    reason: str
    refused: bool = False


def sample(network: Network, node: Node, batch: int, device: torch.device) -> Tensor:
    """Random values for an input of a network: whole numbers where a reader looks them up."""
    shape = (batch, *node.output_shape)
    limit = network.index_limit(node)
    return torch.randn(shape, device=device) if limit is None else torch.randint(limit, shape, device=device)


class Bench:
    """Runs a network and keeps what was measured; each measurement is made once, when asked for.

    Two samples are run, so that what grows with the batch is told from what does not.
    """

    batch = 2

    def __init__(self, network: Network, *, device: str = "cpu", progress: Progress | None = None) -> None:
        self.network = network
        self.device = device
        self.progress = progress or (lambda *_: None)

    @cached_property
    def graph(self) -> Graph:
        """The network with real weights."""
        return build(self.network, device=self.device).train()

    @cached_property
    def shadow(self) -> Graph:
        """The network without memory, where operators only work out shapes."""
        return build(self.network, device="meta").train()

    def inputs(self, graph: Graph) -> list[Tensor]:
        """Two random samples for each input, on the graph's device."""
        device = next((tensor.device for tensor in _state(graph)), torch.device(self.device))
        with seeded():
            return [sample(self.network, node, self.batch, device) for node in self.network.inputs]

    def each(self, graph: Graph, inputs: list[Tensor], probe: Probe, what: str) -> dict[str, Any]:
        """What a probe measures at every node, or :class:`Unmeasured`."""
        found: dict[str, Any] = {}
        values: dict[str, Tensor] = {}
        with seeded(), warnings.catch_warnings():
            # PyTorch warns that it pads or copies; what that costs is what is measured here.
            warnings.simplefilter("ignore")
            for done, (node, arguments) in enumerate(walk(self.network, inputs, values)):
                self.progress(what, done, len(self.network))
                missing = [name for name in node.inputs if name not in values]
                if missing:
                    found[node.name] = Unmeasured(f"PyTorch has no value for {missing[0]}")
                    continue
                try:
                    found[node.name], values[node.name] = probe(module_of(graph, node), arguments)
                except REFUSALS as error:
                    found[node.name] = Unmeasured(_first_line(error), refused=True)
        return found

    @property
    def ledger(self) -> Graph:
        """Where bytes are counted: elsewhere than on the CPU PyTorch keeps other things, by its backend."""
        return self.graph if self.device == "cpu" else self.shadow

    @cached_property
    def shapes(self) -> Mapping[str, Any]:
        """Shapes that leave the nodes, without the batch."""
        if self.ledger is self.graph:
            return _parts(self._training, 0)

        def probe(module: nn.Module, arguments: list[Tensor]) -> tuple[tuple[int, ...], Tensor]:
            output = module(*arguments)
            return tuple(output.shape[1:]), output

        with torch.no_grad():
            return self.each(self.graph, self.inputs(self.graph), probe, "forward pass")

    @property
    def saved(self) -> Mapping[str, Any]:
        """Bytes that each node is first to keep for backward."""
        found = _parts(self._training, 1)
        if self.ledger is self.graph:
            return found
        other = Unmeasured("without values PyTorch takes another kernel for attention, which keeps more")
        attending = (node.name for node in self.network if isinstance(node.layer, Attention))
        return {**found, **dict.fromkeys(attending, other)}

    @cached_property
    def _training(self) -> Mapping[str, Any]:
        """For every node, its output shape and the bytes it is first to keep for backward."""
        inputs = self.inputs(self.ledger)
        holdings = Holdings(inputs, _state(self.ledger))
        keeper = Keeper(holdings)

        def probe(module: nn.Module, arguments: list[Tensor]) -> tuple[tuple[tuple[int, ...], int], Tensor]:
            before = keeper.bytes
            with holdings, torch.autograd.graph.saved_tensors_hooks(keeper.keep, lambda tensor: tensor):
                output = module(*arguments)
            return (tuple(output.shape[1:]), keeper.bytes - before), output

        return self.each(self.ledger, inputs, probe, "training pass")

    @cached_property
    def macs(self) -> Mapping[str, Any]:
        """Multiply-accumulates of the forward pass for one sample."""
        with torch.no_grad():
            return self.each(
                self.shadow, self.inputs(self.shadow), self._forward_macs, "multiply-accumulates"
            )

    def _forward_macs(self, module: nn.Module, arguments: list[Tensor]) -> tuple[int, Tensor]:
        with counting(module) as counter:
            output = module(*arguments)
        return self._per_sample(counter), output

    @cached_property
    def backward_macs(self) -> Mapping[str, Any]:
        """Multiply-accumulates of the backward pass for one sample."""
        return self.each(self.shadow, self.inputs(self.shadow), self._backward_macs, "backward pass")

    def _backward_macs(self, module: nn.Module, arguments: list[Tensor]) -> tuple[int, Tensor]:
        leaves = [tensor.detach().requires_grad_(tensor.requires_grad) for tensor in arguments]
        output = module(*leaves)
        wanted = [tensor for tensor in (*leaves, *module.parameters()) if tensor.requires_grad]
        if not wanted:
            return 0, output
        with counting(module) as counter:
            torch.autograd.grad(output, wanted, torch.ones_like(output), allow_unused=True)
        return self._per_sample(counter), output

    def _per_sample(self, counter: FlopCounterMode) -> int:
        """Multiply-accumulates, two operations each; what does not divide is left as it is."""
        flops, parts = counter.get_total_flops(), 2 * self.batch
        return flops // parts if flops % parts == 0 else -flops

    @cached_property
    def held(self) -> Mapping[str, Any]:
        """For every node, bytes of activations in memory as its output is made, at inference."""
        graph = self.ledger.eval()
        inputs = self.inputs(graph)
        found: list[int] = []
        with torch.no_grad(), seeded(), Holdings(inputs, _state(graph)) as holdings:
            modules = dict.fromkeys(module_of(graph, node) for node in self.network)
            note = lambda *_: found.append(holdings.bytes)  # noqa: E731 - a name for a hook
            handles = [module.register_forward_hook(note) for module in modules]
            try:
                graph(*inputs)
            except REFUSALS as error:
                return {node.name: Unmeasured(_first_line(error), refused=True) for node in self.network}
            finally:
                graph.train()
                for handle in handles:
                    handle.remove()
        return dict(zip((node.name for node in self.network), found, strict=True))

    @cached_property
    def tensors(self) -> Mapping[str, dict[str, tuple[int, ...]]]:
        """Shapes of the parameters of each node's module, by their names."""
        return {
            node.name: {name: tuple(p.shape) for name, p in self._module(node).named_parameters()}
            for node in self.network
        }

    @cached_property
    def params(self) -> Mapping[str, int]:
        """Parameters of each node's module, and of the whole network."""
        return self._numel(lambda _: True)

    @cached_property
    def trainable_params(self) -> Mapping[str, int]:
        """The same of those that require a gradient."""
        return self._numel(lambda tensor: tensor.requires_grad)

    @property
    def connections(self) -> Mapping[str, Any]:
        """Uses of weights and biases by output values, taps in the padding included."""
        return _parts(self._connections, 0)

    @property
    def connections_inside(self) -> Mapping[str, Any]:
        """The same without taps in the padding."""
        return _parts(self._connections, 1)

    @cached_property
    def _connections(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        with seeded():
            for done, node in enumerate(self.network):
                self.progress("connections", done, len(self.network))
                found[node.name] = self._connections_of(node)
        return found

    def _connections_of(self, node: Node) -> Any:
        if not any(True for _ in _state(self._module(node))):
            return 0, 0
        try:
            counted = connections.count(node)
        except REFUSALS as error:
            return Unmeasured(_first_line(error), refused=True)
        return counted or Unmeasured(f"nothing in PyTorch connects like {node.kind}")

    def _numel(self, counts: Callable[[Tensor], bool]) -> Mapping[str, int]:
        modules = {node.name: self._module(node) for node in self.network}
        modules[TOTAL] = self.shadow
        return {
            name: sum(tensor.numel() for tensor in module.parameters() if counts(tensor))
            for name, module in modules.items()
        }

    def _module(self, node: Node) -> nn.Module:
        return module_of(self.shadow, node)


def _parts(found: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    return {name: value if isinstance(value, Unmeasured) else value[place] for name, value in found.items()}


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Random numbers that are the same each time, and leave the global state as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _state(graph: nn.Module) -> Iterator[Tensor]:
    yield from graph.parameters()
    yield from graph.buffers()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
