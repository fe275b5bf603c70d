"""How long a call takes on a device, once everything that was started there is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch


def clock_for(device: torch.device) -> Clock | CudaClock:
    """The device's own events on CUDA, wall time elsewhere."""
    return CudaClock() if device.type == "cuda" else Clock(device)


class Clock:
    """Wall time, after everything that was started on the device is done."""

    def __init__(self, device: torch.device) -> None:
        self._wait = torch.mps.synchronize if device.type == "mps" else lambda: None

    def time(self, function: Callable[[], Any]) -> float:
        """Seconds of one call."""
        self._wait()
        start = time.perf_counter()
        function()
        self._wait()
        return time.perf_counter() - start


class CudaClock:
    """Time by the device's own events."""

    def time(self, function: Callable[[], Any]) -> float:
        """Seconds of one call."""
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        function()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3
