"""The least time that each layer can take on a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Analysis, Row
from cnncalc.devices import Device
from cnncalc.memory import DTYPES, layout


class Bound(NamedTuple):
    """The roofline of one layer, for a batch.

    ``bytes`` are those that must move: inputs, parameters and output once each. ``intensity`` is
    FLOPs per byte.
    """

    name: str
    flops: int
    bytes: int
    compute_seconds: float
    memory_seconds: float

    @property
    def seconds(self) -> float:
        """The larger of both times."""
        return max(self.compute_seconds, self.memory_seconds)

    @property
    def intensity(self) -> float:
        """FLOPs per byte moved."""
        return self.flops / self.bytes if self.bytes else 0.0

    @property
    def by(self) -> str:
        """What bounds it: ``compute`` or ``memory``."""
        return "compute" if self.compute_seconds > self.memory_seconds else "memory"


def bounds(analysis: Analysis, device: Device, *, dtype: str = "float32", batch: int = 1) -> Iterator[Bound]:
    """The bound of every layer that does something: views move nothing."""
    homes = layout(analysis.network, training=False).homes
    for row in analysis:
        if row.kind == "input" or homes[row.name] != row.name:
            continue
        flops = row.flops * batch
        moved = DTYPES[dtype] * (_values(row) * batch + int(row.layer.params(row.node.site).value))
        yield Bound(row.name, flops, moved, flops / device.rate(dtype), moved / device.bandwidth)


def _values(row: Row) -> int:
    """Values that enter and leave, one sample."""
    return sum(int(formulas.element_count(shape)) for shape in (*row.input_shapes, row.output_shape))
