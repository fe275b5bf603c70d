"""Convolutions, in one, two or three dimensions by the rank of what enters."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import choice, count, flag, paddings, rounding, sizes
from cnncalc.layers.base import Example, Saved, Site, inside_counts, per_axis
from cnncalc.layers.tables import Table, check_table, connection_table
from cnncalc.layers.windows import Windowed, check_border
from cnncalc.taps import Blocks, Folded, Listed, Taps, Window
from cnncalc.working import Total, Worked, Working

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Windowed):
    """A window of weights for each filter; subclasses say how many filters, in how many groups."""

    family = "conv"
    is_weight_layer = True
    kernel_size: Any
    stride: Any
    dilation: Any
    bias: bool

    @abstractmethod
    def filters(self, channels: Number) -> Number:
        """Number of filters, and so of output maps."""

    @abstractmethod
    def groups_of(self, channels: Number) -> Number:
        """Number of groups of channels that are convolved apart."""

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Kernel size, stride and dilation."""
        return self.kernel_size, self.stride, self.dilation

    def output_channels(self, shape: Shape) -> Number:
        """One map per filter; groups must divide the channels on both sides."""
        filters = self.filters(shape[0])
        check_groups(self.groups_of(shape[0]), shape[0], filters)
        return filters

    def taps(self, site: Site) -> tuple[tuple[Taps, ...], ...]:
        """The windows, folded back at the borders where padding repeats the input."""
        mode = getattr(self, "padding_mode", "zeros")
        windows = self.windows(site.input)
        if mode == "zeros":
            return (windows,)
        return (tuple(Folded(window, mode) for window in windows),)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels of its group."""
        groups = self.groups_of(site.channels)
        return (Blocks(site.channels // groups, self.filters(site.channels) // groups),)

    def kernel(self, site: Site) -> Shape:
        """Kernel size per axis."""
        return per_axis("kernel_size", self.kernel_size, site.input)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """One kernel per filter and channel of its group, and a bias per filter."""
        filters = self.filters(site.channels)
        fan_in = site.channels // self.groups_of(site.channels)
        weight = {"weight": (filters, fan_in, *self.kernel(site))}
        return {**weight, "bias": (filters,)} if self.bias else weight

    def params(self, site: Site) -> Worked:
        """Weights and biases."""
        return self.worked(formulas.conv_params, site, kernel=self.kernel(site), bias=int(self.bias))

    def macs(self, site: Site) -> Worked:
        """One for each weight at each position."""
        return self.worked(formulas.conv_macs, site, kernel=self.kernel(site), output=site.positions)

    def connections(self, site: Site) -> Worked:
        """One for each use of a weight or bias."""
        return self._connections(formulas.conv_connections, site, kernel=self.kernel(site))

    def connections_inside(self, site: Site) -> Worked:
        """The same of those taps that read the input."""
        inside = inside_counts(self.taps(site)[0], site)
        return self._connections(formulas.conv_connections_inside, site, inside=inside)

    def operations(self, site: Site) -> Worked:
        """A multiplication and an addition for each weight at each position, and the biases."""
        return self._connections(formulas.conv_operations, site, kernel=self.kernel(site))

    def _connections(self, formula: Any, site: Site, **numbers: Any) -> Worked:
        return self.worked(formula, site, **numbers, output=site.positions, bias=int(self.bias))

    def worked(self, formula: Any, site: Site, **numbers: Any) -> Worked:
        """A formula at this layer's channels and groups."""
        return Working(
            formula,
            in_channels=site.channels,
            out_channels=self.filters(site.channels),
            groups=self.groups_of(site.channels),
            **numbers,
        )

    def saved(self, site: Site) -> Saved:
        """The input, padded where PyTorch pads before it convolves."""
        return self.kept_input(site)

    def padded_shape(self, site: Site) -> Shape:
        """The input as PyTorch pads it by hand: with ``same``, by what is uneven alone."""
        if self.padding != "same":
            return super().padded_shape(site)
        axes = zip(site.input[1:], self.windows(site.input), strict=True)
        return (site.channels, *(size + window.after - window.before for size, window in axes))


