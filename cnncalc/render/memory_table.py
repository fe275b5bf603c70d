"""All bytes of a network side by side: inference, training, and the layers that keep most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc import memory
from cnncalc.conventions import MEGABYTE
from cnncalc.memory import Peak, TrainingMemory
from cnncalc.network import Network
from cnncalc.text_table import text_table

_SIDES = ("left", "right", "right")


class MemoryReport(NamedTuple):
    """Bytes of a network for a batch: ``kept`` tells by node what it is first to keep for backward."""

    network: Network
    batch: int
    dtype: str
    optimizer: str
    activations: int
    peak: Peak
    training: TrainingMemory
    kept: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "schema": 1,
            "name": self.network.name,
            "batch": self.batch,
            "dtype": self.dtype,
            "optimizer": self.optimizer,
            "parameters": self.training.weights,
            "activations": self.activations,
            "inference_peak": self.peak._asdict(),
            "training": {**self.training._asdict(), "total": self.training.total},
            "saved": dict(self.kept),
        }

    def table(self, top: int = 5) -> str:
        """The totals, and the ``top`` layers that are first to keep most."""
        heading = f"{self.network.name}: batch of {self.batch:,}, {self.dtype}; 1 MB = 10^6 bytes"
        largest = sorted(self.kept.items(), key=lambda item: -item[1])[:top]
        layers = [_line(name, size) for name, size in largest if size]
        parts = [heading, _tabulated("", self._lines())]
        return "\n\n".join([*parts, _tabulated("first to keep for backward", layers)] if layers else parts)

    def _lines(self) -> list[list[str]]:
        training = self.training
        return [
            _line("parameters", training.weights),
            _line("all activations", self.activations),
            _line(f"peak of inference, at {self.peak.node}", self.peak.bytes),
            _line("kept for backward", training.saved),
            _line("gradients", training.gradients),
            _line(f"state of {self.optimizer}", training.optimizer),
            _line("training: parameters, gradients, state, kept", training.total),
        ]


def memory_report(
    network: Network, *, batch: int = 1, dtype: str = "float32", optimizer: str = "adam"
) -> MemoryReport:
    """All bytes of a network, for a batch of samples of a type, trained by an optimiser.

    Raises :class:`cnncalc.CnncalcError` where the type or the optimiser is unknown.

    >>> import cnncalc
    >>> memory_report(cnncalc.load("lenet5")).training.weights
    240000
    """
    return MemoryReport(
        network=network,
        batch=batch,
        dtype=dtype,
        optimizer=optimizer,
        activations=memory.activation_bytes(network, dtype, batch),
        peak=memory.inference_peak(network, dtype, batch),
        training=memory.training_memory(network, batch=batch, optimizer=optimizer, dtype=dtype),
        kept=memory.saved_bytes(network, dtype, batch),
    )


def _line(name: str, size: int) -> list[str]:
    return [name, f"{size:,}", f"{size / MEGABYTE:,.2f}"]


def _tabulated(heading: str, lines: list[list[str]]) -> str:
    return text_table(lines, [heading, "bytes", "MB"], _SIDES)
