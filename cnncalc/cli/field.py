"""``cnncalc field``: receptive fields, and what follows from them."""

from __future__ import annotations

import json
from typing import Any

import click

from cnncalc.cli import completing
from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.fields import Field, Fields, receptive_fields

MOST_TOLD = 1_000
"""Layers of a network up to which JSON has the paths behind each field, which are as long as it is deep."""


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc field lenet5\n"
    "  cnncalc field lenet5 C3\n"
    "  cnncalc field lenet5 C3 --unit 0,2,3\n"
    "  cnncalc field resnet50 layer2 --reads-pixel 100,100\n"
    "  cnncalc field lenet5 C3 --reference S2\n"
    "  cnncalc field mnist1d conv3 --picture\n"
    "  cnncalc field mnist1d conv3 --unread\n"
    "  cnncalc field deformable_resnet18 --local\n"
    "  cnncalc field vgg16 --inputs\n"
    "  cnncalc field vgg16 conv3_1 --reach 224\n"
    "  cnncalc field resnet18 layer3 --effective"
)
@spec_options
@click.argument("layer", required=False, shell_complete=completing.layers)
@click.option(
    "--reference",
    metavar="NODE",
    shell_complete=completing.layers,
    help="See the field in this layer, not in the input.",
)
@click.option("--local", is_flag=True, help="Hold gates and the statistics of normalisations constant.")
@click.option("--unit", metavar="C,Y,X", help="Exactly what this unit of LAYER reads: channel, position.")
@click.option(
    "--reads-pixel",
    metavar="Y,X",
    help="Which units of LAYER read this position of the input; 3-5 in place of a number for a box.",
)
@click.option("--picture", is_flag=True, help="Draw what each unit of LAYER reads along the last axis.")
@click.option(
    "--unread", is_flag=True, help="What of the input LAYER never reads, and units that read nothing."
)
@click.option("--reach", type=Whole(1), metavar="N", help="Layers or dilation for a field of N.")
@click.option(
    "--effective",
    is_flag=True,
    help="Where the gradient is, over random weights, by PyTorch (Luo et al. 2016).",
)
@click.option(
    "--inputs", is_flag=True, help="Smallest inputs of the network, and layers past the input's size."
)
@format_option(name="format")
def command(
    source: Source,
    layer: str | None,
    reference: str | None,
    local: bool,
    unit: str | None,
    reads_pixel: str | None,
    picture: bool,
    unread: bool,
    reach: int | None,
    effective: bool,
    inputs: bool,
    format: str,
) -> None:
    """Receptive fields: which input positions can change a unit's value.

    Without LAYER, a table of all layers. With LAYER, everything about its field: size, positions
    really read, distance between neighbours, phases, borders, where the size comes from, branches,
    and what tiled inference needs. Definitions: docs/receptive-fields.md.
    """
    fields = receptive_fields(source.load(), reference, local=local)
    if inputs:
        click.echo(_inputs(fields, format))
        return
    if layer is None:
        _refuse_without_layer(
            unit=unit,
            reads_pixel=reads_pixel,
            picture=picture,
            unread=unread,
            reach=reach,
            effective=effective,
        )
        click.echo(_all(fields, format))
        return
    field = fields[layer]
    if unit is not None:
        click.echo(_unit(field, unit, format))
    elif reads_pixel is not None:
        click.echo(_readers(field, reads_pixel, format))
    elif unread:
        click.echo(_unread(field, format))
    elif picture:
        click.echo(_picture(field))
    elif effective:
        click.echo(_effective(field, format))
    elif reach is not None:
        click.echo(_reach(field, reach, format))
    else:
        click.echo(_one(field, format))


def _refuse_without_layer(**options: Any) -> None:
    for name, value in options.items():
        if value:
            raise click.UsageError(f"--{name.replace('_', '-')} needs a LAYER")


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _all(fields: Fields, format: str) -> str:
    if format == "json":
        from cnncalc.fields.data import data, summary

        is_long = len(fields.network) > MOST_TOLD
        found = [
            summary(field) if is_long or field.told("start") is None else data(field)
            for field in fields.values()
        ]
        return _json(found)
    from cnncalc.cli.terminal import columns
    from cnncalc.render.field_text import table

    return table(fields, columns())


def _one(field: Field, format: str) -> str:
    if format == "json":
        from cnncalc.fields.data import data

        return _json(data(field))
    from cnncalc.render.field_text import report

    fields = field.fields
    local = receptive_fields(fields.network, field.reference.name, local=True)[field.node.name]
    return report(field, local)


def _unit(field: Field, unit: str, format: str) -> str:
    limits = _limits(unit, "--unit")
    with _explained():
        found = field.reads(*(first for first, _ in limits))
    return _reading(found, field.reference.name, f"unit {unit} of {field.node.name} reads", format)


