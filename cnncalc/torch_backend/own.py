"""Small modules for what torch.nn lacks, each with exactly the parameters that its layer states.

Sizes are taken from the tensors that arrive, never from cnncalc's formulas, so that a wrong formula
cannot hide behind a module that was told its result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Ends = tuple[int, int]
Pads = str | tuple[Ends, ...]
"""Padding before and after on each axis, or the name of a rule that depends on the size."""


class Padded(nn.Module):
    """A module behind explicit padding, for padding that the module itself does not know.

    Parameters keep the inner module's names, as if the padding were not there.
    """

    def __init__(self, pads: Pads, window: tuple[Sequence[int], ...], mode: str, value: float) -> None:
        super().__init__()
        self.pads = pads
        self.window = window
        self.mode = mode
        self.value = value

    def pad(self, values: Tensor) -> Tensor:
        """The input with its borders."""
        ends = self.ends(values.shape[2:])
        flat = [end for axis in reversed(ends) for end in axis]
        if self.mode == "constant":
            return functional.pad(values, flat, value=self.value)
        return functional.pad(values, flat, mode=self.mode)

    def ends(self, sizes: Sequence[int]) -> list[Ends]:
        """Padding before and after on each axis of an input of these sizes."""
        if not isinstance(self.pads, str):
            return list(self.pads)
        return [rule_ends(self.pads, size, *axis) for size, *axis in zip(sizes, *self.window, strict=True)]


def rule_ends(rule: str, size: int, kernel: int, stride: int, dilation: int) -> Ends:
    """TensorFlow's SAME: as many windows as fit strides into the input, the odd one at the end."""
    windows = math.ceil(size / stride)
    missing = max(0, (windows - 1) * stride + (kernel - 1) * dilation + 1 - size)
    small, big = missing // 2, missing - missing // 2
    return (big, small) if rule == "same_lower" else (small, big)


class PaddedConv(Padded):
    """A convolution behind explicit padding."""

    def __init__(self, conv: Any, pads: Pads, mode: str) -> None:
        window = (conv.kernel_size, conv.stride, conv.dilation)
        super().__init__(pads, window, "constant" if mode == "zeros" else mode, 0.0)
        self.weight = conv.weight
        self.bias = conv.bias
        self.options = {"stride": conv.stride, "dilation": conv.dilation, "groups": conv.groups}

    def forward(self, values: Tensor) -> Tensor:
        """Pad, then convolve."""
        convolve = CONVOLVE[values.dim() - 3]
        return convolve(self.pad(values), self.weight, self.bias, **self.options)


CONVOLVE: tuple[Callable[..., Tensor], ...] = (functional.conv1d, functional.conv2d, functional.conv3d)
"""By the number of spatial axes, less one."""


class PaddedPool(Padded):
    """A pool behind explicit padding; windows that start in the padding at the end are dropped."""

    def __init__(self, pool: nn.Module, pads: Pads, window: tuple[Sequence[int], ...], value: float) -> None:
        super().__init__(pads, window, "constant", value)
        self.pool = pool

    def forward(self, values: Tensor) -> Tensor:
        """Pad, then pool."""
        ends = self.ends(values.shape[2:])
        pooled: Tensor = self.pool(self.pad(values))
        starts = zip(values.shape[2:], ends, self.window[1], strict=True)
        most = [math.ceil((size + before) / stride) for size, (before, _), stride in starts]
        for axis, limit in enumerate(most, start=2):
            if pooled.shape[axis] > limit:
                pooled = pooled.narrow(axis, 0, limit).contiguous()
        return pooled


class PaddedMean(PaddedPool):
    """Average pooling behind explicit padding that does not count in the mean."""

    def forward(self, values: Tensor) -> Tensor:
        """The mean of the padded input, rescaled by the share of each window that is not padding."""
        share = super().forward(torch.ones_like(values[:1, :1]))
        return super().forward(values) / share


class TableConv(nn.Module):
    """A convolution in which each output map reads the input maps of a connection table.

    One kernel per cross of the table, in order of output maps, those with fewer input maps first.
    Output maps with equally many input maps are one grouped convolution over the maps they name.
    """

    sources: Tensor
    order: Tensor

    def __init__(
        self, table: Sequence[Sequence[int]], kernel: Sequence[int], *, bias: bool, pads: Pads, **options: Any
    ) -> None:
        super().__init__()
        by_fan_in = sorted(range(len(table)), key=lambda target: len(table[target]))
        fan_ins = [len(table[target]) for target in by_fan_in]
        self.groups = [(n, fan_ins.count(n)) for n in dict.fromkeys(fan_ins)]
        sources = [source for target in by_fan_in for source in table[target]]
        self.register_buffer("sources", torch.tensor(sources), persistent=False)
        self.register_buffer("order", torch.tensor(by_fan_in).argsort(), persistent=False)
        self.weight = nn.Parameter(torch.empty(len(sources), *kernel))
        self.bias = nn.Parameter(torch.empty(len(table))) if bias else None
        ones = (1,) * len(kernel)
        window = (kernel, options.get("stride", ones), options.get("dilation", ones))
        mode = options.pop("padding_mode", "zeros")
        self.padding = Padded(pads, window, "constant" if mode == "zeros" else mode, 0.0)
        self.options = options
        uniform(self.weight, self.bias, math.prod(kernel) * len(sources) // len(table))

    def forward(self, values: Tensor) -> Tensor:
        """Gather the maps, convolve them group by group, put the output maps in order."""
        padded = self.padding.pad(values)
        convolve = CONVOLVE[values.dim() - 3]
        parts = []
        start = 0
        for fan_in, maps in self.groups:
            end = start + fan_in * maps
            weight = self.weight[start:end].view(maps, fan_in, *self.weight.shape[1:])
            gathered = padded.index_select(1, self.sources[start:end])
            parts.append(convolve(gathered, weight, groups=maps, **self.options))
            start = end
        joined = torch.cat(parts, dim=1).index_select(1, self.order)
        return joined if self.bias is None else joined + _per_channel(self.bias, joined)


class StochasticDepth(nn.Module):
    """Drops what enters for a sample, or for a whole batch, and scales up what is kept."""

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, values: Tensor) -> Tensor:
        """Everything at inference; while training everything or nothing."""
        if not self.training or self.p == 0:
            return values
        rows = values.shape[0] if self.mode == "row" else 1
        kept = torch.empty(rows, *(1,) * (values.dim() - 1), dtype=values.dtype, device=values.device)
        kept = kept.bernoulli_(1 - self.p)
        return values * (kept / (1 - self.p) if self.p < 1 else kept)


