"""Standard operations in a row, as the layers' translators note them down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cnncalc.layers import Site

_FLOATS = frozenset({"alpha", "beta", "bias", "cubic_coeff_a", "epsilon", "lambd"})
"""Attributes that ONNX wants as floats even where they are whole."""


class Op(NamedTuple):
    """One operation: its name in ONNX, the values it reads and makes, and its attributes."""

    kind: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass
class Body:
    """Operations in order; constants are operations without inputs, as in ONNX."""

    ops: list[Op] = field(default_factory=list)

    def several(self, kind: str, *reads: str, makes: int, **attributes: Any) -> list[str]:
        """Append an operation that makes several values; their names."""
        names = [f"v{len(self.ops)}{'abcdefgh'[place]}" for place in range(makes)]
        return self._append(kind, reads, names, attributes)

    def add(self, kind: str, *reads: str, **attributes: Any) -> str:
        """Append an operation that makes one value; its name."""
        return self._append(kind, reads, [f"v{len(self.ops)}"], attributes)[0]

    def _append(self, kind: str, reads: Sequence[str], makes: list[str], attributes: Any) -> list[str]:
        given = list(reads)
        while given and not given[-1]:
            given.pop()
        said = {
            name: float(value) if name in _FLOATS else value
            for name, value in attributes.items()
            if value is not None
        }
        self.ops.append(Op(kind, tuple(given), tuple(makes), said))
        return makes

    def whole(self, values: Iterable[int]) -> str:
        """A constant row of whole numbers."""
        return self.add("Constant", value_ints=[int(value) for value in values])

    def number(self, value: float) -> str:
        """A constant number."""
        return self.add("Constant", value_float=float(value))

    def numbers(self, values: Iterable[float]) -> str:
        """A constant row of numbers."""
        return self.add("Constant", value_floats=[float(value) for value in values])

    def reshape(self, value: str, shape: Iterable[int]) -> str:
        """The value in another shape; the batch in front stays."""
        return self.add("Reshape", value, self.whole((0, *shape)))

    def transpose(self, value: str, order: Sequence[int]) -> str:
        """Its axes in another order."""
        return self.add("Transpose", value, perm=list(order))

    def cut(self, value: str, axis: int, start: int, stop: int, step: int = 1) -> str:
        """A stretch of an axis."""
        bounds = [self.whole([bound]) for bound in (start, stop, axis, step)]
        return self.add("Slice", value, *bounds)

    def pick(self, value: str, axis: int, places: Any) -> str:
        """Positions of an axis; a table of them makes an axis of each of its own."""
        flat = places if isinstance(places[0], int) else [place for row in places for place in row]
        table = self.whole(flat)
        if flat is not places:
            table = self.add("Reshape", table, self.whole((len(places), len(places[0]))))
        return self.add("Gather", value, table, axis=axis)

    def per_channel(self, vector: str, rank: int) -> str:
        """A vector with one value for each channel, to be spread over maps of this many axes."""
        return self.add("Reshape", vector, self.whole((-1, *(1,) * rank))) if rank else vector

    def pad(self, value: str, ends: Sequence[tuple[int, int]], mode: str, fill: float = 0.0) -> str:
        """Borders on the spatial axes, filled by one of PyTorch's modes."""
        kinds = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        before, after = zip(*ends, strict=True)
        borders = self.whole((0, 0, *before, 0, 0, *after))
        filling = self.number(fill) if fill and mode not in kinds else ""
        return self.add("Pad", value, borders, filling, mode=kinds.get(mode, "constant"))


@dataclass(frozen=True)
class Here:
    """A layer where it stands, with the names of what enters it and of its weights."""

    layer: Any
    site: Site
    body: Body
    inputs: tuple[str, ...]
    weights: Mapping[str, str]

    @property
    def x(self) -> str:
        """The first value that enters."""
        return self.inputs[0]

    @property
    def rank(self) -> int:
        """Number of spatial axes that enter."""
        return len(self.site.input) - 1

    @property
    def weight(self) -> str:
        """The name of the layer's ``weight``."""
        return self.weights["weight"]

    @property
    def bias(self) -> str:
        """The name of the layer's ``bias``; empty if it has none."""
        return self.weights.get("bias", "")

    def add(self, kind: str, *reads: str, **attributes: Any) -> str:
        """Append an operation."""
        return self.body.add(kind, *reads, **attributes)

    def axes(self, value: Any) -> tuple[Any, ...]:
        """One value per spatial axis."""
        return value if isinstance(value, tuple) else (value,) * self.rank
