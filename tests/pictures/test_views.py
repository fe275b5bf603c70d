"""The other views: texts apart and inside the picture, numbers those of the analysis."""

import re

import pytest

from cnncalc import UsageError, analyze, parse
from cnncalc.fields import receptive_fields
from cnncalc.render.figures import short
from cnncalc.render.icons import LOOKS
from cnncalc.render.pictures import VIEWS, scene
from cnncalc.render.scene import Box, Path
from cnncalc.render.theme import ROLES
from cnncalc.render.trunk import trunk
from cnncalc.spec import bundled
from tests.pictures.looking import (
    analysis_of,
    extent,
    groups,
    has_positions,
    nodes,
    scene_of,
    texts,
    texts_lie_apart,
)

NETWORKS = bundled()
PICTURES = [(name, view) for name in NETWORKS for view in VIEWS if view != "field" or has_positions(name)]
PLAIN = [(name, view) for name, view in PICTURES if view != "graph"]


@pytest.mark.parametrize(("name", "view"), PLAIN)
def test_texts_lie_apart_and_inside_the_picture(name, view):
    texts_lie_apart(scene_of(name, view=view))


@pytest.mark.parametrize(("name", "view"), PICTURES)
def test_colors_are_roles_of_the_theme(name, view):
    for item in scene_of(name, view=view).flat():
        used = {getattr(item, field, "") for field in ("fill", "stroke", "color")}
        assert used - {""} <= set(ROLES), item


@pytest.mark.parametrize("name", NETWORKS)
def test_cost_shows_every_number_of_the_analysis(name):
    analysis, picture = analysis_of(name), scene_of(name, view="cost")
    shown = " ".join(text.text for text in texts(picture.items))
    assert f"parameters: {analysis.params:,}" in shown
    assert f"MACs: {analysis.macs:,}" in shown
    assert f"activations: {analysis.activation_bytes:,} B" in shown
    assert f"kept for backward: {analysis.saved_bytes:,} B" in shown


def test_cost_lines_add_up_their_layers():
    for group, _ in nodes(scene_of("lenet5", view="cost")):
        rows = [row for row in analysis_of("lenet5") if row.name == group.key]
        assert rows
        if rows[0].params:
            assert short(rows[0].params) in " ".join(text.text for text in texts(group.items))


def test_volume_draws_alexnet_as_two_towers():
    shown = [text.text for text in texts(scene_of("alexnet", view="volume").items)]
    assert "2 × 48×55×55" in shown
    assert "2 × 2048" in shown
    assert "1000" in shown
    single = [text.text for text in texts(scene_of("alexnet_torchvision", view="volume").items)]
    assert not any(text.startswith("2 ×") for text in single)


def test_volume_draws_sizes_in_proportion():
    fronts = {
        group.key: group.items[0]
        for group in groups(scene_of("lenet5", view="volume").items)
        if group.role == "node"
    }
    heights = {name: _height(path) for name, path in fronts.items()}
    assert heights["C1"] / heights["S2"] == pytest.approx(28 / 14)
    assert heights["input"] / heights["C3"] == pytest.approx(32 / 10)


def _height(path):
    ys = [y for _, points in path.commands for _, y in points]
    return max(ys) - min(ys)


def test_a_network_without_positions_has_no_field_view():
    with pytest.raises(UsageError, match="no layer with positions"):
        scene_of("mnist1d_fc", view="field")


def test_field_shows_the_cone_of_lenet5():
    counts = [text.text for text in texts(scene_of("lenet5", view="field", layer="S4").items)]
    for count in ("1 of 5", "2 of 10", "6 of 14", "12 of 28", "16 of 32"):
        assert count in counts


def test_field_shows_holes_of_dilated_layers():
    chain = parse("INPUT(1x21) -> CONV(1,3,dilation=2,padding=2) -> CONV(1,3,dilation=4,padding=4)")
    counts = [text.text for text in texts(scene(chain, view="field").items)]
    assert "3 of 21" in counts
    assert "7 of 21" in counts


