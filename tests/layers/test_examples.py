"""Every kind, every example, every quantity: PyTorch agrees, or it is listed why it has no say."""

import pytest

torch = pytest.importorskip("torch")

from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.layers.base import Example, Site  # noqa: E402
from cnncalc.layers.composite import Composite  # noqa: E402
from cnncalc.network import Builder  # noqa: E402
from cnncalc.torch_backend import verify  # noqa: E402
from cnncalc.torch_backend.modules import PAIRS, module_for  # noqa: E402
from tests.every_kind import examples  # noqa: E402

LEFT_OPEN = {"field", "field_size"}
"""Fields that PyTorch cannot probe, such as those that depend on the data, have tests of their own."""

EXAMPLES = examples(but={"opaque"})


def network(cls, example, *, inside=False, frozen=False):
    """The layer alone, or behind trained layers, so that a gradient passes through it."""
    build = Builder("example")
    inputs = [build.input(f"input{n}", shape) for n, shape in enumerate(example.inputs)]
    if inside:
        inputs = [build.add(KINDS["shift"](), node) for node in inputs]
    build.add(cls(**example.arguments), *inputs, name="layer", frozen=frozen)
    return build.network()


def agrees(network, *quantities):
    verification = verify(network, quantities=quantities)
    assert not verification.mismatches
    return {row.quantity for row in verification.rows if row.verdict == "not checked" and row.node == "layer"}


def test_every_kind_has_a_pair_and_examples():
    assert set(PAIRS) == set(KINDS.values())
    assert all(cls.examples for cls in KINDS.values())


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_pytorch_agrees_on_a_layer_inside_a_network(cls, example):
    inside = cls.kind != "embedding"
    unchecked = agrees(network(cls, example, inside=inside))
    assert not unchecked - LEFT_OPEN, "for connections name the module in torch_backend/connections.py"


WEIGHTED = [
    case
    for case in EXAMPLES
    if case.values[0](**case.values[1].arguments).tensors(network(*case.values)["layer"].site)
]


@pytest.mark.parametrize(("cls", "example"), WEIGHTED)
def test_pytorch_agrees_on_the_training_of_a_first_layer(cls, example):
    agrees(network(cls, example), "saved_bytes", "backward_macs")


DROPPING = [
    pytest.param(cls, Example({**example.arguments, "dropout": p}, example.inputs), id=f"{kind}-{i}-{p}")
    for kind, cls in KINDS.items()
    if "dropout" in cls.arguments
    for i, example in enumerate(cls.examples)
    for p in (0.5, 1)
]


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@pytest.mark.parametrize(("cls", "example"), [*WEIGHTED, *DROPPING])
def test_pytorch_agrees_on_what_a_frozen_layer_keeps(cls, example):
    if cls.kind != "embedding":
        agrees(network(cls, example, inside=True, frozen=True), "saved_bytes", "backward_macs")


COMPOSITES = [case for case in EXAMPLES if issubclass(case.values[0], Composite)]


@pytest.mark.parametrize(("cls", "example"), COMPOSITES)
def test_stages_of_composites_connect_as_pytorch_counts(cls, example):
    layer = cls(**example.arguments)
    site = network(cls, example)["layer"].site
    for stage in layer.stages(site):
        alone = Example(stage.layer.given(), stage.site.inputs)
        assert agrees(network(type(stage.layer), alone), "connections", "connections_inside") == set()
    counts = [stage.layer.connections(stage.site).value for stage in layer.stages(site)]
    assert layer.connections(site).value == sum(counts)


RECURRENT = [case for case in EXAMPLES if case.values[0].kind in ("rnn", "lstm", "gru")]


@pytest.mark.parametrize(("cls", "example"), RECURRENT)
def test_recurrent_layers_use_every_weight_at_every_token(cls, example):
    layer, site = cls(**example.arguments), network(cls, example)["layer"].site
    weights = sum(tensor.numel() for tensor in module_for(layer, site).parameters())
    assert layer.connections(site).value == weights * site.input[0]


def test_attention_uses_every_weight_at_every_token():
    layer, site = KINDS["attention"](num_heads=2), Site(((4, 8),), (4, 8))
    weights = sum(tensor.numel() for tensor in module_for(layer, site).parameters())
    assert layer.connections(site).value == weights * 4


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_numbers_are_ints(cls, example):
    site = network(cls, example)["layer"].site
    layer = cls(**example.arguments)
    worked = (layer.params, layer.macs, layer.connections, layer.connections_inside, layer.neurons)
    assert {type(facet(site).value) for facet in worked} == {int}
    assert {type(size) for size in site.output} == {int}
    saved = layer.saved(site)
    assert {type(value) for value in (saved.elements, saved.bytes, saved.once)} == {int}


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_one_map_for_each_axis_of_each_input(cls, example):
    site = network(cls, example)["layer"].site
    taps = cls(**example.arguments).taps(site)
    assert [len(axes) for axes in taps] == [len(shape) - 1 for shape in site.inputs]
