"""The graph view: nothing overlaps, nothing is clipped, every number is the analysis's."""

import re
from collections import Counter

import pytest

import cnncalc
from cnncalc.render.figures import short
from cnncalc.render.graph.cards import cards
from cnncalc.render.graph.drawing import Pen
from cnncalc.render.graph.folding import folded
from cnncalc.render.graph.stages import stages
from cnncalc.render.graph.view import FAR_TOO_MANY
from cnncalc.render.pictures import scene
from cnncalc.render.scene import Text
from cnncalc.spec import bundled, parse
from tests.pictures.looking import (
    analysis_of,
    edges_pass_nodes,
    edges_pass_texts,
    groups,
    nodes,
    nodes_lie_apart,
    scene_of,
    texts,
    texts_lie_apart,
    texts_lie_in_their_nodes,
)

NETWORKS = bundled()
MANY_LAYERS = 120
"""Larger networks are not drawn layer by layer here: they only repeat what smaller ones show."""
DRAWN = [
    (name, level)
    for name in NETWORKS
    for level in ("stages", None, "layers")
    if level != "layers" or len(analysis_of(name)) < MANY_LAYERS
]


@pytest.mark.parametrize(("name", "level"), DRAWN)
def test_nodes_and_texts_have_their_places_and_edges_pass_them(name, level):
    picture = scene_of(name, level=level)
    nodes_lie_apart(picture)
    texts_lie_in_their_nodes(picture)
    texts_lie_apart(picture)
    edges_pass_nodes(picture)
    edges_pass_texts(picture)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_on_exactly_one_card(name):
    analysis = analysis_of(name)
    for fused in (True, False):
        shown = [row.name for card in cards(analysis, fused=fused) for row in card.rows]
        assert sorted(shown) == sorted(row.name for row in analysis)


@pytest.mark.parametrize("name", NETWORKS)
def test_folding_keeps_every_card_and_makes_no_cycle(name):
    analysis = analysis_of(name)
    everything = cards(analysis)
    blocks = [
        block
        for stage in stages(everything)
        for block in folded(stage.cards, everything, analysis.network.outputs)
    ]
    numbers = [card.number for block in blocks for card in block.all_cards]
    assert sorted(numbers) == list(range(len(everything)))
    home = {card.number: place for place, block in enumerate(blocks) for card in block.all_cards}
    for block in blocks:
        for card in block.all_cards:
            assert all(home[source] <= home[card.number] for source in card.inputs)


@pytest.mark.parametrize("name", [name for name, level in DRAWN if level == "layers"])
def test_numbers_on_cards_are_those_of_the_analysis(name):
    analysis = analysis_of(name)
    for group, _ in nodes(scene_of(name, level="layers")):
        row = analysis[group.key]
        shown = " ".join(text.text for text in texts(group.items))
        if row.params or row.macs:
            assert f"{short(row.params)} params · {short(row.macs)} MACs" in shown
        size = "all" if row.field.is_global else "×".join(map(str, dict.fromkeys(row.field.size)))
        if len(set(row.field.size)) == 1 or row.field.is_global:
            assert f"RF {size}" in shown
        assert ("RF" in shown) == bool(size)
        if row.params:
            assert f"{row.params:,} parameters, {row.macs:,} MACs" in group.label


@pytest.mark.parametrize("name", NETWORKS)
def test_panels_add_up_to_the_network(name):
    analysis = analysis_of(name)
    shown = cards(analysis)
    assert sum(card.params for stage in stages(shown) for card in stage.cards) == analysis.params
    assert sum(card.macs for stage in stages(shown) for card in stage.cards) == analysis.macs


def test_equal_blocks_of_resnet50_are_drawn_once():
    badges = [text.text for text in texts(scene_of("resnet50").items) if re.fullmatch(r"×\d+", text.text)]
    assert badges == ["×2", "×3", "×5", "×2"]


def test_description_tells_what_the_picture_shows():
    description = scene_of("lenet5").description
    assert "1x32x32" in description
    assert "60,000 parameters" in description
    assert "7 have weights" in description


def test_the_picture_is_not_wider_than_asked():
    wide, tall = (scene_of("resnet50", aspect=aspect) for aspect in (2.5, 0.7))
    assert wide.width / wide.height > 1.5
    assert tall.width / tall.height < 1


