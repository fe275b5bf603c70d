"""Design spaces with published figures: RegNetX and the cells of NAS-Bench-201.

CNNCALC_SWEEP_ALL=1 evaluates all 15,625 cells instead of a part of them.
"""

import math
import os

import pytest

from cnncalc.sweeping import sweep

REGNETX = """
name: RegNetX
input: 3x224x224
params: {w1: 32, w2: 64, w3: 160, w4: 400, d1: 1, d2: 2, d3: 7, d4: 12, g: 16}
defaults: {conv: {bias: false}}
blocks:
  block(w, s=1):
    - add:
        main: >-
          conv(w, 1) -> bn -> relu -> conv(w, 3, s, 1, groups=w//min(g, w)) -> bn -> relu -> conv(w, 1) -> bn
        skip: (conv(w, 1, s) -> bn) if s > 1 or cin != w
    - relu
  stage(w, d): block(w, 2) -> block(w)*(d-1)
layers:
  - conv(32, 3, 2, 1) -> bn -> relu
  - stage(w1, d1) -> stage(w2, d2) -> stage(w3, d3) -> stage(w4, d4)
  - gap -> fc(1000)
"""

PUBLISHED = {
    "400MF": ([32, 64, 160, 400], [1, 2, 7, 12], 16, 5_495_976, 0.4),
    "800MF": ([64, 128, 288, 672], [1, 3, 7, 5], 16, 7_259_656, 0.8),
    "1.6GF": ([72, 168, 408, 912], [2, 4, 10, 2], 24, 9_190_136, 1.6),
    "3.2GF": ([96, 192, 432, 1008], [2, 6, 15, 2], 48, 15_296_552, 3.2),
    "8GF": ([80, 240, 720, 1920], [2, 5, 15, 1], 120, 39_572_648, 8.0),
    "16GF": ([256, 512, 896, 2048], [2, 6, 13, 1], 128, 54_278_536, 15.9),
    "32GF": ([336, 672, 1344, 2520], [2, 7, 13, 1], 168, 107_811_560, 31.7),
}
"""Widths and depths of the stages, group width, parameters and GFLOPs (multiply-accumulates).

Sources: Radosavovic et al., Designing Network Design Spaces, 2020, appendix; parameters and
operations as torchvision states them for its models.
"""


@pytest.mark.parametrize("model", PUBLISHED)
def test_regnetx_has_its_published_parameters_and_operations(model):
    """The model among its neighbours, in a sweep of 108 networks."""
    widths, depths, group, params, giga = PUBLISHED[model]
    own = {f"w{i}": width for i, width in enumerate(widths, 1)} | {
        f"d{i}": depth for i, depth in enumerate(depths, 1)
    }
    over = {name: [value] for name, value in own.items()} | {"g": [group]}
    over |= {f"w{i}": [own[f"w{i}"], own[f"w{i}"] + group] for i in (1, 3)}
    over |= {f"w{i}": [own[f"w{i}"] - 1, own[f"w{i}"], own[f"w{i}"] + group] for i in (2, 4)}
    over["d3"] = [depths[2] - 1, depths[2], depths[2] + 1]
    table = sweep(REGNETX, over)
    assert table.total == 108
    assert set(table.reasons) == {"E232"}, "a width that groups do not divide is no network"
    (found,) = (row for row in table if own.items() <= row.items())
    assert found["params"] == params
    assert found["macs"] / 1e9 == pytest.approx(giga, abs=0.051)


CELLS = """
name: NAS-Bench-201
input: 3x32x32
params: {e01: 0, e02: 0, e12: 0, e03: 0, e13: 0, e23: 0}
defaults: {conv: {bias: false}}
blocks:
  edge(op, c): >-
    (conv(c, 3, 1, 1) -> bn) if op == 3 else
    ((conv(c, 1) -> bn) if op == 2 else (avgpool(3, 1, 1) if op == 1 else id))
  cell(c):
    - id as n0
    - edge(e01, c) as n1
    - add[from(n0) -> edge(e02, c) | from(n1) -> edge(e12, c)] as n2
    - add[from(n0) -> edge(e03, c) | from(n1) -> edge(e13, c) | from(n2) -> edge(e23, c)]
  reduction(c):
    - add:
        main: conv(c, 3, 2, 1) -> bn -> relu -> conv(c, 3, 1, 1) -> bn
        skip: avgpool(2) -> conv(c, 1)
layers:
  - conv(16, 3, 1, 1) -> bn
  - cell(16)*5 -> reduction(32) -> cell(32)*5 -> reduction(64) -> cell(64)*5
  - bn -> relu -> gap -> fc(10)
"""
"""The benchmark's networks, but that an edge that is left out passes its input on: it has no weights.

Source: Dong and Yang, NAS-Bench-201, 2020, section 2.
"""

OTHER, POOL, CONV1, CONV3, NONE = range(5)

QUERIED = {
    (0.802426, 113.95137): (OTHER, OTHER, CONV3, POOL, CONV3, CONV3),
    (None, 15.64737): (POOL, CONV1, OTHER, CONV1, OTHER, OTHER),
    (0.073306, 7.78305): (OTHER,) * 6,
    (1.531546, 220.11969): (CONV3,) * 6,
}
"""Millions of parameters and operations that the benchmark answers for architectures on CIFAR-10:
one of three 3x3 convolutions, number 0, and the smallest and the largest there are."""


EDGES = ("e01", "e02", "e12", "e03", "e13", "e23")


def spaces():
    """All cells, or parts of them that hold those queried."""
    if os.environ.get("CNNCALC_SWEEP_ALL") == "1":
        return [[[OTHER, POOL, CONV1, CONV3, NONE]] * 6]
    two = [OTHER, CONV3]
    return [[two, two, two, [OTHER, POOL, CONV3], two, two], [[POOL], [CONV1], two, [CONV1], two, two]]


def test_cells_of_nas_bench_201():
    found = {}
    for space in spaces():
        table = sweep(CELLS, dict(zip(EDGES, space, strict=True)))
        assert table.hits == math.prod(map(len, space))
        found |= {tuple(row[name] for name in EDGES): row for row in table}
    for (params, operations), edges in QUERIED.items():
        row = found[edges]
        assert params is None or row["params"] == round(params * 1e6)
        assert row["macs"] + 10 == round(operations * 1e6), "the benchmark counts the classifier's biases"
    assert min(row["params"] for row in found.values()) == 73_306
    assert max(row["params"] for row in found.values()) == 1_531_546
