"""PyTorch's verdict on cnncalc's numbers: node by node and quantity by quantity.

:data:`CHECKS` is the table of quantities. To have another one verified, add a line to it: a function
that gives cnncalc's value for every node, and one that gives PyTorch's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import torch

from cnncalc.analysis import Analysis, analyze
from cnncalc.backward import backward_macs
from cnncalc.errors import CnncalcError, VerificationError
from cnncalc.layers import show
from cnncalc.memory import inference_held, saved_bytes
from cnncalc.narrow_table import fitting
from cnncalc.network import Network, require_network
from cnncalc.torch_backend import footprints
from cnncalc.torch_backend.measure import TOTAL, Bench, Progress, Unmeasured
from cnncalc.torch_backend.room import check_room
from cnncalc.working import Nothing

AGREE, DIFFER, NOT_CHECKED, DEFINED = "agree", "differ", "not checked", "by definition"

Values = Mapping[str, Any]
"""A value for every node by name."""


class Verdict(NamedTuple):
    """What cnncalc and PyTorch say of one quantity of one node."""

    node: str
    quantity: str
    ours: Any
    torch: Any
    verdict: str
    reason: str = ""


class Verification:
    """All verdicts on a network, the device that PyTorch ran on, and PyTorch's version."""

    def __init__(self, network: Network, rows: Iterable[Verdict], device: str = "cpu") -> None:
        self.network = network
        self.rows = tuple(rows)
        self.device = device
        self.torch_version = str(torch.__version__)

    def __repr__(self) -> str:
        return f"<Verification of {self.network.name}: {'agree' if self.ok else 'DIFFER'}>"

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.mismatches

    @property
    def mismatches(self) -> tuple[Verdict, ...]:
        """The verdicts where PyTorch says otherwise."""
        return tuple(row for row in self.rows if row.verdict == DIFFER)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What was verified, in order."""
        return tuple(dict.fromkeys(row.quantity for row in self.rows))

    def counts(self, quantity: str) -> Mapping[str, int]:
        """How many nodes agree, differ and were not checked."""
        return Counter(row.verdict for row in self.rows if row.quantity == quantity)

    def require(self) -> None:
        """Raise :class:`VerificationError` if anything differs."""
        if not self.ok:
            lines = [f"{row.node} {row.quantity}: {_said(row)}" for row in self.mismatches]
            raise VerificationError("\n".join([f"{self.network.name}: PyTorch says otherwise", *lines]))

    def table(self, *, every_row: bool = False, width: int | None = None) -> str:
        """A line for each quantity, and one for each number that differs, or for every number."""
        defined = [DEFINED] if any(row.verdict == DEFINED for row in self.rows) else []
        verdicts = [AGREE, DIFFER, *defined, NOT_CHECKED]
        headings = ["quantity", *verdicts, "what PyTorch does"]
        lines = [self._summary(quantity, verdicts) for quantity in self.quantities]
        text = _table(headings, lines, tuple(range(1, len(verdicts) + 1)), width)
        rows = self.rows if every_row else self.mismatches
        if rows:
            lines = [[r.node, r.quantity, shown(r.ours), shown(r.torch), r.verdict, r.reason] for r in rows]
            headings = ["layer", "quantity", "cnncalc", "PyTorch", "verdict", "reason"]
            text += "\n\n" + _table(headings, lines, (2, 3), width)
        return f"{text}\n\n{self.verdict}"

    @property
    def verdict(self) -> str:
        """One sentence: how many numbers agree, differ, hold by definition, and were not checked."""
        verdicts = Counter(row.verdict for row in self.rows)
        agree, differ, defined, unchecked = (verdicts[name] for name in (AGREE, DIFFER, DEFINED, NOT_CHECKED))
        rest = f"; {defined:,} hold by definition" if defined else ""
        rest += f"; {unchecked:,} were not checked" if unchecked else ""
        if unchecked and not agree + differ + defined:
            return f"PyTorch checked none of {unchecked:,} numbers; --all tells why."
        if self.ok:
            return f"PyTorch agrees with all {agree:,} numbers that it can check{rest}."
        return f"PyTorch disagrees with {differ:,} of {agree + differ:,} numbers{rest}."

    def _summary(self, quantity: str, verdicts: Iterable[str]) -> list[str]:
        counts = self.counts(quantity)
        numbers = [f"{counts.get(verdict, 0):,}" for verdict in verdicts]
        return [quantity, *numbers, CHECKS[quantity].how]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "schema": 1,
            "name": self.network.name,
            "torch": self.torch_version,
            "device": self.device,
            "ok": self.ok,
            "summary": {quantity: dict(self.counts(quantity)) for quantity in self.quantities},
            "rows": [row._asdict() for row in self.rows],
        }


def verify(
    network: Network,
    device: str = "cpu",
    *,
    quantities: Iterable[str] = (),
    progress: Progress | None = None,
) -> Verification:
    """Build the network in PyTorch and compare every number, or those of the named quantities.

    On the device ``meta`` the forward pass works out shapes and bytes without computing values.
    """
    require_network(network, "verify")
    chosen = tuple(quantities) or tuple(CHECKS)
    for quantity in chosen:
        if quantity not in CHECKS:
            raise CnncalcError(f"nothing called {quantity!r} is verified; there are {', '.join(CHECKS)}")
    reason = missing_device(device)
    if reason:
        raise CnncalcError(f"PyTorch cannot use the device {device!r} here: {reason}")
    if device != "meta":
        check_room(network, Bench.batch)
    bench = Bench(network, device=device, progress=progress)
    return Verification(network, _verdicts(analyze(network), bench, chosen), device)


def missing_device(device: str) -> str:
    """Why PyTorch cannot use a device; empty where it can."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        known = "there are cpu, meta, and cuda, cuda:1 or mps where the machine has one"
        return known if reason.startswith("Expected one of") else reason
    return ""


