"""Questions about values: arrays, probabilities, recipes, other frameworks."""

# ruff: noqa: ARG001 - every question takes its fact, though some say all in their name

import itertools

import numpy as np

from cnncalc import formulas, frameworks, numeric, recipes

from .asks import ask, chain, listed

RANDOM = np.random.default_rng(7)


@ask
def max_pool2d(fact):
    return numeric.max_pool(fact["x"], fact["kernel"], fact["stride"]).tolist()


@ask
def avg_pool2d(fact):
    return numeric.avg_pool(fact["x"], fact["kernel"], fact["stride"]).tolist()


@ask
def l2_pool2d(fact):
    return numeric.lp_pool(fact["x"], fact["kernel"], fact["stride"]).tolist()


@ask
def max_pool_indices(fact):
    return numeric.max_pool_indices(fact["x"], fact["kernel"], fact["stride"]).tolist()


@ask
def max_unpool2d(fact):
    size = (len(fact["x"]), len(fact["x"][0]))
    return numeric.max_unpool(max_pool2d(fact), max_pool_indices(fact), size).tolist()


@ask
def upsample_nearest(fact):
    return numeric.upsample_nearest(fact["x"], fact["scale"]).tolist()


@ask
def conv1d(fact):
    arguments = {"stride": fact["stride"], "padding": fact["pad"], "dilation": fact["dilation"]}
    return numeric.cross_correlate(fact["x"], fact["w"], **arguments).tolist()


@ask
def cross_correlation(fact):
    return numeric.cross_correlate(fact["image"], fact["kernel"], padding=fact.get("pad", 0)).tolist()


@ask
def cross_correlation_at(fact):
    line = numeric.worked_sum(fact["image"], fact["kernel"], tuple(fact["at"]))
    return int(line.rpartition(" = ")[2])


@ask
def convolution_equals(fact):
    """The printed formula flips the kernel: the layer does not."""
    kernel = np.array(fact["kernel"])
    flipped = numeric.cross_correlate(fact["image"], kernel[::-1, ::-1])
    convolved = numeric.convolve(fact["image"], kernel)
    return bool(
        (convolved == flipped).all() and (convolved != numeric.cross_correlate(fact["image"], kernel)).any()
    )


@ask
def torch_conv2d_equals_cross_correlation(fact):
    import torch

    x, kernel = RANDOM.normal(size=(6, 7)), RANDOM.normal(size=(3, 2))
    theirs = torch.nn.functional.conv2d(torch.tensor(x)[None, None], torch.tensor(kernel)[None, None])
    return np.allclose(numeric.cross_correlate(x, kernel), theirs[0, 0])


@ask
def out_equals_sum_over_input_channels(fact):
    x, kernel = RANDOM.normal(size=(3, 6, 6)), RANDOM.normal(size=(2, 3, 3, 3))
    layer = numeric.cross_correlate(x, kernel, bias=[1, 2])
    by_channel = [
        sum(numeric.cross_correlate(x[c], kernel[f, c]) for c in range(3)) + f + 1 for f in range(2)
    ]
    return np.allclose(layer, by_channel)


@ask
def toeplitz(fact):
    weights = list(range(1, fact["k"] + 1))
    arguments = {"stride": fact["s"], "padding": fact["p"], "dilation": fact["d"]}
    return numeric.weight_matrix(weights, fact["n"], **arguments).tolist()


@ask
def conv1d_equals_matrix_product(fact):
    x, weights = RANDOM.normal(size=fact["n"]), RANDOM.normal(size=fact["k"])
    matrix = numeric.weight_matrix(weights, fact["n"], padding=fact["p"])
    return np.allclose(matrix @ x, numeric.cross_correlate(x, weights, padding=fact["p"]))


@ask
def conv1x1_equals_linear_at_each_position(fact):
    x, weights = RANDOM.normal(size=(4, 3, 5)), RANDOM.normal(size=(2, 4))
    conv = numeric.cross_correlate(x, weights[:, :, None, None])
    places = itertools.product(range(3), range(5))
    return all(np.allclose(conv[:, i, j], numeric.dense_layer(weights, x[:, i, j])) for i, j in places)


@ask
def fc_permutation_equivalent(fact):
    x, weights, order = RANDOM.normal(size=9), RANDOM.normal(size=(4, 9)), RANDOM.permutation(9)
    return np.allclose(numeric.dense_layer(weights, x), numeric.dense_layer(weights[:, order], x[order]))


