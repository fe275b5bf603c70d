"""Every small setting of windows in one dimension: taken or refused as by PyTorch on the CPU, same size."""

import itertools

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cnncalc.errors import LayerError  # noqa: E402
from cnncalc.layers import KINDS  # noqa: E402
from cnncalc.layers.base import Site  # noqa: E402
from cnncalc.taps import Transposed, Window  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

REFUSED = "refused"


def ours(kind, size, **arguments):
    try:
        return KINDS[kind](**arguments).output_shape(((2, size),))[1]
    except LayerError:
        return REFUSED


def theirs(make, size):
    try:
        return make()(torch.zeros(1, 2, size)).shape[2] or REFUSED
    except (RuntimeError, ValueError):
        return REFUSED


def compare(cases):
    found = {}
    for kind, size, arguments, make in cases:
        mine, judged = ours(kind, size, **arguments), theirs(make, size)
        assert mine == judged, (kind, size, arguments)
        found[mine == REFUSED] = found.get(mine == REFUSED, 0) + 1
    assert len(found) == 2, "some are taken and some refused"


def settings(**ranges):
    return (dict(zip(ranges, values, strict=True)) for values in itertools.product(*ranges.values()))


def test_convolutions():
    drawn = settings(kernel_size=(1, 2, 3, 5), stride=(1, 2, 3), padding=(0, 1, 2, 4), dilation=(1, 2, 3))
    compare(
        ("conv", size, {"out_channels": 1, **a}, lambda a=a: nn.Conv1d(2, 1, **a))
        for a in drawn
        for size in (1, 2, 4, 5, 7, 8)
    )


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_max_pools(rounding):
    ranges = {"kernel_size": (1, 2, 3, 4, 5), "stride": (1, 2, 3, 5), "padding": (0, 1, 2, 3)}
    ceil = rounding == "ceil"
    compare(
        ("maxpool", size, {**a, "rounding": rounding}, lambda a=a: nn.MaxPool1d(**a, ceil_mode=ceil))
        for a in settings(**ranges, dilation=(1, 2, 3))
        for size in (1, 2, 3, 5, 6, 8)
    )


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_average_pools(rounding):
    ranges = {"kernel_size": (1, 2, 3, 4, 5), "stride": (1, 2, 3, 5), "padding": (0, 1, 2, 3)}
    ceil = rounding == "ceil"
    compare(
        ("avgpool", size, {**a, "rounding": rounding}, lambda a=a: nn.AvgPool1d(**a, ceil_mode=ceil))
        for a in settings(**ranges)
        for size in (1, 2, 3, 4, 5, 6, 7, 8)
    )


def test_transposed_convolutions():
    ranges = {"kernel_size": (1, 2, 3, 4), "stride": (1, 2, 3), "padding": (0, 1, 3), "dilation": (1, 2)}
    compare(
        ("conv_transpose", size, {"out_channels": 1, **a}, lambda a=a: nn.ConvTranspose1d(2, 1, **a))
        for a in settings(**ranges, output_padding=(0, 1, 2, 3))
        for size in (1, 2, 4)
    )


def test_output_sizes_of_transposed_convolutions():
    def make(options, wanted):
        module = nn.ConvTranspose1d(2, 1, **options)
        return lambda values: module(values, output_size=[wanted])

    compare(
        (
            "conv_transpose",
            size,
            {"out_channels": 1, **a, "output_size": wanted},
            lambda a=a, wanted=wanted: make(a, wanted),
        )
        for a in settings(kernel_size=(1, 2, 3), stride=(1, 2, 3), padding=(0, 1), dilation=(1, 2))
        for size in (1, 3, 4)
        for wanted in range(1, 13)
    )


def test_scale_factors():
    for size in range(1, 60):
        for factor in (0.3, 0.5, 1.1, 1.4, 1 / 3, 1.7, 2, 2.3, 2.5, 3):
            judged = theirs(lambda factor=factor: nn.Upsample(scale_factor=factor), size)
            assert ours("upsample", size, scale_factor=factor) == judged, (size, factor)


