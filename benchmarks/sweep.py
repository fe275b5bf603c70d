"""Configurations per second: sweeps, our own loop over ``analyze``, and modules on the meta device.

``python -m benchmarks.sweep`` prints, for four families, CPU time per configuration in one run and
the ratios between them; the modules are built from networks already parsed, without a forward
pass, which favours them. ``--scale`` sweeps 10^6, 10^7 and 10^8 configurations of a chain of 21
layers, each in a process of its own, with the peak of its memory.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from cnncalc.analysis import analyze
from cnncalc.sweeping.plan import Plan, Worker, make_plan
from tests.sweep_specs import MNIST1D, MOBILENET, RESNET, VGG

LARGE: Mapping[str, tuple[str, list[str]]] = {
    "VGG-like": (VGG, ["depth=1..4", "k=1,3,5", "width=0.25:4:0.015625", "hidden=8:4096:8"]),
    "ResNet-like": (RESNET, ["n=1..6", "k=1,3,5,7", "groups=1,2,4,8", "width=8..4096"]),
    "MobileNet-like": (MOBILENET, ["t=1..8", "k=3,5,7", "width=0.25:4:0.03125", "last=8:8192:8"]),
    "MNIST-1D": (MNIST1D, ["depth=0..6", "stride=1..4", "k=1..12", "channels=1..4096"]),
}
"""Grids of the size that people ask about, a few hundred thousand configurations and more."""

CHAIN = """
input: 3x64x64
layers:
  - (conv(8*a, 3, padding=1) -> relu)*2 -> maxpool(2)
  - (conv(8*b, 3, padding=1) -> relu)*2 -> maxpool(2)
  - (conv(8*c, 3, padding=1) -> relu)*2 -> maxpool(2)
  - conv(8*d, 3, padding=1) -> relu -> maxpool(2)
  - gap -> fc(10)
"""


def rate(work: Callable[[], int], seconds: float = 3.0) -> float:
    """Configurations per CPU second, after a first round that is not counted."""
    work()
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        done += work()
    return done / (time.process_time() - start)


def by_sweep(plan: Plan) -> Callable[[], int]:
    """Chunk after chunk, from all over the grid."""
    worker, grid = Worker(plan), plan.grid
    numbers = iter(range(0, 10**9, max(1, grid.chunks // 7)))
    return lambda: worker.part(next(numbers) % grid.chunks).total


def by_loop(plan: Plan) -> Callable[[], int]:
    """One configuration at a time, parsed and analysed."""
    numbers = iter(range(0, 10**12, plan.grid.size // 997 + 1))

    def work() -> int:
        for number in islice(numbers, 5):
            with suppress(ValueError):
                found = analyze(plan.network(plan.grid.values(number % plan.grid.size)))
                assert found.params >= 0
                assert found.macs >= 0
        return 5

    return work


def by_modules(plan: Plan) -> Callable[[], int]:
    """Networks that are parsed already, built on the meta device, and their parameters counted."""
    from cnncalc.torch_backend import build

    networks: list[Any] = []
    for number in range(0, plan.grid.size, plan.grid.size // 40):
        with suppress(ValueError):
            networks.append(plan.network(plan.grid.values(number)))

    def work() -> int:
        for network in networks:
            assert sum(parameter.numel() for parameter in build(network, device="meta").parameters()) >= 0
        return len(networks)

    return work


def ratios() -> None:
    """Print the rates of every family, and how many times faster the sweep is."""
    print(f"{'':16}{'sweep':>14}{'loop':>10}{'modules':>10}{'/ loop':>10}{'/ modules':>12}")
    for name, (text, over) in LARGE.items():
        plan = make_plan(text, over, pareto=["params", "macs"])
        sweep, loop, modules = (rate(how(plan)) for how in (by_sweep, by_loop, by_modules))
        print(
            f"{name:16}{sweep:12,.0f}/s{loop:8,.0f}/s{modules:8,.0f}/s"
            f"{sweep / loop:10,.0f}{sweep / modules:12,.0f}   {plan.grid.size:,} configurations"
        )


def scale() -> None:
    """Print time and memory of growing grids."""
    for exponent in (6, 7, 8):
        code = f"from benchmarks.sweep import one; one({exponent})"
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


def one(exponent: int) -> None:
    """Sweep 10^exponent configurations in this process."""
    import resource

    from cnncalc.sweeping.run import run

    top = round(10 ** ((exponent - 4) / 2))
    over = {"a": range(1, top + 1), "b": range(1, top + 1), "c": range(1, 101), "d": range(1, 101)}
    plan = make_plan(CHAIN, over, pareto=["params:max", "macs"])
    start = time.process_time()
    progress = run(plan, workers=1)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = progress.part.total
    print(
        f"{total:>12,} configurations {seconds:8.1f} s CPU {total / seconds:12,.0f}/s {memory:7.0f} MiB peak"
    )


if __name__ == "__main__":
    scale() if "--scale" in sys.argv else ratios()