def test_field_shows_phases_of_a_decoder():
    network = parse("INPUT(1x16) -> CONV(4,3,padding=1) -> conv_transpose(4,3,2,1) -> CONV(1,1)")
    shown = [text.text for text in texts(scene(network, view="field", layer="conv2").items)]
    assert any(text.startswith("phases: ") for text in shown)


def test_matrix_shows_the_connection_table_of_lenet5():
    picture = scene_of("lenet5", view="matrix", layer="C3")
    shown = [text.text for text in texts(picture.items)]
    assert shown.count("X") == 60
    assert any("60 of 96 pairs" in text for text in shown)
    assert any("1,516" in text for text in shown)


@pytest.mark.parametrize(
    ("conv", "rows", "cells"),
    [
        ("CONV(1,3,padding=1)", 10, 28),
        ("CONV(1,3,stride=2,padding=1)", 5, 14),
        ("CONV(1,3,dilation=2)", 6, 18),
    ],
    ids=["band", "stride", "dilation"],
)
def test_matrix_of_a_small_convolution_is_whole(conv, rows, cells):
    analysis = analyze(parse(f"INPUT(1x10) -> {conv} as C"))
    shown = [text.text for text in texts(scene(analysis, view="matrix", layer="C").items)]
    assert sum(text in "abc" for text in shown) == cells
    assert any(f"{rows}×10 matrix: {cells} of {rows * 10}" in text for text in shown)
    assert any("3 different" in text for text in shown)


def test_matrix_of_a_small_2d_convolution_shares_its_weights():
    analysis = analyze(parse("INPUT(1x4x4) -> CONV(1,3) as C"))
    letters = [t.text for t in texts(scene(analysis, view="matrix", layer="C").items) if len(t.text) == 1]
    assert sorted(set(letters)) == list("abcdefghi")
    assert len(letters) == analysis["C"].macs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "grap"}, "no view is called 'grap'; there are graph"),
        ({"view": "cost", "level": "x"}, "the cost view has no option 'level'"),
        ({"view": "graph", "level": "x"}, "no level is called 'x'; there are stages"),
        ({"view": "field", "axis": 5}, "there is no axis 5"),
        ({"view": "field", "layer": "F6"}, "F6 has no positions"),
        ({"view": "matrix", "layer": "tanh1"}, "tanh1 (tanh) is no matrix to show; convolutions"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else re.sub(r"\W+", "-", value)[:24],
)
def test_what_does_not_exist_is_told(options, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        scene(analysis_of("lenet5"), **options)


def test_every_family_has_a_look():
    from cnncalc.layers import KINDS

    plain = {"opaque"}
    assert {kind.family for kind in KINDS.values()} <= set(LOOKS) | plain


def test_sequences_leave_the_scale_of_maps_to_maps():
    shown = {text.text for text in texts(scene_of("captioning", "volume").items)}
    assert "64" in shown
    assert not shown & {"1024"}


def test_notes_tell_of_nothing_that_is_not_drawn():
    shown = " ".join(text.text for text in texts(scene_of("mnist1d_fc", "volume").items))
    assert "boxes:" not in shown
    assert "footprint" not in shown
    assert "receptive field" not in shown


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ("rnn.lstm1", "its weights serve all 17 steps"),
        ("rnn.embedding1", "its weights serve all 16 steps"),
        ("rnn.linear2", "its weights serve all 17 steps"),
    ],
)
def test_steps_that_share_weights_are_no_matrix(layer, reason):
    with pytest.raises(UsageError, match=reason):
        scene_of("captioning", "matrix", layer=layer)


def test_letters_of_a_padded_convolution_are_those_of_its_taps():
    shown = [text.text for text in texts(scene_of("alexnet", view="matrix", layer="conv3").items)]
    letters = [text for text in shown if len(text) == 1]
    assert letters[:8] == list("bcabcabc")


