"""Which input positions an output position reads, along one axis.

Every layer kind answers this question, once per spatial axis of each of its inputs, with one of
the maps below. Receptive fields, connections inside the input and the diagrams are all derived
from these maps; no other module knows how a layer moves over its input.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from math import floor, gcd
from typing import TYPE_CHECKING, NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Number, ceil_div, common_divisor, is_array, larger, smaller

if TYPE_CHECKING:
    from fractions import Fraction


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

    def inside(self, index: int, size: int) -> Sequence[int]:
        """The positions really read on an axis of ``size``: taps in the padding fall away."""
        return [position for position in self.reads(index) if 0 <= position < size]

    def count_inside(self, units: int, size: int) -> Number:
        """Taps of the first ``units`` units that fall inside an axis of ``size``."""
        return sum(len(self.inside(unit, size)) for unit in range(units))

    def period(self) -> Period | None:
        """After how many units the map repeats, or None where it does not."""
        step = self.step()
        return None if step is None else Period(1, step.stride)

    def local(self) -> Taps:
        """The map where gates and the statistics of normalisations count as constants."""
        return self

    def gap(self) -> Number:
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
        numbers = ", ".join(f"{name}={getattr(self, name)}" for name in Window.__slots__)
        return f"{type(self).__name__}({numbers})"

    def is_like(self, other: Window) -> bool:
        """Whether another window is made of the very same numbers, not only of equal ones."""
        return all(getattr(self, name) is getattr(other, name) for name in Window.__slots__)

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

    def inside(self, index: int, size: int) -> Sequence[int]:
        """The same, without going through taps in the padding."""
        start = index * self.stride - self.before
        first = max(ceil_div(-start, self.dilation), 0)
        last = min((size - 1 - start) // self.dilation, self.kernel - 1)
        return range(start + first * self.dilation, start + last * self.dilation + 1, self.dilation)

    def step(self) -> Step:
        """Windows move by the stride."""
        return Step(self.stride, -self.before, self.extent - 1 - self.before)

    def count_inside(self, units: Number, size: Number) -> Number:
        """Pairs of a unit and a tap that meet inside."""
        return _meetings(units, self.stride, self.kernel, self.dilation, self.before, size)

    def gap(self) -> Number:
        """The dilation, if there are two taps at all."""
        return smaller(self.kernel - 1, 1) * self.dilation


def _meetings(
    steps: Number, stride: Number, taps: Number, dilation: Number, shift: Number, size: Number
) -> Number:
    """Pairs ``(i, t)`` of steps and taps with ``0 <= i*stride + t*dilation - shift < size``."""
    if is_array(steps) or is_array(stride) or is_array(dilation) or is_array(shift) or is_array(size):
        shifts = (shift - tap * dilation for tap in range(taps))
        return sum(_strides_inside(steps, stride, shift, size) for shift in shifts)
    upto_end, upto_start = (_pairs_below(end, steps, stride, taps, dilation) for end in (shift + size, shift))
    return upto_end - upto_start


def _strides_inside(steps: Number, stride: Number, shift: Number, size: Number) -> Number:
    """How many of the first ``steps`` multiples of a stride fall inside an axis, moved back by a shift."""
    first = larger(ceil_div(shift, stride), 0)
    last = smaller((size - 1 + shift) // stride, steps - 1)
    return larger(last - first + 1, 0)


def _pairs_below(end: int, steps: int, stride: int, taps: int, dilation: int) -> int:
    """Pairs with ``i*stride + t*dilation < end``: taps that meet every step, and the others' steps."""
    some = min(taps, max(ceil_div(end, dilation), 0))
    every: int = min(some, max(ceil_div(end - (steps - 1) * stride, dilation), 0))
    least = end - (some - 1) * dilation + stride - 1
    return every * steps + _sum_of_floors(some - every, dilation, least, stride)


def _sum_of_floors(count: int, factor: int, offset: int, divisor: int) -> int:
    """The sum of ``(i*factor + offset) // divisor`` for i below ``count``, none negative, in a few steps.

    As Euclid's algorithm: whole parts are summed at once, and what is left has its axes swapped.

    >>> _sum_of_floors(4, 3, 1, 2) == (1 // 2) + (4 // 2) + (7 // 2) + (10 // 2)
    True
    """
    total = 0
    while count > 0:
        total += count * (count - 1) // 2 * (factor // divisor) + count * (offset // divisor)
        factor, offset = factor % divisor, offset % divisor
        end = count * factor + offset
        count, offset, factor, divisor = end // divisor, end % divisor, divisor, factor
    return total


