"""``cnncalc exercise``: exercises with keys, from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import click

from cnncalc.cli import completing
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.homework.exercises import COLUMNS, LEVELS, Exercise, exercise
from cnncalc.homework.own import ROWS, exercise_on
from cnncalc.homework.questions import OF_LAYERS
from cnncalc.network import Network
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
    "  cnncalc exercise 7 --net net.yaml --rows 5\n"
    "  cnncalc exercise 1..30 --net lenet5 --format moodle > bank.xml\n"
    "  cnncalc exercise 7 --symbolic"
)
@click.argument("seed", type=_Seeds())
@click.option("--symbolic", is_flag=True, help="An input of m x n; the answer is an expression.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="How hard; hard has dilation, groups and uneven kernels.  [default: medium]",
)
@click.option(
    "--net",
    metavar="SPEC",
    shell_complete=completing.specs,
    help="Ask about this network; the seed draws the layers.",
)
@click.option("--rows", type=Whole(1, 1000), help=f"Layers of --net to ask about.  [default: {ROWS}]")
@click.option("--columns", metavar="NAMES", help=f"What is asked.  [default: {','.join(COLUMNS)}]")
@format_option(FORMATS, help="What to write: the sheet, its key, or a course system's file.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for otter and prairielearn."
)
def command(
    seed: range,
    symbolic: bool,
    level: str | None,
    net: str | None,
    rows: int | None,
    columns: str | None,
    format_: str,
    output: Path | None,
) -> None:
    """Make an exercise from SEED: a network and the table to fill in. The same seed makes the same.

    The network is made from the seed, or is your own: --net. Seeds such as 1..30 make an exercise each,
    one after the other, or all of them in one file for Moodle.
    """
    _check(seed, format_, output, symbolic=symbolic)
    _check_source(symbolic=symbolic, level=level, net=net, rows=rows)
    if symbolic:
        click.echo("\n\n".join(_symbolic(one, format_) for one in seed))
        return
    asked = None if columns is None else _names(columns)
    source = _Made(level or "medium", asked or COLUMNS) if net is None else _own(net, asked, rows or ROWS)
    if output is not None:
        _write(output, source.files(seed[0], format_))
    elif format_ == "moodle":
        click.echo(_bank(map(source.exercise, seed)), nl=False)
    else:
        click.echo("\n".join(_text(source.exercise(one), format_) for one in seed), nl=False)


def _check(seed: range, format_: str, output: Path | None, *, symbolic: bool) -> None:
    """Refuse options that do not go with the format."""
    if len(seed) > 1 and format_ not in SEVERAL:
        raise click.UsageError(f"several seeds go with --format {', '.join(SEVERAL)}")
    if symbolic:
        return
    if format_ in FOLDERS and output is None:
        raise click.UsageError(f"--format {format_} writes several files: name a folder with --output")
    if format_ not in FOLDERS and output is not None:
        raise click.UsageError(f"--output goes with --format {' and '.join(FOLDERS)}")


def _check_source(*, symbolic: bool, level: str | None, net: str | None, rows: int | None) -> None:
    """Refuse options that do not go with where the network is from."""
    if net is not None and (symbolic or level is not None):
        option = "symbolic" if symbolic else "level"
        raise click.UsageError(f"--{option} is about networks made from the seed, and --net gives one")
    if net is None and rows is not None:
        raise click.UsageError("--rows goes with --net; of a network made from the seed all layers are asked")


def _names(columns: str) -> tuple[str, ...]:
    """The quantities of ``--columns``."""
    names = tuple(dict.fromkeys(canonical(name.strip(), OF_LAYERS) for name in columns.split(",")))
    unknown = [name for name in names if name not in OF_LAYERS]
    if unknown:
        raise click.BadParameter(
            f"{unknown[0]!r} cannot be asked; there are {', '.join(OF_LAYERS)}", param_hint="--columns"
        )
    return names


class _Made(NamedTuple):
    """Networks made from the seed."""

    level: str
    columns: tuple[str, ...]

    def exercise(self, seed: int) -> Exercise:
        return exercise(seed, self.level, self.columns)

    def files(self, seed: int, format_: str) -> dict[str, str]:
        from cnncalc.homework.writers import otter_tests, prairielearn_files

        if format_ == "otter":
            return otter_tests(self.exercise(seed))
        return prairielearn_files(self.level, self.columns)


class _Own(NamedTuple):
    """Layers of one network, drawn by the seed."""

    network: Network
    columns: tuple[str, ...] | None
    rows: int

    def exercise(self, seed: int) -> Exercise:
        return exercise_on(self.network, seed, self.columns, self.rows)

    def files(self, seed: int, format_: str) -> dict[str, str]:
        from cnncalc.homework.writers import otter_tests, prairielearn_files_on

        if format_ == "otter":
            return otter_tests(self.exercise(seed))
        return prairielearn_files_on(self.network, self.columns, self.rows)


def _own(net: str, columns: tuple[str, ...] | None, rows: int) -> _Own:
    from cnncalc.cli.common import Source

    return _Own(Source(net, (), None, optional=True).load(), columns, rows)


def _bank(exercises: Iterable[Exercise]) -> str:
    from cnncalc.homework.writers.moodle import moodle_bank

    return moodle_bank(exercises)


def _symbolic(seed: int, format_: str) -> str:
    from cnncalc.homework.symbolic import symbolic_exercise

    made = symbolic_exercise(seed)
    if format_ not in ("text", "solution", "key"):
        raise click.UsageError("--symbolic goes with --format text, solution and key")
    return made.text() if format_ == "text" else f"{made.key('m')} x {made.key('n')}"


def _text(made: Exercise, format_: str) -> str:
    from cnncalc.homework.writers import notebook

    match format_:
        case "solution":
            return made.solution()
        case "csv" | "key":
            return made.sheet(filled=format_ == "key")
        case "spec":
            return f"{made.spec.rstrip()}\n"
        case "nbgrader":
            return notebook(made)
    return made.text()


def _write(folder: Path, files: dict[str, str]) -> None:
    from cnncalc.files import write_whole

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(folder / name, text)
        click.echo(folder / name)
