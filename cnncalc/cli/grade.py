"""``cnncalc grade``: answer sheets against a network."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

import click

from cnncalc import conventions
from cnncalc.cli import completing
from cnncalc.cli.formats import format_option


class _Share(click.FloatRange):
    """A number in a range; nan, which compares with nothing, is in none."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is not a number.", param, ctx) if isnan(number) else number


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc grade answers.csv --key lenet5\n"
    "  cnncalc grade homework.csv --key net.yaml --solutions --slip-credit 0\n"
    "  cnncalc grade answers.csv --key lenet5 --carried-credit 0.5 --tolerance 0.01\n"
    "  cnncalc grade answers.csv --key lenet5 --convention full --format json\n"
    "  cnncalc grade - --key lenet5 --format gradescope > results.json"
)
@click.argument("answers", type=click.File(encoding="utf-8-sig"))
@click.option(
    "--key",
    required=True,
    metavar="SPEC",
    shell_complete=completing.specs,
    help="The network whose numbers are right.",
)
@format_option(
    ("text", "json", "gradescope"), help="Text for people, JSON for programs, or an autograder's results."
)
@click.option("--solutions", is_flag=True, help="Work out what was not right.")
@click.option(
    "--slip-credit",
    type=_Share(0, 1),
    default=0.5,
    show_default=True,
    help="Credit for a named slip.",
)
@click.option(
    "--carried-credit",
    type=_Share(0, 1),
    default=1.0,
    show_default=True,
    help="Credit for what follows from an earlier error.",
)
@click.option("--tolerance", type=_Share(0, 1), default=0.0, help="Accepted error, as a share.")
@click.option(
    "--convention",
    type=click.Choice(list(conventions.CONVENTIONS)),
    default=conventions.DEFAULT.name,
    show_default=True,
    help="How operations are counted.",
)
def command(
    answers: Any,
    key: str,
    format_: str,
    solutions: bool,
    slip_credit: float,
    carried_credit: float,
    tolerance: float,
    convention: str,
) -> None:
    """Grade ANSWERS, a CSV with a column `layer` and one for each quantity, and name the slips.

    A column `student` tells several sheets apart, and one that cannot be graded does not keep the
    others from it: it is named, and the exit status is 1. A row `total` asks about the whole network.
    """
    from cnncalc.cli.common import Source
    from cnncalc.homework import HomeworkError, Policy, grade

    if key.lower().endswith(".csv"):
        raise click.BadParameter(
            "the key is a network, not its table; 'cnncalc exercise SEED --format spec' writes one",
            param_hint="--key",
        )
    network = Source(key, (), None, optional=True).load()
    policy = Policy(slip=slip_credit, carried=carried_credit, tolerance=tolerance)
    try:
        text = answers.read(2**24)
    except UnicodeDecodeError:
        raise HomeworkError(f"{answers.name} is not text in UTF-8") from None
    graded = grade(text, network, policy, convention=convention)
    if format_ == "text":
        click.echo("\n".join(sheet.text(solutions=solutions) for sheet in graded))
    elif format_ == "json":
        click.echo(json.dumps([_plain(sheet) for sheet in graded], indent=2, ensure_ascii=False))
    else:
        click.echo(_gradescope(graded, solutions=solutions), nl=False)
    _tell_failed([sheet for sheet in graded if sheet.problem])


def _tell_failed(failed: list[Any]) -> None:
    """Say on standard error which sheets were not graded, and end with 1."""
    for sheet in failed:
        click.echo(f"not graded: {sheet.student or 'answers'}: {sheet.problem}", err=True)
    if failed:
        raise SystemExit(1)


def _plain(sheet: Any) -> dict[str, Any]:
    answers = [
        {"name": name, "correct": v.correct, "credit": v.credit, "slip": v.slip, "message": v.message}
        for name, v in sheet.verdicts
    ]
    plain = {"student": sheet.student, "score": sheet.score, "most": sheet.most, "answers": answers}
    return {**plain, "problem": sheet.problem} if sheet.problem else plain


def _gradescope(graded: Any, *, solutions: bool) -> str:
    from cnncalc.homework.writers import results_json

    if len(graded) != 1:
        raise click.UsageError(f"Gradescope grades one student at a time, but the sheet has {len(graded)}")
    return results_json(graded[0], solutions=solutions)
