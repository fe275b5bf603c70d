"""Whole networks: layers as papers count them, rules of sizing, freezing and new heads."""

import pytest

import cnncalc
from cnncalc import advise, analyze, frameworks, load, recipes, structure
from cnncalc.errors import CnncalcError


def test_weight_layers_are_those_in_the_names_of_the_networks():
    counted = {"vgg13": 13, "vgg16": 16, "vgg19": 19, "resnet18": 18 + 3, "alexnet": 8, "mnist1d": 4}
    assert {name: len(structure.weight_layers(load(name))) for name in counted} == counted


def test_output_layers_are_not_hidden_even_where_there_are_several():
    network = load("fast_rcnn_head")
    hidden = {node.name for node in structure.hidden_layers(network)}
    assert {node.name for node in structure.weight_layers(network)} - hidden == {"scores", "boxes"}


@pytest.mark.parametrize(
    ("chain", "rules"),
    [
        ("INPUT(3x32x32) -> CONV(16,3,p=1) -> POOL(2)", set()),
        ("INPUT(3x32x32) -> CONV(16,7,p=3)", {"small filters"}),
        ("INPUT(3x32x32) -> CONV(16,3,2,1)", {"stride 1", "keep the size"}),
        ("INPUT(3x32x32) -> CONV(16,3)", {"keep the size"}),
        ("INPUT(3x32x32) -> CONV(15,3,p=1)", {"powers of two"}),
    ],
)
def test_each_rule_of_sizing(chain, rules):
    assert {one.rule for one in structure.advice(load(chain))} == rules


def test_freezing_all_but_a_part():
    tuned = analyze(structure.train_only(load("vgg16"), "classifier"))
    assert tuned.trainable_params == 123_642_856
    assert tuned.params == 138_357_544
    with pytest.raises(KeyError, match="no layer is called"):
        structure.train_only(load("vgg16"), "fc9")


def test_frozen_layers_are_those_that_torch_would_not_train():
    pytest.importorskip("torch")
    network = structure.train_only(load("tiny_vgg"), "output")
    model = cnncalc.build(network)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 16_910


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "resnet50", "lenet5", "googlenet"])
def test_a_new_head_changes_the_last_linear_layer_alone(name):
    before, after = load(name), structure.with_classes(load(name), 7)
    changed = [a.name for a, b in zip(before, after, strict=True) if a.layer != b.layer]
    assert len(changed) == 1
    assert after[changed[0]].output_shape == (7,)
    assert [node.name for node in after] == [node.name for node in before]


def test_the_four_plans_train_more_and_more():
    trained = [plan.trainable for plan in advise.plans(load("vgg16"), classes=10)]
    assert trained == sorted(trained)
    assert {plan.trainable + plan.frozen for plan in advise.plans(load("vgg16"), classes=10)} == {134_301_514}
    with pytest.raises(CnncalcError, match="no layers with weights"):
        advise.plans(load("INPUT(1x8x8) -> POOL(2)"))


def test_frameworks_refuse_names_that_are_not_theirs():
    with pytest.raises(CnncalcError, match="no framework is called 'theano'"):
        frameworks.axis_order("theano")
    with pytest.raises(CnncalcError, match="no layer is called"):
        frameworks.defaults("covn")


def test_shapes_go_to_a_framework_and_back():
    assert frameworks.channels_first(frameworks.arrange((16, 24, 49), "tensorflow")) == (16, 24, 49)
    assert frameworks.arrange((10,), "tensorflow", batch=2) == (2, 10)


def test_defaults_are_those_of_torch():
    torch = pytest.importorskip("torch")
    conv = torch.nn.Conv2d(1, 1, 1)
    ours = frameworks.defaults("conv2d")
    assert (ours["stride"], ours["padding"], ours["dilation"]) == (1, 0, 1)
    assert (conv.stride, conv.padding, conv.dilation) == ((1, 1), (0, 0), (1, 1))
    assert (ours["groups"], ours["padding_mode"]) == (conv.groups, conv.padding_mode)


def test_smooth_l1_equals_torch():
    torch = pytest.importorskip("torch")
    for error in (-3.0, -1.0, -0.4, 0.0, 0.25, 1.0, 2.5):
        loss = torch.nn.functional.smooth_l1_loss(torch.tensor(error), torch.tensor(0.0))
        assert recipes.smooth_l1(error) == pytest.approx(loss.item())


def test_views_are_counted_by_trying_each():
    views = {(y, x, flip) for y in range(256 - 224 + 1) for x in range(256 - 224 + 1) for flip in (0, 1)}
    assert recipes.augmented_views(256, 224) == len(views)


def test_networks_side_by_side(run):
    status, out, _ = run("compare", "networks", "vgg16", "vgg19")
    assert status == 0
    assert "138,357,544" in out
    assert "143,667,240 (x1.04)" in out
