"""Whole processes: what a person waits for, from the command to the prompt, beside the peers.

The peers get the network as the PyTorch source that ``cnncalc export --to torch`` writes, so that
they need nothing but torch and themselves.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import ROOT, least, python, table

NETWORKS = {"alexnet_torchvision": "AlexNet", "resnet50": "ResNet-50", "densenet201": "DenseNet-201"}
ROUNDS = 7

FLOORS = {
    "the interpreter alone": "pass",
    "import click": "import click",
    "import click, tabulate, yaml": "import click, tabulate, yaml",
    "import cnncalc": "import cnncalc",
    "import torch": "import torch",
}
PEERS = {
    "torchinfo": "import torchinfo; torchinfo.summary(net, (1, 3, 224, 224), verbose=1)",
    "fvcore": "from fvcore.nn import FlopCountAnalysis, flop_count_table; "
    "print(flop_count_table(FlopCountAnalysis(net, torch.zeros(1, 3, 224, 224))))",
    "ptflops": "from ptflops import get_model_complexity_info; "
    "get_model_complexity_info(net, (3, 224, 224), backend='pytorch')",
}


def command(*arguments: str) -> list[str]:
    """A command of cnncalc."""
    return [sys.executable, "-m", "cnncalc", *arguments]


def programs(folder: Path) -> dict[str, list[str]]:
    """Everything measured, by name."""
    found = {name: python(code) for name, code in FLOORS.items()}
    for network, title in NETWORKS.items():
        found[f"cnncalc summarize, {title}"] = command("summarize", network)
        for peer, code in PEERS.items():
            if importlib.util.find_spec(peer):
                found[f"{peer}, {title}"] = python(_model(folder, network) + code)
    return found


def _model(folder: Path, network: str) -> str:
    """Code that makes the network a module called ``net``."""
    file = folder / f"{network}.py"
    if not file.exists():
        subprocess.run(command("export", network, "--to", "torch", "-o", str(file)), check=True, cwd=ROOT)  # noqa: S603
    name = [line for line in file.read_text().splitlines() if line.startswith("class ")][-1]
    model = name.removeprefix("class ").partition("(")[0]
    path = f"import sys; sys.path.insert(0, {str(folder)!r}); "
    return f"{path}import torch, {network}; net = {network}.{model}().eval(); "


def report(rounds: int = ROUNDS) -> str:
    """The table, in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        costs = least(programs(Path(folder)), rounds)
    unit = costs["import click"].seconds
    lines = [
        [name, f"{1000 * cost.seconds:,.0f}", f"{cost.seconds / unit:.2f}", f"{cost.memory:,.0f}"]
        for name, cost in costs.items()
    ]
    return table(["process", "CPU ms", "x `import click`", "MiB"], lines)


if __name__ == "__main__":
    print(report())
