"""Where specs come from: bundled ones, files, and text."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from cnncalc.errors import Diagnostic, Span, SpecError, WrongType
from cnncalc.layers import find
from cnncalc.network import Network
from cnncalc.spec.assembly import Request, assemble
from cnncalc.spec.limits import DEFAULT, Limits
from cnncalc.spec.source import Source
from cnncalc.spec.suggest import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

_FIRST = re.compile(r"[\s(\[]*(?P<name>[A-Za-z_]\w*)[\s,*(\[?)\]-](?!.*\.ya?ml$)")
"""How a chain begins: with a layer that something follows."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks, as Windows' editors write them."""

_MOST_BYTES = 1 << 26
"""Largest file that is read at all; what is no spec may be endless."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_FOLDERS = (os.path.join(_PACKAGE, "specs"), os.path.join(os.path.dirname(_PACKAGE), "specs"))
"""In an installed package, and in a checkout."""


def bundled() -> dict[str, Path]:
    """The specs that come with cnncalc, by name."""
    from pathlib import Path

    return {name: Path(path) for name, path in _bundled().items()}


def _bundled() -> dict[str, str]:
    """The same with paths as text."""
    folder = next(filter(os.path.isdir, _FOLDERS), None)
    if folder is None:
        return {}
    files = sorted(name for name in os.listdir(folder) if name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): os.path.join(folder, name) for name in files}


def load(
    spec: str | os.PathLike[str],
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,
    optional: bool = True,
    limits: Limits | None = None,
) -> Network:
    """The network of a bundled spec, a file, or a chain (a text that contains ``->``).

    ``params`` are values for the spec's parameters, ``input`` replaces the input's shape,
    ``optional=False`` leaves out what a pattern marks with ``?``. Raises
    :class:`~cnncalc.errors.SpecError`.
    """
    text, origin, folder = read(spec)
    return parse(
        text, origin=origin, folder=folder, params=params, input=input, optional=optional, limits=limits
    )


def parse(
    text: str,
    *,
    origin: str = "<spec>",
    folder: str | os.PathLike[str] | None = None,
    params: Mapping[str, Any] | None = None,
    input: Any = None,
    optional: bool = True,
    limits: Limits | None = None,
) -> Network:
    """The network of a spec's text, YAML or a chain.

    ``origin`` is what messages call the text, ``folder`` where a ``base:`` is looked up.
    """
    if not isinstance(text, str):
        raise WrongType(f"parse takes the text of a spec, not {text!r:.80}")
    if not isinstance(params or {}, Mapping):
        raise WrongType(f"params maps names to values, such as {{'classes': 10}}, not {params!r:.80}")
    if not isinstance(limits, Limits | None):
        raise WrongType(f"limits are Limits(...), such as Limits(layers=1000), not {limits!r:.80}")
    request = Request(
        params=dict(params or {}),
        input=input,
        optional=optional,
        limits=limits or DEFAULT,
        folder=None if folder is None else os.fspath(folder),
    )
    return assemble(Source(text, origin), request)


def read(spec: str | os.PathLike[str]) -> tuple[str, str, str | None]:
    """The text of a spec, what messages call it, and the folder it lies in."""
    if not isinstance(spec, str | os.PathLike):
        raise WrongType(f"a spec is a name, a path or a chain, not {spec!r:.80}")
    name = os.fspath(spec)
    if is_chain(name):
        return name, "<chain>", None
    path = _find(name)
    folder, file = os.path.split(path)
    return read_file(path, name), f"{name}.yaml" if file == f"{name}.yaml" else path, folder


def is_chain(text: str) -> bool:
    """Whether a text is a chain and no name of a spec.

    >>> is_chain("INPUT 1x28x28 - CONV-5-6 - FC-10"), is_chain("resnet18"), is_chain("conv-net.yaml")
    (True, False, False)
    """
    if "->" in text or "\u2192" in text or "\n" in text:
        return True
    first = _FIRST.match(text)
    if first is None or is_file(text):
        return False
    return first["name"].lower() == "input" or find(first["name"].rstrip("0123456789")) is not None


def is_file(name: str) -> bool:
    """Whether a file or pipe has this name; no text, however odd, raises an error."""
    try:
        return os.path.exists(name) and not os.path.isdir(name)
    except (OSError, ValueError):
        return False


def is_folder(name: str) -> bool:
    """Whether a folder has this name; no text, however odd, raises an error."""
    try:
        return os.path.isdir(name)
    except (OSError, ValueError):
        return False


def _find(name: str) -> str:
    known = _bundled()
    if name in known:
        return known[name]
    if is_file(name):
        return name
    raise not_found(name, "bundled spec or file", way_out(name, known))


def not_found(name: str, what: str, advice: str) -> SpecError:
    """The error for a name that is none of a spec."""
    short = name if len(name) <= 80 else f"{name[:80]}..."
    message = f"{short!r} is a folder" if name and is_folder(name) else f"no {what} called {short!r}"
    return SpecError([Diagnostic("E017", message, Span(0, 0, 0), help=advice)], origin=short)


def way_out(name: str, known: Mapping[str, str]) -> str:
    """What to do about a name that is none of a spec."""
    if name and is_folder(name):
        return _inside(name)
    if not name.strip():
        return "name a file or a bundled spec; `cnncalc list` names these"
    if name.endswith((".yaml", ".yml")) or not known:
        return did_you_mean(name, known) or "check the path; `cnncalc list` names the bundled specs"
    return did_you_mean(name, known) or f"bundled specs are {', '.join(known)}; a chain contains `->`"


def _inside(folder: str) -> str:
    """Advice that names the specs in a folder."""
    try:
        found = sorted(name for name in os.listdir(folder) if name.endswith((".yaml", ".yml")))
    except OSError:
        found = []
    named = ", ".join(os.path.join(folder, name) for name in found[:5])
    return f"name a file in it: {named}" if named else "name a file"


def read_file(path: str | os.PathLike[str], name: str) -> str:
    """A file's text, in UTF-8."""
    try:
        with open(path, "rb") as file:
            return read_stream(file, str(path))
    except OSError as error:
        found = Diagnostic("E017", f"cannot read {name}: {error.strerror or error}", Span(0, 0, 0))
        raise SpecError([found], origin=str(path)) from None


def read_stream(file: IO[bytes], origin: str) -> str:
    """The text of an open file: UTF-8, with or without a byte order mark."""
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        message = f"{origin} is larger than {_MOST_BYTES:,} bytes"
        found = Diagnostic("E006", message, Span(0, 0, 0), help=_advice(origin, "is this the right file?"))
        raise SpecError([found], origin=origin)
    return _decoded(data, origin)


def _decoded(data: bytes, origin: str) -> str:
    if data[:2] in _UTF16:
        message, advice = f"{origin} is UTF-16", "save it in UTF-8"
        raise SpecError([Diagnostic("E018", message, Span(0, 0, 0), help=advice)], origin=origin)
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line} of {origin} is not UTF-8"
        found = Diagnostic("E018", message, Span(0, 0, 0), help=_advice(origin, "save the file in UTF-8"))
        raise SpecError([found], origin=origin) from None


def _advice(origin: str, otherwise: str) -> str:
    """What to do about a file that is no spec; models of other systems have their own command."""
    is_model = origin.lower().endswith(".onnx")
    return (
        f"this is a model: `cnncalc import {origin} -o net.yaml` makes a spec of it"
        if is_model
        else otherwise
    )
