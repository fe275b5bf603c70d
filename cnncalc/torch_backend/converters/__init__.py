"""Which layer a function of PyTorch's stands for, by the function's exact name.

Each converter has the signature of its function and returns a :class:`Match`, or None where the
layer kinds have no word for these arguments. A match is a proposal: the importer keeps it only if
shape, parameters and MACs are those that PyTorch measured. To teach the importer a function, add a
line to the table of its family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.torch_backend.converters.linear import LINEAR
from cnncalc.torch_backend.converters.match import Converter, Match
from cnncalc.torch_backend.converters.moving import MOVING
from cnncalc.torch_backend.converters.norms import NORMS
from cnncalc.torch_backend.converters.pointwise import ACTIVATIONS
from cnncalc.torch_backend.converters.windows import WINDOWS

__all__ = ["CONVERTERS", "PASSING", "POINTWISE", "Match", "convert"]

CONVERTERS: Mapping[str, Converter] = {**ACTIVATIONS, **WINDOWS, **NORMS, **MOVING, **LINEAR}

PASSING = frozenset(
    {
        *("contiguous", "clone", "detach", "detach_", "requires_grad_", "alias", "identity"),
        *("to", "type_as", "float", "double", "half", "bfloat16", "cpu", "cuda"),
    }
)
"""Functions that change no value: what leaves them is what entered."""

POINTWISE = frozenset(
    """abs add sub rsub div true_divide mul pow square sqrt rsqrt exp exp_ log log1p neg sign sin cos
    clamp clamp_ clamp_min clamp_max clip maximum minimum where masked_fill add_ mul_ sub_ div_ erf
    reciprocal floor ceil round nan_to_num lerp addcmul sigmoid tanh softplus relu gelu
    __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __truediv__
    __rtruediv__ __itruediv__ __pow__ __rpow__ __neg__""".split()  # noqa: SIM905 - a list would take 30 lines
)
"""Functions that read each position of their inputs for the same position of their output."""


def convert(function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Match | None:
    """The layer that a call stands for, if there is one."""
    converter = CONVERTERS.get(function)
    if converter is None:
        return None
    options = {name: value for name, value in kwargs.items() if name != "inplace"}
    try:
        return converter(*args, **options)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return None
