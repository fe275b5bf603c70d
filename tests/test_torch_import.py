"""Modules of every sort become networks, with PyTorch's own numbers, and are left as they were."""

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from cnncalc import spec  # noqa: E402
from cnncalc.analysis import analyze  # noqa: E402
from cnncalc.errors import ImportFailure  # noqa: E402
from cnncalc.spec.writing import write  # noqa: E402
from cnncalc.torch_backend import build  # noqa: E402
from cnncalc.torch_backend.importing import counts, from_torch  # noqa: E402
from cnncalc.torch_backend.source import class_name, torch_source  # noqa: E402
from cnncalc.torch_backend.weights import copy_weights  # noqa: E402


class Functional(nn.Module):
    """No layers at all: parameters and functions."""

    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.matrix = nn.Parameter(torch.randn(5, 4))

    def forward(self, x):
        x = functional.relu(functional.conv2d(x, self.kernel, stride=2, padding=1))
        return functional.linear(functional.adaptive_avg_pool2d(x, 1).flatten(1), self.matrix)


class Residual(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn(self.conv(x)))
        y += x
        return self.relu(y)


class Shared(nn.Module):
    """One layer used twice, and one matrix used in two layers."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.one = nn.Linear(12, 12, bias=False)
        self.other = nn.Linear(12, 12, bias=False)
        self.other.weight = self.one.weight

    def forward(self, x):
        x = self.conv(self.conv(x)).flatten(1)[:, :12]
        return self.other(self.one(x).relu())


class Tokens(nn.Module):
    """Parameters outside of layers: a class token, positions, a layer scale."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.positions = nn.Parameter(torch.randn(1, 5, 8))
        self.gamma = nn.Parameter(torch.randn(8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return (self.attention(x, x, x)[0] * self.gamma)[:, 0]


class Branching(nn.Module):
    """Python control flow over sizes, a list that grows after it was used, an unused layer."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 * (n + 1), 3, 3, padding=1) for n in range(3))
        self.never = nn.Linear(7, 9)

    def forward(self, x):
        features = [x]
        for conv in self.convs:
            if x.shape[-1] > 4:
                features.append(conv(torch.cat(features, 1)))
        return features[-1]


class TwoInputs(nn.Module):
    """Nested inputs, one of them of whole numbers; nested outputs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.words = nn.Embedding(10, 4)

    def forward(self, pair, scale):
        image, words = pair["image"], pair["words"]
        features = self.conv(image) * scale
        return {"features": features, "more": (features.mean((2, 3)), self.words(words))}


class Stateful(nn.Module):
    """Keeps things it should not."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)
        self.register_buffer("calls", torch.zeros(1))
        self.seen = []

    def forward(self, x):
        self.calls += 1
        self.last = x
        self.seen.append(x.shape)
        return self.conv(x)


class OnlyOne(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 4, 3)

    def forward(self, x):
        assert len(x) == 1
        return super().forward(x)


class OnValues(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 4, 3)

    def forward(self, x):
        x = super().forward(x)
        return x if float(x.sum()) > 1e9 else x.relu()


@pytest.fixture
def no_fast_path():
    """PyTorch's own counter does not see into the fast path of attention."""
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(True)


MODELS = {
    "functional": (Functional, (3, 8, 8)),
    "residual": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), Residual(), Residual()), (3, 6, 6)),
    "shared": (Shared, (3, 5, 5)),
    "tokens": (Tokens, (3, 8, 8)),
    "branching": (Branching, (3, 6, 6)),
    "one-dimensional": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 4, 3, padding=1), nn.ELU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(16, 3)
        ),
        (2, 8),
    ),
    "three-dimensional": (
        lambda: nn.Sequential(nn.ConvTranspose3d(2, 4, 2, 2, groups=2), nn.Hardswish()),
        (2, 3, 4, 5),
    ),
    "circular padding": (lambda: nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), (3, 6, 6)),
    "weight norm": (lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), (3, 6, 6)),
    "recurrent": (lambda: nn.LSTM(4, 6, batch_first=True), (5, 4)),
    "linear over positions": (lambda: nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 2)), (7, 4)),
    "group and layer norm": (
        lambda: nn.Sequential(nn.GroupNorm(2, 4), nn.Conv2d(4, 4, 3, groups=4), nn.LayerNorm([4, 4])),
        (4, 6, 6),
    ),
    "upsampling": (
        lambda: nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(3, 8, 3), nn.PixelShuffle(2)
        ),
        (3, 5, 5),
    ),
    "batch of one only": (OnlyOne, (3, 5, 5)),
    "depends on values": (OnValues, (3, 5, 5)),
}


