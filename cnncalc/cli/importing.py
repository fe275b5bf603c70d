"""``cnncalc import``: a network from a PyTorch module or another system's file."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import click

from cnncalc.analysis import analyze
from cnncalc.cli.output import emit
from cnncalc.errors import UsageError
from cnncalc.exchange import READERS, read_file
from cnncalc.layers.opaque import Opaque
from cnncalc.network import Network

_SHAPE = re.compile(r"\d+(?:x\d+)*")
_FILES = ", ".join(f".{suffix}" for suffix in READERS)


@click.command(
    name="import",
    epilog="\b\nExamples:\n"
    "  cnncalc import torchvision.models:resnet50 --input 3x224x224 -o net.yaml --names names.json\n"
    "  cnncalc import my_models:Tower --arg width=64 --input 1x28x28\n"
    "  cnncalc import my_models:Words --input 77:int64\n"
    "  cnncalc import model.onnx -o net.yaml\n"
    "  cnncalc import deploy.prototxt -o net.yaml",
)
@click.argument("model", metavar="MODEL")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SHAPE[:DTYPE]",
    help="Shape of an input without the batch, such as 3x224x224 or 77:int64; repeatable.",
)
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Argument for the factory, a Python literal; repeatable.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="File to write; - for standard output.")
@click.option(
    "--names",
    metavar="FILE",
    help="File to write, as JSON, what each of the model's layers is called in the spec.",
)
def command(
    model: str, inputs: tuple[str, ...], arguments: tuple[str, ...], output: str, names: str | None
) -> None:
    """Write the spec of an existing model.

    MODEL is package.module:factory, anything importable that is or makes a torch.nn.Module, or the
    path of a file: ONNX (.onnx), Keras (.json, from model.to_json()) or Caffe (.prototxt). A module
    runs once, on tensors without values; files are read as data.
    """
    from cnncalc.spec.writing import write

    network = _network(model, inputs, dict(map(_argument, arguments)))
    written = write(network)
    emit(output, written.text, source=model)
    if names:
        emit(names, json.dumps(dict(written.names), indent=1) + "\n", source=model)
    for line in _notes(network):
        click.echo(line, err=True)


def _network(model: str, inputs: tuple[str, ...], arguments: dict[str, Any]) -> Network:
    if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", model):
        if not inputs:
            raise click.UsageError("say what enters the model: --input 3x224x224")
        from cnncalc import torch_backend
        from cnncalc.torch_backend.named import module_named, sample

        given = [sample(*_typed(text)) for text in inputs]
        name = model.rpartition(":")[2]
        return torch_backend.from_torch(module_named(model, arguments), *given, name=name)
    if "." not in model:
        raise UsageError(f"{model!r} is neither package.module:factory nor a file ({_FILES or 'none'})")
    network = read_file(model)
    if inputs or arguments:
        raise UsageError(f"{model} is a file, which says itself what enters: leave out --input and --arg")
    return network


def _typed(text: str) -> tuple[tuple[int, ...], str]:
    shape, _, dtype = text.partition(":")
    if not _SHAPE.fullmatch(shape):
        raise click.BadParameter(f"{text!r} is no shape: write 3x224x224, or 77:int64", param_hint="--input")
    return tuple(int(size) for size in shape.split("x")), dtype or "float32"


def _argument(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--arg")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _notes(network: Network) -> list[str]:
    """What there is to say about an imported network."""
    analysis = analyze(network)
    lines = [f"{network.name}: {analysis.params:,} parameters, {analysis.macs:,} MACs"]
    lines += [str(note) for note in network.about.get("notes", ())]
    opaque: dict[str, int] = {}
    for node in network:
        if isinstance(node.layer, Opaque):
            opaque[node.layer.operation] = opaque.get(node.layer.operation, 0) + 1
    if opaque:
        shown = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in opaque.items())
        whose = "ONNX states" if network.about.get("source", "").startswith("ONNX") else "PyTorch measured"
        lines.append(f"opaque, with the shapes and counts that {whose}: {shown}")
    return lines
