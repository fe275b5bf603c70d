"""The full count of operations: loops with numbers that count agree, and PyTorch has their values."""

import math

import pytest

torch = pytest.importorskip("torch")

from cnncalc.analysis import analyze  # noqa: E402
from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from cnncalc.network import Builder  # noqa: E402
from cnncalc.torch_backend.modules import module_for  # noqa: E402
from tests.layers import tally  # noqa: E402


def setting(kind, shape, **arguments):
    layer = KINDS[kind](**arguments)
    site = Site((shape,), layer.output_shape((shape,)))
    torch.manual_seed(3)
    return layer, site, module_for(layer, site).eval(), torch.randn(1, *shape)


def check(layer, site, module, batch, worked_out, counter):
    torch.testing.assert_close(worked_out, module(batch)[0].detach(), rtol=1e-4, atol=1e-5)
    assert counter.operations == layer.operations(site).value


def state(module, counter):
    found = {name: tally.Field(tensor, counter) for name, tensor in module.named_parameters()}
    return found["weight"], found.get("bias")


@pytest.mark.parametrize("kind", tally.EXACT)
def test_activations(kind):
    layer, site, module, batch = setting(kind, (3, 4))
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    check(layer, site, module, batch, tally.values((3, 4), lambda p: tally.EXACT[kind](inputs[p])), counter)


@pytest.mark.parametrize("kind", tally.UPPER_BOUNDS)
def test_activations_count_their_dearer_side(kind):
    layer, site, module, batch = setting(kind, (3, 4))
    batch = -batch.abs() - 1
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    worked = tally.values((3, 4), lambda place: tally.UPPER_BOUNDS[kind](inputs[place]))
    check(layer, site, module, batch, worked, counter)


def test_gelu_by_tanh():
    layer, site, module, batch = setting("gelu", (7,), approximate="tanh")
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    check(layer, site, module, batch, tally.values((7,), lambda p: tally.gelu_tanh(inputs[p])), counter)


CONVOLUTIONS = [
    ("conv", (2, 5), {"out_channels": 3, "kernel_size": 3, "padding": 1}),
    ("conv", (4, 5, 4), {"out_channels": 2, "kernel_size": (2, 3), "groups": 2, "bias": False}),
    ("conv", (1, 3, 4, 3), {"out_channels": 2, "kernel_size": 2, "stride": 2}),
    ("conv", (2, 7), {"out_channels": 1, "kernel_size": 2, "dilation": 3}),
    ("dwconv", (3, 4, 4), {"kernel_size": 3, "padding": 1}),
    ("dwconv", (2, 6), {"kernel_size": 3, "multiplier": 2, "bias": False}),
]


@pytest.mark.parametrize(("kind", "shape", "arguments"), CONVOLUTIONS)
def test_convolutions(kind, shape, arguments):
    layer, site, module, batch = setting(kind, shape, **arguments)
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    check(
        layer, site, module, batch, tally.convolution(layer, site, inputs, *state(module, counter)), counter
    )


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias):
    layer, site, module, batch = setting("linear", (3, 4), out_features=5, in_features=4, bias=bias)
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    check(layer, site, module, batch, tally.linear(site, inputs, *state(module, counter), 5), counter)


@pytest.mark.parametrize(
    ("kind", "arguments", "join"),
    [
        ("maxpool", {"kernel_size": 2}, tally.largest),
        ("maxpool", {"kernel_size": (2, 3), "stride": 1, "dilation": (2, 1)}, tally.largest),
        ("avgpool", {"kernel_size": 3, "stride": 2, "padding": 1}, tally.mean),
        ("l2pool", {"kernel_size": 2}, lambda items: tally.total([x**2 for x in items]).call(math.sqrt)),
    ],
)
def test_pools(kind, arguments, join):
    layer, site, module, batch = setting(kind, (2, 6, 5), **arguments)
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    check(layer, site, module, batch, tally.pool(layer, site, inputs, join), counter)


