"""Receptive fields as PyTorch has them: not-a-number is put in, and where it comes out is noted.

The probe knows nothing of taps or formulas. It runs the real modules at inference; whatever can
depend on a value turns into NaN with it. Interpolation alone is opened up, because PyTorch
multiplies neighbours of weight zero as well, and zero times NaN is NaN: there a NaN goes where a
finite bump is felt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from cnncalc.fields.grouping import Grouping
from cnncalc.fields.wiring import Axis
from cnncalc.network import Network, Node
from cnncalc.torch_backend.build import Graph, build, module_of, walk
from cnncalc.torch_backend.measure import seeded

Bits = int
"""A set of positions: bit i stands for position i."""

_CHUNK = 1 << 24
"""Values that a batch of probes may hold at the widest node, so that memory stays small."""

_FELT = 1e-6
"""Interpolation weights below this are rounding."""


class Probe:
    """Finds which values of an input every unit of every node depends on."""

    def __init__(self, network: Network, reference: str = "", *, device: str = "cpu") -> None:
        self.network = network
        self.reference = network[reference] if reference else network.inputs[0]
        self.device = device
        self.graph: Graph = build(network, device=device).eval()

    def values(self) -> Iterator[tuple[int, Mapping[str, Tensor]]]:
        """For every value of the reference in turn, which units of every node depend on it.

        Values are numbered channel by channel, row by row; the tensors are boolean.
        """
        shape = self.reference.output_shape
        count = torch.Size(shape).numel()
        for start in range(0, count, self._at_once()):
            numbers = torch.arange(start, min(start + self._at_once(), count), device=self.device)
            marked = nn.functional.one_hot(numbers, count).bool().view(-1, *shape)
            found = {name: output.isnan() for name, output in self._outputs(marked)}
            for place, number in enumerate(numbers.tolist()):
                yield number, {name: felt[place] for name, felt in found.items()}

    def along(
        self,
        axis: int,
        rows: Sequence[int] | None = None,
        grouping: Callable[[Node], Grouping] | None = None,
    ) -> Mapping[str, list[Bits]]:
        """For each unit along an axis of every node, the positions on that axis it depends on.

        ``rows`` are the positions tried, all unless given. Unless ``grouping`` says which values belong
        to a unit, a node with another number of axes counts as one.
        """
        shape = self.reference.output_shape
        grouped = grouping or Axis(axis, len(shape) - 1).grouping
        tried = list(range(shape[axis + 1]) if rows is None else rows)
        found: dict[str, list[Bits]] = {}
        for start in range(0, len(tried), self._at_once()):
            chunk = tried[start : start + self._at_once()]
            marked = torch.zeros(len(chunk), *shape, dtype=torch.bool, device=self.device)
            for place, row in enumerate(chunk):
                marked[place].select(axis + 1, row).fill_(value=True)
            for name, output in self._outputs(marked):
                units = _by_unit(output, grouped(self.network[name]))
                read = found.setdefault(name, [0] * units.shape[1])
                for place, unit in units.nonzero().tolist():
                    read[unit] |= 1 << chunk[place]
        return found

    def _at_once(self) -> int:
        """Probes run in one batch."""
        widest = max(torch.Size(node.output_shape).numel() for node in self.network)
        return max(1, min(256, _CHUNK // widest))

    @torch.no_grad()
    def _outputs(self, marked: Tensor) -> Iterator[tuple[str, Tensor]]:
        """What every node puts out if NaN is put in where marked: NaN where that is felt, ones elsewhere."""
        values: dict[str, Tensor] = {}
        with seeded():
            for node, arguments in walk(self.network, self._inputs(marked), values):
                if node is self.reference:
                    output = torch.where(marked, torch.nan, 1.0)
                else:
                    output = _run(module_of(self.graph, node), arguments)
                values[node.name] = output
                yield node.name, output

    def _inputs(self, marked: Tensor) -> list[Tensor]:
        shapes = [node.output_shape for node in self.network.inputs]
        return [torch.ones(marked.shape[0], *shape, device=self.device) for shape in shapes]


def _run(module: nn.Module, arguments: list[Tensor]) -> Tensor:
    opened = OPENED.get(type(module))
    output: Tensor = opened(module, *arguments) if opened else module(*arguments)
    # Anything but ones could make a NaN of its own, by a root or a difference of infinities. Where the
    # output is an input seen otherwise, that holds ones already.
    return output.clamp_(1.0, 1.0) if output.is_contiguous() else output.clamp(1.0, 1.0)


def _interpolated(module: nn.Module, values: Tensor) -> Tensor:
    """NaN where the weight of a NaN is felt."""
    marked = values.isnan()
    bumps = torch.rand(values.shape, device=values.device) + 0.5
    felt: Tensor = module(torch.where(marked, bumps, 0.0)).abs() > _FELT
    return torch.where(felt, torch.nan, 1.0)


OPENED: Mapping[type[nn.Module], Callable[..., Tensor]] = {nn.Upsample: _interpolated}
"""Modules through which NaN does not spread as values do."""


def _by_unit(output: Tensor, grouping: Grouping) -> Tensor:
    """Whether any value of a unit depends on a probe: one row for each probe."""
    digits = output.reshape(len(output), *grouping.sizes)
    others = [place + 1 for place in range(len(grouping.sizes)) if place not in grouping.places]
    felt = digits.sum(others).isnan() if others else digits.isnan()
    order = sorted(grouping.places)
    return felt.permute(0, *(order.index(place) + 1 for place in grouping.places)).reshape(len(output), -1)