@pytest.mark.parametrize("mode", ["nearest", "nearest_exact", "linear"])
@pytest.mark.parametrize("given", [{"scale_factor": 2}, {"scale_factor": 1.5}, {"size": 13}, {"size": 5}])
def test_upsampling_reads_what_has_a_gradient(mode, given):
    for size in (3, 4, 7, 10):
        layer = KINDS["upsample"](mode=mode, **given)
        site = Site(((1, size),), layer.output_shape(((1, size),)))
        (taps,) = layer.taps(site)[0]
        values = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
        output = nn.Upsample(mode=mode.replace("_", "-"), **given)(values)[0, 0]
        for index in range(site.output[1]):
            (slope,) = torch.autograd.grad(output[index], values, retain_graph=True)
            read = (slope[0, 0].abs() > 1e-9).nonzero().flatten().tolist()
            assert list(taps.inside(index, size)) == read, (size, index)


def test_bins_read_what_has_a_gradient():
    for size, bins in itertools.product(range(1, 12), range(1, 9)):
        layer = KINDS["adaptive_avgpool"](output_size=bins)
        (taps,) = layer.taps(Site(((1, size),), (1, bins)))[0]
        values = torch.zeros(1, 1, size, requires_grad=True)
        output = nn.AdaptiveAvgPool1d(bins)(values)[0, 0]
        for index in range(bins):
            (slope,) = torch.autograd.grad(output[index], values, retain_graph=True)
            assert list(taps.inside(index, size)) == slope[0, 0].nonzero().flatten().tolist(), (size, bins)


@pytest.mark.parametrize("rule", ["same_upper", "same_lower"])
def test_same_covers_the_input_with_as_many_windows_as_strides_fit(rule):
    """TensorFlow's and ONNX's definition, by search: the least padding with that many windows."""
    for size, kernel, stride in itertools.product(range(1, 12), range(1, 6), range(1, 5)):
        layer = KINDS["conv"](out_channels=1, kernel_size=kernel, stride=stride, padding=rule)
        windows = -(-size // stride)
        assert layer.output_shape(((1, size),)) == (1, windows)
        (window,) = layer.windows((1, size))
        total = next(
            p for p in range(100) if (size + p - kernel) // stride + 1 >= windows and size + p >= kernel
        )
        odd_end = window.after if rule == "same_upper" else window.before
        assert (window.before + window.after, odd_end) == (total, -(-total // 2))


def test_taps_inside_are_counted_one_by_one():
    for kernel, stride, padding, dilation in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1, 2, 4), (1, 2)):
        for taps in (
            Window(kernel, stride, padding, 1, dilation),
            Transposed(kernel, stride, padding, dilation),
        ):
            for units, size in itertools.product((1, 2, 5, 9), (1, 3, 6, 8)):
                inside = [[p for p in taps.reads(unit) if 0 <= p < size] for unit in range(units)]
                assert [list(taps.inside(unit, size)) for unit in range(units)] == inside
                one_by_one = sum(map(len, inside))
                assert taps.count_inside(units, size) == one_by_one, (taps, units, size)


def test_connections_inside_of_a_huge_input_take_no_time():
    layer = KINDS["conv"](out_channels=1, kernel_size=3, padding=1, bias=False)
    site = Site(((1, 10**15),), (1, 10**15))
    assert layer.connections_inside(site).value == 3 * 10**15 - 2


def test_connections_inside_of_a_huge_kernel_take_no_time():
    """Each of the 9 windows covers all 8 positions."""
    layer = KINDS["conv"](out_channels=1, kernel_size=10**12, padding=10**12 // 2, bias=False)
    site = Site(((1, 8),), (1, 9))
    assert layer.connections_inside(site).value == 9 * 8


def test_windows_that_leave_positions_over_say_how_many():
    """One tap at every fourth of 7 positions: (7 - 1)/4 + 1 = 2.5, also where a rule says how to pad."""
    for padding in (0, "same_upper"):
        layer = KINDS["conv"](out_channels=1, kernel_size=1, stride=4, padding=padding, rounding="exact")
        with pytest.raises(LayerError) as refused:
            layer.output_shape(((1, 7),))
        assert "(7 - 1 + 0) / 4 + 1 = 2.50; sizes 5 and 9 fit" in str(refused.value)


def test_instances_are_normalised_without_eps_as_pytorch_does():
    """PyTorch asks for more than 0 for batches alone."""
    nn.InstanceNorm1d(2, eps=0)(torch.randn(1, 2, 5))
    assert KINDS["instance_norm"](eps=0).output_shape(((2, 5),)) == (2, 5)
    with pytest.raises(ValueError, match="eps must be positive"):
        nn.BatchNorm1d(2, eps=0)(torch.randn(2, 2, 5))
    with pytest.raises(LayerError, match="eps"):
        KINDS["bn"](eps=0)
