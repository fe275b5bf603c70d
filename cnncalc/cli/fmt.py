"""``cnncalc fmt``: specs in the one usual way."""

from __future__ import annotations

from pathlib import Path

import click

from cnncalc.cli import completing
from cnncalc.cli.common import read_standard_input
from cnncalc.errors import SpecError


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc fmt net.yaml\n"
    "  cnncalc fmt --check nets/*.yaml\n"
    "  cnncalc fmt --diff net.yaml\n"
    "  cnncalc fmt 'INPUT(3x32x32) - CONV-3-16 - RELU - FC-10'"
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=completing.specs)
@click.option("--check", is_flag=True, help="Write nothing; status 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Write specs in the one usual way; comments stay.

    Names become canonical (CONV is conv, p is padding), steps are joined by ->, spaces are put where
    they are usual. FILE is a path, - for standard input, or a chain; the latter two are printed.
    """
    results = [_format(name, check=check, diff=diff) for name in files]
    if "broken" in results or (check and "changed" in results):
        raise click.exceptions.Exit(1)
    if "missing" in results:
        raise click.exceptions.Exit(2)


def _format(name: str, *, check: bool, diff: bool) -> str:
    from cnncalc.cli.failures import echo_diagnostics, is_missing
    from cnncalc.files import write_whole
    from cnncalc.spec.formatting import format_spec

    try:
        text, is_file = _read(name)
        new = format_spec(text, name if is_file else "<stdin>")
    except SpecError as error:
        echo_diagnostics(error.diagnostics, error.source, error.origin)
        return "missing" if is_missing(error.diagnostics) else "broken"
    if diff:
        _print_diff(text, new, name)
    elif check and new != text:
        click.echo(f"would change {name}", err=True)
    elif not check and not is_file:
        click.echo(new, nl=not new.endswith("\n"))
    elif not check and new != text:
        write_whole(name, new)
        click.echo(f"changed {name}", err=True)
    return "same" if new == text else "changed"


def _read(name: str) -> tuple[str, bool]:
    from cnncalc.spec.loading import bundled, is_chain, is_file, not_found, read_file, way_out

    if name == "-":
        return read_standard_input(), False
    if is_file(name):
        return read_file(Path(name), name), True
    if is_chain(name) or ("-" in name.strip("-") and not name.endswith((".yaml", ".yml"))):
        return name, False
    advice = f"`cnncalc show {name} > {name}.yaml` makes one of the bundled spec" if name in bundled() else ""
    raise not_found(name, "file", advice or way_out(name, {}))


def _print_diff(old: str, new: str, name: str) -> None:
    import difflib

    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"{name} (formatted)"
    )
    click.echo("".join(lines), nl=False)