def _readers(field: Field, pixel: str, format: str) -> str:
    limits = _limits(pixel, "--reads-pixel")
    shape = field.reference.output_shape
    if len(limits) == len(shape) - 1:
        limits = [(0, shape[0] - 1), *limits]
    with _explained():
        found = field.readers(*limits)
    return _reading(found, field.node.name, f"{field.reference.name} at {pixel} is read by", format)


def _unread(field: Field, format: str) -> str:
    from cnncalc.fields import masks
    from cnncalc.fields.data import reading_data
    from cnncalc.fields.units import everything

    read, awake = field.read_at_all(), field.awake()
    if format == "json":
        return _json({"read": reading_data(read), "awake": reading_data(awake)})
    positions = [masks.count(everything(node.output_shape).mask) for node in (field.reference, field.node)]
    counts = [masks.count(found.mask) for found in (read, awake)]
    texts = (
        f"of the {positions[0]:,} positions of {field.reference.name}, no unit of {field.node.name} reads",
        f"of the {positions[1]:,} positions of {field.node.name}, those that read nothing:",
    )
    return "\n".join(f"{t} {p - c:,}" for t, p, c in zip(texts, positions, counts, strict=True))


def _reach(field: Field, wanted: int, format: str) -> str:
    from cnncalc.fields import dilation_needed, layers_needed

    axis = min(range(len(field.size)), key=lambda place: field.size[place], default=None)
    if axis is None or not field.jump[axis]:
        raise click.UsageError(f"{field.node.name} reads everything already")
    size, jump = field.size[axis], field.jump[axis]
    found = {
        "wanted": wanted,
        "size": size,
        "layers_3": layers_needed(wanted, 3, size=size, jump=jump),
        "layers_3_stride_2": layers_needed(wanted, 3, 2, size=size, jump=jump),
        "dilation_3": dilation_needed(wanted, 3, size=size, jump=jump),
    }
    if format == "json":
        return _json(found)
    return (
        f"{field.node.name} sees {size:,} positions, jump {jump}; to see {wanted:,}:\n"
        f"  {found['layers_3']:,} more 3x3 layers of stride 1, or\n"
        f"  {found['layers_3_stride_2']:,} of stride 2, or\n"
        f"  one of dilation {found['dilation_3']:,}"
        + ("" if jump * found["dilation_3"] <= size else ", which leaves holes")
    )


def _picture(field: Field) -> str:
    from cnncalc.render.field_picture import picture

    if not field.axes:
        raise click.UsageError(f"{field.reference.name} has no axis to draw along")
    return picture(field, len(field.axes) - 1)


def _effective(field: Field, format: str) -> str:
    from cnncalc.render.field_text import by
    from cnncalc.torch_backend.effective import DRAWS, THRESHOLD, effective_field

    network, reference = field.fields.network, field.reference.name
    found = effective_field(network, field.node.name, reference=reference)
    if format == "json":
        numbers = {"positions": found.positions, "size": found.size, "draws": DRAWS, "threshold": THRESHOLD}
        return _json({**numbers, "gradient": found.gradient.tolist()})
    square = by([round(found.size)] * len(field.size))
    return (
        f"effective field of {field.node.name} in {reference}, a measurement over {DRAWS} random networks:\n"
        f"  {found.positions:,} positions have more than {100 * THRESHOLD:.3g} % of the largest gradient,"
        f" about as many as {square}\n"
        f"  the receptive field, which no weights can exceed: {by(field.size)}"
    )


def _inputs(fields: Fields, format: str) -> str:
    from cnncalc.fields import smallest_inputs, unproductive

    smallest, beyond = smallest_inputs(fields.network, fields.references[0]), unproductive(fields)
    if format == "json":
        return _json({"smallest": smallest._asdict(), "unproductive": beyond._asdict()})
    from cnncalc.render.field_text import inputs

    return inputs(smallest, beyond, fields)


def _reading(found: Any, name: str, what: str, format: str) -> str:
    if format == "json":
        from cnncalc.fields.data import reading_data

        return _json(reading_data(found))
    from cnncalc.render.field_text import reading

    return reading(found, name, what)


def _limits(text: str, option: str) -> list[tuple[int, int]]:
    """Numbers, or ranges of them, with commas between."""
    try:
        ends = [tuple(map(int, part.split("-"))) for part in text.split(",")]
        return [(end[0], end[-1]) for end in ends]
    except (ValueError, IndexError):
        raise click.BadParameter(
            f"{text!r} is no position, such as 3,5 or 3-7,5", param_hint=option
        ) from None


class _explained:  # noqa: N801 - reads like a word where it is used
    """Turns a place that does not exist into a message about usage."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, IndexError):
            raise click.UsageError(str(error)) from None