@pytest.mark.usefixtures("no_fast_path")
@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_parameters_macs_and_output_are_pytorchs(make, shape):
    model = make().eval()
    network = from_torch(model, shape)
    analysis = analyze(network)
    assert analysis.params == sum(p.numel() for p in model.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = model(torch.zeros(1, *shape))
    assert analysis.macs * 2 == counter.get_total_flops()
    first = output[0] if isinstance(output, tuple) else output
    assert network[network.outputs[0]].output_shape == tuple(first.shape[1:])


@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_the_spec_of_a_model_has_its_numbers(make, shape):
    network = from_torch(make(), shape)
    one, other = analyze(network), analyze(spec.parse(write(network).text))
    assert (one.params, one.macs, one.output_shapes) == (other.params, other.macs, other.output_shapes)


KNOWN = ("functional", "residual", "branching", "one-dimensional", "three-dimensional", "circular padding")


@pytest.mark.parametrize("name", [*KNOWN, "linear over positions", "group and layer norm", "upsampling"])
def test_module_to_spec_to_code_to_module_has_the_same_outputs(name):
    make, shape = MODELS[name]
    model = make().eval()
    randomise(model)
    network = from_torch(model, shape)
    assert not set(counts(network)) - {"unused"}
    written = write(network)
    again = spec.parse(written.text)
    namespace = {"__name__": "exported"}
    exec(compile(torch_source(again), "exported", "exec"), namespace)  # noqa: S102 - what it is for
    other = namespace[class_name(again)]().eval()
    copy_weights(network, model, other, written.names)
    x = torch.randn(2, *shape)
    with torch.no_grad():
        torch.testing.assert_close(other(x), model(x))


def randomise(model):
    """Other values than the initial ones everywhere, statistics included."""
    for value in [*model.parameters(), *model.buffers()]:
        if value.is_floating_point():
            nn.init.uniform_(value, 0.5, 1.5)


@pytest.mark.parametrize("name", spec.bundled())
def test_spec_to_module_to_spec(name):
    """PyTorch counts no MACs for the squares of differences of radial basis functions."""
    network = spec.load(name)
    one, other = analyze(network), analyze(from_torch(build(network, device="meta"), *shapes_of(network)))
    squares = sum(row.macs for row in one.rows if row.kind == "rbf")
    assert (one.params, one.macs - squares) == (other.params, other.macs)
    assert one.output_shapes == other.output_shapes


def shapes_of(network):
    return [node.output_shape for node in network.inputs]


def test_names_are_the_modules_own():
    network = from_torch(nn.Sequential(nn.Conv2d(3, 4, 1), Residual()), (3, 6, 6))
    assert [node.name for node in network] == [
        "input", "0", "1.conv", "1.bn", "1.relu", "1.add", "1.relu_2",
    ]  # fmt: skip


def test_shared_weights_count_once():
    network = from_torch(Shared(), (3, 5, 5))
    assert network["conv_2"].weights_from == "conv"
    assert network["other"].weights_from == "one"


def test_nested_whole_number_inputs_and_nested_outputs():
    words = torch.zeros(6, dtype=torch.int64)
    network = from_torch(TwoInputs(), {"image": torch.zeros(1, 8, 8), "words": words}, 2.0)
    assert [node.output_shape for node in network.inputs] == [(1, 8, 8), (6,)]
    assert [network[name].output_shape for name in network.outputs] == [(2, 6, 6), (2,), (6, 4)]
    assert analyze(network).params == 20 + 40


def test_what_is_unknown_is_opaque_with_measured_counts():
    network = from_torch(nn.LSTM(4, 6, batch_first=True, bidirectional=True), (5, 4))
    rows = [row for row in analyze(network) if row.kind != "input"]
    assert sum(row.params for row in rows) == sum(
        p.numel() for p in nn.LSTM(4, 6, bidirectional=True).parameters()
    )


def test_parameters_that_the_run_never_touches_have_a_node():
    network = from_torch(Branching(), (3, 6, 6))
    assert analyze(network)["never_unused"].params == 7 * 9 + 9
    assert "never_unused" not in network.outputs


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(Stateful(), nn.BatchNorm2d(2), nn.Dropout()).train()
    model[1].eval()
    before = copy.deepcopy(model.state_dict())
    attributes = {name: dict(vars(part)) for name, part in model.named_modules()}
    from_torch(model, (3, 5, 5))
    assert [part.training for part in model.modules()] == [True, True, True, False, True]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model[0].seen == []
    for name, part in model.named_modules():
        assert vars(part).keys() == attributes[name].keys()
        assert not part._forward_hooks
        assert not part._forward_pre_hooks


def test_a_model_that_does_not_run_says_where_it_stopped():
    with pytest.raises(ImportFailure, match=r"Conv2d does not run on these inputs: RuntimeError: .*channels"):
        from_torch(nn.Conv2d(3, 4, 3), (5, 8, 8))


class PerSampleTable(nn.Module):
    """Makes a map of its weights for every sample, as relative positions are often made."""

    def __init__(self):
        super().__init__()
        self.table = nn.Conv2d(2, 4, 1)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        places = torch.ones(x.shape[0], 2, *x.shape[2:])
        return self.conv(x) + self.table(places)


def test_what_is_made_of_parameters_for_each_sample_counts_for_one():
    analysis = analyze(from_torch(PerSampleTable(), (3, 8, 8)))
    assert analysis.macs == (2 * 4 + 3 * 4 * 9) * 64


def test_a_border_of_minus_infinity_can_be_written():
    class Border(nn.Module):
        def forward(self, x):
            return nn.functional.max_pool2d(nn.functional.pad(x, (0, 1, 0, 1), value=float("-inf")), 3, 2)

    network = from_torch(Border(), (2, 8, 8))
    again = spec.parse(write(network).text)
    values = torch.randn(3, 2, 8, 8)
    with torch.no_grad():
        assert torch.equal(build(again)(values), Border()(values))


def test_names_given_for_reference_keep_clear_of_those_given_for_want_of_one():
    class Crossed(nn.Module):
        """Reads its third norm twice, which the spec has to name, behind norms that need no name."""

        def __init__(self):
            super().__init__()
            for number in range(1, 6):
                setattr(self, f"bn{number}", nn.BatchNorm2d(4 + number % 2))
            self.conv = nn.Conv2d(5, 4, 1)
            self.back = nn.Conv2d(4, 5, 1)

        def forward(self, x):
            x = self.back(self.bn4(self.conv(self.bn1(x))))
            y = self.bn3(self.bn5(x))
            return torch.cat([torch.relu(y) + y, torch.sigmoid(y)], 1)

    network = from_torch(Crossed(), (5, 8, 8))
    assert analyze(spec.parse(write(network).text)).params == analyze(network).params


@pytest.mark.parametrize("given", [torch.zeros(1, 3, 8, 8), (1, 3, 8, 8), torch.zeros(4, 3, 8, 8)])
def test_a_batch_of_images_is_taken_as_one(given):
    network = from_torch(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2)), given)
    assert [node.output_shape for node in network] == [(3, 8, 8), (4, 6, 6), (144,), (2,)]
    assert analyze(network).params == 112 + 290


