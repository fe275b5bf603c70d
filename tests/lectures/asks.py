"""How each kind of question about the lectures is answered: by the public API and nothing else."""

# ruff: noqa: ARG001 - every question takes its fact, though some say all in their name

import re

import cnncalc
from cnncalc import analyze, formulas

NETWORKS = {
    "lenet5_1998": "lenet5",
    "alexnet_2012_two_gpu": "alexnet",
    "alexnet_torchvision": "alexnet_torchvision",
    "alexnet_owt_as_worded": "alexnet_as_worded",
    "vgg13": "vgg13",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "convnetjs_cifar10": "convnetjs_cifar10",
    "mnist1d_conv": "mnist1d",
    "mnist1d_fc_same_units": "mnist1d_fc",
    "ds542_tree_network": "ds542_tree",
    "two_layer_nn_cifar": "two_layer_cifar10",
    "linear_classifier_cifar": "linear_cifar10",
}
"""The facts' names of networks, and ours."""

ASKS = {}


def ask(function):
    """Register an answer under the function's name."""
    ASKS[function.__name__] = function
    return function


def shape_text(shape):
    return "x".join(map(str, shape))


def value_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    return f"({', '.join(map(value_text, value))})" if isinstance(value, list | tuple) else str(value)


def call(kind, **arguments):
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{kind}({', '.join(f'{name}={value_text(value)}' for name, value in given.items())})"


def chain(shape, *layers):
    """The analysis of a chain of layers behind an input."""
    return analyze(cnncalc.parse(" -> ".join([f"INPUT({shape_text(shape)})", *layers])))


def network(name):
    return cnncalc.load(NETWORKS[name])


def analysis(name):
    return analyze(network(name))


def weighted(name):
    from cnncalc import structure

    return structure.weight_layers(network(name))


def layer_row(fact):
    """The row of the one layer that a fact describes."""
    kind, shape = fact["layer"], fact.get("in", [64, 224, 224])
    kind = re.sub(r"_(pool)", r"\1", kind)
    if kind == "lrn":
        return chain(shape, call("lrn", size=fact["size"])).rows[-1]
    if kind == "linear":
        arguments = {"out_features": fact.get("out_features", 1), "bias": fact.get("bias")}
        return chain([fact["in_features"]], call("linear", **arguments)).rows[-1]
    window = {
        "kernel_size": fact.get("kernel", 2),
        "stride": fact.get("stride"),
        "padding": fact.get("pad"),
    }
    if "pool" in kind:
        return chain(shape, call(kind, **window)).rows[-1]
    rest = {name: fact.get(name) for name in ("dilation", "groups", "bias")}
    return chain(shape, call(kind, out_channels=fact.get("out_channels", 1), **window, **rest)).rows[-1]


def listed(shape):
    return list(map(int, shape))


@ask
def elements(fact):
    count = formulas.element_count(tuple(fact["shape"]))
    return [count, formulas.for_batch(count, fact["images"]) / 10**9] if "images" in fact else count


@ask
def out_shape(fact):
    return listed(layer_row(fact).output_shape)


@ask
def batched_out_shape(fact):
    from cnncalc import frameworks

    batch, *shape = fact["in"]
    row = layer_row({**fact, "in": shape})
    return listed(frameworks.arrange(row.output_shape, batch=batch))


@ask
def params(fact):
    return layer_row(fact).params


@ask
def weights(fact):
    return layer_row({**fact, "bias": False}).params


@ask
def connections(fact):
    return layer_row(fact).connections


@ask
def weight_shape(fact):
    row = layer_row(fact)
    shape = listed(row.layer.tensors(row.node.site)["weight"])
    return shape if "out_channels" in fact else shape[1:]


@ask
def terms_per_output(fact):
    row = layer_row(fact)
    return row.macs // row.neurons


@ask
def macs_per_output(fact):
    return layer_row(fact).macs


@ask
def channels_kept_and_params(fact):
    row = layer_row(fact)
    return [row.output_shape[0], row.params]


@ask
def fc_weights(fact):
    row = layer_row({"layer": "linear", **fact})
    return row.params if "bias" in fact else listed(row.layer.tensors(row.node.site)["weight"])


@ask
def fc_weights_total(fact):
    return layer_row({"layer": "linear", **fact}).params


@ask
def fc_equivalent(fact):
    analysed = chain(fact["in"], f"fc({formulas.element_count(tuple(fact['out']))})")
    return analysed.params


@ask
def fc_connections(fact):
    return chain([fact["in"]], f"linear({fact['out']})").connections


@ask
def locally_connected_params(fact):
    return local(fact).params


