"""What counters of networks get wrong, one test each, with PyTorch as the judge.

The errors in the names were measured on torchinfo 1.8, fvcore 0.1.5, thop 0.1.1, ptflops 0.7.5,
calflops 0.3.2 and torchscan 0.2.
"""

import json
import re
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from cnncalc import SpecError, analyze, load, parse  # noqa: E402
from cnncalc.cli import main  # noqa: E402
from cnncalc.layers import find  # noqa: E402
from cnncalc.memory import inference_peak, saved_bytes, training_memory  # noqa: E402
from cnncalc.network import Builder  # noqa: E402
from cnncalc.torch_backend import build, verify  # noqa: E402


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


def measured(module, *shapes):
    """Multiply-accumulates of a module for one sample, by PyTorch's own counter."""
    with FlopCounterMode(display=False) as counter:
        module(*(torch.randn(1, *shape) for shape in shapes))
    return counter.get_total_flops() // 2


def alone(shape, layer):
    make = Builder("one layer")
    return make.network() if make.add(layer, make.input("x", shape), name="it") else None


@pytest.mark.parametrize("groups", [1, 2], ids=["plain", "grouped"])
def test_transposed_convolution_is_counted_by_its_input_300_percent_too_much_elsewhere(groups):
    transposed = layer("conv_transpose", out_channels=8, kernel_size=4, stride=2, padding=1, groups=groups)
    ours = analyze(alone((6, 10, 10), transposed))["it"].macs
    module = torch.nn.ConvTranspose2d(6, 8, 4, stride=2, padding=1, groups=groups)
    assert ours == measured(module, (6, 10, 10)) == 6 * 8 // groups * 16 * 100


def test_linear_on_several_axes_counts_every_position_98_percent_too_little_elsewhere():
    linear = layer("linear", out_features=16, in_features=8)
    assert analyze(alone((50, 8), linear))["it"].macs == measured(torch.nn.Linear(8, 16), (50, 8)) == 6400


def test_attention_is_counted_with_its_products():
    attention = layer("attention", num_heads=2)
    ours = analyze(alone((5, 8), attention))["it"].macs
    projections, products = 4 * 5 * 8 * 8, 2 * 5 * 5 * 8
    assert ours == projections + products
    assert verify(alone((5, 8), attention), quantities=["macs", "params"]).ok


def test_layers_used_twice_cost_twice_and_have_parameters_once():
    make = Builder("shared")
    conv = layer("conv", out_channels=3, kernel_size=3, padding=1)
    x = make.add(conv, make.input("x", (3, 8, 8)), name="first")
    make.add(conv, x, name="again", weights_from="first")
    network = make.network()
    model = build(network)
    assert analyze(network).params == sum(p.numel() for p in model.parameters()) == 84
    assert analyze(network).macs == measured(model, (3, 8, 8)) == 2 * 3 * 3 * 9 * 64


def test_two_inputs_through_tied_weights():
    network = load("siamese")
    model = build(network)
    assert analyze(network).params == sum(p.numel() for p in model.parameters())
    shapes = [node.output_shape for node in network.inputs]
    assert analyze(network).macs == measured(model, *shapes)


def test_operations_without_a_module_count_half_missing_elsewhere():
    """``F.conv2d`` and ``F.linear`` are layers like others here: what is counted is the operation."""

    def functional(x):
        x = torch.nn.functional.conv2d(x, torch.randn(4, 3, 3, 3))
        return torch.nn.functional.linear(x.flatten(1), torch.randn(5, 4 * 36))

    network = parse("INPUT(3x8x8) -> CONV(4, 3, bias=false) -> FC(5, bias=false)")
    assert analyze(network).macs == measured(functional, (3, 8, 8))


@pytest.mark.parametrize("dilation", [1, 3])
def test_dilated_convolution_with_padding_same_43_percent_too_little_elsewhere(dilation):
    conv = layer("conv", out_channels=4, kernel_size=3, padding="same", dilation=dilation)
    module = torch.nn.Conv2d(3, 4, 3, padding="same", dilation=dilation)
    assert analyze(alone((3, 9, 9), conv))["it"].macs == measured(module, (3, 9, 9))


def test_batch_norm_and_activations_add_no_macs_9_percent_too_much_elsewhere():
    for name, published in (("resnet50", 4_089_184_256), ("mobilenet_v2", 300_774_272)):
        assert analyze(load(name)).macs == published


def test_depthwise_and_layer_scale_of_convnext_93_percent_too_little_elsewhere():
    block = (
        "INPUT(96x14x14) -> DWCONV(7, padding=3) -> LN(over=channels) -> CONV(384, 1) -> GELU"
        " -> CONV(96, 1) -> SCALE"
    )
    network = parse(block)
    assert analyze(network).macs == measured(build(network), (96, 14, 14))
    assert analyze(network).params == sum(p.numel() for p in build(network).parameters())