class _Filled(Convolution):
    """A convolution whose padding may be filled with something else than zeros."""

    padding_mode: str

    def check_window(self, size: Number, window: Window) -> None:
        """Padding that copies the input must find enough to copy."""
        check_border(self.padding_mode, size, (window.before, window.after))

    def connections_inside(self, site: Site) -> Worked:
        """Padding that repeats the input is the input."""
        return super().connections_inside(site) if self.padding_mode == "zeros" else self.connections(site)

    def saved(self, site: Site) -> Saved:
        """The padded input; for reflecting and replicating, the input as well."""
        if self.padding_mode == "zeros":
            return super().saved(site)
        padded = Windowed.padded_shape(self, site)
        if self.padding_mode != "circular":
            return Saved(elements=formulas.element_count(padded), upstream=Saved(inputs=(0,)))
        return Saved(elements=formulas.element_count(padded))


class Conv(_Filled):
    """Convolution (cross-correlation, as in every framework), optionally with a connection table.

    Sources: PyTorch's Conv1d/2d/3d; the table is that of LeCun et al. 1998, Table I.
    """

    kind = "conv"
    aliases = ("convolution",)

    out_channels: int = count(short=("out", "c"), doc="Number of filters, and so of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = paddings(doc="Positions added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    groups: int = count(1, short=("g",), doc="Groups of channels convolved apart.")
    bias: bool = flag(True, doc="Whether each filter has a bias.")
    padding_mode: str = choice(*_PADDING_MODES, default="zeros", doc="What padding is filled with.")
    table: Table | None = connection_table()
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"out_channels": 6, "kernel_size": 5}, ((1, 32, 32),)),
        Example({"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}, ((3, 9),)),
        Example({"out_channels": 4, "kernel_size": 3, "dilation": 2, "bias": False}, ((2, 9, 11),)),
        Example({"out_channels": 6, "kernel_size": (3, 5), "groups": 2, "padding": (1, 2)}, ((4, 7, 9),)),
        Example({"out_channels": 2, "kernel_size": (3, 3, 1), "padding": "same"}, ((2, 5, 6, 7),)),
        Example({"out_channels": 2, "kernel_size": 3, "padding": ((1, 0), (0, 2))}, ((2, 6, 6),)),
        Example({"out_channels": 3, "kernel_size": 3, "stride": 2, "padding": "same_upper"}, ((2, 7, 8),)),
        Example({"out_channels": 3, "kernel_size": 3, "table": ("XX.", ".XX")}, ((2, 6, 6),)),
    )

    def validate(self) -> None:
        """Refuse a table together with groups."""
        super().validate()
        if self.table is not None:
            require(self.groups == 1, _groups_and_table)

    def filters(self, channels: Number) -> Number:
        """As many as said."""
        return self.out_channels

    def groups_of(self, channels: Number) -> Number:
        """As many as said."""
        return self.groups

    def output_channels(self, shape: Shape) -> Number:
        """One map per filter; a table must name maps that are there."""
        if self.table is not None:
            check_table(self.table, shape[0], self.out_channels)
        return super().output_channels(shape)

    def channel_taps(self, site: Site) -> tuple[Taps, ...]:
        """The channels of its group, or those that the table names."""
        return super().channel_taps(site) if self.table is None else (Listed(self.table),)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """One kernel per filter and channel of its group, or per cross of the table."""
        shapes = super().tensors(site)
        if self.table is None:
            return shapes
        return {**shapes, "weight": (sum(map(len, self.table)), *self.kernel(site))}

    def worked(self, formula: Any, site: Site, **numbers: Any) -> Worked:
        """The formula once, or with a table once for each number of connected input maps."""
        if self.table is None:
            return super().worked(formula, site, **numbers)
        fan_ins = sorted(map(len, self.table))
        return Total(
            {
                f"maps reading {n}": Working(formula, in_channels=n, out_channels=fan_ins.count(n), **numbers)
                for n in dict.fromkeys(fan_ins)
            }
        )

    def saved(self, site: Site) -> Saved:
        """The padded input; with a table, the maps that it names, one after the other."""
        if self.table is None:
            return super().saved(site)
        gathered = (sum(map(len, self.table)), *Windowed.padded_shape(self, site)[1:])
        upstream = Saved(inputs=(0,)) if self.padding_mode in ("reflect", "replicate") else None
        return Saved(elements=formulas.element_count(gathered), upstream=upstream)


class DepthwiseConv(_Filled):
    """Convolution of each channel by itself: as many groups as channels enter.

    ``multiplier`` filters see each channel (PyTorch's Conv1d/2d/3d with groups=in_channels).
    """

    kind = "dwconv"
    aliases = ("depthwise", "depthwise_conv", "dw_conv")

    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = paddings(doc="Positions added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    bias: bool = flag(True, doc="Whether each filter has a bias.")
    multiplier: int = count(1, doc="Filters per channel.", keyword=True)
    padding_mode: str = choice(*_PADDING_MODES, default="zeros", doc="What padding is filled with.")
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"kernel_size": 3, "padding": 1}, ((6, 8, 8),)),
        Example({"kernel_size": 3, "stride": 2, "bias": False}, ((4, 9),)),
        Example({"kernel_size": (1, 3, 3), "multiplier": 2}, ((3, 4, 5, 6),)),
    )

    def filters(self, channels: Number) -> Number:
        """``multiplier`` for each channel."""
        return channels * self.multiplier

    def groups_of(self, channels: Number) -> Number:
        """One for each channel."""
        return channels