def local(fact):
    """The unshared layer with these sizes and padding that keeps them."""
    arguments = {"out_channels": fact["out"][0], "kernel_size": fact["kernel"], "padding": "same"}
    row = chain(fact["in"], call("local", **arguments)).rows[-1]
    assert listed(row.output_shape) == fact["out"]
    return row


@ask
def macs_shared_equals_unshared(fact):
    arguments = {"out_channels": fact["out"][0], "kernel_size": fact["kernel"], "padding": "same"}
    return chain(fact["in"], call("conv", **arguments)).macs == local(fact).macs


@ask
def formula(fact):
    return formulas.output_size_exact(fact["N"], fact["F"], fact["S"], fact["P"])


@ask
def mlp(fact):
    first, *sizes = fact["dims"]
    bias = fact.get("bias", True)
    return chain([first], *(call("linear", out_features=n, bias=bias) for n in sizes)).params


@ask
def subsample_params(fact):
    return chain([fact["maps"], 8, 8], "subsample(2)").params


@ask
def subsample_params_per_map(fact):
    return chain([1, 8, 8], "subsample(2)").params


@ask
def subsample_connections(fact):
    side = fact["out"] * fact["k"]
    return chain([fact["maps"], side, side], f"subsample({fact['k']})").connections


@ask
def table_conv_connections(fact):
    row = analysis("lenet5_1998")["C3"]
    assert row.output_shape[1:] == (fact["out"], fact["out"])
    assert row.layer.kernel_size == fact["kernel"]
    return row.connections


@ask
def crosses_in_each_row(fact):
    table = network("lenet5_1998")["C3"].layer.table
    assert [list(maps) for maps in table] == fact["table"]
    return [sum(source in maps for maps in table) for source in range(6)]


@ask
def chain_(fact):
    if "times" in fact:
        rows = chain([1, fact["n"], fact["n"]], f"conv(1, {fact['F']})*{fact['times']}").rows
        return [row.output_shape[1] for row in rows]
    layers = [
        call(
            "conv", out_channels=one["conv"], kernel_size=one["k"], stride=one.get("s"), padding=one.get("p")
        )
        if "conv" in one
        else call("maxpool", kernel_size=one["pool"], stride=one.get("s"))
        for one in fact["layers"]
    ]
    shapes = [listed(row.output_shape) for row in chain(fact["in"], *layers).rows[1:]]
    return [shape[1] for shape in shapes] if any("pool" in one for one in fact["layers"]) else shapes


ASKS["chain"] = ASKS.pop("chain_")


@ask
def fits(fact):
    from cnncalc import solve

    return solve.fit(fact["in"][1], fact["kernel"], fact["stride"], fact["pad"], fact["dilation"]).fits


