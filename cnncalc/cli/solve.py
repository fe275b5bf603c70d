"""``cnncalc solve``: questions asked backwards."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click

from cnncalc.cli import completing
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Candidates, Sizes, Whole
from cnncalc.layers.windows import ROUNDED
from cnncalc.solve.patterns import QUANTITIES
from cnncalc.solve.solutions import Solutions, SolveError

NUMBERS, SIZE, COUNT = Candidates(), Sizes(), Whole(1, 10**12)

_format = format_option(("text", "json"))


def _print(solutions: Solutions[Any], format_: str) -> None:
    """The answer; no solution is exit status 1."""
    click.echo(json.dumps(solutions.to_dict(), indent=2) if format_ == "json" else solutions.text())
    if solutions.total == 0:
        raise click.exceptions.Exit(1)


class _Questions(click.Group):
    """The questions; of another word it says which there are."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            way = "the output size is told by 'cnncalc solve fit'"
            if args[0] not in ("output", "size", "shape", "conv"):
                way = f"there are {', '.join(sorted(self.commands))}"
            raise click.UsageError(f"nothing to solve is called {args[0]!r}; {way}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Questions,
    epilog="\b\nExamples:\n"
    "  cnncalc solve window 40:19 19:9 9:4 --kernel 3 --dilation 1..3\n"
    "  cnncalc solve fit 7 --kernel 3 --stride 3\n"
    "  cnncalc solve mlp 150185 --inputs 40 --outputs 10\n"
    "  cnncalc solve field 224 --kernel 3",
)
def command() -> None:
    """Find configurations, sizes and widths from wanted sizes, parameters or fields.

    Every solution is given, simplest first; where there is none, the nearest are. Exit status 1
    says that there is none.
    """


@command.command(
    short_help="Window from the sizes around it.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve window 32:28\n"
    "  cnncalc solve window 40:19 19:9 9:4 --kernel 3 --dilation 1..3\n"
    "  cnncalc solve window 224:112 --stride 2 --padding 0..3\n"
    "  cnncalc solve window 28:14 --rounding same",
)
@click.argument("pairs", nargs=-1, required=True, metavar="IN:OUT...")
@click.option("--kernel", type=NUMBERS, help="Kernel, if known: 3, 1..5 or 3,5,7.")
@click.option("--stride", type=NUMBERS, help="Stride, if known.")
@click.option("--padding", type=NUMBERS, help="Padding, if known.")
@click.option("--dilation", type=NUMBERS, default="1", show_default=True, help="Dilations to try.")
@click.option(
    "--rounding",
    type=click.Choice([*ROUNDED, "same"]),
    default="floor",
    show_default=True,
    help="same: TensorFlow's.",
)
@_format
def window(pairs: tuple[str, ...], rounding: str, format_: str, **known: list[int] | None) -> None:
    """Kernel, stride, padding and dilation that take each size IN to OUT, all by one configuration."""
    from cnncalc.solve import window as solve

    sizes = [_pair(pair) for pair in pairs]
    _print(solve(sizes, rounding=rounding, **known), format_)  # type: ignore[arg-type]


