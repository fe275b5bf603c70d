"""``cnncalc run``: a network on a device."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cnncalc.cli.common import Source, spec_options
from cnncalc.cli.formats import format_option
from cnncalc.cli.numbers import Whole
from cnncalc.devices import DEVICES
from cnncalc.memory import DTYPES
from cnncalc.text_table import text_table

if TYPE_CHECKING:
    from cnncalc.torch_backend.run_record import Layer, Run


@click.command(
    epilog="\b\nExamples:\n"
    "  cnncalc run resnet50 --batch 8\n"
    "  cnncalc run resnet50 --device cuda --dtype float16 --channels-last --batch 256 --layers\n"
    "  cnncalc run lenet5 --train --batch 64 --format json\n"
    "  cnncalc run lenet5 --warmup 1 --repeats 5 --seed 7\n"
    "  cnncalc run lenet5 --layers --profile h200\n"
    "  cnncalc run resnet50 --device cuda --compile\n"
    "  cnncalc run resnet50 --device cuda --cuda-graphs\n"
    "  cnncalc run unet --device cuda --check"
)
@spec_options
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option("--batch", type=Whole(1), default=1, show_default=True, help="Samples in a batch.")
@click.option(
    "--dtype",
    type=click.Choice(list(DTYPES)),
    default="float32",
    show_default=True,
    help="Of weights and inputs.",
)
@click.option("--train", is_flag=True, help="A step of training instead of a forward pass.")
@click.option("--channels-last", is_flag=True, help="Channels last in memory.")
@click.option("--compile", "compile_", is_flag=True, help="Compile with torch.compile.")
@click.option("--cuda-graphs", is_flag=True, help="Record the forward pass as a CUDA graph.")
@click.option("--layers", is_flag=True, help="Time each layer beside its bound.")
@click.option("--check", "check_", is_flag=True, help="Compare the outputs with the CPU's in float64.")
@click.option("--warmup", type=Whole(0), default=3, show_default=True, help="Runs left out.")
@click.option("--repeats", type=Whole(1), default=10, show_default=True, help="Runs timed.")
@click.option(
    "--seed",
    type=Whole(-(2**63), 2**63 - 1),
    default=0,
    show_default=True,
    help="Decides weights and inputs.",
)
@click.option(
    "--profile",
    type=click.Choice(list(DEVICES)),
    help="Whose peaks bound the layers; the card's own, or measured, if not given.",
)
@format_option()
def command(source: Source, format_: str, compile_: bool, check_: bool, **given: Any) -> None:
    """Run a network in PyTorch with random weights: time, throughput, memory, distance from bounds.

    Times are medians after a warm-up, on CUDA by the device's own events. The bound of a layer is
    the larger of the times that its arithmetic and its bytes take at the hardware's peaks.
    """
    network = source.load()
    from cnncalc import torch_backend
    from cnncalc.torch_backend.run import check, run
    from cnncalc.torch_backend.run_record import Options

    reason = torch_backend.missing_device(given["device"])
    if reason:
        raise click.BadParameter(
            f"PyTorch cannot use {given['device']!r} here: {reason}", param_hint="--device"
        )
    options = Options(compile=compile_, **given | {"profile": given["profile"] or ""})
    agreement = check(network, options) if check_ else None
    result = run(network, options)
    if format_ == "json":
        click.echo(json.dumps(_data(result, agreement), indent=2))
    else:
        click.echo(_text(result))
        if agreement is not None:
            verdict = "agrees" if agreement.ok else "DIFFERS"
            worst, most = agreement
            click.echo(
                f"check        {verdict}: at most {worst:.2g} of the largest value off, {most:g} allowed"
            )
    if agreement is not None and not agreement.ok:
        raise SystemExit(1)


def _data(result: Run, agreement: Any) -> dict[str, Any]:
    found = result.to_dict()
    if agreement is not None:
        found["check"] = {**agreement._asdict(), "ok": agreement.ok}
    return found


def _text(result: Run) -> str:
    options = result.options
    what = "a step of training" if options.train else "a forward pass"
    modes = [name for name in ("channels_last", "compile", "cuda_graphs") if getattr(options, name)]
    how = ", ".join([f"batch {options.batch}", options.dtype, *(mode.replace("_", " ") for mode in modes)])
    lines = [
        f"{result.network}: {what}, {how}",
        f"{result.hardware}, PyTorch {result.torch_version}",
        "",
        *(f"{name:<13}{line}" for name, line in _measured(result).items()),
    ]
    if result.layers:
        lines += ["", _layers(result.layers)]
    return "\n".join(lines)


def _measured(result: Run) -> dict[str, str]:
    """Each line's name and text."""
    seconds, train = result.timing.seconds, result.options.train
    spread = f"{_time(min(seconds))} to {_time(max(seconds))}"
    share = f"{result.achieved / result.peak_flops:.1%} of {_rate(result.peak_flops)}"
    found = {
        "latency": f"{_time(result.timing.median)} (median of {len(seconds)}, {spread})",
        "throughput": f"{result.throughput:,.1f} samples/s",
        "arithmetic": f"{result.flops:,} FLOPs: {_rate(result.achieved)}, {share} ({result.profile})",
    }
    if not train:
        ratio = result.timing.median / result.bound_seconds
        bound = f"{_time(result.bound_seconds)} at best, layer after layer"
        found["roofline"] = f"{bound}: {ratio:.1f} times that"
    told = "not measured on this device"
    if result.peak_bytes is not None:
        told = f"{result.peak_bytes:,} bytes at most"
    word = "estimated" if train else "predicted"
    found["memory"] = f"{result.predicted_bytes:,} bytes {word}, {told}"
    return found


def _layers(layers: tuple[Layer, ...]) -> str:
    heads = ["layer", "FLOPs", "bytes", "FLOP/byte", "bound by", "bound", "measured", "x bound"]

    sides = ["left", "right", "right", "right", "left", "right", "right", "right"]
    return text_table([_cells(layer) for layer in layers], heads, sides)


def _cells(layer: Layer) -> list[str]:
    bound = layer.bound
    ratio = f"{layer.seconds / bound.seconds:.1f}" if bound.seconds else ""
    figures = [f"{bound.flops:,}", f"{bound.bytes:,}", f"{bound.intensity:.2f}", bound.by]
    return [bound.name, *figures, _time(bound.seconds), _time(layer.seconds), ratio]


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.3f} s"
    return f"{seconds * 1e3:.3f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"


def _rate(rate: float) -> str:
    return f"{rate / 1e12:.2f} TFLOP/s" if rate >= 1e12 else f"{rate / 1e9:.1f} GFLOP/s"
