"""A network run on a device: how long, how much memory, and how far from the hardware's bounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from cnncalc import formulas
from cnncalc.analysis import analyze
from cnncalc.backward import backward_macs
from cnncalc.devices import DEVICES, Device, named, recognised
from cnncalc.errors import UsageError
from cnncalc.memory import inference_peak, parameter_bytes, training_memory
from cnncalc.network import Network
from cnncalc.roofline import bounds
from cnncalc.torch_backend.build import build, module_of, walk
from cnncalc.torch_backend.clocks import clock_for
from cnncalc.torch_backend.holdings import PeakHoldings
from cnncalc.torch_backend.run_record import Layer, Options, Run, Timing

TOLERANCE = {"float64": 1e-9, "float32": 1e-3, "bfloat16": 0.1, "float16": 0.02}
"""Largest difference from the CPU in float64 that ``check`` accepts, relative to the largest value."""


def run(network: Network, options: Options | None = None) -> Run:
    """Run a network with random weights and inputs, both from the seed, and time it."""
    options = options or Options()
    device = torch.device(options.device)
    _check(options, device)
    analysis = analyze(network)
    graph = prepared(network, options)
    inputs = samples(network, options)
    clock = clock_for(device)
    step = _step(graph, inputs, options)
    timing, peak = _timed(step, clock, options, device)
    if device.type == "cpu" and not options.compile:
        peak = _held(graph, inputs, step)
    profile, hardware = _profile(options, device)
    found = list(bounds(analysis, hardware, dtype=options.dtype, batch=options.batch))
    times = _layer_times(graph, network, inputs, clock, options) if options.layers else {}
    return Run(
        network=network.name,
        options=options,
        hardware=_hardware(device),
        torch_version=torch.__version__,
        timing=timing,
        flops=_flops(network, analysis.macs, options),
        predicted_bytes=_predicted(network, options),
        peak_bytes=peak,
        profile=profile,
        peak_flops=hardware.rate(options.dtype),
        bound_seconds=sum(bound.seconds for bound in found),
        layers=tuple(Layer(bound, times[bound.name]) for bound in found if bound.name in times),
    )


def _check(options: Options, device: torch.device) -> None:
    if options.cuda_graphs and device.type != "cuda":
        raise UsageError("CUDA graphs need a CUDA device: --device cuda")
    if options.cuda_graphs and options.train:
        raise UsageError("CUDA graphs are for the forward pass here: leave out --train")


def prepared(network: Network, options: Options) -> nn.Module:
    """The network as a module in the wanted mode, type and memory format."""
    graph: nn.Module = build(network, seed=options.seed, dtype=getattr(torch, options.dtype))
    graph = graph.to(options.device).train(options.train)
    if options.channels_last:
        graph = graph.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return graph


def samples(network: Network, options: Options) -> list[Tensor]:
    """A batch for every input, from the seed alone, the same on every device."""
    generator = torch.Generator().manual_seed(options.seed)
    found = []
    for node in network.inputs:
        batch = torch.randn(options.batch, *node.output_shape, generator=generator)
        batch = batch.to(options.device, getattr(torch, options.dtype))
        four = options.channels_last and batch.dim() == 4
        found.append(batch.contiguous(memory_format=torch.channels_last) if four else batch)
    return found


def _step(graph: nn.Module, inputs: list[Tensor], options: Options) -> Callable[[], Any]:
    """One forward pass, or one step of training."""
    model: Any = torch.compile(graph) if options.compile else graph
    if options.train:
        optimizer = torch.optim.SGD([p for p in graph.parameters() if p.requires_grad], lr=1e-3)

        def train() -> None:
            optimizer.zero_grad(set_to_none=True)
            output = model(*inputs)
            outputs = output if isinstance(output, tuple) else (output,)
            loss = torch.stack([one.float().square().mean() for one in outputs]).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

        return train

    def forward() -> Any:
        with torch.inference_mode():
            return model(*inputs)

    return _captured(forward, options) if options.cuda_graphs else forward


def _captured(forward: Callable[[], Any], options: Options) -> Callable[[], Any]:
    """The forward pass recorded once as a CUDA graph."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(max(options.warmup, 1)):
            forward()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        forward()
    return graph.replay


