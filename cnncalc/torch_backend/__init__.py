"""Networks as PyTorch modules, and PyTorch's verdict on every number.

The only package that imports torch. It shares nothing with the formulas: modules are made from the
arguments of layers, and what they do is measured.
"""

import warnings

from cnncalc.errors import MissingExtra

try:
    with warnings.catch_warnings():
        # PyTorch says so where NumPy is missing; nothing here needs it.
        warnings.filterwarnings("ignore", "Failed to initialize NumPy", UserWarning)
        import torch as torch
except ImportError as error:
    raise MissingExtra("torch", "torch", "PyTorch's side of cnncalc") from error
else:
    if tuple(map(int, torch.__version__.split(".")[:2])) < (2, 4):
        raise MissingExtra("torch 2.4 or newer", "torch", "PyTorch's side of cnncalc")

from cnncalc.torch_backend.build import Graph, build
from cnncalc.torch_backend.importing import from_torch
from cnncalc.torch_backend.shrink import shrink
from cnncalc.torch_backend.source import torch_source
from cnncalc.torch_backend.verify import CHECKS, Verdict, Verification, missing_device, verify

__all__ = [
    "CHECKS",
    "Graph",
    "Verdict",
    "Verification",
    "build",
    "from_torch",
    "missing_device",
    "shrink",
    "torch_source",
    "verify",
]
