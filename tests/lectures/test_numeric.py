"""Arithmetic on small arrays against PyTorch, and against sums written out by hand."""

import itertools

import numpy as np
import pytest

from cnncalc import numeric
from cnncalc.numeric.windows import PADDING_MODES, ArrayError

torch = pytest.importorskip("torch")
F = torch.nn.functional
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
SIZES = {1: (11,), 2: (9, 8), 3: (6, 5, 7)}

IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
SLICE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def tensor(array):
    return torch.as_tensor(np.asarray(array, dtype=float))


def same(ours, theirs):
    return ours.shape == tuple(theirs.shape) and np.allclose(ours, theirs.numpy())


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("groups", [1, 2])
def test_cross_correlation_equals_torch(rank, stride, padding, dilation, groups):
    x, weight, bias = random(4, *SIZES[rank]), random(6, 4 // groups, *(3,) * rank), random(6)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    ours = numeric.cross_correlate(x, weight, bias=bias, **arguments)
    theirs = CONV[rank](tensor(x)[None], tensor(weight), tensor(bias), **arguments)[0]
    assert same(ours, theirs)


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("rank", [1, 2])
def test_padding_modes_equal_torch(mode, rank):
    conv = getattr(torch.nn, f"Conv{rank}d")(2, 3, 3, padding=2, padding_mode=mode, dtype=torch.float64)
    x = random(2, *SIZES[rank])
    ours = numeric.cross_correlate(
        x, conv.weight.detach().numpy(), bias=conv.bias.detach().numpy(), padding=2, padding_mode=mode
    )
    assert same(ours, conv(tensor(x)[None])[0].detach())


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "extra"), [(1, 0, 1, 0), (2, 1, 1, 1), (3, 2, 2, 1)]
)
def test_transposed_convolution_equals_torch(rank, stride, padding, dilation, extra):
    x, weight = random(2, *SIZES[rank]), random(2, 3, *(3,) * rank)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": extra}
    ours = numeric.transposed_convolve(x, weight, **arguments)
    assert same(ours, TRANSPOSED[rank](tensor(x)[None], tensor(weight), **arguments)[0])


def test_true_convolution_flips_the_kernel_both_ways():
    kernel = random(3, 2)
    flipped = kernel[::-1, ::-1].copy()
    assert same(
        numeric.convolve(IMAGE, kernel),
        F.conv2d(tensor(IMAGE)[None, None], tensor(flipped)[None, None])[0, 0],
    )
    layer = random(4, 2, 3)
    x = random(2, 8)
    assert np.allclose(numeric.convolve(x, layer), numeric.cross_correlate(x, layer[:, :, ::-1]))
    full = numeric.convolve([1.0, 2.0, 3.0], [1.0, -1.0], padding=1)
    assert np.allclose(full, np.convolve([1, 2, 3], [1, -1]))


POOLS = [(2, None, 0, 1), (3, 2, 1, 1), (3, 2, 1, 2), (3, 1, 0, 1), (2, 3, 1, 1)]


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), POOLS)
def test_max_pool_and_its_indices_equal_torch(rank, kernel, stride, padding, dilation, rounding):
    x = random(3, *SIZES[rank])
    arguments = {"padding": padding, "dilation": dilation, "rounding": rounding, "rank": rank}
    values, indices = MAX_POOL[rank](
        tensor(x)[None], kernel, stride, padding, dilation, rounding == "ceil", return_indices=True
    )
    assert same(numeric.max_pool(x, kernel, stride, **arguments), values[0])
    assert same(numeric.max_pool_indices(x, kernel, stride, **arguments), indices[0])


@pytest.mark.parametrize("include", [True, False], ids=["with-pad", "without-pad"])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), (3, 2, 1), (2, 3, 1)])
def test_avg_pool_equals_torch(rank, kernel, stride, padding, rounding, include):
    x = random(3, *SIZES[rank])
    ours = numeric.avg_pool(
        x, kernel, stride, padding=padding, rounding=rounding, count_include_pad=include, rank=rank
    )
    assert same(
        ours, AVG_POOL[rank](tensor(x)[None], kernel, stride, padding, rounding == "ceil", include)[0]
    )


@pytest.mark.parametrize("norm", [1, 2, 3])
def test_lp_pool_equals_torch(norm):
    x = abs(random(2, 7, 8))
    assert same(numeric.lp_pool(x, 3, 2, norm_type=norm, rank=2), F.lp_pool2d(tensor(x)[None], norm, 3, 2)[0])
    assert same(
        numeric.lp_pool(x[0, 0], 2, norm_type=norm), F.lp_pool1d(tensor(x[:1, 0])[None], norm, 2)[0, 0]
    )


def test_pooling_over_features_reads_all_maps_of_one_place():
    x = random(6, 3, 4)
    by_hand = np.stack([np.sqrt((x[i : i + 2] ** 2).sum(0)) for i in (0, 2, 4)])
    assert np.allclose(numeric.pool_over_features(x, 2), by_hand)
    assert np.allclose(numeric.pool_over_features(x, 3, 1, kind="max")[1], x[1:4].max(0))
    assert np.allclose(numeric.pool_over_features(x, 6, kind="mean")[0], x.mean(0))


def test_unpooling_equals_torch():
    x = tensor(random(2, 6, 8))
    values, indices = F.max_pool2d(x[None], 2, return_indices=True)
    ours = numeric.max_unpool(values[0].numpy(), indices[0].numpy(), (6, 8))
    assert same(ours, F.max_unpool2d(values, indices, 2)[0])


