"""``cnncalc check``: errors of specs, expectations that are not met, and advice."""

from __future__ import annotations

from typing import NamedTuple

import click

from cnncalc.cli.common import Source, many_spec_options
from cnncalc.errors import Diagnostic, SpecError


class _Report(NamedTuple):
    """What was found in one spec."""

    origin: str
    text: str
    found: tuple[Diagnostic, ...]
    summary: str = ""

    @property
    def failed(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.found)


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc check net.yaml\n"
    "  cnncalc check --lint vgg16\n"
    "  cnncalc check --format github nets/*.yaml"
)
@many_spec_options
@click.option("--lint", is_flag=True, help="Give advice as well, with the evidence for it.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Text for people, JSON for editors, annotations for GitHub Actions.",
)
def command(sources: tuple[Source, ...], lint: bool, format_: str) -> None:
    """Report every error of a spec, and whether the numbers it expects of itself are right.

    Status 0 if there are no errors, 1 if there are, 2 if a spec is not there; advice alone does not fail.
    """
    reports = [_check(source, lint=lint) for source in sources]
    {"text": _print_text, "json": _print_json, "github": _print_github}[format_](reports)
    failed = [report for report in reports if report.failed]
    if failed:
        from cnncalc.cli.failures import is_missing

        raise click.exceptions.Exit(2 if all(is_missing(report.found) for report in failed) else 1)


def _check(source: Source, *, lint: bool) -> _Report:
    from cnncalc.analysis import analyze

    try:
        network = source.parse()
    except SpecError as error:
        return _Report(error.origin, error.source, error.diagnostics)
    analysis = analyze(network)
    found = (*network.about.get("warnings", ()), *source.unmet(analysis))
    if lint:
        from cnncalc.spec.lint import advice

        found += advice(analysis)
    origin, text = network.about.get("origin", source.spec), network.about.get("text", "")
    stated = _stated(source, expects=bool(network.about.get("expect")))
    summary = f"{origin}: {len(network)} layers, {analysis.params:,} parameters, {stated}"
    return _Report(origin, text, tuple(sorted(found, key=lambda d: (d.span, d.code))), summary)


def _stated(source: Source, *, expects: bool) -> str:
    if not expects:
        return "no errors"
    return "as expected" if source.is_as_written else "expectations left aside: the spec is changed"


def _print_text(reports: list[_Report]) -> None:
    from cnncalc.cli.failures import echo_diagnostics

    for report in reports:
        echo_diagnostics(report.found, report.text, report.origin)
        if not report.failed:
            click.echo(report.summary)


def _print_json(reports: list[_Report]) -> None:
    from cnncalc.spec.report import to_json

    click.echo(to_json((report.origin, report.found) for report in reports))


def _print_github(reports: list[_Report]) -> None:
    from cnncalc.spec.report import to_github

    for report in reports:
        click.echo(to_github(report.found, report.origin), nl=False)
