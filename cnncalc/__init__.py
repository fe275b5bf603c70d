"""The calculator for convolutional networks.

Shapes, parameters, connections, MACs, FLOPs, memory and receptive fields, each with its working
shown, from 5 to 20 lines of YAML; confirmed by PyTorch where it is installed.

>>> import cnncalc
>>> net = cnncalc.parse("INPUT(3x32x32) -> CONV(16, 3, padding=1) -> RELU -> POOL(2) -> FC(10)")
>>> cnncalc.analyze(net).params
41418

Every name below is imported when it is first used: ``import cnncalc`` itself loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncalc._version import __version__

if TYPE_CHECKING:
    from cnncalc import (
        advise,
        fields,
        formulas,
        frameworks,
        homework,
        numeric,
        recipes,
        solve,
        structure,
    )
    from cnncalc.analysis import Analysis, Row, analyze
    from cnncalc.errors import (
        CnncalcError,
        Diagnostic,
        LayerError,
        MissingExtra,
        SpecError,
        UsageError,
        VerificationError,
    )
    from cnncalc.network import Builder, Network, Node
    from cnncalc.render.pictures import render
    from cnncalc.spec import load, parse
    from cnncalc.sweeping import sweep
    from cnncalc.torch_backend.build import build
    from cnncalc.torch_backend.importing import from_torch
    from cnncalc.torch_backend.verify import verify
    from cnncalc.working import Working

_HOMES = {
    "Analysis": "analysis",
    "Builder": "network",
    "CnncalcError": "errors",
    "Diagnostic": "errors",
    "LayerError": "errors",
    "MissingExtra": "errors",
    "Network": "network",
    "Node": "network",
    "Row": "analysis",
    "SpecError": "errors",
    "UsageError": "errors",
    "VerificationError": "errors",
    "Working": "working",
    "analyze": "analysis",
    "build": "torch_backend",
    "from_torch": "torch_backend",
    "load": "spec",
    "parse": "spec",
    "sweep": "sweeping",
    "verify": "torch_backend",
}

__all__ = [
    "Analysis",
    "Builder",
    "CnncalcError",
    "Diagnostic",
    "LayerError",
    "MissingExtra",
    "Network",
    "Node",
    "Row",
    "SpecError",
    "UsageError",
    "VerificationError",
    "Working",
    "__version__",
    "advise",
    "analyze",
    "build",
    "fields",
    "formulas",
    "frameworks",
    "from_torch",
    "homework",
    "load",
    "numeric",
    "parse",
    "recipes",
    "render",
    "solve",
    "structure",
    "sweep",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"cnncalc.{_HOMES[name]}"), name)
    elif name in __all__:
        value = import_module(f"cnncalc.{name}")
    else:
        raise AttributeError(f"module 'cnncalc' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
