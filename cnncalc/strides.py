"""Steps in memory along the axes of a tensor, and when a new shape can be seen in the same memory.

PyTorch looks at a tensor in another shape where it can (a view), and copies it where it cannot.
Whether it can follows from the strides: how many values lie between neighbours on each axis.
"""

from __future__ import annotations

from cnncalc.arithmetic import Number, Shape


def contiguous(shape: Shape) -> Shape:
    """Strides of a tensor whose values lie one behind the other.

    >>> contiguous((3, 4, 5))
    (20, 5, 1)
    """
    strides: list[Number] = []
    step: Number = 1
    for size in reversed(shape):
        strides.append(step)
        step = step * size
    return tuple(reversed(strides))


def place_in_row(place: Shape, shape: Shape) -> int:
    """Where a position comes when the axes of a shape are laid out in a row.

    >>> place_in_row((1, 2, 3), (3, 4, 5))
    33
    """
    return int(sum(position * step for position, step in zip(place, contiguous(shape), strict=True)))


def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """Whether values lie one behind the other; the step along an axis of one position is nothing.

    >>> is_contiguous((3, 1, 5), (5, 9, 1)), is_contiguous((3, 4), (8, 2))
    (True, False)
    """
    axes = zip(shape, strides, contiguous(shape), strict=True)
    return all(size == 1 or step == wanted for size, step, wanted in axes)


def viewed(shape: Shape, strides: Shape, wanted: Shape) -> Shape | None:
    """Strides of the same values in another shape, or None where that needs a copy.

    PyTorch's rule: axes that follow evenly upon one another form a stretch, and each new axis must
    lie within one stretch.

    >>> viewed((4, 6), (6, 1), (24,)), viewed((4, 3), (6, 2), (12,)), viewed((4, 3), (6, 1), (12,))
    ((1,), (2,), None)
    """
    if strides == contiguous(shape):
        return contiguous(wanted)
    found: list[Number] = []
    axis = len(wanted) - 1
    for values, step in _stretches(shape, strides):
        taken = 1
        while axis >= 0 and (taken < values or wanted[axis] == 1):
            found.append(taken * step)
            taken *= wanted[axis]
            axis -= 1
        if taken != values:
            return None
    return tuple(reversed(found))


def _stretches(shape: Shape, strides: Shape) -> list[tuple[int, int]]:
    """From the last axis on, how many values each even stretch has, and the step between them."""
    stretches = []
    values, step = 1, strides[-1]
    for axis in reversed(range(len(shape))):
        values *= shape[axis]
        if axis == 0 or (shape[axis - 1] != 1 and strides[axis - 1] != values * step):
            stretches.append((values, step))
            values, step = 1, strides[axis - 1]
    return stretches