def test_texts_are_not_unreadably_small():
    assert min(item.size for item in scene_of("resnet50").flat() if isinstance(item, Text)) >= 9


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("captioning", {"3×224×224 and 16", "16"}),
        ("faster_rcnn", {"output 18×37×50 and 36×37×50", "output 21 and 84"}),
        ("unet", {"64×568×568 and 64×284×284", "64×568×568", "128×280×280 and 128×140×140"}),
    ],
)
def test_stages_show_every_shape_that_leaves_them(name, shown):
    assert shown <= {text.text for text in texts(scene_of(name, level="stages").items)}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_panel_is_called_after_one_stage_twice(name):
    titles = [group.label.split(":")[0] for group in groups(scene_of(name, level="stages").items)]
    assert not [title for title in titles if len(set(title.split(" – "))) < len(title.split(" – "))]


def test_what_is_much_higher_than_the_rest_is_cut_again():
    titles = [group.label.split(":")[0] for group in groups(scene_of("hourglass").items)]
    assert sum("of" in title for title in titles) > 3


@pytest.mark.parametrize("name", NETWORKS)
def test_a_slide_is_filled_as_far_as_the_network_allows(name):
    """Small networks are drawn at full size or larger, huge ones stay above two fifths.

    The frame of a folded block takes the room of a card.
    """
    picture = scene_of(name)
    shown = sum(group.role in ("node", "badge") for group in groups(picture.items))
    scale = min(1600 / picture.width, 900 / picture.height)
    assert scale > (1.0 if shown <= 27 else 0.6 if shown <= 60 else 0.4), shown


@pytest.mark.parametrize(
    ("name", "words"),
    [("vit_b_16", {"attention", "fully connected"}), ("captioning", {"recurrent"}), ("resnet18", set())],
)
def test_the_legend_tells_what_is_not_fully_connected(name, words):
    shown = {text.text for text in texts(scene_of(name).items)}
    assert words == shown & ({"attention", "recurrent"} | words)


def test_a_panel_of_fully_connected_layers_is_not_called_after_what_is_flattened():
    titles = [group.label.split(":")[0] for group in groups(scene_of("two_layer_cifar10").items)]
    assert "fully connected" in titles
    assert not [title for title in titles if title.startswith("on ")]


def unlike(count):
    """So many convolutions in a row, no two neighbours alike."""
    layers = (f"  - conv({8 + place % 23}, 3, padding=1)\n" for place in range(count))
    return parse("input: 3x8x8\nlayers:\n" + "".join(layers))


def test_thousands_of_layers_are_drawn_as_stages_unless_asked_for():
    count = FAR_TOO_MANY + 10
    network = cnncalc.analyze(unlike(count))
    picture = scene(network)
    assert len(nodes(picture)) < 10
    assert "blocks would be too small to be read" in " ".join(text.text for text in texts(picture.items))


def test_only_the_layout_that_is_chosen_is_drawn(monkeypatch):
    drawn = Counter()
    draw = Pen._drawn
    monkeypatch.setattr(
        Pen, "_drawn", lambda pen, card, *rest: drawn.update([card.number]) or draw(pen, card, *rest)
    )
    shown = nodes(scene(analysis_of("resnet50")))
    assert len(drawn) == len(shown)
    assert set(drawn.values()) == {1}


def test_blocks_too_small_for_a_slide_come_as_stages_unless_asked_for():
    by_itself, asked = scene_of("inception_v3"), scene_of("inception_v3", level="blocks")
    assert (
        by_itself.hint == "drawn as stages: blocks would be too small to be read; --level blocks draws them"
    )
    assert by_itself.items != asked.items
    assert len(nodes(by_itself)) < 20 < len(nodes(asked))
    assert not asked.hint


@pytest.mark.parametrize("name", bundled())
def test_what_is_drawn_by_default_can_be_read_on_a_slide(name):
    picture = scene_of(name)
    small = min(1920 / picture.width, 1080 / picture.height) * min(text.size for text in texts(picture.items))
    assert small > 5


@pytest.mark.parametrize(("name", "told"), [("googlenet", True), ("lenet5", False), ("resnet50", False)])
def test_who_draws_for_a_page_is_told_of_stages(name, told):
    assert ("on a page, --level stages" in scene_of(name).hint) is told


def test_a_panel_of_stages_is_called_from_its_first_to_its_last():
    shown = {text.text for text in texts(scene_of("googlenet", level="stages").items)}
    assert "conv1 – inception4a" in shown
