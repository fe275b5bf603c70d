"""``cnncalc render``: pictures of a network."""

from __future__ import annotations

import re
from typing import Any

import click

from cnncalc.cli import completing
from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.numbers import Whole
from cnncalc.cli.output import emit
from cnncalc.render.pictures import FORMATS, VIEWS, format_of, picture, scene, written
from cnncalc.render.theme import THEMES

_FORMATS = "\n".join(f"  {name:<10}{known.doc}" for name, known in FORMATS.items())


class _Ratio(click.FloatRange):
    """A number, or two as screens have them: ``16:9``, ``16/9``."""

    name = "ratio such as 1.6 or 16:10"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        sides = re.fullmatch("([1-9][0-9]{0,4})[:/]([1-9][0-9]{0,4})", str(value))
        return super().convert(int(sides[1]) / int(sides[2]) if sides else value, param, ctx)


@click.command(
    epilog=f"\b\nFormats:\n{_FORMATS}\n\n\b\nExamples:\n"
    "  cnncalc render lenet5 -o lenet5.svg\n"
    "  cnncalc render resnet50 -o stages.svg --level stages --theme dark\n"
    "  cnncalc render alexnet -o alexnet.pdf --view volume\n"
    "  cnncalc render lenet5 -o c3.png --view matrix --layer C3\n"
    "  cnncalc render c3d -o depth.svg --view field --axis 0\n"
    "  cnncalc render lenet5 --format mermaid\n"
    "  cnncalc render googlenet -o googlenet.svg --layout dot\n"
    "  cnncalc render net.yaml -o page.svg --aspect 0.7"
)
@spec_options
@click.option(
    "-o", "--output", default="-", metavar="FILE", help="File to write; - for standard output, in SVG."
)
@click.option(
    "--view", type=click.Choice(list(VIEWS)), default="graph", show_default=True, help="What is drawn."
)
@click.option("--format", type=click.Choice(list(FORMATS)), help="Format, if the suffix does not tell.")
@click.option(
    "--theme",
    type=click.Choice(THEMES),
    default="auto",
    show_default=True,
    help="auto follows the reader's dark mode.",
)
@click.option(
    "--level",
    type=click.Choice(["stages", "blocks", "layers"]),
    help="How much the graph view shows: stages, blocks with repeats folded, or every layer; without it "
    "blocks, or stages where blocks are too many.",
)
@click.option(
    "--layout",
    type=click.Choice(["layered", "dot"]),
    help="What places the cards of the graph view: our own layout, or Graphviz's dot.",
)
@click.option(
    "--layer",
    metavar="NAME",
    shell_complete=completing.layers,
    help="The layer that the field and matrix views show.",
)
@click.option("--axis", type=Whole(0, 2), help="The axis of the field view's cone, from 0.")
@click.option(
    "--aspect", type=_Ratio(0.1, 10), metavar="RATIO", help="Wanted width over height: 1.6 or 16:10."
)
def command(source: Source, output: str, format: str | None, theme: str, **options: Any) -> None:
    """Draw a network: its graph, volumes, receptive fields, weights or cost."""
    given = {name: value for name, value in options.items() if value is not None}
    chosen = format or ("svg" if output == "-" else format_of(output))
    if not FORMATS[chosen].of_scenes:
        emit(output, picture(source.load(), format=chosen, theme=theme, **given), source=source.spec)
        return
    drawn = scene(source.load(), **given)
    emit(output, written(drawn, chosen, theme), source=source.spec)
    if drawn.hint:
        click.echo(drawn.hint, err=True)
