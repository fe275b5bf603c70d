"""ONNX models (``.onnx``) of networks, written without PyTorch.

A layer becomes the one standard operation that is the same, under its own dotted name. Where ONNX
has no such operation, the layer becomes a call of a function that the file defines itself in standard
operations (domain ``cnncalc``, the layer's kind and arguments among its attributes): runtimes see
through it, viewers show one box, and the import finds the layer again.
"""

from cnncalc.exchange.onnx_writer.kinds import refused
from cnncalc.exchange.onnx_writer.model import DOMAIN, write

__all__ = ["DOMAIN", "refused", "write"]
