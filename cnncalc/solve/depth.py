"""How many layers a wanted receptive field takes."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc import formulas
from cnncalc.solve.solutions import Solutions, at_least


class Depth(NamedTuple):
    """A stack of equal layers and the field it has."""

    layers: int
    kernel: int
    stride: int
    dilation: int
    field: int

    def __str__(self) -> str:
        shape = f"kernel {self.kernel}, stride {self.stride}"
        dilated = f", dilation {self.dilation}" if self.dilation > 1 else ""
        return f"{self.layers} layers of {shape}{dilated}: field {self.field}"


def layers_for_field(field: int, kernel: int, stride: int = 1, dilation: int = 1) -> Solutions[Depth]:
    """The fewest equal layers whose units see at least ``field`` positions of the input.

    >>> layers_for_field(224, kernel=3)[0].layers, layers_for_field(224, kernel=3, stride=2)[0].layers
    (112, 7)
    """
    for name, value in (("field", field), ("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        at_least(name, value)
    if kernel == 1:
        same = Depth(1, kernel, stride, dilation, 1)
        return Solutions([same] if field == 1 else [], nearest=[] if field == 1 else [same])
    if stride == 1:
        count = max(1, formulas.field_layers(field, kernel, dilation))
        seen = formulas.field_of_stack(count, kernel, dilation)
        return Solutions([Depth(count, kernel, stride, dilation, seen)])
    return Solutions([_strided(field, kernel, stride, dilation)])


def _strided(field: int, kernel: int, stride: int, dilation: int) -> Depth:
    """Layer by layer: the jump grows with every stride, so there are few."""
    seen, jump, count = 1, 1, 0
    while seen < field or count == 0:
        seen = formulas.field_size(seen, jump, kernel, dilation)
        jump = formulas.field_jump(jump, stride)
        count += 1
    return Depth(count, kernel, stride, dilation, seen)
