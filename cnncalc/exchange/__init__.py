"""Other systems' formats: networks read from them and written to them.

:data:`READERS` and :data:`WRITERS` name a function for each, imported when it is used. Files are
read as data: nothing in them is executed, and pickles are not opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from cnncalc.errors import UsageError
from cnncalc.network import Network


class Exchange(NamedTuple):
    """A format: what it is, and where its function stands."""

    doc: str
    function: str

    def load(self) -> Callable[..., Any]:
        """The function."""
        module, _, name = self.function.partition(":")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found


WRITERS: Mapping[str, Exchange] = MappingProxyType(
    {
        "torch": Exchange("PyTorch source, to be read and run", "cnncalc.torch_backend.source:torch_source"),
        "yaml": Exchange("a spec, repeats as blocks", "cnncalc.exchange.texts:yaml"),
        "json": Exchange("every number of every layer, as data", "cnncalc.exchange.texts:json"),
        "onnx": Exchange("ONNX model (extra: onnx)", "cnncalc.exchange.onnx_writer:write"),
        "keras": Exchange("Keras 3 source, channels last", "cnncalc.exchange.keras_writer:write"),
        "mermaid": Exchange("flowchart for Markdown", "cnncalc.exchange.texts:mermaid"),
    }
)
"""What a network can be exported to."""

READERS: Mapping[str, Exchange] = MappingProxyType(
    {
        "onnx": Exchange("ONNX model (extra: onnx)", "cnncalc.exchange.onnx_reader:read"),
        "json": Exchange("Keras model, from model.to_json()", "cnncalc.exchange.keras_reader:read"),
        "prototxt": Exchange("Caffe network definition", "cnncalc.exchange.caffe:read"),
    }
)
"""Files that can be imported, by their suffix."""


def export(network: Network, to: str, **options: Any) -> str | bytes:
    """The network in another form; raises :class:`UsageError` with the names there are.

    Options are the writer's own: ``weights`` and ``seed`` for ONNX.
    """
    if to not in WRITERS:
        raise UsageError(f"nothing is called {to!r} to export to; there are {', '.join(WRITERS)}")
    content: str | bytes = WRITERS[to].load()(network, **options)
    return content


def read_file(path: str | os.PathLike[str], **options: Any) -> Network:
    """The network in a file of another system; its suffix tells which."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix in _PICKLED:
        raise UsageError(
            f"{path} is a pickle, which can run any code when it is loaded: import the model from the "
            "module that defines it, package.module:factory"
        )
    if suffix not in READERS:
        known = ", ".join(f".{name}" for name in READERS) or "none"
        raise UsageError(
            f"{path}: files that can be imported end in {known}; a PyTorch model is package.module:factory"
        )
    network: Network = READERS[suffix].load()(Path(path), **options)
    return network


_PICKLED = frozenset({"pt", "pth", "pkl", "pickle", "ckpt", "bin", "h5", "hdf5", "caffemodel", "joblib"})
