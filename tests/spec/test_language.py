"""What each part of the language means, seen in the networks it makes."""

import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import SpecError
from cnncalc.spec import load, parse


def names(network):
    return [node.name for node in network]


def shapes(network):
    return {node.name: node.output_shape for node in network}


def codes(text, **options):
    with pytest.raises(SpecError) as caught:
        parse(text, **options)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def layers(chain, shape="3x16x16", **options):
    return list(parse(f"INPUT({shape}) -> {chain}", **options))[1:]


# Chains


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(3x8x8) -> conv(4, 3) -> relu -> fc(10)",
        "INPUT(3x8x8), conv(4, 3), relu, fc(10)",
        "INPUT(3x8x8) - conv(4, 3) - relu - fc(10)",
        "INPUT(3x8x8) → CONV(4, 3) → RELU → FC(10)",
        "INPUT(3x8x8)\nconv(4, 3)\nrelu # a comment\nfc(10)",
        "INPUT 3x8x8 -> conv 3x3 (4) -> relu -> FC-10",
        "INPUT(3, 8, 8) -> CONV-3-4 -> RELU -> FC-10",
        "INPUT(3x8x8) -> [[conv(4, 3)] -> (relu -> fc(10))]",
        "INPUT(3x8x8) -> conv(out=4, kernel=3) -> relu() -> fc(out_features=10)",
        "input: 3x8x8\nlayers: conv(4, 3) -> relu -> fc(10)",
        "input: 3x8x8\nlayers: >\n  conv(4, 3)\n  -> relu ->\n  fc(10)",
        "input: 3x8x8\nlayers: |\n  conv(4, 3)\n  relu\n  fc(10)",
        "input: [3, 8, 8]\nlayers:\n- conv: {out_channels: 4, kernel_size: 3}\n- relu:\n- fc: 10",
        "input: 3x8x8\nlayers: [conv: [4, [3, 3]], relu, 'fc(10)']",
        "input: 3x8x8\nlayers: 'conv(4, 3) -> relu -> fc(10)'",
        'input: "3x8x8"\nlayers: "conv(4, 3) -> relu -> fc(10)"',
    ],
)
def test_one_network_in_many_forms(text):
    network = parse(text)
    assert [node.kind for node in network] == ["input", "conv", "relu", "fc"]
    assert shapes(network)["conv1"] == (4, 6, 6)
    assert analyze(network).params == (4 * 3 * 9 + 4) + (144 * 10 + 10)


def test_repeats_have_weights_of_their_own():
    network = parse("INPUT(3x8x8) -> (conv(3, 3, padding=1) -> relu)*3")
    assert names(network) == ["input", "conv1", "relu1", "conv2", "relu2", "conv3", "relu3"]
    assert analyze(network).params == 3 * (3 * 3 * 9 + 3)


def test_repeats_of_none_and_by_expression():
    assert len(layers("relu*0 -> tanh*(2*n - 1)", params={"n": 2})) == 3


def test_optional_steps_can_be_left_out():
    assert [node.kind for node in layers("(relu -> pool(2))? -> tanh", optional=False)] == ["tanh"]
    assert len(layers("(relu -> pool(2))? -> tanh")) == 3


