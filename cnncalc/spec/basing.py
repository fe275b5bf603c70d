"""``base:``, for a spec that is another one with other parameters, frozen parts and expectations."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename
from pathlib import Path
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.network import Network
from cnncalc.spec.assembly import Request, assemble
from cnncalc.spec.document import WITH_BASE, Document, Word
from cnncalc.spec.expand import Expander
from cnncalc.spec.finishing import expectations, frozen
from cnncalc.spec.scope import UNKNOWN, Scope
from cnncalc.spec.source import Problems, Source
from cnncalc.spec.suggest import did_you_mean
from cnncalc.spec.yamlchecks import Refused

_DEEPEST = 8


def rebase(document: Document, request: Request, expander: Expander, problems: Problems) -> Network:
    """The base's network with what the document overrides."""
    assert document.base is not None
    base = document.base
    for key, where in document.keys.items():
        if key not in WITH_BASE:
            message = f"`{key}` cannot be changed in a spec with a base"
            problems.add("E260", message, where, help="only params, freeze and expect can")
    path = _find(base, request, problems)
    values = _values(document, expander)
    network = _assembled(base, path, request, {**values, **request.params}, problems)
    placeless = [node._replace(span=None) for node in network.nodes]  # they stand in another text
    nodes = frozen(placeless, document.freeze, problems)
    about = {key: value for key, value in network.about.items() if key != "expect"}
    about.update(expectations(document, expander, problems))
    about["doc"] = document.doc or about["doc"]
    name = document.name or network.name
    return Network(name, nodes, network.outputs, about=about)


def _values(document: Document, expander: Expander) -> dict[str, Any]:
    root = Scope(expander.root)
    found = {name: expander.argument(value, None, root) for name, (_, value) in document.params.items()}
    return {name: value for name, value in found.items() if value is not UNKNOWN}


def _find(base: Word, request: Request, problems: Problems) -> Path:
    from cnncalc.spec.loading import bundled, is_file

    known = bundled()
    stem = base.text.removesuffix(".yaml")
    if request.folder is not None:
        path = Path(request.folder) / base.text
        if path.suffix in (".yaml", ".yml") and is_file(str(path)):
            return path
    if stem in known:
        return known[stem]
    advice = did_you_mean(stem, known) or "name a bundled spec, or a .yaml file beside this one"
    problems.add("E260", f"no spec called `{base.text[:80]}`", base.place, help=advice)
    raise Refused


def _notes(error: SpecError) -> Iterator[str]:
    for message, found in zip(str(error).splitlines(), error.diagnostics, strict=True):
        yield message
        yield from found.notes


def _assembled(
    base: Word, path: Path, request: Request, params: dict[str, Any], problems: Problems
) -> Network:
    from cnncalc.spec.loading import read_file

    chain = (*request.bases, str(path.resolve()))
    if chain[-1] in request.bases or len(chain) > _DEEPEST:
        message = "specs are based on each other in a circle"
        problems.add("E260", message, base.place, detail=" -> ".join(map(basename, chain)))
        raise Refused
    inner = request._replace(params=params, folder=str(path.parent), bases=chain)
    try:
        return assemble(Source(read_file(path, base.text), path.name), inner)
    except SpecError as error:
        problems.add(
            "E260",
            f"the base `{base.text[:80]}` has errors with these parameters",
            base.place,
            notes=tuple(_notes(error))[:10],
        )
        raise Refused from None