class Folded(Window):
    """A window whose padding repeats the input: reflected, replicated or around the other end."""

    __slots__ = ("mode",)

    def __init__(self, window: Window, mode: str) -> None:
        super().__init__(window.kernel, window.stride, window.before, window.after, window.dilation)
        self.mode = mode

    def inside(self, index: int, size: int) -> Sequence[int]:
        """The positions that the taps see, those in the padding folded back."""
        return sorted({self._folded(position, size) for position in self.reads(index)})

    def count_inside(self, units: int, size: int) -> Number:
        """Unit by unit, as positions may be read twice."""
        return Taps.count_inside(self, units, size)

    def _folded(self, position: int, size: int) -> int:
        if self.mode == "circular":
            return position % size
        if self.mode == "replicate":
            return min(max(position, 0), size - 1)
        within = abs(position)
        return within if within < size else 2 * (size - 1) - within


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


class Anything(Whole):
    """What is read is not known, or depends on the values: taken to be the whole axis."""

    __slots__ = ()


class Moved(Whole):
    """An axis that takes another place, by itself or cut up; the layer's moves say where."""

    __slots__ = ()


class Statistics(Whole):
    """A position by itself, in proportion to a mean or deviation over the whole axis."""

    __slots__ = ()

    def local(self) -> Taps:
        """With the statistics held constant, the position by itself."""
        return SAME


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

    def count_inside(self, units: Number, size: Number) -> Number:
        """All of the axis, and a position twice where neighbours share one, which is where no bin ends."""
        if is_array(units) or is_array(size) or units == self.bins:
            return size + units - common_divisor(size, units)
        return super().count_inside(units, size)

    def period(self) -> Period:
        """The bins recur after as many as their number and the size have in common."""
        common = gcd(self.size, self.bins)
        return Period(self.bins // common, self.size // common)


class Blocks(Taps):
    """Channels in groups: each ``width`` output channels read the same ``depth`` input channels."""

    __slots__ = ("depth", "width")

    def __init__(self, depth: int, width: int) -> None:
        self.depth = depth
        self.width = width

    def __repr__(self) -> str:
        return f"Blocks({self.depth}, {self.width})"

    def reads(self, index: int) -> range:
        """The channels of one group."""
        start = index // self.width * self.depth
        return range(start, start + self.depth)

    def step(self) -> Step | None:
        """Even movement where each output channel has a group of its own."""
        return Step(self.depth, 0, self.depth - 1) if self.width == 1 else None

    def period(self) -> Period:
        """From group to group."""
        return Period(self.width, self.depth)


class Listed(Taps):
    """For each output channel a list of input channels: a connection table."""

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return f"Listed({self.rows})"

    def reads(self, index: int) -> Sequence[int]:
        """What the table says."""
        return self.rows[index]

    def step(self) -> None:
        """None: tables are free."""
        return


class Transposed(Taps):
    """Transposed convolution: unit i reads every j with ``j*stride - padding + dilation*t == i``."""

    __slots__ = ("dilation", "kernel", "padding", "stride")

    def __init__(self, kernel: Number, stride: Number, padding: Number, dilation: Number = 1) -> None:
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation

    def __repr__(self) -> str:
        return f"Transposed({', '.join(f'{name}={getattr(self, name)}' for name in self.__slots__)})"

    def reads(self, index: int) -> tuple[int, ...]:
        """The positions whose stamped kernels cover this one; none between sparse stamps."""
        last = index + self.padding
        covering = range(last - self.dilation * (self.kernel - 1), last + 1, self.dilation)
        return tuple(place // self.stride for place in covering if place % self.stride == 0)

    def count_inside(self, units: Number, size: Number) -> Number:
        """Pairs of a position of the input and a tap that meet inside the output."""
        return _meetings(size, self.stride, self.kernel, self.dilation, self.padding, units)

    def step(self) -> Step | None:
        """Even movement at stride 1 alone, where it is a convolution with a flipped kernel."""
        if self.stride != 1:
            return None
        return Step(1, self.padding - self.dilation * (self.kernel - 1), self.padding)

    def period(self) -> Period:
        """One position of the input for each stride of the output."""
        return Period(self.stride, 1)


class Covering(Taps):
    """All that any of ``windows`` windows over a position sees: what unpooling compares there."""

    __slots__ = ("window", "windows")

    def __init__(self, window: Window, windows: int) -> None:
        self.window = window
        self.windows = windows

    def __repr__(self) -> str:
        return f"Covering({self.window}, {self.windows})"

    def _over(self, index: int) -> range:
        """The windows over a position, also those before the first and behind the last."""
        place = index + self.window.before
        first = ceil_div(place - self.window.kernel + 1, self.window.stride)
        return range(first, place // self.window.stride + 1)

    def _seen(self, windows: range) -> range:
        if not windows:
            return range(0)
        return range(self.window.reads(windows[0])[0], self.window.reads(windows[-1])[-1] + 1)

    def reads(self, index: int) -> range:
        """From the start of the first window over it to the end of the last."""
        return self._seen(self._over(index))

    def inside(self, index: int, size: int) -> range:
        """The same, for the windows that there are."""
        over = self._over(index)
        seen = self._seen(range(max(over.start, 0), min(over.stop, self.windows)))
        return range(max(seen.start, 0), min(seen.stop, size))

    def step(self) -> Step | None:
        """Even movement at stride 1."""
        reach = self.window.kernel - 1
        return Step(1, -reach, reach) if self.window.stride == 1 else None

    def period(self) -> Period:
        """From window to window."""
        return Period(self.window.stride, self.window.stride)


class Nearest(Taps):
    """Nearest-neighbour upsampling: unit i copies the position below ``(i + offset) * scale``.

    ``offset`` is 0, or a half for the centres that the mode "nearest-exact" compares. The product
    is rounded to single precision, as PyTorch works it out.
    """

    __slots__ = ("offset", "scale", "size")

    def __init__(self, size: int, scale: Fraction, offset: float = 0) -> None:
        self.size = size
        self.scale = scale
        self.offset = offset

    def __repr__(self) -> str:
        return f"Nearest({self.size}, {self.scale}, {self.offset})"

    def reads(self, index: int) -> range:
        """One position."""
        place = single(float(index + self.offset) * single(float(self.scale)))
        nearest = min(floor(place), self.size - 1)
        return range(nearest, nearest + 1)

    def step(self) -> Step | None:
        """Even movement where every so-manieth position is copied."""
        whole = self.scale.denominator == 1
        return Step(self.scale.numerator, self.reads(0)[0], self.reads(0)[0]) if whole else None

    def period(self) -> Period | None:
        """As the scale repeats."""
        return Period(self.scale.denominator, self.scale.numerator)


class Interpolated(Taps):
    """Interpolation between the positions around ``i * scale + offset``, ``reach`` on each side.

    Reach 1 is linear, reach 2 cubic. A unit that falls upon a position reads that one alone.
    """

    __slots__ = ("offset", "reach", "scale")

    def __init__(self, scale: Fraction, offset: Fraction | int, reach: int) -> None:
        self.scale = scale
        self.offset = offset
        self.reach = reach

    def __repr__(self) -> str:
        return f"Interpolated({self.scale}, {self.offset}, {self.reach})"

    def reads(self, index: int) -> range:
        """The positions around, or the one it falls upon."""
        place = index * self.scale + self.offset
        below = floor(place)
        if place == below:
            return range(below, below + 1)
        return range(below - self.reach + 1, below + self.reach + 1)

    def step(self) -> Step | None:
        """Even movement where the scale is whole."""
        if self.scale.denominator != 1:
            return None
        first = self.reads(0)
        return Step(self.scale.numerator, first[0], first[-1])

    def period(self) -> Period:
        """As the scale repeats."""
        return Period(self.scale.denominator, self.scale.numerator)


def single(value: float) -> float:
    """The value rounded to single precision.

    >>> single(0.1) == 0.1, single(0.5)
    (False, 0.5)
    """
    import struct

    return float(struct.unpack("f", struct.pack("f", value))[0])


SAME = Window(1)
"""Output position i reads input position i: element-wise layers."""
