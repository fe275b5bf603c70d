"""How deep, or how dilated, for a field of a wanted size."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from cnncalc import formulas
from cnncalc.arithmetic import ceil_div

Jump: TypeAlias = int | Fraction


def layers_needed(
    wanted: int, kernel: int, stride: int = 1, dilation: int = 1, *, size: int = 1, jump: Jump = 1
) -> int:
    """How many equal layers on top of a field of ``size`` and ``jump`` make it ``wanted`` or more.

    >>> [layers_needed(image, kernel=3) for image in (32, 224, 1024)]
    [16, 112, 512]
    >>> [layers_needed(image, kernel=3, stride=2) for image in (32, 224, 1024)]
    [5, 7, 10]
    """
    if wanted <= size:
        return 0
    if kernel < 2:
        raise ValueError(f"layers with a kernel of {kernel} never reach {wanted} positions")
    if stride == 1:
        return int(ceil_div(wanted - size, jump * dilation * (kernel - 1)))
    layers = 0
    while size < wanted:
        size = formulas.field_size.unchecked(size, jump, kernel, dilation)
        jump = formulas.field_jump.unchecked(jump, stride)
        layers += 1
    return layers


def dilation_needed(wanted: int, kernel: int, *, size: int = 1, jump: Jump = 1) -> int:
    """The dilation of one more layer that makes a field of ``size`` and ``jump`` ``wanted`` or more.

    >>> dilation_needed(31, kernel=3, size=15)
    8
    """
    if kernel < 2 and wanted > size:
        raise ValueError(f"no dilation of a kernel of {kernel} reaches {wanted} positions")
    return max(1, int(ceil_div(wanted - size, jump * (kernel - 1)))) if kernel > 1 else 1