def test_mnist1d_and_lenet_to_the_digit():
    assert analyze(load("mnist1d")).macs == measured(build(load("mnist1d")), (1, 40)) == 10_230
    assert analyze(load("lenet5")).macs == measured(build(load("lenet5")).eval(), (1, 32, 32)) + 840


def test_macs_and_flops_are_two_numbers_with_names(capsys):
    analysis = analyze(load("lenet5"))
    assert analysis.flops == 2 * analysis.macs
    with pytest.raises(SystemExit):
        main(["summarize", "lenet5"])
    printed = capsys.readouterr().out
    assert "MACs" in printed
    assert "FLOPs = 2 x MACs" in printed
    assert "torchvision" in printed


def test_memory_is_four_numbers_and_each_is_what_pytorch_holds():
    network = load("resnet50")
    assert verify(network, device="meta", quantities=["saved_bytes", "held_bytes", "params"]).ok
    saved = sum(saved_bytes(network).values())
    peak = inference_peak(network)
    assert 80e6 < saved < 90e6
    assert 10e6 < peak.bytes < 12e6
    assert peak.node in network
    training = training_memory(network, batch=32, optimizer="adam")
    assert training.weights == training.gradients == 4 * 25_557_032
    assert training.optimizer == 2 * training.weights
    assert training.total > 32 * 80e6


def test_unknown_operation_is_refused_and_never_counted_as_nothing():
    with pytest.raises(SpecError) as caught:
        parse("INPUT(3x8x8) -> WARP(3) -> CONV(4, 3)")
    assert any("WARP" in found.message for found in caught.value.diagnostics)


def test_table_is_shown_up_to_the_error(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["summarize", "INPUT(3x8x8) -> CONV(4, 3) as C1 -> POOL(2) as P1 -> CONV(4, 9) as C2"])
    captured = capsys.readouterr()
    assert exit_.value.code == 1
    assert re.search(r"C1.*conv 3x3", captured.out)
    assert re.search(r"P1.*maxpool", captured.out)
    assert "E230" in captured.err


def test_export_in_every_format(capsys):
    for form, mark in {
        "csv": "C1,",
        "latex": "\\begin{tabular}",
        "markdown": "| C1",
        "html": "<table",
    }.items():
        with pytest.raises(SystemExit):
            main(["summarize", "lenet5", "--format", form])
        assert mark in capsys.readouterr().out


def test_merges_are_rows_that_say_what_they_join(capsys):
    with pytest.raises(SystemExit):
        main(["summarize", "resnet18", "--format", "json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["layers"]}
    added = next(row for row in rows.values() if row["kind"] == "add")
    assert len(added["inputs"]) == 2


def test_receptive_field_is_cumulative_with_branches():
    analysis = analyze(load("vgg16"))
    last_pool = [row for row in analysis if row.kind == "maxpool"][-1]
    assert last_pool.field.size == (212, 212)
    verification = verify(parse("INPUT(1x20x20) -> add[CONV(1, 3, p=1) | CONV(1, 7, p=3)] -> POOL(2)"))
    assert verification.ok


def test_backward_is_a_column_and_frozen_layers_cost_nothing_there():
    network = load("vgg16_transfer")
    verification = verify(network, device="meta", quantities=["backward_macs", "saved_bytes"])
    assert verification.ok
    frozen = {row.torch for row in verification.rows if row.node.startswith("features.")}
    assert frozen == {0}


def test_analysis_leaves_the_model_as_it_was():
    network = load("lenet5")
    before = (tuple(network.nodes), network.outputs)
    model = build(network)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    analyze(network).to_dict()
    verify(network, device="meta", quantities=["macs", "params"])
    assert (tuple(network.nodes), network.outputs) == before
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert model.training


def test_counting_loads_no_torch():
    code = (
        "import sys, cnncalc; cnncalc.analyze(cnncalc.load('resnet50')).macs; print('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_several_inputs_and_outputs():
    make = Builder("two and two")
    left, right = make.input("left", (4,)), make.input("right", (3, 8, 8))
    pooled = make.add(layer("gap"), right)
    joined = make.add(layer("cat"), left, pooled)
    head = make.add(layer("linear", out_features=2), joined, name="head")
    network = make.network(outputs=[head, pooled])
    outputs = build(network)(torch.ones(5, 4), torch.ones(5, 3, 8, 8))
    assert [tuple(values.shape) for values in outputs] == [(5, 2), (5, 3)]
    assert analyze(network).output_shapes == ((2,), (3,))


def test_summary_from_text_alone(tmp_path, capsys):
    path = tmp_path / "net.yaml"
    path.write_text("name: net\ninput: 3x8x8\nlayers:\n  - conv(4, 3)\n  - fc(5)\n")
    with pytest.raises(SystemExit) as exit_:
        main(["summarize", str(path)])
    assert exit_.value.code == 0
    assert "837" in capsys.readouterr().out
