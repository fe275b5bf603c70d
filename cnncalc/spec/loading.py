"""Where specs come from: bundled ones, files, and text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.errors import Diagnostic, Span, SpecError
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
    """Whether a file has this name; no text, however odd, raises an error."""
    try:
        return os.path.isfile(name)
    except (OSError, ValueError):
        return False


def _find(name: str) -> str:
    known = _bundled()
    if name in known:
        return known[name]
    if is_file(name):
        return name
    raise _not_found(name, known)


def _not_found(name: str, known: Mapping[str, str]) -> SpecError:
    short = name if len(name) <= 80 else f"{name[:80]}..."
    message = f"no bundled spec or file called {short!r}"
    return SpecError([Diagnostic("E017", message, Span(0, 0, 0), help=_way_out(name, known))], origin=short)


def _way_out(name: str, known: Mapping[str, str]) -> str:
    if name.endswith((".yaml", ".yml")):
        return did_you_mean(name, known) or "check the path; `cnncalc list` names the bundled specs"
    return did_you_mean(name, known) or f"bundled specs are {', '.join(known)}; a chain contains `->`"


def read_file(path: str | os.PathLike[str], name: str) -> str:
    """A file's text, in UTF-8."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message, advice = f"line {line} is not UTF-8", "save the file in UTF-8"
        found = Diagnostic("E018", message, Span(0, 0, 0), help=advice)
    except OSError as error:
        found = Diagnostic("E017", f"cannot read {name}: {error.strerror or error}", Span(0, 0, 0))
    raise SpecError([found], origin=str(path))
