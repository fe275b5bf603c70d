"""Running a sweep: chunk by chunk, with a journal, to a table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from cnncalc.sweeping import engines
from cnncalc.sweeping.journal import Progress
from cnncalc.sweeping.plan import Plan, make_plan
from cnncalc.sweeping.table import Table

Watcher = Callable[[Progress], None]


def run(
    plan: Plan,
    *,
    output: Path | None = None,
    engine: str = "local",
    workers: int | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
    watch: Watcher | None = None,
) -> Progress:
    """Evaluate what is left of a plan; cut off, it leaves a journal beside ``output`` to go on from."""
    progress = Progress(plan, output)
    if fresh:
        progress.discard()
    progress.resume()
    left = range(progress.done, plan.grid.chunks)
    chosen = engines.choose(engine, workers, scheduler, len(left))
    try:
        with closing(chosen(plan, left)) as parts:
            for part in parts:
                progress.add(part)
                if watch is not None:
                    watch(progress)
    except BaseException:
        progress.save()
        progress.close()
        raise
    progress.save()
    return progress


def sweep(
    spec: str | os.PathLike[str],
    over: Mapping[str, Any] | Iterable[str],
    *,
    where: str = "",
    pareto: Iterable[str] = (),
    sort: Iterable[str] = (),
    top: int | None = None,
    columns: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
    input: Any = None,
    optional: bool = True,
    output: str | os.PathLike[str] | None = None,
    workers: int = 1,
    engine: str = "local",
    scheduler: str | None = None,
) -> Table:
    """Evaluate every combination of parameters and keep those that are wanted.

    ``over`` gives each parameter its values: a list, a range, or text such as ``"0.25:2:0.25"``.
    ``where`` is a condition on parameters and quantities; ``pareto`` keeps the front of some
    quantities, ``sort`` and ``top`` the best of one. With ``output``, a file's name ending in
    ``.csv``, ``.json`` or ``.parquet``, the rows are written there, and a run that was cut off
    goes on where it stopped.

    >>> table = sweep("input(1x40) -> conv(c, 5) -> relu -> fc(10)", {"c": [8, 16]}, where="c > 8")
    >>> list(table)
    [{'c': 16, 'params': 5866, 'macs': 8640}]
    """
    from cnncalc.sweeping import writers

    path = None if output is None else Path(output)
    if path is not None:
        writers.check(path)
    plan = make_plan(
        spec, over, where=where, pareto=pareto, sort=sort, top=top, columns=columns,
        params=params, input=input, optional=optional,
    )  # fmt: skip
    progress = run(plan, output=path, engine=engine, workers=workers, scheduler=scheduler)
    table = Table(progress)
    if path is not None:
        writers.write(table, path)
        progress.discard()
    return table
