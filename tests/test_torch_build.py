"""Networks as PyTorch modules: names, sharing, nesting, several inputs and outputs, padding."""

import pytest

torch = pytest.importorskip("torch")

from cnncalc.errors import LayerError  # noqa: E402
from cnncalc.layers import KINDS, find  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from cnncalc.network import Builder, check_name  # noqa: E402
from cnncalc.torch_backend import build  # noqa: E402
from cnncalc.torch_backend.modules import PAIRS, module_for  # noqa: E402

EXAMPLES = [
    pytest.param(cls, example, id=f"{kind}-{number}")
    for kind, cls in KINDS.items()
    for number, example in enumerate(cls.examples)
]


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


def site_of(layer, inputs):
    return Site(tuple(inputs), layer.output_shape(tuple(inputs)))


def residual():
    make = Builder("residual")
    x = make.input("image", (3, 8, 8))
    x = stem = make.add(layer("conv", out_channels=4, kernel_size=3, padding=1), x, name="stem")
    x = make.add(layer("bn"), x, name="bn1", path=("block", "main"))
    x = make.add(layer("relu"), x, name="relu1", path=("block", "main"))
    x = make.add(layer("add"), x, stem, name="add", path=("block",))
    x = make.add(layer("fc", out_features=5), x, name="head", frozen=True)
    return make.network()


def test_every_kind_has_a_pair():
    assert set(PAIRS) == set(KINDS.values())


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_example_runs_and_has_the_stated_tensors(cls, example):
    layer = cls(**example.arguments)
    inputs = example.inputs or (layer.output_shape(()),)
    site = site_of(layer, inputs)
    module = module_for(layer, site).eval()
    limit = layer.indices_below()
    batches = [torch.randint(limit, (2, *s)) if limit else torch.randn(2, *s) for s in inputs]
    output = module(*batches)
    assert tuple(output.shape[1:]) == site.output
    assert {n: tuple(p.shape) for n, p in module.named_parameters()} == layer.tensors(site)


def test_names_are_nested_and_dotted():
    model = build(residual())
    assert list(model.state_dict())[:4] == [
        "stem.weight",
        "stem.bias",
        "block.main.bn1.weight",
        "block.main.bn1.bias",
    ]
    assert isinstance(model.block.main.relu1, torch.nn.ReLU)


def test_output_equals_the_same_network_written_by_hand():
    model = build(residual()).eval()
    image = torch.randn(2, 3, 8, 8)
    stem = model.stem(image)
    by_hand = model.head((model.block.main.bn1(stem).relu() + stem).flatten(1))
    torch.testing.assert_close(model(image), by_hand)


def test_seed_alone_decides_the_weights_and_leaves_the_global_state():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = build(residual(), seed=1), build(residual(), seed=1), build(residual(), seed=2)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one.stem.weight, same.stem.weight)
    assert not torch.equal(one.stem.weight, other.stem.weight)


def test_frozen_layers_need_no_gradient():
    model = build(residual())
    assert not model.head.weight.requires_grad
    assert model.stem.weight.requires_grad


def test_shared_weights_are_one_module():
    make = Builder("siamese")
    left, right = make.input("left", (1, 9)), make.input("right", (1, 12))
    conv = layer("conv", out_channels=2, kernel_size=3)
    a = make.add(conv, left, name="a")
    b = make.add(conv, right, name="b", weights_from="a")
    model = build(make.network(outputs=[a, b]))
    assert list(model.state_dict()) == ["a.weight", "a.bias"]
    one, other = model(torch.ones(1, 1, 9), torch.ones(1, 1, 12))
    assert one.shape == (1, 2, 7)
    assert other.shape == (1, 2, 10)
    torch.testing.assert_close(one, other[..., :7])


def test_number_of_inputs_is_checked():
    with pytest.raises(TypeError, match=r"residual takes 1 inputs \(image\), got 2"):
        build(residual())(torch.ones(1, 3, 8, 8), torch.ones(1))


def test_meta_device_needs_no_memory():
    make = Builder("huge")
    make.add(layer("linear", out_features=10**6), make.input("x", (10**6,)), name="f")
    assert build(make.network(), device="meta").f.weight.device.type == "meta"


def test_no_attribute_of_a_module_is_a_layer_name():
    model = build(residual())
    own = {name for name in dir(model) if name not in model._modules}
    for name in own:
        with pytest.raises(LayerError, match="E206"):
            check_name(name)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
