"""Building networks in Python: names, order, shapes, and what is refused."""

import pytest

from cnncalc.errors import LayerError
from cnncalc.layers.activation import ReLU
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Add
from cnncalc.network import RESERVED, Builder, UnknownNode, check_name


@pytest.fixture
def residual():
    build = Builder("residual", doc="one block")
    x = build.input("image", (4, 8, 8))
    main = build.add(Conv(out_channels=4, kernel_size=3, padding=1), x, path=("block",))
    main = build.add(ReLU(), main, path=("block",))
    build.add(Add(), main, x, path=("block",), name="sum")
    return build.network()


def test_nodes_are_named_by_kind_and_number_within_their_part(residual):
    assert [node.name for node in residual] == ["image", "block.conv1", "block.relu1", "block.sum"]
    assert residual["block.sum"].inputs == ("block.relu1", "image")
    assert residual["block.sum"].local_name == "sum"


def test_the_last_node_is_the_output_unless_told(residual):
    assert residual.outputs == ("block.sum",)
    assert [node.name for node in residual.inputs] == ["image"]


def test_readers_are_the_edges_backwards(residual):
    assert residual.readers["image"] == ("block.conv1", "block.sum")
    assert residual.readers["block.sum"] == ()


def test_the_end_of_a_name_is_enough_where_it_is_unique(residual):
    assert residual["sum"].name == "block.sum"
    assert "sum" not in residual


def test_an_unknown_name_is_answered_with_similar_ones(residual):
    with pytest.raises(UnknownNode, match=r"did you mean block\.conv1"):
        residual["blok.conv1"]
    build = Builder("twins")
    x = build.input("image", (1, 4))
    for part in "ab":
        x = build.add(ReLU(), x, path=(part,))
    with pytest.raises(UnknownNode, match="several layers end in"):
        build.network()["relu1"]


def test_networks_and_layers_cannot_be_changed(residual):
    with pytest.raises(AttributeError):
        residual["sum"].layer.out_channels = 3
    with pytest.raises(TypeError):
        residual.about["doc"] = "other"


def test_a_name_is_given_once():
    build = Builder("twice")
    x = build.input("image", (1, 4))
    build.add(ReLU(), x, name="a")
    with pytest.raises(LayerError, match="used twice"):
        build.add(ReLU(), x, name="a")


def test_a_layer_and_a_part_cannot_share_a_name():
    build = Builder("clash")
    x = build.input("image", (1, 4))
    build.add(ReLU(), x, path=("relu1",))
    build.add(ReLU(), x)
    assert [node.name for node in build.nodes] == ["image", "relu1.relu1", "relu2"]


def test_the_number_of_inputs_is_checked():
    build = Builder("arity")
    x = build.input("image", (1, 4))
    with pytest.raises(LayerError, match="add joins at least 2 inputs, got 1"):
        build.add(Add(), x)
    with pytest.raises(LayerError, match="relu joins 1 input, got 2"):
        build.add(ReLU(), x, x)


@pytest.mark.parametrize("name", ["007", "a b", "ä", "class", "__class__", "forward", "", "a.b", "a\n"])
def test_names_that_would_break_generated_code_are_refused(name):
    with pytest.raises(LayerError) as caught:
        check_name(name)
    assert caught.value.code == "E206"


@pytest.mark.parametrize("name", ["C3", "_x", "conv1_1", "fc6"])
def test_ordinary_names_pass(name):
    assert check_name(name) == name


def test_reserved_names_are_those_of_torch_modules():
    torch = pytest.importorskip("torch")
    module = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert module <= RESERVED
