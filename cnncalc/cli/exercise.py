"""``cnncalc exercise``: exercises with keys, from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.homework.exercises import COLUMNS, LEVELS, exercise
from cnncalc.homework.questions import OF_LAYERS
from cnncalc.quantities import canonical

FORMATS = ("text", "solution", "csv", "key", "spec", "moodle", "nbgrader", "otter", "prairielearn")
SEVERAL = ("text", "solution", "spec", "moodle")
FOLDERS = ("otter", "prairielearn")


MOST_SEEDS = 1_000
"""Exercises in one go."""


class _Seeds(click.ParamType):  # type: ignore[type-arg]
    """A seed, or several in a row: ``7``, ``1..30``."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        whole: Any = Whole(0, 10**15)
        ends = [whole.convert(end, param, ctx) for end in str(value).split("..", 1)]
        if not 0 <= ends[-1] - ends[0] < MOST_SEEDS:
            self.fail(f"{value!r} is not FIRST..LAST with at most {MOST_SEEDS:,} seeds", param, ctx)
        return range(ends[0], ends[-1] + 1)


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc exercise 7\n"
    "  cnncalc exercise 7 --format key > key.csv\n"
    "  cnncalc exercise 7 --level hard --format moodle > quiz.xml\n"
    "  cnncalc exercise 1..30 --format moodle > bank.xml\n"
    "  cnncalc exercise 7 --format otter --output tests\n"
    "  cnncalc exercise 7 --columns output_shape,params\n"
    "  cnncalc exercise 7 --symbolic"
)
@click.argument("seed", type=_Seeds())
@click.option("--symbolic", is_flag=True, help="An input of m x n; the answer is an expression.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="medium",
    show_default=True,
    help="How hard; hard has dilation, groups and uneven kernels.",
)
@click.option(
    "--columns", metavar="NAMES", default=",".join(COLUMNS), show_default=True, help="What is asked."
)
@format_option(FORMATS, help="What to write: the sheet, its key, or a course system's file.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for otter and prairielearn."
)
def command(seed: range, symbolic: bool, level: str, columns: str, format_: str, output: Path | None) -> None:
    """Make an exercise from SEED: a network and the table to fill in. The same seed makes the same.

    Seeds such as 1..30 make an exercise each, one after the other, or all of them in one file for Moodle.
    """
    if len(seed) > 1 and format_ not in SEVERAL:
        raise click.UsageError(f"several seeds go with --format {', '.join(SEVERAL)}")
    if symbolic:
        click.echo("\n\n".join(_symbolic(one, format_) for one in seed))
        return
    names = tuple(dict.fromkeys(canonical(name.strip(), OF_LAYERS) for name in columns.split(",")))
    unknown = [name for name in names if name not in OF_LAYERS]
    if unknown:
        raise click.BadParameter(
            f"{unknown[0]!r} cannot be asked; there are {', '.join(OF_LAYERS)}", param_hint="--columns"
        )
    if format_ in FOLDERS and output is None:
        raise click.UsageError(f"--format {format_} writes several files: name a folder with --output")
    if format_ not in FOLDERS and output is not None:
        raise click.UsageError(f"--output goes with --format {' and '.join(FOLDERS)}")
    if output is not None:
        _write(output, _files(seed[0], level, names, format_))
    elif format_ == "moodle":
        click.echo(_bank(seed, level, names), nl=False)
    else:
        click.echo("\n".join(_text(one, level, names, format_) for one in seed), nl=False)


def _bank(seeds: range, level: str, columns: tuple[str, ...]) -> str:
    from cnncalc.homework.writers.moodle import moodle_bank

    return moodle_bank(exercise(seed, level, columns) for seed in seeds)


def _symbolic(seed: int, format_: str) -> str:
    from cnncalc.homework.symbolic import symbolic_exercise

    made = symbolic_exercise(seed)
    if format_ not in ("text", "solution", "key"):
        raise click.UsageError("--symbolic goes with --format text, solution and key")
    return made.text() if format_ == "text" else f"{made.key('m')} x {made.key('n')}"


def _text(seed: int, level: str, columns: tuple[str, ...], format_: str) -> str:
    from cnncalc.homework.writers import notebook

    made = exercise(seed, level, columns)
    match format_:
        case "solution":
            return made.solution()
        case "csv" | "key":
            return made.sheet(filled=format_ == "key")
        case "spec":
            return f"{made.spec}\n"
        case "nbgrader":
            return notebook(made)
    return made.text()


def _files(seed: int, level: str, columns: tuple[str, ...], format_: str) -> dict[str, str]:
    from cnncalc.homework.writers import otter_tests, prairielearn_files

    if format_ == "otter":
        return otter_tests(exercise(seed, level, columns))
    return prairielearn_files(level, columns)


def _write(folder: Path, files: dict[str, str]) -> None:
    from cnncalc.files import write_whole

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(folder / name, text)
        click.echo(folder / name)