@pytest.mark.parametrize(
    ("chain", "kinds"),
    [
        ("relu if cin == 3 else tanh", ["relu"]),
        ("relu if cin > 3 else tanh", ["tanh"]),
        ("relu if cin > 3", []),
        ("relu if 1 < 2 and not 2 < 1 or 1 // 0", ["relu"]),
        ("relu if false else tanh if false else gelu", ["gelu"]),
        ("(relu -> tanh) if true", ["relu", "tanh"]),
    ],
)
def test_conditions(chain, kinds):
    assert [node.kind for node in layers(chain)] == kinds


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("2*cin", 6),
        ("cin**2 - 1", 8),
        ("-(-5)", 5),
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("round(2.6)", 3),
        ("ceil(2.1)", 3),
        ("floor(2.9)", 2),
        ("div8(20)", 24),
        ("max(1, min(9, 4))", 4),
        ("1e1", 10),
        ("1_0", 10),
        ("010", 10),
        ("(4)", 4),
        ("2*3 + 4 if_not", 10),
    ],
)
def test_numbers_may_be_expressions(written, channels):
    written = written.removesuffix(" if_not")
    assert layers(f"conv({written}, 1)")[0].output_shape[0] == channels


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ("4, 3x5", (4, 14, 12)),
        ("4, (3, 5)", (4, 14, 12)),
        ("4, 3, stride=(1, 2)", (4, 14, 7)),
        ("4, 3, padding=(1, 2)", (4, 16, 18)),
        ("4, 3, padding=((1, 0), (0, 2))", (4, 15, 16)),
        ("4, 3, padding=same", (4, 16, 16)),
        ("4, 3, 3, padding=same_upper", (4, 6, 6)),
        ("4, 3, d=2", (4, 12, 12)),
        ("4, k=3, s=2, p=1, g=1", (4, 8, 8)),
    ],
)
def test_sizes_per_axis_and_uneven_padding(arguments, output):
    assert layers(f"conv({arguments})")[0].output_shape == output


# Branches and names


def test_branches_read_what_enters_the_join():
    network = parse("INPUT(3x8x8) -> relu as r -> cat[conv(2, 1) | id | from(input) -> conv(4, 1)]")
    assert network["cat1"].inputs == ("conv1", "r", "conv2")
    assert network["conv2"].inputs == ("input",)
    assert network["cat1"].output_shape == (9, 8, 8)


def test_named_branches_are_parts():
    network = parse("input: 3x8x8\nlayers:\n  - add:\n      main: conv(3, 1) -> bn\n      skip: id\n  - relu")
    assert names(network) == ["input", "main.conv1", "main.bn1", "add1", "relu1"]
    assert network["add1"].inputs == ("main.bn1", "input")


def test_joins_take_arguments_beside_branches():
    text = "input: 3x8x8\nlayers:\n  - cat:\n      fit: crop\n      a: conv(2, 3)\n      b: id"
    assert parse(text)["cat1"].output_shape == (5, 6, 6)


def test_names_inside_a_block_are_local_to_each_use():
    text = "input: 3x8x8\nblocks:\n  b: conv(3, 1) as c -> add[relu | from(c)]\nlayers: b*2 -> b as last"
    network = parse(text)
    assert [node.name for node in network if node.kind == "conv"] == ["b1.c", "b2.c", "last.c"]
    assert network["last.add1"].inputs == ("last.relu1", "last.c")
    assert codes(text.replace("b as last", "from(c)")) == ["E208"]


def test_layers_can_be_given_to_blocks():
    text = (
        "input: 3x8x8\nblocks:\n  up(c, skip): cat[from(skip) | id] -> conv(c, 1)\n"
        "layers: conv(4, 1) as d1 -> conv(5, 1) -> up(6, d1)"
    )
    assert parse(text)["up1.cat1"].inputs == ("d1", "conv1")


def test_parts_can_be_gone_back_to():
    text = "input: 3x8x8\nlayers:\n  - stem: conv(4, 1) -> relu\n  - tanh -> add[id | from(stem)]"
    assert parse(text)["add1"].inputs == ("tanh1", "stem.relu1")


def test_names_in_repeats_are_numbered():
    network = parse("INPUT(3x8x8) -> (conv(3, 1) as a -> add[relu | from(a)])*3")
    assert [name for name in names(network) if name.startswith("a") and "add" not in name] == [
        "a",
        "a_2",
        "a_3",
    ]
    assert network["add3"].inputs == ("relu3", "a_3")


def test_a_part_of_one_block_takes_its_name():
    text = "input: 3x8x8\nblocks:\n  b(c): conv(c, 1) -> relu\nlayers:\n  - layer1: b(4)\n  - layer2: b(5)*2"
    assert names(parse(text)) == [
        "input", "layer1.conv1", "layer1.relu1",
        "layer2.b1.conv1", "layer2.b1.relu1", "layer2.b2.conv1", "layer2.b2.relu1",
    ]  # fmt: skip


