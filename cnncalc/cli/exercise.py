"""``cnncalc exercise``: exercises with keys, from a seed."""

from __future__ import annotations

from pathlib import Path

import click

from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.homework.exercises import COLUMNS, LEVELS, exercise
from cnncalc.homework.questions import OF_LAYERS
from cnncalc.quantities import canonical

FORMATS = ("text", "solution", "csv", "key", "spec", "moodle", "nbgrader", "otter", "prairielearn")
FOLDERS = ("otter", "prairielearn")


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc exercise 7\n"
    "  cnncalc exercise 7 --format key > key.csv\n"
    "  cnncalc exercise 7 --level hard --format moodle > quiz.xml\n"
    "  cnncalc exercise 7 --format otter --output tests\n"
    "  cnncalc exercise 7 --columns output_shape,params\n"
    "  cnncalc exercise 7 --symbolic"
)
@click.argument("seed", type=Whole(0, 10**15))
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
def command(seed: int, symbolic: bool, level: str, columns: str, format_: str, output: Path | None) -> None:
    """Make an exercise from SEED: a network and the table to fill in. The same seed makes the same."""
    if symbolic:
        click.echo(_symbolic(seed, format_))
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
        _write(output, _files(seed, level, names, format_))
    else:
        click.echo(_text(seed, level, names, format_), nl=False)


def _symbolic(seed: int, format_: str) -> str:
    from cnncalc.homework.symbolic import symbolic_exercise

    made = symbolic_exercise(seed)
    if format_ not in ("text", "solution", "key"):
        raise click.UsageError("--symbolic goes with --format text, solution and key")
    return made.text() if format_ == "text" else f"{made.key('m')} x {made.key('n')}"


def _text(seed: int, level: str, columns: tuple[str, ...], format_: str) -> str:
    from cnncalc.homework.writers import moodle_xml, notebook

    made = exercise(seed, level, columns)
    match format_:
        case "solution":
            return made.solution()
        case "csv" | "key":
            return made.sheet(filled=format_ == "key")
        case "spec":
            return f"{made.spec}\n"
        case "moodle":
            return moodle_xml(made)
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
