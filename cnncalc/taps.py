"""Which input positions an output position reads, along one axis.

Every layer kind answers this question, once per spatial axis of each of its inputs, with one of
the maps below. Receptive fields, connections inside the input and the diagrams are all derived
from these maps; no other module knows how a layer moves over its input.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number


class Step(NamedTuple):
    """A map whose windows move evenly: unit i reads from ``i*stride + lo`` to ``i*stride + hi``."""

    stride: int
    lo: int
    hi: int


class Period(NamedTuple):
    """A map that repeats: unit ``i + outputs`` reads what unit i reads, moved by ``inputs``."""

    outputs: int
    inputs: int


class Taps(ABC):
    """How one axis of an output reads one axis of an input."""

    __slots__ = ()

    @abstractmethod
    def reads(self, index: int) -> Sequence[int]:
        """Input positions read by the output position ``index``, in order, not clipped."""

    @abstractmethod
    def step(self) -> Step | None:
        """The map as evenly moving windows, or None where it is not that."""

    def period(self) -> Period | None:
        """After how many units the map repeats, or None where it does not."""
        step = self.step()
        return None if step is None else Period(1, step.stride)

    def gap(self) -> int:
        """Largest distance between neighbouring taps of unit 0; 0 where there are no two."""
        return max((after - before for before, after in pairwise(self.reads(0))), default=0)


class Window(Taps):
    """A sliding window: convolution, pooling, unfolding."""

    __slots__ = ("after", "before", "dilation", "kernel", "stride")

    def __init__(
        self,
        kernel: Number,
        stride: Number = 1,
        before: Number = 0,
        after: Number = 0,
        dilation: Number = 1,
    ) -> None:
        self.kernel = kernel
        self.stride = stride
        self.before = before
        self.after = after
        self.dilation = dilation

    def __repr__(self) -> str:
        return f"Window({', '.join(f'{name}={getattr(self, name)}' for name in self.__slots__)})"

    @property
    def padding(self) -> Number:
        """One number where both ends are padded alike, else the pair."""
        is_even = isinstance(self.before, int) and self.before == self.after
        return self.before if is_even else (self.before, self.after)

    @property
    def extent(self) -> Number:
        """Positions from the first to the last tap."""
        return formulas.effective_kernel(self.kernel, self.dilation)

    def reads(self, index: int) -> range:
        """The window's taps."""
        start = index * self.stride - self.before
        return range(start, start + self.extent, self.dilation)

    def step(self) -> Step:
        """Windows move by the stride."""
        return Step(self.stride, -self.before, self.extent - 1 - self.before)

    def gap(self) -> int:
        """The dilation, if there are two taps at all."""
        return 0 if self.kernel == 1 else int(self.dilation)


class Whole(Taps):
    """Every output position reads the whole axis: linear layers, global pools."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size})"

    def reads(self, index: int) -> range:
        """The whole axis."""
        return range(self.size)

    def step(self) -> None:
        """The same for all units, so no even movement."""
        return

    def period(self) -> Period:
        """Every unit reads the same."""
        return Period(1, 0)


class Unrolled(Whole):
    """The output is one row of all values: each reads one position, the row as a whole all."""

    __slots__ = ()


class Bins(Taps):
    """Adaptive pooling: output position i covers floor(i*size/bins) to ceil((i+1)*size/bins)."""

    __slots__ = ("bins", "size")

    def __init__(self, size: int, bins: int) -> None:
        self.size = size
        self.bins = bins

    def __repr__(self) -> str:
        return f"Bins({self.size}, {self.bins})"

    def reads(self, index: int) -> range:
        """The positions of one bin."""
        return range(index * self.size // self.bins, -(-(index + 1) * self.size // self.bins))

    def step(self) -> Step | None:
        """Even movement where the bins divide the axis."""
        width, rest = divmod(self.size, self.bins)
        return Step(width, 0, width - 1) if rest == 0 and self.bins > 1 else None

    def period(self) -> Period:
        """The bins recur after as many as their number and the size have in common."""
        common = gcd(self.size, self.bins)
        return Period(self.bins // common, self.size // common)


SAME = Window(1)
"""Output position i reads input position i: element-wise layers."""