def _verdicts(analysis: Analysis, bench: Bench, quantities: Iterable[str]) -> Iterator[Verdict]:
    for quantity in quantities:
        check = CHECKS[quantity]
        measured = check.torch(bench)
        defined = check.defined(analysis)
        for node, ours in check.ours(analysis).items():
            yield _compare(node, quantity, ours, measured[node], defined.get(node, ""))


def _compare(node: str, quantity: str, ours: Any, measured: Any, definition: str) -> Verdict:
    if isinstance(measured, Unmeasured):
        if definition and not measured.refused:
            return Verdict(node, quantity, ours, None, DEFINED, definition)
        verdict = DIFFER if measured.refused else NOT_CHECKED
        said = "refused" if measured.refused else None
        return Verdict(node, quantity, ours, said, verdict, measured.reason)
    return Verdict(node, quantity, ours, measured, AGREE if ours == measured else DIFFER)


class Check(NamedTuple):
    """One quantity: cnncalc's values and PyTorch's, how the latter are found, and what is by definition."""

    ours: Callable[[Analysis], Values]
    torch: Callable[[Bench], Values]
    how: str
    defined: Callable[[Analysis], Mapping[str, str]] = lambda _: {}


def _of_rows(quantity: str) -> Callable[[Analysis], Values]:
    return lambda analysis: {row.name: getattr(row, quantity) for row in analysis}


def _unconnected(analysis: Analysis) -> Mapping[str, str]:
    """Layers that have weights but, by the definition of connections, none."""
    found = {
        node.name: node.layer.connections(node.site) for node in analysis.network if node.kind != "opaque"
    }
    return {name: worked.reason for name, worked in found.items() if isinstance(worked, Nothing)}


def _tensors(analysis: Analysis) -> Values:
    return {node.name: node.layer.tensors(node.site) for node in analysis.network}


def _params(analysis: Analysis) -> Values:
    """By node, and together: what is shared counts once."""
    owners = {row.name: row.params for row in analysis if not row.node.weights_from}
    return {**owners, TOTAL: analysis.params}


def _trainable(analysis: Analysis) -> Values:
    owners = {row.name: row.trainable_params for row in analysis if not row.node.weights_from}
    return {**owners, TOTAL: analysis.trainable_params}


def _backward(analysis: Analysis) -> Values:
    return {name: worked.value for name, worked in backward_macs(analysis.network).items()}


def _saved(analysis: Analysis) -> Values:
    return saved_bytes(analysis.network, batch=Bench.batch)


def _held(analysis: Analysis) -> Values:
    return inference_held(analysis.network, batch=Bench.batch)


CHECKS: dict[str, Check] = {
    "output_shape": Check(_of_rows("output_shape"), lambda bench: bench.shapes, "a forward pass"),
    "tensors": Check(_tensors, lambda bench: bench.tensors, "shapes of the modules' parameters"),
    "params": Check(_params, lambda bench: bench.params, "numel of the modules' parameters"),
    "trainable_params": Check(
        _trainable, lambda bench: bench.trainable_params, "numel of those that require a gradient"
    ),
    "macs": Check(_of_rows("macs"), lambda bench: bench.macs, "half the operations of FlopCounterMode"),
    "connections": Check(
        _of_rows("connections"),
        lambda bench: bench.connections,
        "outputs summed, all weights and inputs 1",
        _unconnected,
    ),
    "connections_inside": Check(
        _of_rows("connections_inside"),
        lambda bench: bench.connections_inside,
        "the same, 0 in the padding",
        _unconnected,
    ),
    "backward_macs": Check(
        _backward, lambda bench: bench.backward_macs, "the same over each node's backward pass"
    ),
    "saved_bytes": Check(
        _saved, lambda bench: bench.saved, "saved_tensors_hooks over a training pass of two samples"
    ),
    "field": Check(
        footprints.ours, footprints.measured, "NaN put into rows of the input, seen in every unit"
    ),
    "field_size": Check(
        footprints.our_sizes, footprints.measured_sizes, "the same, in one whole unit of each phase"
    ),
    "held_bytes": Check(_held, lambda bench: bench.held, "storages alive during inference on two samples"),
}
"""Every quantity that PyTorch confirms."""


def _table(headings: list[str], lines: list[list[str]], numbers: tuple[int, ...], width: int | None) -> str:
    sides = ["right" if place in numbers else "left" for place in range(len(headings))]
    least, hint = ("what PyTorch does", "reason"), "a wider terminal shows it"
    return fitting(headings, lines, headings, sides, width, least=least, hint=hint)


def shown(value: Any) -> str:
    """A value as a table shows it.

    >>> shown((16, 10, 10)), shown(60000), shown({"bias": (4,)})
    ('16x10x10', '60,000', 'bias 4')
    """
    if isinstance(value, dict):
        return ", ".join(f"{name} {show(shape)}" for name, shape in value.items()) or "none"
    if isinstance(value, tuple):
        return show(value)
    return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "")


def _said(row: Verdict) -> str:
    return f"cnncalc {shown(row.ours)}, PyTorch {shown(row.torch)} {row.reason}".rstrip()
