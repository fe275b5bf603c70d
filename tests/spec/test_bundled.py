"""Bundled specs against published totals."""

import pytest

from cnncalc.spec import bundled, load

PARAMS = {
    "alexnet": 60_965_224,
    "alexnet_torchvision": 61_100_840,
    "googlenet": 6_624_904,
    "lenet5": 60_000,
    "mnist1d": 2_050,
    "r3d18": 33_371_472,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "vgg16": 138_357_544,
    "vgg16_transfer": 134_301_514,
}
MACS = {
    "alexnet": 724_406_816,
    "alexnet_torchvision": 714_188_480,
    "mnist1d": 10_230,
    "resnet18": 1_814_073_344,
    "resnet50": 4_089_184_256,
    "vgg16": 15_470_264_320,
}


def total(network, quantity):
    owners = (node for node in network if not node.weights_from or quantity != "params")
    return sum(getattr(node.layer, quantity)(node.site).value for node in owners)


@pytest.mark.parametrize("name", PARAMS)
def test_parameters_are_those_published(name):
    assert total(load(name), "params") == PARAMS[name]


@pytest.mark.parametrize("name", MACS)
def test_macs_are_those_published(name):
    assert total(load(name), "macs") == MACS[name]


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_spec_names_itself_its_source_and_what_it_expects(name):
    network = load(name)
    assert network.name
    assert network.about["source"]
    assert network.about["expect"]


def test_lenet_connections_are_those_of_the_paper():
    assert total(load("lenet5"), "connections") == 340_908


def test_the_chain_of_the_readme_runs_as_typed():
    network = load(
        "INPUT(3x32x32) -> [[CONV(16,3,p=1) -> RELU]*2 -> POOL(2)]*3 -> [FC(64) -> RELU]*1 -> FC(10)"
    )
    assert len(network) == 19
    assert network[network.outputs[0]].output_shape == (10,)


def test_names_follow_the_nesting():
    network = load("resnet50")
    assert "layer1.bottleneck2.main.conv1" in network
    assert network["layer4.bottleneck3.relu1"].path == ("layer4", "bottleneck3")


def test_parameters_can_be_set():
    assert load("resnet50", params={"classes": 10})["fc1"].output_shape == (10,)
    assert load("resnet50", params={"classes": "5*2"})["fc1"].output_shape == (10,)


def test_the_input_can_be_replaced():
    assert load("resnet50", input="3x64x64")["layer4.bottleneck3.relu1"].output_shape == (2048, 2, 2)
