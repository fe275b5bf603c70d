"""Networks run: what is measured, what bounds it, and that a wrong device is told in one line."""

import json
import shutil

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

from cnncalc import spec  # noqa: E402
from cnncalc.analysis import analyze  # noqa: E402
from cnncalc.cli import cnncalc  # noqa: E402
from cnncalc.devices import DEVICES, Device, recognised  # noqa: E402
from cnncalc.memory import inference_peak, parameter_bytes  # noqa: E402
from cnncalc.roofline import bounds  # noqa: E402
from cnncalc.torch_backend import build  # noqa: E402
from cnncalc.torch_backend import run as backend  # noqa: E402
from cnncalc.torch_backend.run import check, run, samples  # noqa: E402
from cnncalc.torch_backend.run_record import Options  # noqa: E402

TINY = spec.parse("INPUT(3x16x16) -> CONV(4, 3, padding=1) -> BN -> RELU -> POOL(2) -> FC(5)")


def invoke(*arguments):
    return CliRunner().invoke(cnncalc, ["run", *arguments])


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(batch=3, dtype="float64"),
        Options(train=True, batch=4),
        Options(channels_last=True, dtype="bfloat16"),
        Options(layers=True),
    ],
    ids=lambda o: ",".join(f"{k}={v}" for k, v in o._asdict().items() if v != getattr(Options(), k)),
)
def test_runs_and_reports_everything(options):
    result = run(TINY, options._replace(repeats=2, warmup=1))
    assert len(result.timing.seconds) == 2
    assert result.timing.median > 0
    assert result.throughput == options.batch / result.timing.median
    factor = 1 if options.train else 2 * options.batch
    assert result.flops % factor == 0
    assert json.loads(json.dumps(result.to_dict()))["network"] == TINY.name


def test_flops_are_the_analysis_own():
    assert run(TINY, Options(batch=5, repeats=1)).flops == 5 * analyze(TINY).flops


def test_memory_held_on_the_cpu_is_the_predicted_peak():
    network = spec.parse("INPUT(3x32x32) -> CONV(8, 3, padding=1) -> RELU -> CONV(4, 3) -> RELU")
    result = run(network, Options(batch=2, repeats=1))
    assert result.peak_bytes == result.predicted_bytes
    assert result.predicted_bytes == inference_peak(network, batch=2).bytes + parameter_bytes(network)


@pytest.mark.parametrize(
    ("name", "size", "batch", "above"),
    [("lenet5", None, 64, False), ("mobilenet_v2", "3x64x64", 2, True), ("googlenet", "3x64x64", 2, True)],
)
def test_memory_of_a_step_of_training_is_estimated(name, size, batch, above):
    result = run(spec.load(name, input=size), Options(train=True, batch=batch, repeats=1, warmup=1))
    assert 0.7 < result.predicted_bytes / result.peak_bytes < 1.25
    assert (result.predicted_bytes > result.peak_bytes) == above


def test_the_seed_alone_decides_the_inputs():
    one, same, other = (samples(TINY, Options(seed=seed))[0] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_check_compares_with_double_precision():
    assert check(TINY, Options()).ok
    assert check(TINY, Options(dtype="bfloat16")).difference > check(TINY, Options()).difference


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("train", [False, True], ids=["forward", "step"])
def test_compiled_on_the_cpu(train):
    options = Options(compile=True, batch=2, train=train, repeats=1, warmup=1)
    assert run(TINY, options).timing.median > 0
    assert check(TINY, options).ok


def test_check_can_fail(monkeypatch):
    def wrong(network, **options):
        graph = build(network, **options)
        if options["dtype"] == torch.float32:
            torch.nn.init.zeros_(graph.conv1.weight)
        return graph

    monkeypatch.setattr(backend, "build", wrong)
    assert not check(TINY, Options()).ok
    result = invoke("INPUT(3x16x16) -> CONV(4, 3)", "--check", "--repeats", "1")
    assert result.exit_code == 1
    assert "DIFFERS" in result.stdout


def test_bounds_by_hand():
    network = spec.parse("INPUT(3x4x4) -> CONV(2, 3, padding=1)")
    (bound,) = bounds(analyze(network), Device({"float32": 1e3}, 1e3, "made up"), batch=10)
    assert bound.flops == 10 * 2 * (2 * 3 * 9 * 16)
    assert bound.bytes == 4 * (10 * (48 + 32) + 2 * 27 + 2)
    assert (bound.seconds, bound.by) == (bound.flops / 1e3, "compute")


def test_views_and_inputs_move_nothing():
    network = spec.parse("INPUT(3x4x4) -> FLATTEN -> DROPOUT -> FC(2)")
    assert [bound.name for bound in bounds(analyze(network), DEVICES["h200"])] == ["fc1"]


@pytest.mark.parametrize(
    ("driver", "profile"),
    [("NVIDIA H200", "h200"), ("Tesla T4", "t4"), ("NVIDIA A100-SXM4-40GB", "a100-40gb"), ("Radeon", "")],
)
def test_cards_are_recognised(driver, profile):
    assert recognised(driver) == profile


def test_command_prints_layers_and_json():
    table = invoke("lenet5", "--layers", "--repeats", "1", "--profile", "h200")
    assert table.exit_code == 0, table.output
    assert "C3" in table.stdout
    assert "67.00 TFLOP/s (h200)" in table.stdout
    data = json.loads(invoke("mnist1d", "--format", "json", "--repeats", "1", "--check").stdout)
    assert data["check"]["ok"] is True


def test_wrong_devices_are_one_line():
    no_device = invoke("lenet5", "--device", "nonsense")
    assert no_device.exit_code == 2
    assert "PyTorch cannot use 'nonsense' here" in no_device.output
    graphs = invoke("lenet5", "--cuda-graphs")
    assert graphs.exception is not None
    assert "CUDA graphs need a CUDA device" in str(graphs.exception)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("graphs", [False, True], ids=["eager", "graphs"])
def test_cuda_times_and_agrees_with_the_cpu(graphs):
    options = Options(device="cuda", batch=8, cuda_graphs=graphs, repeats=3)
    result = run(TINY, options)
    assert result.peak_bytes >= result.predicted_bytes
    assert check(TINY, options).ok