def test_parts_may_be_called_like_layers():
    parts = "  - conv: conv(4, 1)\n  - avgpool: adaptive_avgpool(2)\n  - fc: linear(3, in_features=2)"
    text = f"input: 3x8x8\nlayers:\n{parts}"
    assert names(parse(text)) == ["input", "conv", "avgpool", "fc"]


# The keys


def test_defaults_and_rounding():
    text = (
        "input: 3x8x8\nrounding: ceil\ndefaults: {conv: {bias: false}, maxpool: {k: 3, s: 2}}\n"
        "layers: conv(4, 1) -> maxpool -> conv(4, 1, bias=true) -> maxpool(2, rounding=floor)"
    )
    network = parse(text)
    assert shapes(network)["maxpool1"] == (4, 4, 4)
    assert shapes(network)["maxpool2"] == (4, 2, 2)
    assert analyze(network).params == 3 * 4 + (4 * 4 + 4)


def test_defaults_can_be_set_from_outside():
    network = parse(
        "INPUT(3x8x8) -> CONV -> FC", params={"conv.k": 3, "conv.out": "2*2", "fc.out_features": 7}
    )
    assert shapes(network) == {"input": (3, 8, 8), "conv1": (4, 6, 6), "fc1": (7,)}


def test_shared_weights_exist_once():
    network = load("siamese")
    assert network["b.conv2"].weights_from == "a.conv2"
    assert network["b.relu1"].weights_from == ""
    assert analyze(network).params == 60_961


@pytest.mark.parametrize(
    ("pattern", "frozen"),
    [("stem", 2), ("stem.conv1", 1), ("*.bn*", 2), ("body", 4), ("s*", 2), ("*conv1", 2)],
)
def test_freezing_by_name_part_and_pattern(pattern, frozen):
    text = (
        "input: 3x8x8\nlayers:\n  stem: conv(4, 1) -> bn\n  body: conv(4, 1) -> bn -> relu -> conv(4, 1)\n"
        f"freeze: ['{pattern}']"
    )
    assert sum(node.frozen for node in parse(text)) == frozen


def test_a_base_with_other_parameters_and_frozen_parts(tmp_path):
    (tmp_path / "base.yaml").write_text(
        "input: 3x8x8\nparams: {n: 10}\nlayers:\n  f: conv(4, 1)\n  h: fc(n)\n"
    )
    (tmp_path / "own.yaml").write_text("name: Own\nbase: base.yaml\nparams: {n: 3}\nfreeze: [f]\n")
    analysis = analyze(load(tmp_path / "own.yaml"))
    assert analysis.network.name == "Own"
    assert analysis["h"].output_shape == (3,)
    assert (analysis.params, analysis.trainable_params) == (16 + 771, 771)
    assert analyze(load(tmp_path / "own.yaml", params={"n": 5}))["h"].output_shape == (5,)


def test_several_outputs_in_their_order():
    network = parse("input: 3x8x8\nlayers: relu as a -> tanh as b -> gelu\noutputs: [b, a]")
    assert network.outputs == ("b", "a")


def test_tables_in_both_forms():
    crosses = "input: 2x8x8\ntables:\n  t: [X.X, .XX]\nlayers: conv(3, 3, table=t)"
    lists = "input: 2x8x8\ntables:\n  t: [[0], [1], [0, 1]]\nlayers: conv(3, 3, table=t)"
    assert analyze(parse(crosses)).params == analyze(parse(lists)).params == 4 * 9 + 3


def test_facts_about_the_network_are_kept():
    about = load("lenet5").about
    assert "LeCun" in about["source"]
    assert about["expect"]["connections"] == 340_908


def test_spans_point_at_the_call():
    node = load("lenet5")["C3"]
    line = (load("lenet5").about["text"]).splitlines()[node.span.line - 1]
    assert line[node.span.column - 1 : node.span.end - 1] == "conv(16, 5, table=c3)"


# What comes from outside


