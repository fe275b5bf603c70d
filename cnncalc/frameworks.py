"""What other frameworks call things, how they order axes, and what they refuse."""

from __future__ import annotations

from typing import Any

from cnncalc.arithmetic import Shape
from cnncalc.errors import CnncalcError
from cnncalc.layers import find

AXES = {
    "pytorch": ("N", "C", "H", "W"),
    "tensorflow": ("N", "H", "W", "C"),
    "caffe": ("N", "C", "H", "W"),
}
"""The order of axes of a batch of pictures."""

ARGUMENTS = {
    "tensorflow": {
        "out_channels": "filters",
        "stride": "strides",
        "dilation": "dilation_rate",
        "bias": "use_bias",
        "out_features": "units",
    },
    "caffe": {"out_channels": "num_output", "padding": "pad", "groups": "group", "bias": "bias_term"},
}
"""Names of arguments where they differ from PyTorch's, which are ours."""


def axis_order(framework: str) -> tuple[str, ...]:
    """The axes of a batch of pictures, in order.

    >>> axis_order("tensorflow")
    ('N', 'H', 'W', 'C')
    """
    if framework not in AXES:
        raise CnncalcError(f"no framework is called {framework!r}; there are {', '.join(AXES)}")
    return AXES[framework]


def arrange(shape: Shape, framework: str = "pytorch", batch: int | None = None) -> Shape:
    """A shape (channels first, no batch) as a framework prints it.

    >>> arrange((16, 24, 49), "tensorflow", batch=20)
    (20, 24, 49, 16)
    """
    channels_last = axis_order(framework)[-1] == "C" and len(shape) > 1
    ordered = (*shape[1:], shape[0]) if channels_last else tuple(shape)
    return ordered if batch is None else (batch, *ordered)


def channels_first(shape: Shape, framework: str = "tensorflow") -> Shape:
    """A shape as a framework prints it, without batch, as we write it.

    >>> channels_first((28, 28, 6))
    (6, 28, 28)
    """
    is_last = axis_order(framework)[-1] == "C" and len(shape) > 1
    return (shape[-1], *shape[:-1]) if is_last else tuple(shape)


def argument_name(argument: str, framework: str = "pytorch") -> str:
    """What a framework calls an argument; any of our short forms is understood.

    >>> argument_name("stride"), argument_name("s", "tensorflow")
    ('stride', 'strides')
    """
    axis_order(framework)
    full = next((n for n, a in _conv_arguments().items() if argument in (n, *a.short)), argument)
    return ARGUMENTS.get(framework, {}).get(full, full)


def defaults(kind: str) -> dict[str, Any]:
    """The arguments of a kind of layer that may be left out, with their values then.

    >>> defaults("conv")["stride"], defaults("conv")["padding_mode"]
    (1, 'zeros')
    """
    found = find(kind)
    if found is None:
        raise CnncalcError(f"no layer is called {kind!r}")
    return {name: a.default for name, a in found[0].arguments.items() if not a.required}


def refusal(framework: str, *, stride: int = 1, dilation: int = 1) -> str:
    """Why a framework refuses a convolution that PyTorch accepts; empty if it does not.

    >>> refusal("tensorflow", stride=2, dilation=2)
    'tensorflow takes a stride or a dilation above 1, not both'
    >>> refusal("pytorch", stride=2, dilation=2)
    ''
    """
    axis_order(framework)
    if framework == "tensorflow" and stride > 1 and dilation > 1:
        return "tensorflow takes a stride or a dilation above 1, not both"
    return ""


def _conv_arguments() -> dict[str, Any]:
    found = find("conv")
    assert found is not None
    return dict(found[0].arguments)
