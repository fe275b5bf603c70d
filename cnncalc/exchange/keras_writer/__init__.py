"""Keras 3 source of networks, as people write it: functional, channels last, parts as functions.

Run, the code makes a model with the network's shapes, parameters and outputs. Names are the
network's with ``_`` for dots. Dense layers behind a ``Flatten`` read their rows channels last, as
Keras lays maps out.
"""

from cnncalc.exchange.keras_writer.kinds import refused
from cnncalc.exchange.keras_writer.text import function_name, layer_name
from cnncalc.exchange.keras_writer.writing import write

__all__ = ["function_name", "layer_name", "refused", "write"]