def test_unknown_parameters_are_refused():
    assert codes("INPUT(3x8x8) -> relu", params={"widht": 2}) == ["E204"]
    assert codes("input: 3x8x8\nparams: {n: 1}\nlayers: relu*n", params={"n": "2 +"}) == ["E204"]
    assert codes("INPUT(3x8x8) -> relu", params={"conv.kernal": 2}) == ["E204"]


def test_the_input_from_outside():
    assert parse("conv(4, 3) -> relu", input=(3, 8, 8))["conv1"].output_shape == (4, 6, 6)
    two = "input: {a: 1x8x8, b: 1x8x8}\nlayers: cat[from(a) | from(b)]"
    assert parse(two, input={"a": "1x4x4", "b": (1, 4, 4)})["cat1"].output_shape == (2, 4, 4)
    assert codes(two, input={"c": "1x4x4"}) == ["E204"]


def test_shapes_that_are_given_stay_the_callers():
    given = {"a": "1x4x4"}
    parse("input: {a: 1x8x8, b: 1x4x4}\nlayers: cat[from(a) | from(b)]", input=given)
    assert given == {"a": "1x4x4"}


def test_channels_last_is_noticed():
    found = parse("input: 32x32x3\nlayers: relu").about["warnings"]
    assert [diagnostic.code for diagnostic in found] == ["W401"]


SUSPECT = {
    "an image without channels": ("INPUT(28x28) -> conv(6, 5)", "W404", "1x28x28"),
    "pooled without channels": ("INPUT(28x28) -> maxpool(2)", "W404", "1x28x28"),
    "PyTorch's order, kernel as stride": ("INPUT(3x32x32) -> conv(3, 6, 5)", "W405", "conv(6, 5)"),
    "PyTorch's order, with more": (
        "INPUT(3x32x32) -> conv2d(3, 6, 5, bias=false)",
        "W405",
        "conv2d(6, 5, ...)",
    ),
    "PyTorch's order, 1x1": ("INPUT(8x64x64) -> conv(8, 32, 1)", "W405", "conv(32, 1)"),
}

INNOCENT = (
    "INPUT(3x227x227) -> conv(96, 11, 4)",
    "INPUT(64x56x56) -> conv(64, 3, 2)",
    "INPUT(3x32x32) -> conv(3, 4, 4)",
    "INPUT(40x40) -> lstm(8)",
    "INPUT(1x40) -> conv(15, 3, 2)",
    "INPUT(4x4) -> conv(2, 3)",
)


@pytest.mark.parametrize("case", SUSPECT)
def test_what_is_hardly_meant_is_asked_about(case):
    text, code, way_out = SUSPECT[case]
    (found,) = parse(text).about["warnings"]
    assert (found.code, found.severity) == (code, "warning")
    assert way_out in found.help


@pytest.mark.parametrize("text", INNOCENT)
def test_what_may_well_be_meant_is_not(text):
    assert parse(text).about["warnings"] == ()


HELP = {
    "INPUT(3x8x8) - > conv(6, 3)": "write the arrow without a space",
    "INPUT(3x8x8) => conv(6, 3)": "join layers by an arrow",
    "INPUT(3x8x8) -> (conv(6, 3) -> relu)x2": "(conv(16, 3) -> relu)*2",
    "INPUT(3x8x8) -> 2x(conv(6, 3) -> relu)": "repetitions stands behind",
    "3x8x8 -> conv(6, 3)": "INPUT(3x8x8)",
    "INPUT(3x8x8) -> conv(6, 3, stride 2)": "stride=...",
    "INPUT(3x8x8) -> conv(6, 3, padding: 2)": "padding=...",
    "INPUT(3x8x8) -> dropout(50%)": "0.5, not 50%",
    "INPUT(3x8x8) -> conv(6, 3, same)": "padding=same",
    "INPUT(1x80) -> conv(6, 3, padding=causal)": "pad before alone",
    "INPUT(3x8x8) -> conv(6, 3, rate=2)": "`dilation` of a convolution",
    "INPUT(3x8x8) -> conv(3, 3, padding=1) as a -> relu -> add(a)": "add[from(a) | id]",
    "INPUT(3x8x8) -> skip": "add[... | id]",
    "input: 3x8x8\nlayers:\n  - conv(6, 3, padding: 1)": "joined by `=`",
    "input: 3x8x8\nwidth: 8\nlayers: relu": "params: {width: ...}",
}