def test_explicit_padding_does_what_torch_does_with_even_padding(kind, count_include_pad):
    options = {} if kind == "maxpool" else {"count_include_pad": count_include_pad}
    arguments = {"kernel_size": 3, "stride": 2, "rounding": "ceil", **options}
    even = layer(kind, padding=1, **arguments)
    uneven = layer(kind, padding=((1, 1), (1, 1)), **arguments)
    image = torch.randn(2, 3, 6, 7)
    site = site_of(even, [(3, 6, 7)])
    from cnncalc.torch_backend import modules, own

    window = ((3, 3), (2, 2), (1, 1))
    inner = torch.nn.MaxPool2d if kind == "maxpool" else torch.nn.AvgPool2d
    value = float("-inf") if kind == "maxpool" else 0.0
    wrapper = own.PaddedPool if kind == "maxpool" or count_include_pad else own.PaddedMean
    explicit = wrapper(inner(3, 2, ceil_mode=True), ((1, 1), (1, 1)), window, value)
    torch.testing.assert_close(module_for(even, site)(image), explicit(image))
    assert isinstance(module_for(uneven, site), inner)
    assert modules.PAIRS


def test_same_upper_pads_the_odd_position_at_the_end():
    conv = layer("conv", out_channels=1, kernel_size=2, stride=2, padding="same_upper", bias=False)
    module = module_for(conv, site_of(conv, [(1, 3)]))
    torch.nn.init.ones_(module.weight)
    assert module(torch.tensor([[[1.0, 2.0, 3.0]]])).tolist() == [[[3.0, 3.0]]]


def test_table_convolution_equals_a_dense_one_with_zeros():
    conv = layer("conv", out_channels=3, kernel_size=3, table=("XX.", ".XX"))
    module = module_for(conv, site_of(conv, [(2, 6, 6)]))
    dense = torch.zeros(3, 2, 3, 3)
    crosses = [(0, 0), (2, 1), (1, 0), (1, 1)]
    for kernel, (target, source) in zip(module.weight, crosses, strict=True):
        dense[target, source] = kernel.detach()
    image = torch.randn(2, 2, 6, 6)
    expected = torch.nn.functional.conv2d(image, dense, module.bias)
    torch.testing.assert_close(module(image), expected)


def test_subsampling_equals_average_pooling_with_a_coefficient():
    subsample = layer("subsample", kernel_size=2)
    module = module_for(subsample, site_of(subsample, [(3, 6, 8)]))
    image = torch.randn(2, 3, 6, 8)
    means = torch.nn.functional.avg_pool2d(image, 2)
    expected = 4 * means * module.weight[:, None, None] + module.bias[:, None, None]
    torch.testing.assert_close(module(image), expected)


def test_rbf_units_are_squared_distances():
    rbf = layer("rbf", out_features=10)
    module = module_for(rbf, site_of(rbf, [(84,)]))
    values = torch.randn(2, 84)
    torch.testing.assert_close(module(values), torch.cdist(values, module.centres) ** 2)


@pytest.mark.parametrize("sizes", [(5, 6), (1, 4), (3, 1), (1, 1)])
def test_a_deformable_convolution_without_offsets_is_a_plain_one(sizes):
    deformable = layer("deform_conv", out_channels=3, kernel_size=3, padding=1, offset_groups=2)
    module = module_for(deformable, site_of(deformable, [(2, *sizes)]))
    values = torch.randn(2, 2, *sizes)
    with torch.no_grad():
        module.offset.weight.zero_()
        module.offset.bias.zero_()
        plain = torch.nn.functional.conv2d(values, module.weight, module.bias, padding=1)
        torch.testing.assert_close(module(values), plain, atol=1e-5, rtol=1e-5)


def test_l2_pooling_over_features_is_the_lectures_root_of_squares():
    """h(r, c) = sqrt(sum over j in N(i) of h_j(r, c)^2)."""
    pooling = layer("l2pool_features", size=2)
    module = module_for(pooling, site_of(pooling, [(4, 1, 2)]))
    maps = torch.tensor([[3.0, 1.0], [4.0, 2.0], [5.0, 0.0], [12.0, 7.0]]).view(1, 4, 1, 2)
    torch.testing.assert_close(module(maps).flatten(), torch.tensor([5.0, 5**0.5, 13.0, 7.0]))
