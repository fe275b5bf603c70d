"""``cnncalc verify``: PyTorch's verdict on every number."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.formats import format_option
from cnncalc.cli.terminal import columns
from cnncalc.layers import show
from cnncalc.network import Network

if TYPE_CHECKING:
    from cnncalc.torch_backend import Verification


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc verify lenet5\n"
    "  cnncalc verify resnet50 --quantity macs --quantity params\n"
    "  cnncalc verify unet --shrink\n"
    "  cnncalc verify net.yaml --all\n"
    "  cnncalc verify net.yaml --device meta --format json"
)
@spec_options
@format_option()
@click.option(
    "--quantity", "quantities", multiple=True, metavar="NAME", help="Verify this quantity alone; repeatable."
)
@click.option("--all", "every_row", is_flag=True, help="Show every number, not only those that differ.")
@click.option("--shrink", is_flag=True, help="Verify a copy with smaller inputs and fewer channels.")
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="Where PyTorch runs: cpu, cuda, cuda:1; meta works out shapes and bytes without computing.",
)
def command(
    source: Source, format_: str, quantities: tuple[str, ...], every_row: bool, shrink: bool, device: str
) -> None:
    """Build the network in PyTorch, measure it, and compare every number.

    Shapes come from a forward pass, parameters from the modules, multiply-accumulates from
    PyTorch's own counter, bytes from what autograd keeps. Exit status 1 if anything differs.
    """
    network = source.load()
    verification = _verify(network, quantities, device, shrink=shrink)
    if format_ == "json":
        click.echo(json.dumps(verification.to_dict(), indent=2))
    else:
        click.echo(_title(verification) + "\n")
        click.echo(verification.table(every_row=every_row, width=columns()))
    if not verification.ok:
        raise SystemExit(1)


def _verify(network: Network, quantities: tuple[str, ...], device: str, *, shrink: bool) -> Verification:
    from cnncalc import torch_backend

    known = torch_backend.CHECKS
    for name in quantities:
        if name not in known:
            raise click.BadParameter(f"{name!r} is none of {', '.join(known)}", param_hint="--quantity")
    reason = torch_backend.missing_device(device)
    if reason:
        raise click.BadParameter(f"PyTorch cannot use {device!r} here: {reason}", param_hint="--device")
    with _Progress() as progress:
        chosen = torch_backend.shrink(network) if shrink else network
        return torch_backend.verify(chosen, device, quantities=quantities, progress=progress.show)


def _title(verification: Verification) -> str:
    network = verification.network
    inputs = ", ".join(show(node.output_shape) for node in network.inputs)
    where = f"PyTorch {verification.torch_version} on {verification.device}"
    return f"{network.name}: {len(network)} layers on {inputs}, {where}"


class _Progress:
    """A line on the terminal that tells how far long work has come; nothing where no one looks."""

    _LEAST_SECONDS = 0.1

    def __init__(self) -> None:
        self._is_seen = sys.stderr.isatty()
        self._last = time.monotonic()
        self._is_dirty = False

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_dirty:
            click.echo("\r\x1b[K", nl=False, err=True)

    def show(self, what: str, done: int, total: int) -> None:
        """Tell how many layers are done, now and then."""
        now = time.monotonic()
        if self._is_seen and now - self._last > self._LEAST_SECONDS:
            self._last = now
            self._is_dirty = True
            click.echo(f"\r\x1b[K{what}: layer {done} of {total}", nl=False, err=True)
