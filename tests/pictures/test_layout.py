"""The layered layout by itself, and Graphviz in its place."""

import random
import shutil
import subprocess
import time

import pytest

import cnncalc
from cnncalc import UsageError, analyze
from cnncalc.layers.activation import ReLU
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Cat
from cnncalc.layers.norm import BatchNorm
from cnncalc.layers.pool import AvgPool, MaxPool
from cnncalc.network import Builder
from cnncalc.render.layout import Size, graphviz_layout, layered
from cnncalc.render.layout.layers import layers
from cnncalc.render.layout.order import crossings, ordered
from cnncalc.render.pictures import picture, scene
from cnncalc.render.scene import Box
from tests.pictures.looking import analysis_of, nodes, overlap, scene_of, texts


def graphs():
    for seed in range(30):
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        count = chance.randrange(1, 40)
        edges = [
            (source, target)
            for target in range(1, count)
            for source in chance.sample(range(target), min(target, chance.randrange(0, 4)))
        ]
        sizes = [Size(chance.uniform(5, 200), chance.uniform(5, 90)) for _ in range(count)]
        yield pytest.param(sizes, edges, id=f"seed{seed}")


@pytest.mark.parametrize(("sizes", "edges"), [*graphs()])
def test_nodes_of_any_graph_lie_apart_and_edges_run_down(sizes, edges):
    drawing = layered(sizes, edges)
    boxes = [
        Box(*corner, size.width, size.height) for corner, size in zip(drawing.corners, sizes, strict=True)
    ]
    for place, one in enumerate(boxes):
        assert one.x >= -0.01
        assert one.x + one.width <= drawing.width + 0.01
        assert one.y + one.height <= drawing.height + 0.01
        assert not any(overlap(one, other) for other in boxes[place + 1 :])
    for source, target in edges:
        assert boxes[source].y + boxes[source].height < boxes[target].y
    assert {(s.source, s.target) for s in drawing.strokes if s.target is not None} == set(edges)


@pytest.mark.parametrize(("sizes", "edges"), [*graphs()])
def test_ordering_never_adds_crossings(sizes, edges):
    graph = layers(len(sizes), edges, (), ())
    assert crossings(graph, ordered(graph)) <= crossings(graph, graph.rows)


def test_crossings_are_counted_right():
    crossed = layers(4, [(0, 3), (1, 2)], (), ())
    assert crossings(crossed, [[0, 1], [2, 3]]) == 1
    assert crossings(crossed, [[0, 1], [3, 2]]) == 0


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        layered([Size(1, 1)] * 2, [(0, 1), (1, 0)])


def densenet201():
    """Every layer of a block reads all layers before it, as in torchvision: 6, 12, 48 and 32 of them."""
    build = Builder("DenseNet-201")
    x = build.input("input", (3, 224, 224))
    x = build.add(Conv(out_channels=64, kernel_size=7, stride=2, padding=3), x)
    x = build.add(MaxPool(kernel_size=3, stride=2, padding=1), x)
    for block, count in enumerate((6, 12, 48, 32), start=1):
        read = [x]
        for layer in range(count):
            path = (f"denseblock{block}", f"denselayer{layer + 1}")
            y = build.add(Cat(), *read, path=path) if len(read) > 1 else x
            for kernel, channels in ((1, 128), (3, 32)):
                y = build.add(BatchNorm(), y, path=path)
                y = build.add(ReLU(), y, path=path)
                y = build.add(
                    Conv(out_channels=channels, kernel_size=kernel, padding=kernel // 2, bias=False),
                    y,
                    path=path,
                )
            read.append(y)
        x = build.add(Cat(), *read, path=(f"denseblock{block}",))
        if block < 4:
            path = (f"transition{block}",)
            x = build.add(BatchNorm(), x, path=path)
            x = build.add(
                Conv(out_channels=x.output_shape[0] // 2, kernel_size=1, bias=False),
                x,
                path=path,
            )
            x = build.add(AvgPool(kernel_size=2), x, path=path)
    return analyze(build.network())


def test_densenet201_is_drawn_soon():
    analysis = densenet201()
    assert len(analysis) == 698
    for row in analysis:
        row.field.size  # noqa: B018 - counted before, as the analysis would
    start = time.process_time()
    drawn = scene(analysis, level="blocks")
    assert time.process_time() - start < 6, "about one second on a machine of 2024"
    boxes = sorted((box for _, box in nodes(drawn)), key=lambda box: box.y)
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            if other.y > one.y + one.height:
                break
            assert not overlap(one, other)


def test_stages_are_drawn_where_blocks_are_too_many():
    drawn = scene(densenet201())
    assert len(nodes(drawn)) < 20
    assert any("drawn as stages" in text.text for text in texts(drawn.items))
    assert "--level blocks" in drawn.hint


@pytest.fixture
def dot():
    pytest.importorskip("graphviz")
    if not shutil.which("dot"):
        pytest.skip("dot is not installed")


@pytest.mark.usefixtures("dot")
@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet", "unet"])
def test_graphviz_places_nodes_apart(name):
    boxes = [box for _, box in nodes(scene_of(name, layout="dot"))]
    assert len(boxes) == len(nodes(scene_of(name)))
    for place, one in enumerate(boxes):
        assert not any(overlap(one, other) for other in boxes[place + 1 :])


def test_a_missing_program_is_told(monkeypatch):
    pytest.importorskip("graphviz")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="`dot` of Graphviz is not installed"):
        picture(analysis_of("lenet5"), layout="dot")


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "graphviz", None)
    with pytest.raises(cnncalc.MissingExtra, match="--layout dot needs graphviz"):
        picture(analysis_of("lenet5"), layout="dot")


def test_a_graphviz_that_takes_too_long_is_stopped(monkeypatch):
    pytest.importorskip("graphviz")

    def slow(*_, **kwargs):
        assert kwargs["timeout"] <= 20
        raise subprocess.TimeoutExpired("dot", kwargs["timeout"])

    monkeypatch.setattr(graphviz_layout.subprocess, "run", slow)
    with pytest.raises(UsageError, match="no layout in 20 seconds"):
        picture(analysis_of("lenet5"), layout="dot")


def test_graphviz_is_not_asked_to_place_too_many_nodes():
    with pytest.raises(UsageError, match="400 nodes, more than 300"):
        graphviz_layout.by_graphviz([Size(1, 1)] * 400, [])


def test_no_other_layout():
    with pytest.raises(UsageError, match="no layout is called 'neato'; there are layered, dot"):
        picture(analysis_of("lenet5"), layout="neato")
