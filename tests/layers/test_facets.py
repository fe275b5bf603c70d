"""Facets that other tests see only through networks: labels, memory, gates, and layers as values."""

import pytest

from cnncalc import formulas
from cnncalc.arithmetic import prod
from cnncalc.layers import KINDS
from cnncalc.layers.base import Site
from cnncalc.network import Builder
from cnncalc.taps import SAME, Anything
from cnncalc.working import Nothing

EXAMPLES = [
    pytest.param(cls(**example.arguments), tuple(map(tuple, example.inputs)), id=f"{kind}-{number}")
    for kind, cls in KINDS.items()
    for number, example in enumerate(cls.examples)
    if example.inputs and kind != "opaque"
]


def site_of(layer, inputs, strides=()):
    return Site(inputs, layer.output_shape(inputs), strides)


LABELS = {
    "maxpool": ["maxpool 2x2 /2", "maxpool 3 /2", "maxpool 3x3 /2", "maxpool 1x2x2 /1x2x2", "maxpool 2x2 d3"],
    "conv": ["conv 5x5", "conv 3 /2", "conv 3x3 d2", "conv 3x5", "conv 3x3x1", "conv 3x3", "conv 3x3 /2"],
    "conv_transpose": [
        "conv_transpose 2x2 /2",
        "conv_transpose 3 /2",
        "conv_transpose 4x4 /2",
        "conv_transpose 3x3 /2",
        "conv_transpose 1x2x2 d2",
    ],
    "blur": ["blur 5x5", "blur 3x3 /2", "blur 3", "blur 1x3x4"],
    "deform_conv": ["deform_conv 3x3", "deform_conv 3x3 /2", "deform_conv 1x2"],
    "adaptive_avgpool": ["adaptive_avgpool 6x6", "adaptive_avgpool 2x3", "adaptive_avgpool 1"],
    "adaptive_maxpool": ["adaptive_maxpool 6x6", "adaptive_maxpool 1", "adaptive_maxpool 1x2x3"],
    "roi_pool": ["roi_pool 7x7", "roi_pool 2x3"],
    "gap": ["global avg-pool"],
    "gmp": ["global max-pool"],
    "linear": ["linear 84"],
    "fc": ["fc 84"],
    "rbf": ["rbf 10"],
    "tokens": ["tokens 1", "tokens 2"],
    "unflatten": ["unflatten to 4x3x3"],
    "permute": ["permute to 6x4", "permute to 4x5x3"],
    "slice": ["slice to 2x6x6", "slice to 4x2"],
    "split": ["split to 2x6x6"],
    "crop": ["crop to 3x4x4", "crop to 2x3x4", "crop to 2x5"],
    "pad": ["pad", "pad constant", "pad reflect", "pad replicate", "pad circular"],
    "pixel_shuffle": ["pixel_shuffle 2", "pixel_shuffle 3"],
    "pixel_unshuffle": ["pixel_unshuffle 2"],
    "unfold": ["unfold 2x2", "unfold 3x2"],
    "fold": ["fold to 4x5", "fold to 6x6"],
    "unpool": ["unpool 2x2 /2", "unpool 3 /2"],
    "upsample": ["upsample x2", "upsample x1.4", "upsample to (7, 9)"],
    "embedding": ["embedding 50x8", "embedding 9x3"],
    "rnn": ["rnn 3", "rnn 4", "rnn 2"],
    "lstm": ["lstm 3", "lstm 4", "lstm 2", "lstm 4"],
    "gru": ["gru 3", "gru 4", "gru 2"],
    "attention": ["attention 2 heads", "attention 3 heads"],
    "relu": ["relu"],
    "add": ["add"],
    "mean": ["mean"],
    "bn": ["bn"],
}
"""What diagrams call the first examples of a kind: what distinguishes it from another of its kind."""


@pytest.mark.parametrize("kind", LABELS)
def test_labels_say_what_distinguishes_a_layer(kind):
    examples = KINDS[kind].examples[: len(LABELS[kind])]
    layers = [(KINDS[kind](**example.arguments), example.inputs) for example in examples]
    assert [layer.label(site_of(layer, inputs)) for layer, inputs in layers] == LABELS[kind]


WORKED = {"blur", "pad", "subsample", "maxpool", "avgpool", "lppool", "l2pool"} | {
    kind for kind, cls in KINDS.items() if cls.family == "conv"
}
"""Kinds whose output sizes come from a formula; upsampling has one where a factor is given."""


