"""What the benchmarks share: least time of several runs, whole processes, and tables."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """CPU seconds of a process, and the most memory it held, in MiB."""

    seconds: float
    memory: float


_WATCH = """
import json, os, resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""Runs a program from a small process: Linux counts the memory of whoever starts a program as its own."""


def process(arguments: Sequence[str]) -> Cost:
    """What one run of a program costs, as the system counts it; the run must end well."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    watched = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-c", _WATCH, *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        check=True,
    )
    status, seconds, memory = json.loads(watched.stdout)
    if status:
        raise RuntimeError(f"{arguments} ended with status {status}")
    return Cost(seconds, memory)


def least(programs: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    """The least cost of each program, run in turns so that a busy machine is unfair to none.

    A first run warms the disk and does not count. Programs of more than a second are run three times
    more, the others ``rounds`` times.
    """
    found = {name: [process(arguments)] for name, arguments in programs.items()}
    for turn in range(rounds):
        for name, costs in found.items():
            if turn < 3 or costs[-1].seconds < 1:
                costs.append(process(programs[name]))
    return {name: Cost(*map(min, zip(*costs[1:], strict=True))) for name, costs in found.items()}


def cpu(work: Callable[[], Any], runs: int = 5) -> float:
    """Least CPU seconds of several runs."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def held() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def python(code: str) -> list[str]:
    """The command line of some Python code."""
    return [sys.executable, "-c", code]


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are numbers."""
    rule = ["---", *["---:" for _ in headings[1:]]]
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, rule, *lines))


def machine() -> str:
    """The machine and the versions that figures hold for."""
    packages = [f"{name} {_version(name)}" for name in ("torch", "torchinfo", "fvcore", "ptflops")]
    python_ = f"Python {platform.python_version()}"
    return ", ".join([_processor(), f"{os.cpu_count()} cores", python_, *packages])


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
