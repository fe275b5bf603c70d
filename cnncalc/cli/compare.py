"""``cnncalc compare``: the same task done by different layers."""

from __future__ import annotations

import json
from typing import Any

import click

from cnncalc.cli import completing
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import InputShape, Whole
from cnncalc.comparison import alternatives
from cnncalc.comparison.alternatives import Comparison

_COUNT = Whole(1, 10**6)
_no_bias = click.option("--no-bias", is_flag=True, help="Leave biases out.")
_format = format_option()
_input = click.argument("shape", metavar="INPUT", type=InputShape())
_window = (
    click.option("--stride", type=_COUNT, default=1, show_default=True, help="Step of the window."),
    click.option("--padding", type=Whole(0, 10**6), default=0, show_default=True, help="Zeros on each side."),
)


class _Comparisons(click.Group):
    """The comparisons; a network in place of one is told where networks are compared."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from difflib import get_close_matches

            from cnncalc.spec.loading import bundled, is_chain, is_file

            if args[0] in bundled() or is_chain(args[0]) or is_file(args[0]):
                way = f"networks are compared by 'cnncalc compare networks {args[0]} ...'"
                raise click.UsageError(way, ctx) from None
            close = get_close_matches(args[0], self.commands, n=1)
            advice = f"did you mean {close[0]!r}?" if close else "see 'cnncalc compare --help'"
            raise click.UsageError(f"no comparison is called {args[0]!r}; {advice}", ctx) from None


@click.group(
    cls=_Comparisons,
    epilog="\b\nExamples:\n"
    "  cnncalc compare connectivity 3x227x227 --out 96 --kernel 11 --stride 4\n"
    "  cnncalc compare kernels 64x56x56\n"
    "  cnncalc compare separable 32x112x112 --out 64 --kernel 3 --padding 1\n"
    "  cnncalc compare heads 512x7x7 --classes 1000\n"
    "  cnncalc compare networks vgg16 resnet50",
)
def command() -> None:
    """Compare layers that do the same task, or whole networks, side by side."""


def _print(compared: Comparison, format_: str) -> None:
    click.echo(json.dumps(compared.to_dict(), indent=2) if format_ == "json" else compared.table())


def _windowed(function: Any) -> Any:
    for option in reversed(_window):
        function = option(function)
    return function


@command.command(
    epilog="\b\nExamples:\n"
    "  cnncalc compare connectivity 3x227x227 --out 96 --kernel 11 --stride 4\n"
    "  cnncalc compare connectivity 3x32x32 --out 10 --kernel 5 --padding 2 --no-bias"
)
@_input
@click.option("--out", type=_COUNT, required=True, help="Output channels.")
@click.option("--kernel", type=_COUNT, required=True, help="Kernel size.")
@_windowed
@_no_bias
@_format
def connectivity(
    shape: Any, out: int, kernel: int, stride: int, padding: int, no_bias: bool, format_: str
) -> None:
    """A convolution against a locally and a fully connected layer, input and output alike."""
    options = {"stride": stride, "padding": padding, "bias": not no_bias}
    _print(alternatives.connectivity(shape, out, kernel, **options), format_)


@command.command(
    epilog="\b\nExamples:\n"
    "  cnncalc compare kernels 64x56x56 --count 2 --no-bias\n"
    "  cnncalc compare kernels 64x56x56 --kernel 5 --count 2"
)
@_input
@click.option("--kernel", type=_COUNT, default=3, show_default=True, help="Size of the small kernels.")
@click.option("--count", type=Whole(2, 100), default=3, show_default=True, help="How many in a row.")
@_no_bias
@_format
def kernels(shape: Any, kernel: int, count: int, no_bias: bool, format_: str) -> None:
    """Small kernels in a row against one large kernel with the same receptive field."""
    _print(alternatives.kernels(shape, kernel, count, bias=not no_bias), format_)


@command.command(
    epilog="\b\nExamples:\n"
    "  cnncalc compare separable 32x112x112 --out 64 --kernel 3 --padding 1\n"
    "  cnncalc compare separable 32x112x112 --out 64 --kernel 3 --stride 2 --padding 1 --no-bias"
)
@_input
@click.option("--out", type=_COUNT, required=True, help="Output channels.")
@click.option("--kernel", type=_COUNT, required=True, help="Kernel size.")
@_windowed
@_no_bias
@_format
def separable(
    shape: Any, out: int, kernel: int, stride: int, padding: int, no_bias: bool, format_: str
) -> None:
    """A depthwise and a 1x1 convolution against a full convolution."""
    options = {"stride": stride, "padding": padding, "bias": not no_bias}
    _print(alternatives.separable(shape, out, kernel, **options), format_)


@command.command(
    epilog="\b\nExamples:\n"
    "  cnncalc compare heads 512x7x7 --classes 1000\n"
    "  cnncalc compare heads 512x7x7 --classes 1000 --no-bias"
)
@_input
@click.option("--classes", type=_COUNT, required=True, help="Output values.")
@_no_bias
@_format
def heads(shape: Any, classes: int, no_bias: bool, format_: str) -> None:
    """Flatten against global pooling before a classifier."""
    _print(alternatives.heads(shape, classes, bias=not no_bias), format_)


@command.command(
    epilog="\b\nExamples:\n"
    "  cnncalc compare networks vgg16 vgg19 resnet50\n"
    "  cnncalc compare networks 'INPUT(64x28x28) -> [CONV(64,3,p=1) -> RELU]*3' "
    "'INPUT(64x28x28) -> CONV(64,7,p=3) -> RELU'"
)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=completing.specs)
@_format
def networks(specs: tuple[str, ...], format_: str) -> None:
    """Totals of whole networks, each relative to the first; names, paths and chains can be mixed."""
    from cnncalc.cli.common import Source
    from cnncalc.comparison.networks import side_by_side, table

    loaded = [Source(spec, (), None, optional=True).load() for spec in specs]
    if format_ == "json":
        click.echo(json.dumps({"networks": list(specs), "quantities": side_by_side(loaded)}, indent=2))
    else:
        click.echo(table(loaded))
