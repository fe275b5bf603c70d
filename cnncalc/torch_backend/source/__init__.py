"""A network as PyTorch source that reads as if written by hand.

Parts become modules: a chain an ``nn.Sequential``, anything else a class; parts that differ in
numbers alone become one class with arguments. Run, the code has the shapes, the parameter names and
the parameters of the network.
"""

from cnncalc.torch_backend.source.classes import class_name
from cnncalc.torch_backend.source.writing import torch_source

__all__ = ["class_name", "torch_source"]