class Subsampling(nn.Module):
    """Sum of each window, times a coefficient, plus a bias, both per map (LeNet-5's S2 and S4)."""

    def __init__(self, channels: int, kernel: Sequence[int], stride: Sequence[int]) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        uniform(self.weight, self.bias, math.prod(kernel))

    def forward(self, values: Tensor) -> Tensor:
        """Add up each window, then scale and shift."""
        windows = values
        for axis, (size, step) in enumerate(zip(self.kernel, self.stride, strict=True), start=2):
            windows = windows.unfold(axis, size, step)
        sums = windows.sum(tuple(range(-len(self.kernel), 0)))
        return sums * _per_channel(self.weight, sums) + _per_channel(self.bias, sums)


class EuclideanRBF(nn.Module):
    """Squared distances to fixed centres, which are a buffer (LeNet-5's output units)."""

    centres: Tensor
    multiplies: ClassVar = (torch.ops.aten.pow,)

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.register_buffer("centres", torch.empty(out_features, in_features))
        nn.init.uniform_(self.centres, -1, 1)

    def forward(self, values: Tensor) -> Tensor:
        """One squared distance per centre."""
        return (values[:, None] - self.centres).pow(2).sum(-1)


class FlatLinear(nn.Linear):
    """A linear layer that flattens what enters, as slides draw it."""

    def forward(self, values: Tensor) -> Tensor:
        """Flatten, then multiply."""
        return super().forward(values.flatten(1))


class GlobalMean(nn.Module):
    """Mean of each map, flat."""

    def forward(self, values: Tensor) -> Tensor:
        """Mean over all spatial axes."""
        return values.mean(tuple(range(2, values.dim())))


class Sum(nn.Module):
    """Sum of all inputs."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """Add them up in order."""
        for other in others:
            first = first + other
        return first


class Product(nn.Module):
    """Product of all inputs; a flat one scales the channels of the others."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Multiply them in order."""
        rank = max(values.dim() for values in inputs)
        first, *others = (_as_gate(values, rank) for values in inputs)
        for other in others:
            first = first * other
        return first


def _as_gate(values: Tensor, rank: int) -> Tensor:
    return values.view(*values.shape, *(1,) * (rank - 2)) if values.dim() == 2 else values


class Concatenation(nn.Module):
    """Channels of all inputs one after the other; with ``crop``, the middle of the larger ones."""

    def __init__(self, *, crop: bool = False) -> None:
        super().__init__()
        self.crop = crop

    def forward(self, *inputs: Tensor) -> Tensor:
        """Join along the channels."""
        if self.crop:
            smallest = [min(sizes) for sizes in zip(*(values.shape[2:] for values in inputs), strict=True)]
            inputs = tuple(_middle(values, smallest) for values in inputs)
        return torch.cat(inputs, dim=1)


def _middle(values: Tensor, sizes: Sequence[int]) -> Tensor:
    for axis, size in enumerate(sizes, start=2):
        values = values.narrow(axis, (values.shape[axis] - size) // 2, size)
    return values


def _per_channel(vector: Tensor, values: Tensor) -> Tensor:
    return vector.view(-1, *(1,) * (values.dim() - 2))


def uniform(weight: Tensor, bias: Tensor | None, fan_in: int) -> None:
    """Initial values as torch.nn gives its convolutions."""
    bound = 1 / math.sqrt(fan_in)
    nn.init.uniform_(weight, -bound, bound)
    if bias is not None:
        nn.init.uniform_(bias, -bound, bound)


class FeatureNorm(nn.Module):
    """The Euclidean norm of neighbouring channels at each position."""

    def __init__(self, size: int, step: int) -> None:
        super().__init__()
        self.size = size
        self.step = step

    def forward(self, values: Tensor) -> Tensor:
        """Lay the neighbourhoods beside each other, and take their norms."""
        norms: Tensor = torch.linalg.vector_norm(values.unfold(1, self.size, self.step), dim=-1)
        return norms


class Maxout(nn.Module):
    """The largest of each few neighbouring channels."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, values: Tensor) -> Tensor:
        """Channels in groups, the maximum of each."""
        grouped = values.reshape(len(values), -1, self.pieces, *values.shape[2:])
        return grouped.max(dim=2).values