@pytest.mark.parametrize(("kind", "join"), [("gap", tally.mean), ("gmp", tally.largest)])
def test_global_pools(kind, join):
    layer, site, module, batch = setting(kind, (3, 4, 2))
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    worked = tally.values((3,), lambda place: join([inputs[(*place, *at)] for at in tally.grid((4, 2))]))
    check(layer, site, module, batch, worked, counter)


@pytest.mark.parametrize(
    ("kind", "join"), [("adaptive_avgpool", tally.mean), ("adaptive_maxpool", tally.largest)]
)
def test_adaptive_pools(kind, join):
    layer, site, module, batch = setting(kind, (2, 7), output_size=3)
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    bins = [range(i * 7 // 3, -(-(i + 1) * 7 // 3)) for i in range(3)]
    worked = tally.values((2, 3), lambda place: join([inputs[(place[0], at)] for at in bins[place[1]]]))
    check(layer, site, module, batch, worked, counter)


@pytest.mark.parametrize("kind", ["softmax", "softmin", "log_softmax"])
def test_softmax(kind):
    layer, site, module, batch = setting(kind, (4, 3))
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    columns = []
    for column in range(3):
        row = [inputs[(place, column)] for place in range(4)]
        if kind == "log_softmax":
            whole = tally.total([tally.exp(x) for x in row]).call(math.log)
            columns.append([x - whole for x in row])
        else:
            columns.append(tally.softmax([-x for x in row] if kind == "softmin" else row))
    check(layer, site, module, batch, tally.values((4, 3), lambda p: columns[p[1]][p[0]]), counter)


def test_layer_norm():
    layer, site, module, batch = setting("ln", (3, 4))
    counter = tally.Counter()
    inputs, (weight, bias) = tally.Field(batch[0], counter), state(module, counter)
    rows = [tally.normalised([inputs[(row, i)] for i in range(4)], 1e-5) for row in range(3)]
    worked = tally.values((3, 4), lambda p: rows[p[0]][p[1]] * weight[(p[1],)] + bias[(p[1],)])
    check(layer, site, module, batch, worked, counter)


def test_rms_norm():
    layer, site, module, batch = setting("rms_norm", (3, 4), eps=1e-5)
    counter = tally.Counter()
    inputs, (weight, _) = tally.Field(batch[0], counter), state(module, counter)

    def row(number):
        items = [inputs[(number, i)] for i in range(4)]
        root = (tally.mean([x * x for x in items]) + 1e-5).call(math.sqrt)
        return [x / root for x in items]

    rows = [row(number) for number in range(3)]
    check(
        layer,
        site,
        module,
        batch,
        tally.values((3, 4), lambda p: rows[p[0]][p[1]] * weight[(p[1],)]),
        counter,
    )


def test_batch_norm_is_a_factor_and_a_summand():
    layer, site, module, batch = setting("bn", (2, 3, 3))
    counter = tally.Counter()
    inputs = tally.Field(batch[0], counter)
    factor = 1 / math.sqrt(1 + module.eps)
    check(layer, site, module, batch, tally.values(site.output, lambda p: inputs[p] * factor + 0), counter)


def test_every_kind_says_how_many():
    for cls in KINDS.values():
        for example in cls.examples:
            layer = cls(**example.arguments)
            inputs = tuple(example.inputs)
            operations = layer.operations(Site(inputs, layer.output_shape(inputs))).value
            assert type(operations) is int
            assert operations >= 0


def test_convention_adds_them_up():
    build = Builder("small")
    x = build.input("image", (1, 28, 28))
    x = build.add(KINDS["conv"](out_channels=6, kernel_size=5, padding=2), x)
    build.add(KINDS["relu"](), x)
    analysis = analyze(build.network())
    assert analysis.operations("full") == 2 * 25 * 6 * 28 * 28 + 6 * 28 * 28
    assert analysis.operations("full", batch=3) == 3 * analysis.operations("full")