class Local(Convolution):
    """Locally connected layer: a convolution whose weights are not shared between positions.

    Every output value has weights and a bias of its own (Keras's LocallyConnected1D/2D).
    """

    kind = "local"
    aliases = ("locally_connected", "local_conv")

    out_channels: int = count(short=("out", "c"), doc="Number of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k", "f"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = paddings(doc="Zeros added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    bias: bool = flag(True, doc="Whether each output value has a bias.")
    rounding: str = rounding(rules=("floor", "exact"))

    examples = (
        Example({"out_channels": 2, "kernel_size": 3}, ((3, 6, 7),)),
        Example({"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}, ((2, 9),)),
        Example({"out_channels": 2, "kernel_size": 2, "bias": False}, ((1, 3, 4, 3),)),
    )

    def filters(self, channels: Number) -> Number:
        """One per output map, at each position anew."""
        return self.out_channels

    def groups_of(self, channels: Number) -> Number:
        """All channels together."""
        return 1

    def tensors(self, site: Site) -> dict[str, Shape]:
        """The weights of a convolution and its biases, for each position."""
        weight = (*site.positions, self.out_channels, site.channels, *self.kernel(site))
        return {"weight": weight, "bias": site.output} if self.bias else {"weight": weight}

    def params(self, site: Site) -> Worked:
        """As many as connections: no weight is used twice."""
        return self.connections(site)

    def saved(self, site: Site) -> Saved:
        """The windows, one beside the other, as the matrix products read them."""
        windows = formulas.conv_macs(site.channels, 1, self.kernel(site), site.positions)
        return Saved(elements=windows, weights_only=True)


def check_groups(groups: Number, in_channels: Number, out_channels: Number) -> None:
    """Refuse groups that do not divide the channels on both sides."""
    for channels, side in ((in_channels, "input"), (out_channels, "output")):
        require(channels % groups == 0, partial(_groups_do_not_divide, groups, channels, side))


def _groups_and_table() -> LayerError:
    return LayerError("E232", "groups and table exclude each other", argument="groups")


def _groups_do_not_divide(groups: Number, channels: Number, side: str) -> LayerError:
    advice = "choose a divisor of the channels"
    if isinstance(channels, int):
        fitting = ", ".join(str(n) for n in range(1, min(channels, 4096) + 1) if channels % n == 0)
        advice = f"groups that divide {channels}: {fitting}"
    return LayerError(
        "E232",
        f"groups={groups} does not divide {channels} {side} channels",
        help=advice,
        argument="groups",
    )