def _pair(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d{1,9}:\d{1,9}", text):
        raise click.BadParameter(f"{text!r} is not IN:OUT, such as 32:28")
    size, _, output = text.partition(":")
    return int(size), int(output)


@command.command(
    short_help="Padding that keeps a size.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve padding --kernel 5\n"
    "  cnncalc solve padding --kernel 3 --stride 2 --size 224 --rounding floor\n"
    "  cnncalc solve padding --kernel 3 --dilation 2 --size 28 --output 28",
)
@click.option("--kernel", type=COUNT, required=True, help="Kernel size.")
@click.option("--stride", type=COUNT, default=1, show_default=True, help="Step of the window.")
@click.option("--dilation", type=COUNT, default=1, show_default=True, help="Distance between taps.")
@click.option("--size", type=COUNT, help="Input size; needed with a stride.")
@click.option("--output", type=COUNT, help="Wanted output size; ceil(size/stride) unless given.")
@click.option(
    "--rounding",
    type=click.Choice(list(ROUNDED)),
    default="exact",
    show_default=True,
    help="Where the window does not fit.",
)
@_format
def padding(format_: str, **arguments: Any) -> None:
    """Padding that keeps the size, or with a stride gives ceil(size/stride), even or lopsided."""
    from cnncalc.solve import padding as solve

    _print(solve(**arguments), format_)


@command.command(
    short_help="Output size of a window; whether it fits, and what would.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve fit 7 --kernel 3 --stride 2\n"
    "  cnncalc solve fit 7 --kernel 3 --stride 3\n"
    "  cnncalc solve fit 19 --kernel 3 --stride 2 --padding 1 --dilation 2",
)
@click.argument("size", type=COUNT)
@click.option("--kernel", type=COUNT, required=True, help="Kernel size.")
@click.option("--stride", type=COUNT, default=1, show_default=True, help="Step of the window.")
@click.option("--padding", type=Whole(0, 10**9), default=0, show_default=True, help="Zeros on each side.")
@click.option("--dilation", type=COUNT, default=1, show_default=True, help="Distance between taps.")
def fit(size: int, **arguments: int) -> None:
    """Output size of a window over SIZE. Where it does not fit: what is left over, and what would.

    Exit status 1 says that it does not fit. SIZE is one axis of the input.
    """
    from cnncalc.solve import fit as solve

    answer = solve(size, **arguments)
    click.echo(answer.text())
    if not answer.fits:
        raise click.exceptions.Exit(1)


@command.command(
    name="input",
    short_help="Input sizes from output sizes.",
    epilog="\b\nExamples:\n  cnncalc solve input 'POOL(3,2)=24x49' 'POOL((3,2),(2,1))=24x99'\n"
    "  cnncalc solve input 'CONV(8,3) -> POOL(2)=13x13' --channels 3",
)
@click.argument("layers", nargs=-1, required=True, metavar="LAYERS=SIZE...")
@click.option("--channels", type=Whole(1, 4096), default=1, show_default=True, help="Channels of the input.")
@_format
def input_(layers: tuple[str, ...], channels: int, format_: str) -> None:
    """Input sizes for which every chain of LAYERS gives its SIZE, one input for all of them."""
    from cnncalc.solve import input_sizes as solve

    _print(solve(dict(map(_wanted, layers)), channels=channels), format_)


def _wanted(text: str) -> tuple[str, tuple[int, ...]]:
    chain, equals, size = text.rpartition("=")
    if not equals or not chain.strip():
        raise click.BadParameter(f"{text!r} is not LAYERS=SIZE, such as 'POOL(3,2)=24x49'")
    return chain, SIZE.convert(size, None, None)


@command.command(
    short_help="Hidden widths from a parameter count.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve mlp 150185 --inputs 40 --outputs 10 --hidden 2\n"
    "  cnncalc solve mlp 7840 --inputs 784 --outputs 10 --no-bias --keep 3",
)
@click.argument("params", type=COUNT)
@click.option("--inputs", type=COUNT, required=True, help="Input values.")
@click.option("--outputs", type=COUNT, required=True, help="Output values.")
@click.option("--hidden", type=Whole(0, 6), help="Number of hidden layers; up to 3 are tried.")
@click.option("--bias/--no-bias", default=True, show_default=True, help="Count biases, or leave them out.")
@click.option("--keep", type=Whole(1, 10_000), default=10, show_default=True, help="How many to show.")
@_format
def mlp(params: int, format_: str, **arguments: Any) -> None:
    """Hidden widths with which a fully connected network has PARAMS parameters."""
    from cnncalc.solve import mlp as solve

    _print(solve(params, **arguments), format_)


@command.command(
    short_help="Unknown numbers of a spec.",
    epilog="\b\nExample:\n  cnncalc solve pattern 'INPUT(3x192x256) -> [CONV(w,k,2) -> RELU]*n -> FC(2)' \\\n"
    "    --let w=1..8 --let k=3,5 --let n=1..5 --want params=3442 --keep 5",
)
@click.argument("spec", metavar="SPEC")
@click.option(
    "--let", "unknown", multiple=True, required=True, metavar="NAME=1..5", help="An unknown; repeatable."
)
@click.option(
    "--want",
    "wanted",
    multiple=True,
    metavar="QUANTITY=N",
    help=f"One of output, {', '.join(QUANTITIES)}; repeatable.",
)
@click.option("--keep", type=Whole(1, 10_000), default=20, show_default=True, help="How many to show.")
@_format
def pattern(spec: str, unknown: tuple[str, ...], wanted: tuple[str, ...], keep: int, format_: str) -> None:
    """Unknown numbers of SPEC, such as widths or N, M and K, for which the network has what is wanted."""
    from cnncalc.solve import pattern as solve

    candidates = {name: NUMBERS.convert(values, None, None) for name, values in map(_named, unknown)}
    aims: dict[str, Any] = {name: _aim(name, value) for name, value in map(_named, wanted)}
    _print(solve(spec, candidates, keep=keep, **aims), format_)


def _aim(name: str, value: str) -> Any:
    wanted: Any = SIZE if name == "output" else COUNT
    return wanted.convert(value, None, None)


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


@command.command(
    short_help="Convolution behind a weight matrix.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve matrix weights.txt\n"
    "  printf 'a b . .\\n. . a b\\n' | cnncalc solve matrix",
)
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@_format
def matrix(file: Any, format_: str) -> None:
    """Kernel, stride, padding and dilation of the convolution behind a weight MATRIX.

    FILE has one row per output: numbers or names of weights, 0 or . for none.
    """
    from cnncalc.solve import weight_matrix as solve

    _from_text(solve, file, format_)


@command.command(
    short_help="Network behind a printed summary.",
    epilog="\b\nExample:\n  cnncalc solve summary summary.txt",
)
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@_format
def summary(file: Any, format_: str) -> None:
    """The network behind a printed summary: torchinfo's or torchsummary's table in FILE."""
    from cnncalc.solve import summary as solve

    _from_text(solve, file, format_)


def _from_text(solve: Callable[[str], Solutions[Any]], file: Any, format_: str) -> None:
    try:
        text = file.read(2**20)
    except UnicodeDecodeError:
        raise SolveError(f"{file.name} is not text") from None
    _print(solve(text), format_)


@command.command(
    short_help="Layers for a receptive field.",
    epilog="\b\nExamples:\n"
    "  cnncalc solve field 224 --kernel 3\n"
    "  cnncalc solve field 224 --kernel 3 --stride 2",
)
@click.argument("field", type=COUNT)
@click.option("--kernel", type=COUNT, required=True, help="Kernel size.")
@click.option("--stride", type=COUNT, default=1, show_default=True, help="Step of the window.")
@click.option("--dilation", type=COUNT, default=1, show_default=True, help="Distance between taps.")
@_format
def field(field: int, format_: str, **arguments: int) -> None:
    """How many equal layers it takes to see FIELD positions of the input."""
    from cnncalc.solve import layers_for_field as solve

    _print(solve(field, **arguments), format_)


@command.command(
    short_help="Inputs that a network takes.",
    epilog="\b\nExample:\n  cnncalc solve usable vgg16 --largest 256",
)
@click.argument("spec", metavar="SPEC", shell_complete=completing.specs)
@click.option("--largest", type=Whole(1, 4096), default=512, show_default=True, help="Largest size to try.")
@_format
def usable(spec: str, largest: int, format_: str) -> None:
    """The smallest input that SPEC takes, and all sizes with which its trained weights still fit."""
    from cnncalc.cli.common import Source
    from cnncalc.solve import usable_inputs as solve

    network = Source(spec, (), None, optional=True).load()
    _print(solve(network, largest=largest), format_)
