"""What hardware can do: published peaks, for the roofline.

A layer takes at least the time of its arithmetic at the peak rate, and at least the time of moving
its bytes at the memory's bandwidth; the larger of the two is its bound (Williams, Waterman,
Patterson: Roofline, 2009). Rates count a multiplication and an addition as two operations, dense.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cnncalc.errors import UsageError


class Device(NamedTuple):
    """Peak FLOP/s by dtype, bytes per second to and from memory, and where the figures are from."""

    flops: Mapping[str, float]
    bandwidth: float
    source: str

    def rate(self, dtype: str) -> float:
        """Peak FLOP/s for a dtype; that of float32 where none is stated."""
        return self.flops.get(dtype, self.flops["float32"])


def _device(float32: float, half: float, bandwidth: float, source: str) -> Device:
    """Peaks in TFLOP/s and GB/s as datasheets print them; both 16-bit types alike."""
    rates = {"float32": float32 * 1e12, "float16": half * 1e12, "bfloat16": half * 1e12}
    return Device(MappingProxyType(rates), bandwidth * 1e9, source)


DEVICES: Mapping[str, Device] = MappingProxyType(
    {
        "t4": _device(8.1, 65, 320, "NVIDIA T4 datasheet"),
        "v100": _device(15.7, 125, 900, "NVIDIA V100 SXM2 datasheet"),
        "a100-40gb": _device(19.5, 312, 1555, "NVIDIA A100 SXM datasheet, no TF32"),
        "a100-80gb": _device(19.5, 312, 2039, "NVIDIA A100 SXM datasheet, no TF32"),
        "l4": _device(30.3, 121, 300, "NVIDIA L4 datasheet, without sparsity"),
        "h100": _device(67, 989.4, 3350, "NVIDIA H100 SXM datasheet, no TF32, without sparsity"),
        "h200": _device(67, 989.4, 4800, "NVIDIA H200 SXM datasheet, no TF32, without sparsity"),
        "rtx3090": _device(35.6, 71, 936, "NVIDIA GA102 whitepaper, FP32 accumulation"),
        "rtx4090": _device(82.6, 165.2, 1008, "NVIDIA Ada whitepaper, FP32 accumulation"),
    }
)
"""Profiles by name."""


def named(name: str) -> Device:
    """A profile by name; raises :class:`UsageError` with the names there are."""
    if name not in DEVICES:
        raise UsageError(f"no device profile is called {name!r}; there are {', '.join(DEVICES)}")
    return DEVICES[name]


def recognised(name: str) -> str:
    """The profile of a card by the name its driver gives; empty where there is none.

    >>> recognised("NVIDIA A100-SXM4-80GB"), recognised("NVIDIA GeForce RTX 4090")
    ('a100-80gb', 'rtx4090')
    """
    plain = name.lower().replace(" ", "").replace("-", "")
    for profile in DEVICES:
        words = profile.split("-")
        if all(word in plain for word in words):
            return profile
    return ""
