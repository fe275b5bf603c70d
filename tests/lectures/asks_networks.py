"""Questions about whole networks, their fields, their cost, and about questions asked backwards."""

# ruff: noqa: ARG001 - every question takes its fact, though some say all in their name

import cnncalc
from cnncalc import analyze, formulas, solve, structure
from cnncalc.conventions import MEGABYTE
from cnncalc.render.torchinfo import torchinfo_totals

from .asks import analysis, ask, chain, layer_row, listed, network, weighted


@ask
def net(fact):
    analysed = analysis(fact["net"])
    if fact["of"] == "shapes":
        return shapes(analysed)
    return getattr(analysed, fact["of"])


def shapes(analysed):
    """Shapes down a network as the facts list them: flattening shown, squashing functions not."""
    listing = []
    for row in analysed.rows[1:]:
        if row.kind == "fc" and len(row.input_shapes[0]) > 1:
            listing.append([formulas.element_count(row.input_shapes[0])])
        if row.kind != "tanh":
            listing.append(listed(row.output_shape))
    return listing


@ask
def input(fact):  # noqa: A001 - the question's name
    return listed(network(fact["net"]).inputs[0].output_shape)


@ask
def span_of_rf_centres(fact):
    row = analysis(fact["net"])[fact["layer"]]
    return row.field.jump[0] * row.output_shape[1]


@ask
def count(fact):
    kinds = {"conv": ("conv",), "fc": ("fc", "linear")}[fact["op"]]
    return len(structure.of_kind(network(fact["net"]), *kinds))


@ask
def count_ops(fact):
    return [count({**fact, "op": op}) for op in ("conv", "fc")]


