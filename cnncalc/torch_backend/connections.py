"""Connections counted by running a layer in which every weight, bias and input is one.

Each use of a weight then adds one to an output value, so the sum of the outputs is the number of
connections. With zeros in the padding it is the number of those inside the input; with ones there,
of all. Where values are multiplied with each other, :mod:`cnncalc.torch_backend.uses` does the same
operator by operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from cnncalc.arithmetic import Shape
from cnncalc.network import Node
from cnncalc.torch_backend import learned, own, own_composite, own_conv, sequence, uses
from cnncalc.torch_backend.modules import module_for

CONNECTING = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.Linear,
    own.PaddedConv,
    own.TableConv,
    own.Subsampling,
    own.EuclideanRBF,
    own_conv.LocallyConnected,
)
"""Modules that connect by weights alone, so that counting by ones holds."""

BY_OPERATORS = (
    learned.Scale,
    learned.Shift,
    own_composite.Gaussian,
    sequence.Attention,
    sequence.Lookup,
    sequence.PlainGRU,
    sequence.PlainLSTM,
    sequence.PlainRNN,
)
"""Modules in which values are multiplied with each other, or weights come one after the other."""


_CERTAIN = 100.0
"""A sigmoid of this is one."""


def count(node: Node) -> tuple[int, int] | None:
    """All connections of a node and those inside its input; None where nothing says what they are."""
    module = module_for(node.layer, node.site)
    if isinstance(module, BY_OPERATORS):
        fill = torch.ones if node.layer.indices_below() is None else torch.zeros
        return uses.count(module, [fill(1, *shape) for shape in node.input_shapes])
    if isinstance(module, own_composite.Deformable):
        return _count_deformable(module, node.input_shapes[0])
    parts = [part for part in module.modules() if isinstance(part, CONNECTING)]
    counted = {id(weights) for part in parts for weights in part.parameters()}
    if not parts or any(id(weights) not in counted for weights in module.parameters()):
        return None
    with torch.no_grad():
        found = [_count(part, shape) for part, shape in _runs(module, parts, node.input_shapes)]
    return sum(uses for uses, _ in found), sum(inside for _, inside in found)


def _runs(
    module: nn.Module, parts: Sequence[nn.Module], shapes: tuple[Shape, ...]
) -> list[tuple[nn.Module, tuple[int, ...]]]:
    """Each connecting part of a module, with the shape of what enters it."""
    if parts == [module]:
        return [(module, shapes[0])]
    runs: list[tuple[nn.Module, tuple[int, ...]]] = []
    note = lambda part, inputs: runs.append((part, tuple(inputs[0].shape[1:])))  # noqa: E731 - a name for a hook
    handles = [part.register_forward_pre_hook(note) for part in parts]
    module(*(torch.ones(1, *shape) for shape in shapes))
    for handle in handles:
        handle.remove()
    return runs


def _count(module: nn.Module, shape: tuple[int, ...]) -> tuple[int, int]:
    _fill(module, weights=1, biases=1)
    inside = _total(module, shape)
    _fill(module, weights=0, biases=1)
    biases = _total(module, shape)
    _fill(module, weights=1, biases=0)
    _keep_padded_taps(module)
    return _total(module, shape) + biases, inside


def _count_deformable(module: own_composite.Deformable, shape: Shape) -> tuple[int, int]:
    """Its taps where no offset moves them, and its stages that say where they move."""
    stages = [stage for stage in (module.offset, module.mask) if stage is not None]
    with torch.no_grad():
        found = [_count(stage, shape) for stage in stages]
        for stage in stages:
            _fill(stage, weights=0, biases=0 if stage is module.offset else _CERTAIN)
        for own_weights, fill in ((module.weight, 1), (module.bias, 1)):
            if own_weights is not None:
                own_weights.fill_(fill)
        inside = _total(module, shape)
        padding = module.window["padding"]
        for stage in stages:
            stage.padding, stage.padding_mode = (0,) * len(padding), "zeros"
        module.window = {**module.window, "padding": (0,) * len(padding)}
        sizes = (size + 2 * ends for size, ends in zip(shape[1:], padding, strict=True))
        found.append((_total(module, (shape[0], *sizes)), inside))
    return sum(every for every, _ in found), sum(inside for _, inside in found)


def _fill(module: nn.Module, *, weights: float, biases: float) -> None:
    """Give weights and biases these values; fixed centres lie at a distance of ``weights`` from one."""
    for name, parameter in module.named_parameters():
        parameter.fill_(biases if name.endswith("bias") else weights)
    for buffer in _centres(module):
        buffer.fill_(1 - weights)


def _centres(module: nn.Module) -> Iterator[Tensor]:
    return (buffer for buffer in module.buffers() if buffer.is_floating_point())


def _keep_padded_taps(module: nn.Module) -> None:
    """Let padding be ones, and transposed convolutions keep what they would cut off."""
    for part in module.modules():
        if isinstance(part, own.Padded):
            part.mode, part.value = "constant", 1.0
        elif isinstance(part, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
            part.padding = part.output_padding = (0,) * len(part.kernel_size)
            part.size = None  # type: ignore[assignment]
        elif isinstance(part, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            part.padding_mode = "replicate"


def _total(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Sum of the outputs for an input of ones; each value is a count small enough to be exact."""
    output: Tensor = module(torch.ones(1, *shape))
    return int(output.double().round().sum().item())
