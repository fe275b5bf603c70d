"""What the shell offers when Tab is pressed: networks and files, names of layers, parameters to set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cnncalc.errors import CnncalcError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from cnncalc.network import Network

_SPECS = ("specs", "spec", "key")
"""What the commands call the argument or option that is a spec."""


def specs(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str] | list[CompletionItem]:
    """Bundled networks and YAML files that begin as typed; other files where none does."""
    from cnncalc.spec import bundled

    found = [*_beginning(typed, bundled()), *_files(typed)]
    return found or _any_file(typed)


def layers(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Names of the layers of the spec that stands before."""
    network = _network(ctx)
    return _beginning(typed, [node.name for node in network] if network else [])


def settings(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Parameters of the spec that stands before, each with its ``=``."""
    network = _network(ctx)
    return _beginning(typed, [f"{name}=" for name in network.about.get("params", {})] if network else [])


def _beginning(typed: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(typed)]


def _files(typed: str) -> list[str]:
    from pathlib import Path

    folder, _, start = typed.rpartition("/")
    places = Path(folder or ("/" if typed.startswith("/") else ".")).glob("*.y*ml")
    return sorted(
        typed[: len(typed) - len(start)] + path.name for path in places if path.name.startswith(start)
    )


def _any_file(typed: str) -> list[CompletionItem]:
    """The shell's own completion of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def _network(ctx: click.Context) -> Network | None:
    """The network of the spec that is typed already; none where it is missing or wrong: no noise."""
    from cnncalc import spec

    given: Any = next((ctx.params[name] for name in _SPECS if ctx.params.get(name)), ctx.args)
    try:
        return spec.load(given if isinstance(given, str) else given[0]) if given else None
    except (CnncalcError, OSError):
        return None
