"""ONNX models (``.onnx``), with shapes worked out by ONNX's own inference.

Weights are not read, only their shapes. Exporters fold batch norms into convolutions; where there
are none left, the import says so. What no layer kind describes is opaque, with ONNX's shape and the
parameters of its initialisers.
"""

from cnncalc.exchange.onnx_reader.model import Model, read

__all__ = ["Model", "read"]
