"""Whole-process cost of the command line, as ratios to ``python -c "import click"``.

``python benchmarks/process.py``: each command is run several times in turn; the least CPU time of
each counts, so that a busy machine matters little. torchinfo is measured where it is installed.
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys

ROUNDS = 10
CLI = "import sys; sys.argv[1:] = {}; from cnncalc.__main__ import main; main()"
TORCHINFO = """
import torch, torchinfo
from cnncalc import build, load
torchinfo.summary(build(load("resnet50")), input_size=(1, 3, 224, 224), device="meta")
"""

COMMANDS = {
    "bare interpreter": "pass",
    "import click": "import click",
    "import click, tabulate, yaml": "import click, tabulate, yaml",
    "import cnncalc": "import cnncalc",
    "summarize lenet5": CLI.format(["summarize", "lenet5"]),
    "summarize alexnet": CLI.format(["summarize", "alexnet"]),
    "summarize resnet50": CLI.format(["summarize", "resnet50"]),
    "summarize resnet50 --format csv": CLI.format(["summarize", "resnet50", "--format", "csv"]),
    "explain lenet5 C3 params": CLI.format(["explain", "lenet5", "C3", "params"]),
}


def cost(code: str) -> tuple[float, int]:
    """CPU milliseconds and peak KiB of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * spent, after.ru_maxrss


def main() -> None:
    """Print the table."""
    commands = dict(COMMANDS)
    if importlib.util.find_spec("torchinfo") and importlib.util.find_spec("torch"):
        commands["torchinfo on ResNet-50"] = TORCHINFO
    best = {name: cost(code)[0] for name, code in commands.items()}
    for _ in range(ROUNDS - 1):
        for name, code in commands.items():
            if name != "torchinfo on ResNet-50":
                best[name] = min(best[name], cost(code)[0])
    for name, spent in best.items():
        print(f"{name:<34} {spent:8.1f} ms CPU   {spent / best['import click']:6.2f} x import click")


if __name__ == "__main__":
    main()