@ask
def preserves(fact):
    return all(formulas.output_size(n, f, fact["S"], (f - 1) // 2) == n for f in fact["F"] for n in fact["n"])


@ask
def same_padding(fact):
    from cnncalc import solve

    (setting,) = solve.padding(fact["F"], fact["S"])
    return setting.padding


@ask
def effective_size(fact):
    return chain([1, fact["n"], fact["n"]], f"conv(1, 1, padding={fact['p']})").rows[-1].output_shape[1]


@ask
def raises(fact):
    layer = call("conv", out_channels=fact["cout"], kernel_size=3, groups=fact["groups"])
    try:
        chain([fact["cin"], 8, 8], layer)
    except cnncalc.SpecError as error:
        return [one.code for one in error.diagnostics] == ["E232"]
    return False


@ask
def filters_per_input_channel(fact):
    layer = call("conv", out_channels=fact["cout"], kernel_size=fact["kernel"], groups=fact["cin"])
    row = chain([fact["cin"], 8, 8], layer).rows[-1]
    assert row.layer.tensors(row.node.site)["weight"] == (fact["cout"], 1, 3, 3)
    return row.output_shape[0] // fact["cin"]


@ask
def inputs_per_neuron(fact):
    row = chain([fact["cin"], 32, 32], f"conv(1, {fact['kernel']})").rows[-1]
    reads = row.macs // row.neurons
    return [reads, reads / formulas.element_count(row.input_shapes[0])]


@ask
def neurons_per_position(fact):
    row = chain([3, 32, 32], f"conv({fact['out_channels']}, 5)").rows[-1]
    return row.neurons // formulas.element_count(row.output_shape[1:])


@ask
def conv1_side(fact):
    return [formulas.output_size(n, fact["F"], fact["S"], p) for n, p in fact["cases"]]


@ask
def adaptive_pool(fact):
    return listed(chain(fact["in"], f"adaptive_avgpool({fact['out']})").rows[-1].output_shape)


@ask
def kernel_size(fact):
    return len(fact["w"])


@ask
def filter_depth(fact):
    row = chain([fact["cin"], 8, 8], "conv(1, 3)").rows[-1]
    return row.layer.tensors(row.node.site)["weight"][1]


@ask
def out_depth(fact):
    return chain([3, 8, 8], f"conv({fact['filters']}, 3)").rows[-1].output_shape[0]


@ask
def weight_dims(fact):
    return len(chain([3, 8, 8], "conv2d(1, 3)").rows[-1].output_shape[1:])


@ask
def conv2d_indices(fact):
    return formulas.element_count((fact["K"], fact["K"]))


@ask
def stack_weights(fact):
    layer = call("conv", out_channels=fact["C"], kernel_size=fact["k"], padding=1, bias=fact["bias"])
    return chain([fact["C"], 28, 28], f"{layer}*{fact['layers']}").params


@ask
def basic_block(fact):
    conv = call("conv", out_channels=fact["c"], kernel_size=fact["k"], padding=1, bias=False)
    return chain([fact["c"], 56, 56], f"add[{conv} -> bn -> relu -> {conv} -> bn | id]").params


@ask
def params_sum(fact):
    total = 0
    for text in fact["layers"]:
        kind, sizes, *kernel = text.split()
        enters, leaves = sizes.split("-")
        total += (
            chain([enters, 9, 9], f"conv({leaves}, {kernel[0][1:]})").params
            if kind == "conv"
            else chain([enters], f"linear({leaves})").params
        )
    return total


@ask
def deformable_offset_channels(fact):
    from cnncalc import recipes

    channels = recipes.offset_channels((fact["k"], fact["k"]))
    return [channels, formulas.conv_params(fact["cin"], channels, (fact["k"], fact["k"]))]


@ask
def unpool_and_transposed_conv(fact):
    settings = zip(fact["k"], fact["s"], fact["p"], fact["output_padding"], strict=True)
    return [
        chain([1, fact["n"]], f"conv_transpose(1, {k}, {s}, {p}, output_padding={o})")
        .rows[-1]
        .output_shape[1]
        for k, s, p, o in settings
    ]


@ask
def ceil_mode(fact):
    return [
        chain([1, n], f"maxpool({fact['k']}, {fact['s']}, rounding=ceil)").rows[-1].output_shape[1]
        for n in fact["n"]
    ]


@ask
def pad_modes_same_shape(fact):
    modes = ("zeros", "reflect", "replicate", "circular")
    layers = [f"conv(1, {fact['k']}, padding={fact['p']}, padding_mode={mode})" for mode in modes]
    return [chain([1, fact["n"], fact["n"]], layer).rows[-1].output_shape[1] for layer in layers]


@ask
def roi_pool_shape_and_heads(fact):
    from cnncalc import recipes

    shape = chain(fact["in"], f"adaptive_maxpool({fact['out']})").rows[-1].output_shape
    losses = [recipes.smooth_l1(0.5), recipes.smooth_l1(2)]
    return [listed(shape), recipes.class_scores(fact["classes"]), recipes.box_values(fact["classes"]), losses]


@ask
def hyperparameters(fact):
    names = {"out_channels": "K", "kernel_size": "F", "stride": "S", "padding": "P"}
    arguments = cnncalc.layers.find(fact["layer"])[0].arguments
    return [letter for name, letter in names.items() if name in arguments]


@ask
def span_and_weights(fact):
    answers = []
    for window in (fact["dilated"], fact["dense"]):
        row = chain([1, 32], f"conv(1, {window['k']}, dilation={window['d']}, bias=false)").rows[-1]
        answers.append([row.field.size[0], row.params])
    return answers


@ask
def nonzero_per_row(fact):
    row = chain([6], "linear(6, bias=false)").rows[-1]
    return row.connections // row.neurons


@ask
def floor_inside_equals_floor_outside(fact):
    windows = [
        (n, k, s, p) for n in range(1, fact["n_max"]) for k in (1, 3) for s in (1, 2, 3) for p in (0, 1)
    ]
    return all(
        formulas.output_size.unchecked(n, k, s, p) == formulas.output_size_exact.unchecked(n, k, s, p) // 1
        for n, k, s, p in windows
    )


@ask
def dilated_out(fact):
    return formulas.output_size(fact["n"], fact["k"], fact["s"], fact["p"], fact["d"])


@ask
def layers_without_input(fact):
    from cnncalc import structure

    first, *sizes = range(4, 4 + len(fact["dims"]))
    return len(structure.weight_layers(chain([first], *(f"linear({n})" for n in sizes)).network))
