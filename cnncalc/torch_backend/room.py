"""Whether a network's weights and values find room in the memory of this machine."""

from __future__ import annotations

from pathlib import Path

from cnncalc.errors import CnncalcError
from cnncalc.memory import activation_bytes, parameter_bytes
from cnncalc.network import Network

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup/memory")


def check_room(network: Network, batch: int) -> None:
    """Refuse a network whose weights and outputs alone need more memory than is free.

    The system would otherwise end the process without a word, or write the memory to disk for hours.
    """
    needed = parameter_bytes(network) + activation_bytes(network, batch=batch)
    free = free_bytes()
    if free is not None and needed > free:
        raise CnncalcError(
            f"{network.name} needs at least {_shown(needed)} to run, and {_shown(free)} are free: "
            "verify a copy with --shrink (cnncalc.torch_backend.shrink), give a smaller --input, "
            "or choose --device meta"
        )


def free_bytes() -> int | None:
    """Bytes that a process can still have, by Linux' own estimate; None where nothing tells."""
    try:
        lines = _MEMINFO.read_text().splitlines()
        (free,) = [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError):
        return None
    return min(free, _left_to_group(free))


def _left_to_group(otherwise: int) -> int:
    """What a container's limit leaves."""
    try:
        limit, used = (int(_GROUP.with_suffix(f".{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):
        return otherwise
    return max(limit - used, 0)


def _shown(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count < 10**15 else f"{count:.0e} bytes"
