"""Names in pictures are those that a reader knows from the model's own code."""

import pytest

from cnncalc.analysis import analyze
from cnncalc.layers import KINDS
from cnncalc.network import Builder
from cnncalc.render.graph.cards import cards
from cnncalc.render.graph.stages import stages
from cnncalc.render.pictures import scene
from cnncalc.render.trunk import trunk
from tests.pictures.looking import nodes, texts


@pytest.fixture(scope="module")
def network():
    """As PyTorch's sequences are imported: parts and layers are numbers."""
    build = Builder("numbers")
    x = build.input("input", (3, 16, 16))
    conv = KINDS["conv"](out_channels=8, kernel_size=3, padding=1)
    for block in ("0", "1", "2", "3"):
        for place in ("0", "1"):
            x = build.add(conv, x, name=place, path=("features", block, "body"))
        if block == "1":
            x = build.add(KINDS["maxpool"](kernel_size=2), x, name="pool", path=("features",))
    x = build.add(KINDS["adaptive_avgpool"](output_size=1), x, name="adaptive_avg_pool2d_2")
    x = build.add(KINDS["flatten"](), x, name="0", path=("classifier",))
    x = build.add(KINDS["linear"](out_features=10), x, name="1", path=("classifier",))
    return analyze(build.network([x]))


def test_a_number_is_shown_with_what_it_counts(network):
    names = {card.name: card.given_name for card in cards(network)}
    assert names["features.2.body.1"] == "body.1"
    assert names["classifier.1"] == "classifier.1"


def test_functions_that_say_what_the_layer_is_are_no_names(network):
    assert {c.given_name for c in cards(network) if c.name.startswith("adaptive")} == {""}


def test_panels_are_told_by_the_blocks_on_them(network):
    titles = [stage.title for stage in stages(cards(network))]
    assert len(set(titles)) == len(titles)
    assert not any("·" in title for title in titles), titles
    assert "classifier" in titles


def test_boxes_are_never_called_by_a_mere_number(network):
    assert not any(name.isdecimal() for most in (4, 8, 40) for name in trunk(network, most).names)


def test_parts_that_repeat_fold_on_one_panel_though_they_are_nearly_everything():
    build = Builder("repeats")
    x = build.input("input", (8, 16, 16))
    conv = KINDS["conv"](out_channels=8, kernel_size=3, padding=1)
    for block in range(8):
        for place in range(9):
            x = build.add(conv, x, name=f"c{place}", path=("blocks", str(block)))
    x = build.add(KINDS["flatten"](), x, name="flatten")
    x = build.add(KINDS["linear"](out_features=10), x, name="head")
    drawn = scene(analyze(build.network([x])))
    shown = {text.text for text in texts(drawn.items)}
    assert "×8" in shown
    assert len(nodes(drawn)) == 1 + 9 + 2
