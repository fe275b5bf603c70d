"""The analysis: published totals, shared and frozen weights, explanations, conventions, JSON."""

import json

import pytest

from cnncalc import conventions
from cnncalc.analysis import TOTALS, analyze
from cnncalc.errors import CnncalcError
from cnncalc.layers.activation import ReLU
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC
from cnncalc.layers.merge import Cat
from cnncalc.memory import inference_held
from cnncalc.network import Builder
from cnncalc.quantities import EXPLAINED, QUANTITIES
from cnncalc.render.table import summary
from cnncalc.render.torchinfo import torchinfo_table, torchinfo_totals
from cnncalc.spec import load

TOTALS_PUBLISHED = {
    "lenet5": {"params": 60_000, "connections": 340_908},
    "alexnet": {"params": 60_965_224, "macs": 724_406_816, "neurons": 659_272},
    "alexnet_torchvision": {"params": 61_100_840, "macs": 714_188_480},
    "vgg16": {"params": 138_357_544, "macs": 15_470_264_320},
    "googlenet": {"params": 6_624_904},
    "resnet18": {"params": 11_689_512},
    "resnet50": {"params": 25_557_032},
    "mnist1d": {"params": 2_050, "macs": 10_230},
}
"""LeCun 1998; Krizhevsky 2012 (60M parameters, 650,000 neurons); torchvision's published figures."""

LENET = {
    "C1": {"params": 156, "connections": 122_304},
    "S2": {"params": 12, "connections": 5_880},
    "C3": {"params": 1_516, "connections": 151_600},
    "S4": {"params": 32, "connections": 2_000},
    "C5": {"params": 48_120},
    "F6": {"params": 10_164},
}
"""LeCun et al. 1998, section II.B."""


@pytest.fixture(scope="module")
def lenet():
    return analyze(load("lenet5"))


@pytest.mark.parametrize("name", TOTALS_PUBLISHED)
def test_totals_are_those_published(name):
    analysis = analyze(load(name))
    expected = TOTALS_PUBLISHED[name]
    assert {quantity: getattr(analysis, quantity) for quantity in expected} == expected


@pytest.mark.parametrize("layer", LENET)
def test_lenet_layers_are_those_of_the_paper(lenet, layer):
    row = lenet[layer]
    assert {quantity: getattr(row, quantity) for quantity in LENET[layer]} == LENET[layer]


def test_the_table_of_c3_shows_in_its_working(lenet):
    assert (
        lenet["C3"]
        .explain("params")
        .endswith("6 * (3 * 5 x 5 + 1) + 9 * (4 * 5 x 5 + 1) + 6 * 5 x 5 + 1 = 456 + 909 + 151 = 1,516")
    )


def test_every_quantity_of_every_row_is_an_int_and_explained(lenet):
    for row in lenet:
        for quantity in QUANTITIES:
            assert type(getattr(row, quantity)) is int
        for quantity in EXPLAINED:
            assert row.explain(quantity)
            assert row.explain(quantity, latex=True)


def test_totals_are_the_sums_of_the_rows(lenet):
    for quantity in TOTALS:
        if quantity in QUANTITIES:
            assert getattr(lenet, quantity) == sum(getattr(row, quantity) for row in lenet)


def twins():
    """Two inputs through one convolution, frozen behind it."""
    build = Builder("twins")
    left, right = build.input("left", (1, 8, 8)), build.input("right", (1, 8, 8))
    conv = Conv(out_channels=4, kernel_size=3)
    a = build.add(conv, left, name="a")
    b = build.add(conv, right, name="b", weights_from="a")
    both = build.add(Cat(), build.add(ReLU(), a), build.add(ReLU(), b))
    build.add(FC(out_features=2), both, name="head", frozen=True)
    return analyze(build.network())


def test_shared_weights_count_once_but_work_twice():
    analysis = twins()
    assert analysis["b"].params == 0
    assert analysis["b"].explain("params") == "params = 0 (weights shared with a)"
    assert analysis["a"].macs == analysis["b"].macs > 0
    assert analysis.params == analysis["a"].params + analysis["head"].params


