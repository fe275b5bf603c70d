"""Networks made at random, drawn in every view: whatever the graph, nothing meets what it should not."""

import random

import pytest

from cnncalc import UsageError, analyze
from cnncalc.layers.activation import ReLU
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC
from cnncalc.layers.merge import Add, Cat
from cnncalc.layers.norm import BatchNorm
from cnncalc.layers.pool import MaxPool
from cnncalc.network import Builder
from cnncalc.render.graph.cards import cards
from cnncalc.render.graph.outline import LEVELS, outline
from cnncalc.render.pictures import FORMATS, VIEWS, picture, scene
from tests.pictures.looking import (
    edges_pass_nodes,
    edges_pass_texts,
    groups,
    nodes,
    nodes_lie_apart,
    texts_lie_apart,
    texts_lie_in_their_nodes,
)

SEEDS = range(10)
WORDS = ("a", "conv", "stage", "inception_4e", "a_rather_long_name_of_a_part", "x")


def generated(seed):
    """A graph of layers in nested parts, with branches, merges, repeats and several ends."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    build = Builder(f"generated {seed}")
    size = chance.choice((8, 24, 57))
    ends = [build.input(f"input{n}", (4, size, size)) for n in range(chance.choice((1, 1, 1, 2)))]
    path = ()
    for number in range(chance.randrange(2, 60)):
        if chance.random() < 0.35:
            path = path[:-1] if path and chance.random() < 0.5 else (*path, f"{chance.choice(WORDS)}{number}")
            path = path[-3:]
        ends += [_grown(build, chance, ends, path)]
        if chance.random() < 0.1:
            ends[-1] = _repeated(build, ends[-1], (*path[:2], f"repeat{number}"), chance.randrange(2, 5))
        if len(ends) > 4:
            ends.pop(chance.randrange(2))
    if chance.random() < 0.5:
        build.add(FC(out_features=10), ends[-1], name="out")
    read = {source for node in build.nodes for source in node.inputs}
    return analyze(build.network([node for node in build.nodes if node.name not in read]))


def _repeated(build, end, path, times):
    """A residual block several times in a row."""
    for place in range(times):
        inside = (*path, f"block{place}")
        channels = end.output_shape[0]
        conv = build.add(Conv(out_channels=channels, kernel_size=3, padding=1), end, path=inside)
        end = build.add(Add(), build.add(ReLU(), conv, path=inside), end, path=inside)
    return end


def _grown(build, chance, ends, path):
    """One more layer, which reads the last or an earlier one, or several."""
    source = chance.choice(ends[-2:])
    alike = [end for end in ends if end.output_shape[1:] == source.output_shape[1:]]
    if len(alike) > 1 and chance.random() < 0.3:
        same = {end.output_shape for end in alike}
        return build.add(Add() if len(same) == 1 else Cat(), *alike, path=path)
    kinds = [
        Conv(out_channels=4, kernel_size=3, padding=1),
        Conv(out_channels=chance.choice((4, 128)), kernel_size=1),
        BatchNorm(),
        ReLU(),
    ]
    if source.output_shape[1] > 3 and chance.random() < 0.2:
        kinds = [MaxPool(kernel_size=2)]
    return build.add(chance.choice(kinds), source, path=path)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", SEEDS)
def test_graphs_of_any_network_are_clear(seed, level):
    drawn = scene(generated(seed), level=level)
    nodes_lie_apart(drawn)
    texts_lie_in_their_nodes(drawn)
    texts_lie_apart(drawn)
    edges_pass_nodes(drawn)
    edges_pass_texts(drawn)


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "graph"])
@pytest.mark.parametrize("seed", SEEDS)
def test_views_of_any_network_are_clear(seed, view):
    analysis = generated(seed)
    if view == "matrix" and not any(row.params for row in analysis if row.kind != "bn"):
        with pytest.raises(UsageError, match="no layer"):
            scene(analysis, view=view)
    else:
        texts_lie_apart(scene(analysis, view=view))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_layer_is_drawn_once_and_numbers_add_up(seed):
    analysis = generated(seed)
    drawn = [name for group, _ in nodes(scene(analysis, level="blocks")) for name in group.rows]
    assert sorted(drawn) == sorted(row.name for row in analysis)
    assert sum(card.params for card in cards(analysis)) == analysis.params
    assert sum(card.macs for card in cards(analysis)) == analysis.macs


@pytest.mark.parametrize("seed", SEEDS)
def test_folding_never_makes_a_cycle(seed):
    shown = outline(generated(seed), "blocks")
    readers = {}
    for source, target in shown.edges:
        assert source != target
        readers.setdefault(source, []).append(target)
    done = set()
    while ready := {t for ts in readers.values() for t in ts} - done - set(readers):
        done |= ready
        readers = {s: [t for t in ts if t not in done] for s, ts in readers.items()}
        readers = {s: ts for s, ts in readers.items() if ts}
    assert not readers


@pytest.mark.parametrize("seed", [3, 7])
def test_every_format_is_written(seed):
    pytest.importorskip("reportlab")
    pytest.importorskip("pypdfium2")
    for name in FORMATS:
        assert picture(generated(seed), format=name)


def test_what_is_generated_is_rich_enough():
    """Otherwise these tests would say little."""
    networks = [generated(seed) for seed in SEEDS]
    assert max(map(len, networks)) > 40
    assert sum(len(analysis.network.inputs) > 1 for analysis in networks) > 0
    assert sum(len(analysis.network.outputs) > 1 for analysis in networks) > 5
    folded = [groups(scene(analysis, level="blocks").items) for analysis in networks]
    assert sum(group.role == "badge" for found in folded for group in found) > 3
    with pytest.raises(UsageError):
        scene(networks[0], level="all")
