"""Where chunks are worked on: here, in processes of this machine, or on a Dask cluster.

Every engine yields the parts in the order of their chunks, with few of them waiting, so that
neither the result nor the memory depends on how many workers there are.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from cnncalc.errors import MissingExtra
from cnncalc.sweeping.axes import SweepError, SweepStopped
from cnncalc.sweeping.plan import Part, Plan, Worker

Parts = Generator[Part, None, None]
Engine = Callable[[Plan, Iterable[int]], Parts]

_WORTHWHILE = 8
"""Chunks for which processes are started unasked."""

_ATTEMPTS = 3
"""How often a chunk is tried whose worker dies."""


def here(plan: Plan, numbers: Iterable[int]) -> Parts:
    """One chunk after the other, in this process."""
    yield from map(Worker(plan).part, numbers)


def processes(workers: int) -> Engine:
    """So many processes on this machine."""

    def engine(plan: Plan, numbers: Iterable[int]) -> Parts:
        waiting = deque(numbers)
        failures = 0
        while waiting:
            before = len(waiting)
            try:
                yield from _pooled(plan, waiting, workers)
            except BrokenProcessPool:
                failures = failures + 1 if len(waiting) == before else 1
                if failures == _ATTEMPTS:
                    raise SweepStopped(
                        f"a worker died {_ATTEMPTS} times at the same place, perhaps for want of memory; "
                        "what is done is kept: run again to go on, with fewer workers"
                    ) from None

    return engine


def _pooled(plan: Plan, waiting: deque[int], workers: int) -> Parts:
    """Parts in order; a number leaves ``waiting`` when its part is there."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _prepare, (plan,))

    def submit(number: int) -> Future[Part]:
        with _deaf_to_interrupts():  # this may start a process
            return pool.submit(_part, number)

    try:
        yield from _ordered(submit, waiting, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Generator[None, None, None]:
    """Processes started meanwhile never hear Ctrl-C; this one hears it a moment later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # or it would be started meanwhile, and listen again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ordered(submit: Callable[[int], Any], waiting: deque[int], workers: int) -> Parts:
    """Results in order, with twice as many under way as there are workers."""
    running: deque[Future[Part]] = deque()
    try:
        while waiting:
            while len(running) < min(2 * workers, len(waiting)):
                running.append(submit(waiting[len(running)]))
            part = running.popleft().result()
            waiting.popleft()
            yield part
    finally:
        for future in running:
            future.cancel()


_worker: Worker | None = None


def _prepare(plan: Plan) -> None:
    """Make a process ready; an interrupt is for the one that gave it work."""
    global _worker  # noqa: PLW0603 - one per process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = Worker(plan)


def _part(number: int) -> Part:
    assert _worker is not None
    return _worker.part(number)


def dask(scheduler: str | None, workers: int) -> Engine:
    """A Dask cluster: the one with this scheduler's address, or one started on this machine."""

    def engine(plan: Plan, numbers: Iterable[int]) -> Parts:
        client = _client(scheduler, workers)
        try:
            (shared,) = client.scatter([plan], broadcast=True, hash=False)
            threads = max(1, sum(client.nthreads().values()))
            waiting = deque(numbers)
            yield from _ordered(
                lambda number: client.submit(_elsewhere, shared, number, pure=False), waiting, threads
            )
        except _distributed().KilledWorker as error:
            raise SweepStopped(f"a Dask worker died again and again: {error}; what is done is kept") from None
        finally:
            client.close()
            if client.cluster is not None:
                client.cluster.close()

    return engine


def _client(scheduler: str | None, workers: int) -> Any:
    distributed = _distributed()
    if scheduler is None:
        cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        return distributed.Client(cluster)
    try:
        return distributed.Client(scheduler, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise SweepStopped(f"no Dask scheduler answers at {scheduler}: {error}") from None


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingExtra("dask.distributed", "dask", "a sweep on a Dask cluster") from None
    return distributed


def _elsewhere(plan: Plan, number: int) -> Part:
    return _made(plan).part(number)


@functools.lru_cache(maxsize=2)
def _made(plan: Plan) -> Worker:
    return Worker(plan)


def choose(name: str, workers: int | None, scheduler: str | None, chunks: int) -> Engine:
    """The engine of this name; a single chunk, or a single worker, is done here."""
    if workers is not None and workers < 1:
        raise SweepError("there must be at least 1 worker")
    if name == "dask":
        return dask(scheduler, workers or os.cpu_count() or 1)
    if name != "local":
        raise SweepError(f"no engine is called {name!r}; there are local and dask")
    if scheduler is not None:
        raise SweepError("a scheduler is for the engine dask")
    count = 1 if workers is None and chunks < _WORTHWHILE else min(workers or os.cpu_count() or 1, chunks)
    return here if count <= 1 else processes(count)
