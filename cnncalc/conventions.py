"""What is counted, and under which name.

Tools disagree about "FLOPs" because they count different things. Each way of counting has a name
here, is worked out here, and is printed with every table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.errors import CnncalcError, UsageError
from cnncalc.network import Node
from cnncalc.working import Nothing, Worked, Working

MEGABYTE = 10**6
"""Bytes in a MB, here as in torchinfo; a MiB would be 2**20."""

FLOAT32_BYTES = 4


class Convention(NamedTuple):
    """A way of counting operations: its name, the word for what it counts, and the rule."""

    name: str
    unit: str
    rule: str
    operations: Callable[[Node, int], Worked]


def _macs(node: Node, batch: int) -> Worked:
    macs = node.layer.macs(node.site)
    if batch == 1 or isinstance(macs, Nothing):
        return macs
    return Working(formulas.for_batch, per_sample=macs.value, batch=batch)


def _full(node: Node, batch: int) -> Worked:
    operations = node.layer.operations(node.site)
    if batch == 1 or isinstance(operations, Nothing):
        return operations
    return Working(formulas.for_batch, per_sample=operations.value, batch=batch)


def _torchinfo(node: Node, batch: int) -> Worked:
    """Every parameter counts once per sample, in convolutions once per output position."""
    params = node.layer.params(node.site)
    if isinstance(params, Nothing):
        return params
    slides = len(node.output_shape) > 1 and "conv" in node.kind
    positions = node.output_shape[1:] if slides else ()
    return Working(formulas.torchinfo_mult_adds, params=params.value, positions=positions, batch=batch)


_UNKNOWN_TO_TORCH = ("rbf", "opaque")
"""Kinds with multiply-accumulates that PyTorch's counter passes over."""


def _torch(node: Node, batch: int) -> Worked:
    """Two for each multiply-accumulate of the operators that FlopCounterMode knows."""
    macs = node.layer.macs(node.site)
    if isinstance(macs, Nothing):
        return macs
    if node.kind in _UNKNOWN_TO_TORCH:
        return Nothing(f"PyTorch's counter does not know {node.kind}")
    return Working(formulas.flops, macs=formulas.for_batch(macs.value, batch))


DEFAULT = Convention(
    "torchvision",
    "MACs",
    "multiply-accumulates of layers with weights, bias additions not counted, as torchvision and "
    "fvcore publish them; FLOPs = 2 x MACs",
    _macs,
)

TORCHINFO = Convention(
    "torchinfo",
    "mult-adds",
    "torchinfo's: each parameter, biases included, counts once per sample, in convolutions once "
    "per output position; the whole batch; MB = 10^6 bytes",
    _torchinfo,
)

TORCH = Convention(
    "torch",
    "FLOPs",
    "PyTorch's FlopCounterMode: two for each multiply-accumulate of convolutions, matrix products and "
    "attention, biases not counted; the whole batch; operators that it does not know count nothing",
    _torch,
)

FULL = Convention(
    "full",
    "operations",
    "every multiplication, addition (those of biases too), subtraction, division, comparison, "
    "exponential, logarithm, root and power at inference is one operation; batch norm is a factor and "
    "a summand; moving values is none; taps in the padding count",
    _full,
)

CONVENTIONS: dict[str, Convention] = {c.name: c for c in (DEFAULT, TORCHINFO, TORCH, FULL)}
ALIASES = {"fvcore": "torchvision", "default": "torchvision"}


def get(convention: Convention | str) -> Convention:
    """A convention by name; raises :class:`CnncalcError` with the names there are."""
    if isinstance(convention, Convention):
        return convention
    try:
        return CONVENTIONS[ALIASES.get(convention, convention)]
    except KeyError:
        known = ", ".join([*CONVENTIONS, *ALIASES])
        raise CnncalcError(f"no convention is called {convention!r}; there are {known}") from None


def check_batch(batch: int) -> None:
    """Refuse what is no number of samples."""
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise UsageError(f"a batch has a whole number of samples, at least 1, not {batch!r}")
