"""Keras models as JSON (``model.to_json()``), of Keras 2 and 3, Sequential and Functional.

Keras puts channels last and pads ``same`` as TensorFlow does; both are translated. Lambda layers
hold code and are refused; weights are not needed and not read.
"""

from cnncalc.exchange.keras_reader.model import from_text, read

__all__ = ["from_text", "read"]