@ask
def subsample_after_stride1_equals_stride2(fact):
    x, kernel = RANDOM.normal(size=(8, 9)), RANDOM.normal(size=(3, 3))
    dense = numeric.cross_correlate(x, kernel, padding=1)
    return np.allclose(numeric.downsample(dense, 2), numeric.cross_correlate(x, kernel, padding=1, stride=2))


@ask
def separable(fact):
    g = np.array(fact["g"])
    x = RANDOM.normal(size=(6, 7))
    twice = numeric.cross_correlate(numeric.cross_correlate(x, g[:, None]), g[None, :])
    assert recipes.separable_multiplications((len(g), len(g))) < len(g) ** 2
    return np.allclose(numeric.cross_correlate(x, np.outer(g, g)), twice)


@ask
def linear_composition_is_one_7x7(fact):
    x, kernels = RANDOM.normal(size=(12, 12)), RANDOM.normal(size=(3, 3, 3))
    one, stacked = kernels[0], x
    for kernel in kernels:
        stacked = numeric.cross_correlate(stacked, kernel)
    for kernel in kernels[1:]:
        one = numeric.convolve(one, kernel, padding=2)
    assert one.shape == (7, 7)
    return np.allclose(numeric.cross_correlate(x, one), stacked)


@ask
def max_pool_same_after_shift_by_1_in_window(fact):
    x = np.zeros((4, 4), int)
    x[0, 0] = x[2, 2] = 5
    shifted = np.roll(x, 1, 1)
    crossing = np.roll(x, 2, 1)
    same = (numeric.max_pool(x, 2) == numeric.max_pool(shifted, 2)).all()
    return bool(same and (numeric.max_pool(x, 2) != numeric.max_pool(crossing, 2)).any())


@ask
def global_max_pool_invariant_to_shift(fact):
    x = RANDOM.normal(size=(6, 6))
    return bool(numeric.max_pool(x, 6) == numeric.max_pool(np.roll(x, (2, 3), (0, 1)), 6))


@ask
def conv_equivariant_to_shift(fact):
    x, kernel = RANDOM.normal(size=(6, 6)), RANDOM.normal(size=(3, 3))
    arguments = {"padding": 1, "padding_mode": "circular"}
    moved = numeric.cross_correlate(np.roll(x, (1, 2), (0, 1)), kernel, **arguments)
    return np.allclose(moved, np.roll(numeric.cross_correlate(x, kernel, **arguments), (1, 2), (0, 1)))


@ask
def unfold(fact):
    rows = numeric.unfold(range(1, fact["n"] + 1), fact["size"], fact["step"])
    return rows.tolist()


@ask
def sliding_window_view(fact):
    return list(numeric.unfold(range(fact["n"]), fact["window"]).shape)


@ask
def index_shift(fact):
    """x[i+j-2] for j = 1..3 is x[i-1], x[i], x[i+1]: a layer with padding 1."""
    x, weights = RANDOM.normal(size=6), RANDOM.normal(size=fact["K"])
    padded = np.pad(x, 1)
    by_index = [sum(weights[j - 1] * padded[i + j - 1] for j in (1, 2, 3)) for i in range(6)]
    return np.allclose(numeric.cross_correlate(x, weights, padding=1), by_index)


# Probabilities.


@ask
def topk_error(fact):
    return [numeric.top_k_error(fact["logits"][0], fact["label"], k) for k in (1, 5)]


@ask
def topk_shape(fact):
    return list(numeric.top_k(RANDOM.normal(size=fact["classes"]), fact["k"]).shape)


@ask
def softmax_sums_to(fact):
    return float(numeric.softmax(RANDOM.normal(size=fact["classes"])).sum())


@ask
def argmax(fact):
    return fact["names"][numeric.top_k(fact["p"])[0]]


@ask
def sum_at_most_1(fact):
    total = numeric.dense_layer([[1] * len(fact["p"])], fact["p"])[0]
    assert total <= 1
    return float(total)


# Recipes.


@ask
def product(fact):
    return formulas.element_count((fact["a"], fact["b"]))


@ask
def powers(fact):
    return [formulas.element_count((10,) * fact["a"]), formulas.element_count((10,) * fact["b"])]


@ask
def max_std_given_mean(fact):
    return recipes.largest_variance(fact["low"], fact["high"], fact["mean"]) ** 0.5


@ask
def number_of_subnetworks(fact):
    return recipes.dropout_networks(fact["H"])


@ask
def expected_kept(fact):
    dropout = chain([fact["n"]], f"dropout({fact['p']})").rows[-1]
    return [recipes.dropout_kept(fact["n"], fact["p"]), recipes.dropout_scale(fact["p"]), dropout.params]


@ask
def finetune_lr(fact):
    return recipes.finetuning_rate(fact["original"])


