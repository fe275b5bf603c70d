"""How a run is asked for, and what it found, as plain data."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

from cnncalc.roofline import Bound


class Options(NamedTuple):
    """How to run: on what, how often, and in which of PyTorch's modes."""

    device: str = "cpu"
    batch: int = 1
    dtype: str = "float32"
    train: bool = False
    channels_last: bool = False
    compile: bool = False
    cuda_graphs: bool = False
    layers: bool = False
    warmup: int = 3
    repeats: int = 10
    seed: int = 0
    profile: str = ""


class Timing(NamedTuple):
    """Seconds of each repetition, the warm-up left out."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.seconds)


class Layer(NamedTuple):
    """One layer: its bound, and the time it took."""

    bound: Bound
    seconds: float


class Run(NamedTuple):
    """What was measured, beside what the analysis says."""

    network: str
    options: Options
    hardware: str
    torch_version: str
    timing: Timing
    flops: int
    predicted_bytes: int
    peak_bytes: int | None
    profile: str
    peak_flops: float
    bound_seconds: float
    layers: tuple[Layer, ...]

    @property
    def achieved(self) -> float:
        """FLOP/s, by the analysis' count."""
        return self.flops / self.timing.median

    @property
    def throughput(self) -> float:
        """Samples per second."""
        return self.options.batch / self.timing.median

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "schema": 1,
            "network": self.network,
            "hardware": self.hardware,
            "torch": self.torch_version,
            "options": self.options._asdict(),
            "seconds": list(self.timing.seconds),
            "median_seconds": self.timing.median,
            "samples_per_second": self.throughput,
            "flops": self.flops,
            "achieved_flops_per_second": self.achieved,
            "predicted_bytes": self.predicted_bytes,
            "peak_bytes": self.peak_bytes,
            "profile": self.profile,
            "bound_seconds": self.bound_seconds,
            "layers": [_layer_data(layer) for layer in self.layers],
        }


def _layer_data(layer: Layer) -> dict[str, Any]:
    bound = layer.bound
    return {
        "name": bound.name,
        "flops": bound.flops,
        "bytes": bound.bytes,
        "intensity": bound.intensity,
        "bound_by": bound.by,
        "bound_seconds": bound.seconds,
        "seconds": layer.seconds,
    }