@pytest.mark.parametrize(("layer", "inputs"), EXAMPLES)
def test_the_working_of_a_size_comes_to_the_size(layer, inputs):
    site = site_of(layer, inputs)
    workings = layer.shape_working(site)
    is_worked = layer.kind in WORKED or "scale_factor" in layer.given()
    assert [working.value for working in workings] == (list(site.output[1:]) if is_worked else [])


@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize(("layer", "inputs"), EXAMPLES)
def test_views_are_what_shares_memory_in_pytorch(layer, inputs, training):
    """With the same steps, of inputs as they come and of inputs whose axes were exchanged."""
    torch = pytest.importorskip("torch")
    from cnncalc.torch_backend.modules import PAIRS
    from tests.layers.judge import batches

    site = site_of(layer, inputs)
    module = PAIRS[type(layer)](layer, site).train(training)
    values = batches(layer, inputs)
    compare_view(module(*values), values[0], layer.view(site, training=training))
    if layer.view(site) is not None and len(inputs[0]) > 1:
        turned = values[0].transpose(1, -1).contiguous().transpose(1, -1)
        if not torch.equal(torch.tensor(turned.stride()), torch.tensor(values[0].stride())):
            with_steps = site_of(layer, inputs, (turned.stride()[1:],))
            compare_view(module(turned), turned, layer.view(with_steps, training=training))


def compare_view(output, source, steps):
    shared = output.untyped_storage().data_ptr() == source.untyped_storage().data_ptr()
    assert (steps is not None) == shared
    if shared:
        kept = [
            (size, step) for size, step in zip(output.shape[1:], output.stride()[1:], strict=True) if size > 1
        ]
        ours = [(size, step) for size, step in zip(output.shape[1:], steps, strict=True) if size > 1]
        assert ours == kept


@pytest.mark.parametrize(("layer", "inputs"), EXAMPLES)
def test_what_is_kept_of_inputs_and_output_is_what_pytorch_keeps(layer, inputs):
    """Not how many bytes, but which tensors: it matters where the next layer keeps the same one."""
    torch = pytest.importorskip("torch")
    from cnncalc.torch_backend.modules import PAIRS
    from tests.layers.judge import batches

    site = site_of(layer, inputs)
    values = [v.requires_grad_() * 1 if v.is_floating_point() else v for v in batches(layer, inputs)]
    kept = {}
    module = PAIRS[type(layer)](layer, site).train()
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: note(tensor, kept), lambda tensor: tensor):
        output = module(*values)
    found = {place for place, value in enumerate(values) if address(value) in kept}
    if layer.kind == "embedding":  # what is looked up has a type of its own, and is counted in bytes
        assert (found, layer.saved(site).bytes) == ({0}, 8 * prod(inputs[0]))
        return
    assert found == kept_inputs(layer.saved(site))
    if layer.view(site, training=True) is None:
        assert (address(output) in kept) == layer.saved(site).output


def note(tensor, kept):
    kept[address(tensor)] = tensor.untyped_storage()
    return tensor


def address(tensor):
    return tensor.untyped_storage().data_ptr()


def kept_inputs(saved):
    further = (part for part in (saved.upstream, saved.own) if part)
    return set(saved.inputs).union(*map(kept_inputs, further))


REPEATED = [
    (KINDS["conv"](out_channels=2, kernel_size=3, padding=1, padding_mode=mode, table=table), ((2, 5, 6),))
    for mode in ("reflect", "replicate", "circular", "zeros")
    for table in (None, ("XX", ".X"))
]
FROZEN = [
    *(case.values for case in EXAMPLES if case.values[0].tensors(site_of(*case.values))),
    *REPEATED,
]


@pytest.mark.parametrize("place", ["first", "frozen", "inside"])
@pytest.mark.parametrize(("layer", "inputs"), FROZEN, ids=lambda value: getattr(value, "kind", None))
def test_what_is_kept_of_first_and_of_frozen_layers(layer, inputs, place):
    pytest.importorskip("torch")
    from cnncalc.torch_backend import verify

    build = Builder("kept")
    values = [build.input(f"x{number}", shape) for number, shape in enumerate(inputs)]
    if place != "first" and layer.kind != "embedding":
        values = [build.add(KINDS["shift"](), value) for value in values]
    build.add(layer, *values, frozen=place == "frozen")
    assert not verify(build.network(), quantities=("saved_bytes", "backward_macs")).mismatches