@pytest.mark.parametrize("text", HELP)
def test_the_way_out_of_a_likely_mistake_is_told(text):
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert HELP[text] in " ".join(found.help for found in caught.value.diagnostics)


def test_the_part_that_can_be_built_comes_with_the_error():
    with pytest.raises(SpecError) as caught:
        parse("INPUT(3x8x8) -> conv(4, 3) -> relu -> conv(4, 9) -> fc(10)")
    assert names(caught.value.network) == ["input", "conv1", "relu1"]


def test_numbers_stay_ints():
    network = parse("INPUT(3x8x8) -> conv(2*4, 3) -> pool(2) -> fc(2**3)")
    assert all(type(size) is int for node in network for size in node.output_shape)


def test_the_same_text_twice_gives_equal_networks():
    first, second = load("googlenet"), load("googlenet")
    assert [(a.name, a.layer) for a in first] == [(b.name, b.layer) for b in second]


def test_unpooling_refers_to_its_pool():
    network = parse("INPUT(3x8x8) -> maxpool(2) as p1 -> conv(3, 1) -> unpool(pool=p1)")
    assert network["unpool1"].inputs == ("conv1", "input")
    assert network["unpool1"].output_shape == (3, 8, 8)
    assert codes("INPUT(3x8x8) -> relu as r -> unpool(pool=r)") == ["E251"]
    assert codes("INPUT(3x8x8) -> maxpool(2) as p -> unpool(2, pool=p)") == ["E210"]
    assert codes("INPUT(3x8x8) -> maxpool(2) as p -> unpool") == ["E222"]


def test_a_name_that_a_nameless_layer_has_already():
    assert codes("INPUT(3x8x8) -> relu -> relu as relu1") == ["E205"]


@pytest.mark.parametrize(
    "chain",
    [
        "INPUT 1x8x8 - CONV-3-6 - FC-10",
        "input(1x8x8), conv3-6, fc(10)",
        "[INPUT(1x8x8)], [CONV(6, 3)]*1, FC(10)",
        "INPUT(1x8x8)\nCONV(6, 3)\nFC(10)",
    ],
)
def test_chains_are_told_from_names(chain):
    assert [node.kind for node in load(chain)] == ["input", "conv", "fc"]


@pytest.mark.parametrize("name", ["conv-net.yaml", "conv-net.yml", "resnet-18", "conv", "nets/conv-3.yaml"])
def test_names_are_told_from_chains(name):
    with pytest.raises(SpecError, match="no bundled spec or file"):
        load(name)


def test_every_wrong_option_is_told():
    with pytest.raises(SpecError) as caught:
        parse("INPUT(3x8x8) -> relu", params={"widht": 2, "dpeth": 3})
    assert len(caught.value.diagnostics) == 2


def test_shared_blocks_within_shared_blocks():
    text = (
        "input: 4x8x8\nshared:\n  stem: conv(4, 1)\n  tower: stem -> conv(4, 3, padding=1)\n"
        "layers: add[tower as a | tower as b | stem as c]"
    )
    network = parse(text)
    assert network["b.stem1.conv1"].weights_from == "a.stem1.conv1"
    assert network["c.conv1"].weights_from == "a.stem1.conv1"
    assert network["b.conv1"].weights_from == "a.conv1"
    assert analyze(network).params == (4 * 4 + 4) + (4 * 4 * 9 + 4)


def test_identity_within_a_block_stays_a_layer():
    text = "input: 4x8x8\nblocks:\n  b: relu -> id -> tanh\nlayers: add[b | id]"
    assert [node.kind for node in parse(text)] == ["input", "relu", "id", "tanh", "add"]


def test_only_some_keys_can_be_changed_of_a_base():
    assert codes("base: resnet18\nrounding: exact\nlayers: relu\nfreeze: [conv1]") == ["E260", "E260"]
