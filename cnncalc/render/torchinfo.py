"""The summary as torchinfo prints it, with the same layout, rounding and units.

Source: torchinfo 1.8.0, whose "mult-adds" count biases and the whole batch, whose MB are 10^6
bytes, and whose forward/backward size is twice the outputs of the layers that have parameters.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Analysis, Row
from cnncalc.arithmetic import Shape
from cnncalc.conventions import FLOAT32_BYTES, MEGABYTE, TORCHINFO
from cnncalc.layers.shape import Input

_UNITS = ((10**12, "TERABYTES"), (10**9, "GIGABYTES"), (10**6, "MEGABYTES"), (10**3, "KILOBYTES"))
_RANKED = ("Conv", "Pool", "BatchNorm", "InstanceNorm", "Dropout2d")
_WIDTHS = (40, 25, 25)


class Totals(NamedTuple):
    """What torchinfo prints below its table, in mult-adds and bytes, for a whole batch."""

    params: int
    trainable_params: int
    mult_adds: int
    input_bytes: int
    pass_bytes: int
    param_bytes: int

    @property
    def total_bytes(self) -> int:
        """Input, forward/backward pass and parameters together."""
        return self.input_bytes + self.pass_bytes + self.param_bytes


def torchinfo_totals(analysis: Analysis, batch: int = 1) -> Totals:
    """What torchinfo would total for this network, in float32.

    >>> import cnncalc
    >>> torchinfo_totals(cnncalc.analyze(cnncalc.load("mnist1d")), batch=100).mult_adds
    1072000
    """
    enters = [node.output_shape for node in analysis.network.inputs]
    kept = [row.output_shape for row in analysis.rows if row.params]
    return Totals(
        params=analysis.params,
        trainable_params=analysis.trainable_params,
        mult_adds=analysis.operations(TORCHINFO, batch),
        input_bytes=_bytes(enters, batch),
        pass_bytes=2 * _bytes(kept, batch),
        param_bytes=FLOAT32_BYTES * analysis.params,
    )


def torchinfo_table(analysis: Analysis, batch: int = 1) -> str:
    """The whole printout."""
    rule = "=" * sum(_WIDTHS)
    outputs = analysis.output_shapes
    rows = [row for row in analysis.rows if not isinstance(row.layer, Input)]
    lines = [
        rule,
        _line("Layer (type:depth-idx)", "Output Shape", "Param #"),
        rule,
        _line(analysis.network.name, _shown(outputs[0], batch), "--"),
        *(_row(row, number, batch) for number, row in enumerate(rows, start=1)),
        rule,
        *_footer(torchinfo_totals(analysis, batch), rule),
    ]
    return "\n".join([*lines, ""])


def _footer(totals: Totals, rule: str) -> list[str]:
    unit, mult_adds = _scaled(totals.mult_adds)
    return [
        f"Total params: {totals.params:,}",
        f"Trainable params: {totals.trainable_params:,}",
        f"Non-trainable params: {totals.params - totals.trainable_params:,}",
        f"Total mult-adds ({unit}): {mult_adds}",
        rule,
        f"Input size (MB): {totals.input_bytes / MEGABYTE:.2f}",
        f"Forward/backward pass size (MB): {totals.pass_bytes / MEGABYTE:.2f}",
        f"Params size (MB): {totals.param_bytes / MEGABYTE:.2f}",
        f"Estimated Total Size (MB): {totals.total_bytes / MEGABYTE:.2f}",
        rule,
    ]


def _row(row: Row, number: int, batch: int) -> str:
    params = f"{row.params:,}" if row.params else "--"
    return _line(f"├─{class_name(row)}: 1-{number}", _shown(row.output_shape, batch), params)


def class_name(row: Row) -> str:
    """PyTorch's name for the layer's class, with the rank where it has one."""
    name = type(row.layer).__name__
    rank = len(row.input_shapes[0]) - 1
    has_rank = any(part in name for part in _RANKED) and rank > 0
    return f"{name}{rank}d" if has_rank else name


def _line(layer: str, output: str, params: str) -> str:
    name, shape, count = _WIDTHS
    return f"{layer:<{name}} {output:<{shape}} {params:<{count}}".rstrip()


def _shown(shape: Shape, batch: int) -> str:
    return str([batch, *shape])


def _bytes(shapes: list[Shape], batch: int) -> int:
    return sum(batch * FLOAT32_BYTES * int(formulas.element_count(shape)) for shape in shapes)


def _scaled(number: int) -> tuple[str, str]:
    for size, unit in _UNITS:
        if number >= size:
            return f"Units.{unit}", f"{number / size:.2f}"
    return "Units.NONE", f"{number:.2f}"