def test_what_is_kept_of_flattened_values_that_are_scattered():
    """Flattening all rows but the last copies them; the copy is kept for the weights alone."""
    pytest.importorskip("torch")
    from cnncalc.torch_backend import verify

    for frozen in (False, True):
        build = Builder("scattered")
        trained = build.add(KINDS["shift"](), build.input("x", (2, 3, 8)))
        build.add(
            KINDS["fc"](out_features=4), build.add(KINDS["slice"](dim=2, stop=2), trained), frozen=frozen
        )
        assert not verify(build.network(), quantities=("saved_bytes",)).mismatches


GATES = {
    "equal maps": (((4, 6, 6), (4, 6, 6)), ()),
    "one value for each map": (((4, 6, 6), (4, 1, 1)), (1,)),
    "one value for each small map": (((4, 2, 2), (4, 1, 1)), (1,)),
    "maps of one value": (((4, 1, 1), (4, 1, 1)), ()),
    "the gate first": (((4, 1, 1), (4, 6, 6)), (0,)),
    "a flat gate": (((3, 5, 5), (3,)), (1,)),
    "flat rows": (((7,), (7,)), ()),
}


@pytest.mark.parametrize("case", GATES)
def test_a_gate_is_a_factor_that_scales_whole_maps(case):
    inputs, gates = GATES[case]
    layer = KINDS["mul"]()
    assert layer.gates(site_of(layer, inputs)) == gates


@pytest.mark.parametrize(("layer", "inputs"), EXAMPLES)
def test_neurons_are_the_values_of_layers_with_weights(layer, inputs):
    site = site_of(layer, inputs)
    neurons = layer.neurons(site)
    assert neurons.value == (prod(site.output) if layer.is_weight_layer else 0)
    assert isinstance(neurons, Nothing) == (not layer.is_weight_layer)


@pytest.mark.parametrize("layer", [pytest.param(case.values[0], id=case.id) for case in EXAMPLES])
def test_layers_are_values(layer):
    again = type(layer)(**layer.given())
    assert again == layer
    assert hash(again) == hash(layer)
    assert repr(again) == repr(layer)
    assert repr(layer).startswith(f"{layer.kind}(")
    assert all(f"{name}=" in repr(layer) for name in layer.given())


def test_layers_of_other_arguments_or_kinds_are_others():
    conv = KINDS["conv"](out_channels=4, kernel_size=3)
    assert conv != KINDS["conv"](out_channels=4, kernel_size=3, bias=False)
    assert conv != KINDS["local"](out_channels=4, kernel_size=3)
    assert KINDS["relu"]() != KINDS["relu6"]()
    assert len({KINDS["relu"](), KINDS["relu"](), KINDS["tanh"]()}) == 2
    assert repr(KINDS["conv"](out_channels=4, kernel_size=(3, 5), bias=False, padding="same")) == (
        "conv(out_channels=4, kernel_size=(3, 5), padding=same, bias=false)"
    )


def test_sites_tell_first_input_channels_and_positions():
    site = Site(((3, 8, 9), (4, 5)), (6, 7, 2))
    assert (site.input, site.channels, site.positions) == ((3, 8, 9), 3, (7, 2))
    assert site.input_strides == (72, 9, 1)
    assert Site(((3, 8),), (3, 8), ((1, 3),)).input_strides == (1, 3)
    assert formulas.element_count(site.output) == 84


def test_an_opaque_operation_is_what_it_is_stated_to_be():
    stated = {"operation": "roll", "output": (4, 6), "parameters": 12, "multiplies": 100}
    layer, inputs = KINDS["opaque"](**stated), ((4, 6), (3, 1))
    site = site_of(layer, inputs)
    assert (layer.params(site).value, layer.macs(site).value, layer.operations(site).value) == (12, 100, 200)
    assert layer.params(site).text() == "12 (as stated by the import)"
    assert layer.tensors(site) == {"weight": (12,)}
    assert (layer.saved(site).inputs, layer.label(site)) == ((0, 1), "roll")
    assert [[type(axis) for axis in axes] for axes in layer.taps(site)] == [[Anything], [Anything]]
    assert KINDS["opaque"](output=5).output_shape(inputs) == (5,)
    assert KINDS["opaque"](output=5).label(site) == "operation"
    assert KINDS["opaque"](output=5).tensors(site) == {}