@ask
def normalized_black_white(fact):
    channels = zip(recipes.IMAGENET_MEAN, recipes.IMAGENET_STD, strict=True)
    return [[recipes.normalized(value, *channel) for value in (0, 1)] for channel in channels]


@ask
def aspect_ratios(fact):
    """Whether the two pictures have different shapes."""
    (height, width), (other_width, other_height) = fact["sizes"]
    return round(height / width, 2) == 0.75 and round(other_width / other_height, 1) == 1.5


@ask
def downscale(fact):
    return [recipes.downscaled(size, fact["by"]) for size in fact["hw"]]


@ask
def epochs(fact):
    return recipes.epochs(fact["steps"], fact["batch"], fact["examples"])


@ask
def crop_positions_and_flips(fact):
    return recipes.augmented_views(fact["image"], fact["crop"])


@ask
def cell_size(fact):
    cell = recipes.grid_cell(fact["image"], fact["grid"])
    network = chain([3, fact["image"], fact["image"]], *["maxpool(2)"] * 6)
    assert network.rows[-1].field.jump[0] == cell
    return [cell, network.rows[-1].output_shape[1]]


@ask
def yolo_output(fact):
    import cnncalc

    values = recipes.grid_outputs(fact["S"], fact["B"], fact["C"])
    network = cnncalc.load("yolo_v1", params={name: fact[name] for name in "SBC"})
    assert network[network.outputs[0]].output_shape == (values,)
    grid = [fact["S"], fact["S"]]
    return [[*grid, values // (fact["S"] ** 2)], values, formulas.element_count((*grid, fact["B"]))]


@ask
def discarded_fraction(fact):
    output = formulas.output_size(fact["n"], fact["k"], fact["s"])
    return recipes.discarded_share(fact["n"], output)


@ask
def ratio(fact):
    """The decks compare the fully or locally connected layer with the shared one."""
    conv = chain([3, 55, 55], "conv(96, 11, padding=5)")
    local = chain([3, 55, 55], "local(96, 11, padding=5)")
    full = chain([3, 55, 55], "fc(290400)")
    params = {analysed.params for analysed in (local, full)}
    assert fact["a"] in params
    assert fact["b"] == conv.params
    return fact["a"] / conv.params


# Other frameworks.


@ask
def hwc_view(fact):
    return list(frameworks.arrange(tuple(fact["chw"]), "tensorflow"))


@ask
def axis_order(fact):
    return list(frameworks.axis_order(fact["framework"]))


@ask
def defaults(fact):
    ours = frameworks.defaults(fact["layer"].rpartition(".")[2].lower())
    wanted = ["stride", "padding", "dilation", "groups", "bias"]
    return {name: ours[name] for name in wanted} | {"padding_mode": ours["padding_mode"]}


@ask
def torch_argument_name(fact):
    return frameworks.argument_name(fact["wanted"])


@ask
def tf_output(fact):
    return [
        [formulas.output_size(n, fact["k"], fact["s"]), formulas.same_output_size(n, fact["s"])]
        for n in fact["n"]
    ]


@ask
def tf_same(fact):
    layers = [f"conv(1, {k}, {fact['s']}, padding=same_upper)" for k in fact["k"]]
    return [chain([1, fact["n"]], layer).rows[-1].output_shape[1] for layer in layers]


@ask
def tf_accepts(fact):
    asked = {"stride": fact["stride"], "dilation": fact["dilation"]}
    assert not frameworks.refusal("pytorch", **asked)
    return not frameworks.refusal("tensorflow", **asked)


@ask
def tf_pool(fact):
    stride = "" if fact["s"] is None else f", {tuple(fact['s'])}"
    layer = f"maxpool({tuple(fact['k'])}{stride}, padding={fact['padding']})"
    shape = chain([fact["channels"], *fact["n"]], layer).rows[-1].output_shape
    return listed(frameworks.arrange(shape, "tensorflow", batch=20)) if fact["s"] else listed(shape[1:])


@ask
def count_disagreements_with_pytorch(fact):
    """How often the formula of deck E, with the span d*k, gives another size (where it gives one)."""
    windows = list(itertools.product(range(5, 31), range(1, 6), range(1, 4), range(3)))
    return {
        str(d): sum(
            formulas.output_size(n, k, s, p, d) != deck_e(n, k, s, p, d)
            for n, k, s, p in windows
            if deck_e(n, k, s, p, d) > 0
        )
        for d in (1, 2, 3)
    }


def deck_e(n, k, s, p, d):
    return (n + 2 * p - (d * k - 1) - 1) // s + 1