def test_frozen_parameters_are_counted_apart():
    analysis = twins()
    assert analysis.frozen_params == analysis["head"].params == 2 * (8 * 36 + 1)
    assert analysis.trainable_params == 4 * (9 + 1)


def test_json_holds_what_the_rows_say(lenet):
    data = json.loads(lenet.to_json())
    assert data["schema"] == 1
    assert data["totals"]["params"] == 60_000
    c3 = next(layer for layer in data["layers"] if layer["name"] == "C3")
    assert c3["output_shape"] == [16, 10, 10]
    assert c3["field"]["size"] == [14, 14]
    assert c3["field"]["jump"] == [2, 2]


def test_a_batch_makes_more_work_and_no_more_wires(lenet):
    one, ten = (summary(lenet, batch=batch) for batch in (1, 10))
    assert "connections  340,908\nneurons      8,094\nMACs         3,265,200 for a batch of 10" in ten
    assert "MACs above are of 10 samples; connections and neurons belong to the network" in ten
    assert "batch" not in one


def test_operations_follow_the_convention_and_the_batch(lenet):
    assert lenet.operations("fvcore") == lenet.macs
    assert lenet.operations(conventions.DEFAULT, batch=7) == 7 * lenet.macs
    with pytest.raises(CnncalcError, match="there are torchvision, torchinfo"):
        lenet.operations("mine")


def test_the_lecture_prints_mnist1d_like_this():
    printed = torchinfo_table(analyze(load("mnist1d")), batch=100)
    for line in (
        "├─Conv1d: 1-1                            [100, 15, 19]             60",
        "├─Flatten: 1-7                           [100, 60]                 --",
        "├─Linear: 1-8                            [100, 10]                 610",
        "Total params: 2,050",
        "Total mult-adds (Units.MEGABYTES): 1.07",
        "Input size (MB): 0.02",
        "Forward/backward pass size (MB): 0.39",
        "Params size (MB): 0.01",
        "Estimated Total Size (MB): 0.42",
    ):
        assert line in printed.splitlines()


@pytest.mark.parametrize("name", ["mnist1d", "alexnet_torchvision", "resnet18"])
def test_torchinfo_itself_totals_the_same(name):
    pytest.importorskip("torch")
    torchinfo = pytest.importorskip("torchinfo")
    from cnncalc.torch_backend import build

    network = load(name)
    shape = (2, *network.inputs[0].output_shape)
    theirs = torchinfo.summary(build(network), input_size=shape, verbose=0, device="cpu")
    ours = torchinfo_totals(analyze(network), batch=2)
    assert ours.params == theirs.total_params
    assert ours.mult_adds == theirs.total_mult_adds
    assert 0 <= theirs.total_input - ours.input_bytes <= 128  # torchinfo adds the Python object's own size
    assert ours.pass_bytes == theirs.total_output_bytes
    assert ours.param_bytes == theirs.total_param_bytes


def test_a_layer_that_reads_hundreds_does_not_make_every_line_as_long():
    build = Builder("a fan")
    x = build.input("input", (1, 8, 8))
    branches = [build.add(ReLU(), x, name=f"branch{i}") for i in range(500)]
    fan = analyze(build.network(outputs=[build.add(Cat(), *branches, name="joined")]))
    assert "branch10 and 489 more" in summary(fan)
    assert max(map(len, summary(fan).splitlines())) < 250
    assert "branch10, branch11, branch12" in summary(fan, format="csv")


def test_memory_held_at_inference_is_what_is_not_yet_released():
    build = Builder("two branches")
    x = build.input("input", (1, 10, 10))
    one = build.add(ReLU(), x, name="one")
    two = build.add(ReLU(), one, name="two")
    analysis = analyze(build.network(outputs=[build.add(Cat(), two, one, name="joined")]))
    assert dict(inference_held(analysis.network)) == {"input": 400, "one": 800, "two": 1200, "joined": 2000}