def test_an_opaque_operation_says_what_is_not_stated():
    layer = KINDS["opaque"](output=5)
    site = site_of(layer, ((4, 6),))
    assert layer.params(site).text() == "0 (no parameters were found)"
    assert layer.macs(site).text() == "0 (no multiply-accumulates are stated)"
    assert layer.connections(site).text() == "0 (an opaque operation, whose connections are not known)"
    assert [list(axis.reads(1)) for axis in layer.taps(site)[0]] == [list(range(6))]


def test_an_opaque_operation_may_read_its_own_positions():
    layer = KINDS["opaque"](output=(4, 6, 7), reads="same")
    site = site_of(layer, ((4, 6, 7), (4, 6, 1)))
    assert layer.taps(site)[0] == (SAME, SAME)
    assert layer.taps(site)[1][0] is SAME
    assert list(layer.taps(site)[1][1].reads(3)) == [0]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_neighbouring_channels_of_a_local_norm_are_those_with_a_gradient(size):
    torch = pytest.importorskip("torch")
    layer = KINDS["lrn"](size=size, alpha=1.0)
    (taps,) = layer.channel_taps(site_of(layer, ((7, 2),)))
    assert (taps.before + taps.after, type(taps.after)) == (size - 1, int), "as many channels leave as enter"
    values = torch.ones(1, 7, 2, dtype=torch.float64, requires_grad=True)
    output = torch.nn.LocalResponseNorm(size, alpha=1.0)(values)
    for channel in range(7):
        (slope,) = torch.autograd.grad(output[0, channel, 0], values, retain_graph=True)
        assert list(taps.inside(channel, 7)) == slope[0, :, 0].nonzero().flatten().tolist(), channel


@pytest.mark.parametrize(
    ("mode", "read"),
    [
        ("reflect", [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]),
        ("replicate", [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]),
        ("circular", [[0, 1, 3], [0, 1, 2], [1, 2, 3], [0, 2, 3]]),
        ("zeros", [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]),
    ],
)
def test_a_convolution_over_copies_reads_what_was_copied(mode, read):
    layer = KINDS["conv"](out_channels=1, kernel_size=3, padding=1, padding_mode=mode)
    (axes,) = layer.taps(site_of(layer, ((1, 6, 4),)))
    assert [list(axes[1].inside(unit, 4)) for unit in range(4)] == read
    assert list(axes[0].inside(5, 6)) == ([0, 4, 5] if mode == "circular" else [4, 5])


def test_a_linear_layer_on_the_last_axis_reads_that_whole():
    layer = KINDS["linear"](out_features=3, in_features=8)
    (axes,) = layer.taps(site_of(layer, ((4, 5, 8),)))
    assert [list(axis.reads(2)) for axis in axes] == [[2], list(range(8))]


def test_names_of_operations_may_be_long_but_not_endless():
    assert KINDS["opaque"](operation="a" * 80, output=3).operation == "a" * 80


def test_neighbourhoods_of_channels_may_overlap():
    assert KINDS["l2pool_features"](size=2, stride=1).output_shape(((5, 3),)) == (4, 3)
    assert KINDS["l2pool_features"](size=2).output_shape(((5, 3),)) == (2, 3)


def test_an_input_of_one_number_is_a_row():
    assert KINDS["input"](shape=5).output_shape(()) == (5,)
    assert KINDS["input"](shape=(5, 4)).output_shape(()) == (5, 4)


@pytest.mark.parametrize("kind", ["dropout", "id", "crop", "slice", "flatten", "unflatten"])
def test_views_are_told_for_inference_unless_asked_for_training(kind):
    example = KINDS[kind].examples[0]
    layer = KINDS[kind](**example.arguments)
    site = site_of(layer, tuple(example.inputs))
    assert layer.view(site) == layer.view(site, training=False) is not None


def test_stages_repeat_the_window_of_the_layer():
    shared = {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2, "rounding": "exact"}
    for kind in ("separable_conv", "deform_conv"):
        layer = KINDS[kind](out_channels=4, **shared)
        stages = layer.stages(site_of(layer, ((2, 7, 9),)))
        windowed = [stage.layer for stage in stages if stage.name != "pointwise"]
        assert windowed
        assert all(getattr(stage, name) == value for stage in windowed for name, value in shared.items())