@pytest.mark.parametrize(
    "chain",
    [
        "INPUT(1x1000000000) -> CONV(1,3)",
        "INPUT(1x1000000000) -> CONV(1,900000000)",
        "INPUT(1x10) -> CONV(1,900000000,padding=900000000)",
        "INPUT(1x1000000000) -> POOL(700000000)",
        "INPUT(2000000000) -> FC(2000000000)",
    ],
    ids=["input", "kernel", "padding", "pool", "linear"],
)
def test_of_a_huge_matrix_a_corner_is_drawn_at_once(chain):
    drawn = scene(parse(chain), view="matrix")
    assert drawn.width < 1400
    assert sum(1 for _ in drawn.flat()) < 4000


def test_positions_of_a_locally_connected_layer_share_no_weights():
    shown = {text.text for text in texts(scene_of("cuda_convnet_local", "matrix", layer="local3").items)}
    assert "6×6 matrix: 16 of 36 are not zero (44.4 %), 16 different" in shown


@pytest.mark.parametrize(("name", "has_boxes"), [("mnist1d", False), ("lenet5", True)])
def test_boxes_are_explained_where_there_are_any(name, has_boxes):
    words = " ".join(text.text for text in texts(scene_of(name, "field").items))
    assert ("boxes:" in words) is has_boxes


def test_windows_stand_in_the_cone_or_right_of_it():
    picture = scene_of("c3d", view="field")
    cones = [extent(item) for item in picture.flat() if isinstance(item, Path) and item.fill == "cone"]
    counts = {text.text for text in texts(picture.items) if "×" in text.text and text.color == "muted"}
    labels = [text for text in texts(picture.items) if text.text in counts and text.size == 9.5]
    assert len(labels) >= len(cones) - 1 > 0
    for label in labels:
        own = next(cone for cone in cones if cone.y - 2 < label.y < cone.y + cone.height)
        right = own.x + own.width
        assert label.left > right or (own.x < label.left and label.left + label.width < right), label.text


def test_gates_do_not_hide_what_the_windows_read():
    analysis, picture = analysis_of("efficientnet_b0"), scene_of("efficientnet_b0", view="field")
    shown = [text.text for text in texts(picture.items)]
    local = receptive_fields(analysis.network, local=True)
    assert analysis.fields["stage4"].is_global
    assert any(
        f"stage4 sees: {local['stage4'].size[0]} of the input, gates held constant" in t for t in shown
    )
    assert not any("gates" in text.text for text in texts(scene_of("resnet50", view="field").items))


def test_fields_far_larger_than_the_image_leave_it_its_room():
    picture = scene_of("densenet201", view="field")
    shown = [text.text for text in texts(picture.items)]
    image = next(box for box in picture.flat() if isinstance(box, Box) and box.fill == "panel")
    dashed = [box for box in picture.flat() if isinstance(box, Box) and box.dash]
    assert image.width > 120
    assert all(box.width <= 2 * image.width for box in dashed)
    assert "block4: 3863, 17.2 × the image" in shown


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_of_volumes_can_be_read_on_a_page(name):
    assert scene_of(name, view="volume").width <= 1500


@pytest.mark.parametrize(
    ("name", "together"),
    [("vit_b_16", "encoder1 – encoder12"), ("mobilenet_v3_large", "inverted7 – inverted10")],
)
def test_neighbours_of_one_shape_are_one_box(name, together):
    assert together in trunk(analysis_of(name), 16).names


def test_rows_that_are_all_shown_are_not_called_the_first():
    shown = " ".join(text.text for text in texts(scene_of("ds542_tree", view="matrix").items))
    assert "the first 12 of 585 columns" in shown
    assert "of 2 rows" not in shown


@pytest.mark.parametrize("name", NETWORKS)
def test_matrices_stand_in_rows_that_can_be_read_on_a_page(name):
    picture = scene_of(name, view="matrix")
    columns = [sum(t.text[:1] == "x" for t in texts(group.items)) for group in groups(picture.items)]
    assert picture.width <= max(1000, 21 * max(columns) + 100)