def _timed(
    step: Callable[[], Any], clock: Any, options: Options, device: torch.device
) -> tuple[Timing, int | None]:
    for _ in range(options.warmup):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    timing = Timing(tuple(clock.time(step) for _ in range(max(options.repeats, 1))))
    if device.type == "cuda":
        return timing, torch.cuda.max_memory_allocated(device)
    return timing, None


def _held(graph: nn.Module, inputs: list[Tensor], step: Callable[[], Any]) -> int:
    """Bytes of all tensors alive at once in one step on the CPU, parameters included."""
    state = [*graph.parameters(), *graph.buffers()]
    with PeakHoldings(inputs, iter(state)) as holdings:
        step()
    weights = sum(p.numel() * p.element_size() for p in graph.parameters())
    return int(holdings.most) + weights


def _layer_times(
    graph: nn.Module, network: Network, inputs: list[Tensor], clock: Any, options: Options
) -> Mapping[str, float]:
    """The median time of every layer by itself, each on the values that enter it."""
    found: dict[str, float] = {}
    values: dict[str, Tensor] = {}
    with torch.inference_mode():
        for node, arguments in walk(network, inputs, values):
            module = module_of(graph, node)
            values[node.name] = module(*arguments)
            call = partial(module, *arguments)
            times = [clock.time(call) for _ in range(max(options.repeats, 1))]
            found[node.name] = statistics.median(times)
    return found


def _flops(network: Network, macs: int, options: Options) -> int:
    if options.train:
        macs += sum(int(worked.value) for worked in backward_macs(network).values())
    return int(formulas.flops(macs)) * options.batch


def _predicted(network: Network, options: Options) -> int:
    """Bytes that the analysis says are held at once: parameters and activations.

    Of a step of training it is an estimate: PyTorch frees what it kept as it makes gradients, and
    holds gradients of activations for a while.
    """
    if options.train:
        return sum(training_memory(network, dtype=options.dtype, batch=options.batch, optimizer="sgd"))
    peak = inference_peak(network, options.dtype, options.batch)
    return peak.bytes + parameter_bytes(network, options.dtype)


def _profile(options: Options, device: torch.device) -> tuple[str, Device]:
    """The profile asked for, the one of the card, or what a short measurement finds."""
    if options.profile:
        return options.profile, named(options.profile)
    if device.type == "cuda":
        found = recognised(torch.cuda.get_device_name(device))
        if found:
            return found, DEVICES[found]
    return "measured", measured_profile(options)


def measured_profile(options: Options, size: int = 1024) -> Device:
    """Rates that a large matrix product and a large copy reach on the device."""
    device = torch.device(options.device)
    clock = clock_for(device)
    dtype = getattr(torch, options.dtype)
    matrix = torch.ones(size, size, device=device, dtype=dtype)
    block = torch.ones(1 << 24, device=device)
    product = min(clock.time(lambda: matrix @ matrix) for _ in range(5))
    copy = min(clock.time(block.clone) for _ in range(5))
    source = "a matrix product and a copy, measured here"
    rate = 2 * size**3 / product
    return Device({"float32": rate, options.dtype: rate}, 2 * block.nbytes / copy, source)


def _hardware(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads" if device.type == "cpu" else device.type


class Agreement(NamedTuple):
    """How far the outputs on a device are from those of the CPU in double precision."""

    difference: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether they are near enough."""
        return self.difference <= self.tolerance


def check(network: Network, options: Options) -> Agreement:
    """Run the same weights and inputs on the device and on the CPU in float64, and compare."""
    options = options._replace(train=False)
    exact = options._replace(device="cpu", dtype="float64", channels_last=False)
    one = _outputs(prepared(network, exact), samples(network, exact))
    graph = prepared(network, options)
    model = torch.compile(graph) if options.compile else graph
    other = _outputs(model, samples(network, options))
    worst = 0.0
    for expected, found in zip(one, other, strict=True):
        scale = float(expected.abs().max()) or 1.0
        worst = max(worst, float((found.double().cpu() - expected).abs().max()) / scale)
    return Agreement(worst, TOLERANCE[options.dtype])


def _outputs(graph: Any, inputs: list[Tensor]) -> tuple[Tensor, ...]:
    with torch.inference_mode():
        output = graph(*inputs)
    return output if isinstance(output, tuple) else (output,)