def test_channels_are_not_taken_for_a_batch():
    with pytest.raises(ImportFailure, match="does not run"):
        from_torch(nn.Conv2d(2, 4, 3), (1, 8, 8))


def test_weights_of_the_module_fit_the_network_built_from_it():
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
        nn.ModuleDict({"3x3": Residual()})["3x3"],
        nn.Sequential(nn.Flatten(), nn.Linear(64, 5)),
    ).eval()
    built = build(from_torch(model, (3, 6, 6))).eval()
    built.load_state_dict(model.state_dict(), strict=True)
    x = torch.randn(2, 3, 6, 6)
    assert torch.allclose(built(x), model(x))


def test_names_that_begin_with_numbers_can_be_built_written_and_drawn():
    class Twice(nn.Module):
        """A part of a list that does two things."""

        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleDict({"1x1": nn.Conv2d(3, 4, 1), "3x3": nn.Conv2d(3, 4, 3, padding=1)})

        def forward(self, x):
            return self.parts["1x1"](x) + self.parts["3x3"](x)

    model = nn.Sequential(Twice(), nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()))
    network = from_torch(model, (3, 6, 6))
    names = [node.name for node in network]
    assert names == ["input", "0.parts.1x1", "0.parts.3x3", "0.add", "1.0", "1.1"]
    space = {}
    exec(compile(torch_source(network), "source", "exec"), space)  # noqa: S102 - our own source
    for again in (build(network), space[class_name(network)]()):
        again.load_state_dict(model.state_dict(), strict=True)
        x = torch.randn(2, 3, 6, 6)
        assert torch.allclose(again(x), model(x))
    assert write(network).names["0.parts.3x3"]
    assert spec.parse(write(network).text).outputs


def test_what_has_the_weights_has_the_name_of_the_module():
    class ChannelsLast(nn.LayerNorm):
        """As in ConvNeXt: the norm between two permutations."""

        def forward(self, x):
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    model = nn.Sequential(nn.Conv2d(3, 4, 1), ChannelsLast(4)).eval()
    network = from_torch(model, (3, 6, 6))
    assert [node.name for node in network] == ["input", "0", "1_permute", "1", "1_permute_2"]
    assert build(network).state_dict().keys() == model.state_dict().keys()
