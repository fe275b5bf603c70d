"""``cnncalc sweep``: the numbers of a whole design space, and which configurations fit."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.cli.output import keep
from cnncalc.sweeping import check, picture, writers
from cnncalc.sweeping.axes import shown
from cnncalc.sweeping.journal import Progress
from cnncalc.sweeping.plan import COLUMNS, make_plan
from cnncalc.sweeping.quantities import QUANTITIES
from cnncalc.sweeping.run import run
from cnncalc.sweeping.table import Table

_QUANTITIES = "\n".join(f"  {quantity.name:<17}{quantity.doc}" for quantity in QUANTITIES.values())


_ROWS = 40
"""Rows shown on a terminal unless others are asked for."""


class _Names(click.ParamType):  # type: ignore[type-arg]
    """Names with commas between."""

    name = "names"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if isinstance(value, tuple) else tuple(part.strip() for part in str(value).split(","))


@click.command(
    epilog="\b\nWhat --over takes:\n"
    "  width=0.25:2:0.25   from 0.25 to 2 in steps of 0.25, both included\n"
    "  depth=1..6          whole numbers, both included\n"
    "  k=3,5,7             these values; words too: act=relu,gelu\n"
    "  conv.groups=1,2     an argument of every layer of a kind\n"
    "  input=96:224:32     the input's size; or shapes: input=3x96x96,3x128x128\n"
    "  optional=true,false what a pattern marks with ?\n"
    f"\n\b\nQuantities:\n{_QUANTITIES}\n\n\b\nExamples:\n"
    "  cnncalc sweep mobilenet_v2 --over width=0.25:2:0.05 --over input=96:224:32 \\\n"
    "      --where 'params < 5e6 and macs < 300e6' --pareto macs,params\n"
    "  cnncalc sweep net.yaml --over c=1..512 --over k=3,5,7 --sort macs --top 10\n"
    "  cnncalc sweep net.yaml --over width=0.25:2:0.25 -o all.csv --workers 2 --fresh\n"
    "  cnncalc sweep net.yaml --over c=1..9 --columns params --pareto macs,params --picture front.svg\n"
    "  cnncalc sweep net.yaml --over k=3,5 --verify 2\n"
    "  cnncalc sweep net.yaml --over c=1..64 --engine dask --scheduler tcp://head:8786"
)
@spec_options
@click.option(
    "--over", multiple=True, required=True, metavar="NAME=VALUES", help="What to sweep; repeatable."
)
@click.option("--where", default="", metavar="CONDITION", help="Which configurations are wanted.")
@click.option("--pareto", type=_Names(), default=(), metavar="NAMES", help="Keep what no other beats in all.")
@click.option("--sort", type=_Names(), default=(), metavar="NAMES", help="Order, with NAME:min or NAME:max.")
@click.option("--top", type=Whole(1), metavar="N", help="Keep the first N.")
@click.option(
    "--columns", type=_Names(), default=(), metavar="NAMES",
    help=f"Quantities to show.  [default: {','.join(COLUMNS)} and what is asked about]",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="FILE.csv, .json or .parquet.")
@format_option(("table", "csv", "json"), help="What to print where there is no --output.")
@click.option("--picture", "drawn", type=click.Path(path_type=Path), help="The front as FILE.svg.")
@click.option("--verify", "verified", type=Whole(0), default=0, metavar="N",
              help="Build N of the hits in PyTorch and compare.")  # fmt: skip
@click.option("--workers", type=Whole(1), metavar="N", help="Processes.  [default: one per core]")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Processes here, or a Dask cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster; without one, one is started here.")
@click.option("--fresh", is_flag=True, help="Start anew, whatever an earlier run left.")
def command(
    source: Source,
    over: tuple[str, ...],
    where: str,
    pareto: tuple[str, ...],
    sort: tuple[str, ...],
    top: int | None,
    columns: tuple[str, ...],
    output: Path | None,
    format_: str,
    drawn: Path | None,
    verified: int,
    workers: int | None,
    engine: str,
    scheduler: str | None,
    fresh: bool,
) -> None:
    """Evaluate every combination of parameters, and keep those that are wanted.

    A run that was cut off and had an output goes on where it stopped when it is started again.
    """
    if output is not None:
        writers.check(output)
        keep(source.spec, output)
    if drawn is not None:
        picture.check(drawn, pareto)
        keep(source.spec, drawn)
    if verified:
        check.prepare()
    plan = make_plan(
        source.spec, over, where=where, pareto=pareto, sort=sort, top=top, columns=columns,
        params=source.params, input=source.input, optional=source.optional,
        source=source.read(), limits=source.limits,
        samples=max(verified, picture.SAMPLES if drawn else 0),
    )  # fmt: skip
    watch = Watch()
    try:
        progress = run(
            plan, output=output, engine=engine, workers=workers, scheduler=scheduler, fresh=fresh, watch=watch
        )
    except KeyboardInterrupt:
        watch.close()
        if output is not None:
            click.echo("what is done is kept; the same command goes on from here", err=True)
        raise
    watch.close()
    table = Table(progress)
    _show(table, output, format_)
    if drawn is not None:
        _draw(table, drawn)
    agree = _check(table, verified) if verified else True
    progress.discard()
    if not agree or table.hits == 0:
        raise click.exceptions.Exit(1)


def _show(table: Table, output: Path | None, format_: str) -> None:
    if output is not None:
        writers.write(table, output)
        click.echo(f"{output}: {len(table):,} rows", err=True)
    elif format_ == "table":
        most = table.plan.selection.top or _ROWS
        click.echo(table.text(most) if len(table) else "no configuration fits")
    else:
        writer = writers.writer_of(Path(f"-.{format_}"))
        writer(table, sys.stdout.buffer)
    click.echo(
        f"{table.total:,} configurations, {table.total - table.possible:,} impossible, "
        f"{table.hits:,} that fit, {len(table):,} kept",
        err=True,
    )
    for code, reason in table.reasons.items():
        first = " ".join(f"{n}={shown(v)}" for n, v in table.plan.grid.values(reason.first).items())
        click.echo(f"  {reason.many:,} x {code}, first {first}: {reason.message}", err=True)


def _draw(table: Table, path: Path) -> None:
    from cnncalc.files import write_whole
    from cnncalc.render.writers.svg import svg

    write_whole(path, svg(picture.scatter(table, table.name)))
    click.echo(f"{path}: {len(table):,} points", err=True)


def _check(table: Table, most: int) -> bool:
    """Tell what PyTorch says of some hits; whether it agrees."""
    agree = True
    for checked in check.check(table, most):
        name = " ".join(f"{n}={shown(checked.row[n])}" for n in table.parameters)
        click.echo(f"PyTorch {'says otherwise of' if checked.mismatches else 'agrees on'} {name}", err=True)
        for mismatch in checked.mismatches:
            agree = False
            click.echo(f"  {mismatch}", err=True)
    return agree


class Watch:
    """A line on the terminal: how far, how fast, how long yet. Nothing where there is no terminal."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.begun: int | None = None
        self.shown = 0.0
        self.visible = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        """Show how things stand, at most ten times a second."""
        now = time.monotonic()
        if self.begun is None:
            self.begun = progress.done - 1
        if not self.visible or now - self.shown < 0.1:
            return
        self.shown = now
        grid = progress.plan.grid
        rate = grid.size * (progress.done - self.begun) / grid.chunks / max(now - self.started, 1e-9)
        left = (grid.size - progress.part.total) / rate
        line = (
            f"{progress.done / grid.chunks:4.0%}  {progress.part.total:,} of {grid.size:,}  "
            f"{rate:,.0f}/s  {_clock(left)} left  {progress.part.hits:,} hits"
        )
        click.echo(f"\r\x1b[2K{line}", nl=False, err=True)

    def close(self) -> None:
        """Wipe the line."""
        if self.shown:
            click.echo("\r\x1b[2K", nl=False, err=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
