"""Two networks side by side: what is aligned with what, and the deltas."""

import json
from functools import partial

import pytest

from cnncalc import analyze, load, parse
from cnncalc.comparison.changes import Difference

BEFORE = "INPUT(3x8x8) -> CONV(4, 3) as a -> RELU as r -> FC(5) as head"
AFTER = "INPUT(3x8x8) -> CONV(4, 5) as a -> RELU as r -> BN as new -> FC(5) as head"


@pytest.fixture
def run(run):
    """Run the command alone."""
    return partial(run, "diff")


def difference(before, after):
    return Difference(analyze(before), analyze(after))


def test_layers_are_aligned_by_name():
    found = difference(parse(BEFORE), parse(AFTER))
    statuses = {change.name: change.status for change in found.changes}
    assert statuses == {"input": "same", "a": "changed", "r": "changed", "new": "added", "head": "changed"}
    backwards = difference(parse(AFTER), parse(BEFORE))
    assert {change.name: change.status for change in backwards.changes}["new"] == "removed"


def test_deltas_by_hand():
    found = {change.name: change for change in difference(parse(BEFORE), parse(AFTER)).changes}
    assert found["a"].delta("params") == 4 * 3 * (25 - 9)
    assert found["a"].layer == "conv 3x3 -> conv 5x5"
    assert found["a"].output == "4x6x6 -> 4x4x4"
    assert found["new"].delta("params") == 8
    assert found["head"].delta("params") == 5 * 4 * (16 - 36)
    assert all(type(change.delta("macs")) is int for change in found.values())


def test_deltas_add_up_to_the_difference_of_the_totals():
    found = difference(load("resnet18"), load("resnet50"))
    for quantity in ("params", "macs", "connections", "neurons"):
        before, after = found.total(quantity)
        assert sum(change.delta(quantity) for change in found.changes) == after - before
    assert found.total("params") == (11_689_512, 25_557_032)
    assert sorted(c.name for c in found.changes) == sorted(
        {row.name for row in found.before} | {row.name for row in found.after}
    )


def test_freezing_is_a_change_of_layers_with_weights_alone():
    found = difference(load("vgg16"), load("vgg16_transfer"))
    kinds = {change.after.kind for change in found.changed}
    assert kinds == {"conv", "linear"}
    assert found.changed[0].layer == "conv 3x3 -> conv 3x3, frozen"


def test_moved_layer_is_shown_once():
    before = parse("INPUT(3x8x8) -> RELU as a -> TANH as b")
    after = parse("INPUT(3x8x8) -> TANH as b -> RELU as a")
    assert [c.name for c in difference(before, after).changes] == ["input", "b", "a"]


def test_table_and_json(run):
    status, out, _ = run("lenet5", "lenet5")
    assert status == 0
    assert "Every layer is the same." in out
    status, out, _ = run(BEFORE, AFTER)
    lines = [line.split() for line in out.splitlines()]
    assert ["new", "added", "bn", "4x4x4", "+8", "0", "0", "0"] in lines
    assert ["params", "837", "637", "-200", "-23.9", "%"] in lines
    data = json.loads(run(BEFORE, AFTER, "--format", "json")[1])
    assert data["totals"]["params"] == {"before": 837, "after": 637, "delta": -200}


def test_one_spec_under_two_settings(run, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("name: net\ninput: 3x8x8\nparams: {width: 4}\nlayers:\n  - a: conv(width, 3)\n")
    status, out, _ = run(str(path), "--to", "width=8")
    assert status == 0
    assert "net -> net (width=8)" in out
    assert out.split("\n")[4].split()[:8] == ["a", "changed", "conv", "3x3", "4x6x6", "->", "8x6x6", "+112"]


@pytest.mark.parametrize("arguments", [["lenet5"], ["lenet5", "vgg16", "alexnet"]], ids=["one", "three"])
def test_wrong_number_of_networks(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert "diff" in err
