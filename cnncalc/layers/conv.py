"""Convolutions, in one, two or three dimensions by the rank of what enters."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnncalc import formulas
from cnncalc.arithmetic import Number, Shape
from cnncalc.errors import LayerError, require
from cnncalc.layers.arguments import Argument, choice, count, flag, paddings, rounding, sizes
from cnncalc.layers.base import Example, Saved, Site, per_axis
from cnncalc.layers.windows import Windowed
from cnncalc.working import Total, Worked, Working

Table = tuple[tuple[int, ...], ...]
"""For each output map, the input maps it is connected to."""


def connection_table() -> Any:
    """An argument for a connection table.

    Either rows of ``X`` and ``.``, one per input map and one column per output map as in LeCun's
    Table I, or for each output map a tuple of input maps.
    """
    doc = "Which input maps each output map reads: rows of X and ., or lists of input maps."
    return Argument("table", _convert_table, None, doc, keyword=True)


def _convert_table(name: str, value: Any) -> Table | None:
    if value is None:
        return None
    if isinstance(value, tuple | list) and value:
        if all(isinstance(row, str) for row in value):
            return _table_of_crosses(name, [str(row) for row in value])
        if all(isinstance(row, tuple | list) and row for row in value):
            return tuple(tuple(sorted(set(row))) for row in value)
    raise LayerError("E215", f"`{name}` must be rows of X and ., or lists of input maps", argument=name)


def _table_of_crosses(name: str, rows: list[str]) -> Table:
    if len({len(row) for row in rows}) != 1 or not set("".join(rows).upper()) <= set("X."):
        message = f"`{name}` must have rows of equal length, of X and . alone"
        raise LayerError("E234", message, argument=name)
    columns = zip(*(row.upper() for row in rows), strict=True)
    table = tuple(tuple(i for i, mark in enumerate(column) if mark == "X") for column in columns)
    for number, maps in enumerate(table):
        if not maps:
            message = f"output map {number} of `{name}` is connected to nothing"
            raise LayerError("E234", message, argument=name)
    return table


class Conv(Windowed):
    """Convolution (cross-correlation, as in every framework), optionally with a connection table.

    Sources: PyTorch's Conv1d/2d/3d; the table is that of LeCun et al. 1998, Table I.
    """

    kind = "conv"
    aliases = ("convolution",)
    family = "conv"
    is_weight_layer = True

    out_channels: int = count(short=("out", "c"), doc="Number of filters, and so of output maps.")
    kernel_size: Any = sizes(short=("kernel", "k"), doc="Size of the window.")
    stride: Any = sizes(1, short=("s",), doc="Distance between neighbouring windows.")
    padding: Any = paddings(doc="Positions added at the borders.")
    dilation: Any = sizes(1, short=("d",), doc="Distance between neighbouring taps.")
    groups: int = count(1, short=("g",), doc="Groups of channels convolved apart.")
    bias: bool = flag(True, doc="Whether each filter has a bias.")
    padding_mode: str = choice(
        "zeros", "reflect", "replicate", "circular", default="zeros", doc="What padding is filled with."
    )
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
        """Refuse a table together with groups, and one with the wrong number of maps."""
        super().validate()
        if self.table is None:
            return
        if self.groups != 1:
            raise LayerError("E232", "groups and table exclude each other", argument="groups")
        if len(self.table) != self.out_channels:
            raise LayerError(
                "E234",
                f"the table has {len(self.table)} output maps, but out_channels={self.out_channels}",
                argument="table",
            )

    def window_arguments(self) -> tuple[Any, Any, Any]:
        """Kernel size, stride and dilation."""
        return self.kernel_size, self.stride, self.dilation

    def output_channels(self, shape: Shape) -> Number:
        """One map per filter; groups must divide the channels on both sides."""
        channels = shape[0]
        for channels_, side in ((channels, "input"), (self.out_channels, "output")):
            require(
                channels_ % self.groups == 0,
                partial(_groups_do_not_divide, self.groups, channels_, side),
            )
        if self.table is not None and max(map(max, self.table)) >= channels:
            rows = max(map(max, self.table)) + 1
            message = f"the table names {rows} input maps, but {channels} enter"
            raise LayerError("E234", message, argument="table")
        return self.out_channels

    def kernel(self, site: Site) -> Shape:
        """Kernel size per axis."""
        return per_axis("kernel_size", self.kernel_size, site.input)

    def tensors(self, site: Site) -> dict[str, Shape]:
        """One kernel per filter and channel of its group, or per cross of the table."""
        kernel = self.kernel(site)
        shapes = {"weight": (self.out_channels, site.channels // self.groups, *kernel)}
        if self.table is not None:
            shapes = {"weight": (sum(map(len, self.table)), *kernel)}
        return {**shapes, "bias": (self.out_channels,)} if self.bias else shapes

    def params(self, site: Site) -> Worked:
        """Weights and biases."""
        return self._worked(formulas.conv_params, site, bias=int(self.bias))

    def macs(self, site: Site) -> Worked:
        """One for each weight at each position."""
        return self._worked(formulas.conv_macs, site, output=site.positions)

    def connections(self, site: Site) -> Worked:
        """One for each use of a weight or bias."""
        return self._worked(formulas.conv_connections, site, output=site.positions, bias=int(self.bias))

    def _worked(self, formula: Any, site: Site, **numbers: Any) -> Worked:
        """The formula once, or with a table once for each number of connected input maps."""
        kernel = self.kernel(site)
        if self.table is None:
            return Working(
                formula,
                in_channels=site.channels,
                out_channels=self.out_channels,
                kernel=kernel,
                groups=self.groups,
                **numbers,
            )
        fan_ins = sorted(map(len, self.table))
        return Total(
            {
                f"maps reading {n}": Working(
                    formula, in_channels=n, out_channels=fan_ins.count(n), kernel=kernel, **numbers
                )
                for n in dict.fromkeys(fan_ins)
            }
        )

    def saved(self, site: Site) -> Saved:
        """The input."""
        return Saved(inputs=(0,))


def _groups_do_not_divide(groups: Number, channels: Number, side: str) -> LayerError:
    fitting = ", ".join(str(n) for n in range(1, min(channels, 4096) + 1) if channels % n == 0)
    return LayerError(
        "E232",
        f"groups={groups} does not divide {channels} {side} channels",
        help=f"groups that divide {channels}: {fitting}",
        argument="groups",
    )