def test_upsampling_and_downsampling_equal_torch():
    x = random(2, 3, 4)
    assert same(
        numeric.upsample_nearest(x, (2, 3), rank=2), F.interpolate(tensor(x)[None], scale_factor=(2, 3))[0]
    )
    dense = numeric.cross_correlate(x[0], random(3, 3), padding=1)
    strided = numeric.cross_correlate(x[0], random(3, 3), padding=1, stride=2)
    assert np.allclose(numeric.downsample(dense, 2), strided)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(3, 1, 0, 1), (2, 2, 1, 1), (3, 2, 2, 2)]
)
def test_unfold_equals_torch(kernel, stride, padding, dilation):
    x = random(3, 7, 8)
    theirs = F.unfold(tensor(x)[None], kernel, dilation, padding, stride)[0].T
    ours = numeric.unfold(x, kernel, stride, padding=padding, dilation=dilation, rank=2)
    assert same(ours, theirs)


def test_unfold_of_a_signal_equals_tensor_unfold_and_sliding_windows():
    x = np.arange(1, 8)
    assert (numeric.unfold(x, 2, 2) == torch.arange(1, 8).unfold(0, 2, 2).numpy()).all()
    assert (numeric.unfold(x, 2) == np.lib.stride_tricks.sliding_window_view(x, 2)).all()


@pytest.mark.parametrize("groups", [1, 2])
def test_weight_matrix_times_the_input_is_the_convolution(groups):
    x, weight = random(4, 5, 6), random(2, 4 // groups, 3, 2)
    arguments = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": groups}
    matrix = numeric.weight_matrix(weight, x.shape, **arguments)
    theirs = F.conv2d(tensor(x)[None], tensor(weight), None, **arguments)[0]
    assert same(numeric.dense_layer(matrix, x), theirs.reshape(-1))


@pytest.mark.parametrize("at", list(itertools.product(range(2), range(2))), ids=str)
def test_the_worked_sum_ends_in_the_value(at):
    kernel = [[10, 20], [30, 40]]
    value = numeric.cross_correlate(IMAGE, kernel)[at]
    assert numeric.worked_sum(IMAGE, kernel, at).endswith(f" = {value}")


def test_the_worked_sum_of_a_layer_names_its_filter_and_adds_the_bias():
    x, weight = np.arange(6).reshape(2, 3), np.arange(8).reshape(2, 2, 2)
    text = numeric.worked_sum(x, weight, (1, 0), bias=[1, -2])
    assert text == "0*4 + 1*5 + 3*6 + 4*7 + (-2) = 0 + 5 + 18 + 28 + (-2) = 49"
    assert numeric.cross_correlate(x, weight, bias=[1, -2])[1, 0] == 49


REFUSED = {
    "kernel too large": lambda: numeric.cross_correlate([1, 2], [1, 2, 3]),
    "ragged rows": lambda: numeric.max_pool([[1, 2], [3]], 2),
    "text": lambda: numeric.max_pool(["a"], 1),
    "stride 0": lambda: numeric.max_pool(SLICE, 2, 0),
    "does not fit exactly": lambda: numeric.max_pool([1, 2, 3], 2, rounding="exact"),
    "wrong channels": lambda: numeric.cross_correlate(random(3, 5), random(2, 2, 3)),
    "no such output": lambda: numeric.worked_sum(IMAGE, [[1]], (3, 0)),
    "reflect too far": lambda: numeric.cross_correlate([1, 2], [1], padding=2, padding_mode="reflect"),
    "unknown mode": lambda: numeric.cross_correlate([1, 2], [1], padding_mode="mirror"),
    "huge padding": lambda: numeric.cross_correlate([1], [1], padding=10**12),
    "index outside": lambda: numeric.max_unpool([1], [4], (4,)),
    "values per axis": lambda: numeric.max_pool(SLICE, (2, 2, 2)),
    "matrix too large": lambda: numeric.weight_matrix([1], 10**6),
    "scale not whole": lambda: numeric.upsample_nearest([1], 1.5),
    "negative padding": lambda: numeric.cross_correlate([1, 2], [1], padding=-1),
    "circular too far": lambda: numeric.cross_correlate([1, 2], [1], padding=3, padding_mode="circular"),
    "kernel of nothing": lambda: numeric.max_pool([1, 2], 0),
    "unknown rounding": lambda: numeric.max_pool([1, 2], 2, rounding="up"),
    "windows beyond memory": lambda: numeric.max_pool([1, 2], 1, padding=10**15),
    "indices of another shape": lambda: numeric.max_unpool([1, 2], [1], (4,)),
    "no axis to pool": lambda: numeric.max_pool([1, 2], 2, rank=2),
    "kernel of other channels": lambda: numeric.transposed_convolve(random(3, 5), random(2, 1, 3)),
    "nothing left": lambda: numeric.transposed_convolve([1], [1, 1], padding=1),
    "kernel of other axes": lambda: numeric.cross_correlate(random(2, 5), random(2, 2, 3, 3)),
    "groups that do not divide": lambda: numeric.cross_correlate(random(3, 5), random(2, 1, 3), groups=2),
    "more than all scores": lambda: numeric.top_k([1, 2], k=3),
    "none of the scores": lambda: numeric.top_k([1, 2], k=0),
    "matrix of another width": lambda: numeric.dense_layer([[1, 2]], [1, 2, 3]),
    "unknown pooling": lambda: numeric.pool_over_features([[1]], 1, kind="median"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_together_is_refused_in_words(case):
    with pytest.raises(ArrayError, match=r"\w+ \w+"):
        REFUSED[case]()


def test_without_numpy_the_way_to_install_it_is_said(monkeypatch):
    import sys

    from cnncalc.errors import MissingExtra

    for name in [name for name in sys.modules if name.startswith("cnncalc.numeric")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtra, match=r"cnncalc\[numeric\]"):
        import cnncalc.numeric.windows  # noqa: F401
