"""``cnncalc render``: pictures of a network."""

from __future__ import annotations

from typing import Any

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.errors import UsageError
from cnncalc.render.pictures import FORMATS, VIEWS, format_of, picture
from cnncalc.render.theme import THEMES

_FORMATS = "\n".join(f"  {name:<10}{known.doc}" for name, known in FORMATS.items())


@click.command(
    epilog=f"\b\nFormats:\n{_FORMATS}\n\n\b\nExamples:\n"
    "  cnncalc render lenet5 -o lenet5.svg\n"
    "  cnncalc render resnet50 -o stages.svg --level stages --theme dark\n"
)
@spec_options
@click.option(
    "-o", "--output", default="-", metavar="FILE", help="File to write; - for standard output, in SVG."
)
@click.option("--view", type=click.Choice(list(VIEWS)), default="graph", show_default=True)
@click.option("--format", type=click.Choice(list(FORMATS)), help="Format, if the suffix does not tell.")
@click.option("--theme", type=click.Choice(THEMES), default="auto", show_default=True)
@click.option(
    "--level",
    type=click.Choice(["stages", "blocks", "layers"]),
    help="How much the graph view shows: stages, blocks with repeats folded, or every layer.",
)
@click.option("--aspect", type=click.FloatRange(0.1, 10), metavar="RATIO", help="Wanted width over height.")
def command(source: Source, output: str, format: str | None, theme: str, **options: Any) -> None:
    """Draw a network: its graph, volumes, receptive fields, weights or cost."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        chosen = format or ("svg" if output == "-" else format_of(output))
        content = picture(source.load(), format=chosen, theme=theme, **given)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    _write(output, content)


def _write(output: str, content: str | bytes) -> None:
    if output == "-":
        click.echo(content, nl=False)
        return
    from cnncalc.files import write_whole

    write_whole(output, content)
    click.echo(f"wrote {output}", err=True)