@ask
def per_gpu_maps(fact):
    convs = structure.of_kind(network(fact["net"]), "conv")
    return [
        [node.output_shape[0] // 2 for node in convs],
        [node.output_shape[1] for node in convs],
    ]


@ask
def per_gpu_maps_times_2(fact):
    outputs = [node.output_shape[0] for node in weighted("alexnet_2012_two_gpu")[:-1]]
    assert [2 * maps for maps in fact["maps"]] == outputs
    return outputs


@ask
def neurons(fact):
    if "net" not in fact:
        return layer_row(fact).neurons
    analysed = analysis(fact["net"])
    return [analysed[node.name].neurons for node in weighted(fact["net"])]


@ask
def weight_layers(fact):
    if "net" in fact:
        return len(weighted(fact["net"]))
    return [len(weighted(name)) for name in fact["nets"]]


@ask
def hidden_layers(fact):
    return len(structure.hidden_layers(network(fact["net"])))


@ask
def first_layer_filters(fact):
    node = structure.of_kind(network(fact["net"]), "conv")[0]
    return listed(node.layer.tensors(node.site)["weight"])


@ask
def conv_filters(fact):
    return [node.output_shape[0] for node in structure.of_kind(network(fact["net"]), "conv")]


@ask
def flatten_size(fact):
    (node,) = structure.of_kind(network(fact["net"]), "flatten")
    return node.output_shape[0]


@ask
def net_spatial(fact):
    rows = [row for row in analysis(fact["net"]).rows if row.kind in ("conv", "maxpool")]
    return [listed(row.output_shape) for row in rows]


@ask
def params_of_class(fact):
    return analysis("alexnet_torchvision").params


@ask
def params_as_printed(fact):
    """The garbled listing has its fully connected layers twice."""
    analysed = analysis("alexnet_torchvision")
    return analysed.params + sum(row.params for row in analysed.rows if row.kind == "linear")


@ask
def dropout_before(fact):
    """Weight layers that read a dropout, numbered as Caffe does."""
    whole = network(fact["net"])
    layers = [node.name for node in weighted(fact["net"])]
    readers = [name for node in structure.of_kind(whole, "dropout") for name in whole.readers[node.name]]
    return [f"fc{layers.index(name) + 1}" for name in readers]


@ask
def non_trainable(fact):
    return analysis(fact["net"]).frozen_params


@ask
def trainable_frozen(fact):
    names = {"last_fc": "fc8"}
    whole = cnncalc.load(fact["net"], params={"classes": fact["C"]})
    tuned = analyze(structure.train_only(whole, *(names.get(name, name) for name in fact["train"])))
    return [tuned.trainable_params, tuned.frozen_params]


@ask
def transfer_table(fact):
    from cnncalc import advise

    return {f"{data},{kind}": text for (data, kind), text in advise.TABLE.items()}


@ask
def transfer_if_images_below(fact):
    from cnncalc import recipes

    return recipes.TRANSFER_BELOW_IMAGES


@ask
def lint(fact):
    return [structure.keeps_conv_rules(network(name)) for name in fact["nets"]]


@ask
def largest_pool_kernel(fact):
    pools = [structure.of_kind(network(name), "maxpool") for name in fact["nets"]]
    return [max(node.layer.kernel_size for node in found) for found in pools]


@ask
def powers_of_two(fact):
    advised = structure.advice(chain([1, 8, 8], *(f"conv({k}, 1)" for k in fact["K"])).network)
    return not any(one.rule == "powers of two" for one in advised)


@ask
def times_divisible_by_2(fact):
    return [structure.halvings(n) for n in fact["n"]]


# Receptive fields.


def stack(windows):
    """Convolutions of these kernels, strides, paddings and dilations, on a long input."""
    names = ("kernel_size", "stride", "padding", "dilation")
    layers = [", ".join(f"{n}={v}" for n, v in zip(names, window, strict=False)) for window in windows]
    return chain([1, 512], *(f"conv(1, {layer})" for layer in layers))


@ask
def rf(fact):
    return stack(fact["chain"]).rows[-1].field.size[0]


@ask
def rf_both(fact):
    from cnncalc import fields

    analysed = stack(fact["chain"])
    before, last = analysed.rows[-2:]
    in_previous = fields.receptive_fields(analysed.network, before.name)[last.name]
    return [in_previous.size[0], last.field.size[0]]


@ask
def rf_growth(fact):
    rows = chain([1, 64], f"conv(1, {fact['K']})*{max(fact['L'])}").rows
    return [rows[depth].field.size[0] for depth in fact["L"]]


@ask
def rf_by_each_means(fact):
    base = fact["base"]
    changed = [
        base,
        [*base, base[-1]],
        [[k, s, 0, 2] for k, s in base],
        [[base[0][0], 2], *base[1:]],
        [base[0], [2, 2], *base[1:]],
        [[5, s] for _, s in base],
    ]
    return [stack(windows).rows[-1].field.size[0] for windows in changed]


@ask
def layers_needed(fact):
    return [
        [solve.layers_for_field(n, fact["K"], stride)[0].layers for n in fact["image"]] for stride in (1, 2)
    ]


# Questions asked backwards.


@ask
def infer_config(fact):
    if "offsets" in fact:
        names = {offset: number for number, offset in enumerate(fact["offsets"], 1)}
        rows = [[names.get(j - i, 0) for j in range(fact["cols"])] for i in range(fact["rows"])]
    else:
        rows = fact["matrix"]
    found = solve.weight_matrix(rows)
    if "other weights are 0" in " ".join(found.notes):
        return repaired()
    (one,) = found
    return {
        "k": one.setting.kernel,
        "s": one.setting.stride,
        "p": one.setting.padding,
        "d": one.setting.dilation,
    }


def repaired():
    """The table that a bare diagonal must have been, by its caption: K=3, dilation 2, zero padding."""
    from cnncalc import numeric

    return numeric.weight_matrix([1, 2, 3], 8, padding=2, dilation=2).tolist()


@ask
def inverse(fact):
    kernels = []
    channels = 1
    for params in fact["params"]:
        conv = next(k for k in range(1, 20) if formulas.conv_params(channels, 15, (k,)) == params)
        channels = 15
        kernels.append(conv)
    found = solve.window(fact["pairs"], kernel=kernels[0], max_dilation=3)
    settings = [[one.stride, one.padding, one.dilation] for one in found]
    return [[kernels[0], kernels[-1]], settings]


@ask
def input_sizes(fact):
    return list(solve.input_sizes_per_axis({f"conv(1, {fact['k']}, {fact['s']})": (fact["out"],)})[0])


@ask
def inverse_input(fact):
    wanted = {
        f"maxpool({tuple(one['k'])}, {tuple(one['s'])})": tuple(out)
        for one, out in zip(fact["layers"], fact["outs"], strict=True)
    }
    return [list(sizes) for sizes in solve.input_sizes_per_axis(wanted)]


# torchinfo's table.


@ask
def torchinfo_row(fact):
    analysed = analysis(fact["net"])
    if fact["row"] == "total":
        return [100, *analysed.output_shapes[0]]
    row = analysed.rows[1 + fact["row"]]
    return [[fact["batch"], *row.output_shape], row.params]


def megabytes(number):
    return float(f"{number / MEGABYTE:.2f}")


@ask
def torchinfo_mult_adds(fact):
    return megabytes(analysis(fact["net"]).operations("torchinfo", fact["batch"]))


@ask
def torchinfo_fwd_bwd(fact):
    return megabytes(torchinfo_totals(analysis(fact["net"]), fact["batch"]).pass_bytes)


@ask
def torchinfo_total(fact):
    return megabytes(torchinfo_totals(analysis(fact["net"]), fact["batch"]).total_bytes)


@ask
def param_bytes(fact):
    return megabytes(torchinfo_totals(analysis(fact["net"])).param_bytes)


@ask
def bytes(fact):  # noqa: A001 - the question's name
    batch, *shape = fact["shape"]
    inputs = chain(shape, "id")
    return megabytes(torchinfo_totals(inputs, batch).input_bytes)


# Patterns.

PATTERN = "[[CONV(4,3,p=1) -> RELU]*N -> POOL(2)?]*M -> [FC(8) -> RELU]*K -> "


def expanded(fact, end):
    text = f"INPUT(3x32x32) -> {PATTERN}{end}"
    numbers = {name: fact[name] for name in "NMK"}
    return cnncalc.parse(text, params=numbers, optional=fact["pool"]).nodes[1:]


@ask
def expand(fact):
    words = {"maxpool": "POOL", "softmax": "SOFTMAX", "conv": "CONV", "relu": "RELU", "fc": "FC"}
    return [words[node.kind] for node in expanded(fact, "SOFTMAX")]


@ask
def expand_counts(fact):
    kinds = [node.kind for node in expanded(fact, "FC(10)")]
    return [kinds.count(kind) for kind in ("conv", "relu", "maxpool", "fc")]


@ask
def modules(fact):
    found = [
        node.kind
        for node in cnncalc.parse("INPUT(1x8x8) -> CONV(2,3) -> RELU -> FC(4) -> POOL(2)?", optional=False)
    ]
    words = {name: cnncalc.layers.find(name)[0].kind for name in ("CONV", "RELU", "FC", "POOL")}
    assert set(found) - {"input"} <= set(words.values())
    return list(words)
