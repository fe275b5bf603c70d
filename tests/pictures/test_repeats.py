"""Repeated blocks in the languages of others: as many as ResNet's paper has, and no name broken."""

import re
import shutil
import subprocess

import pytest

import cnncalc
from cnncalc.render.pictures import picture

BLOCKS = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3), "resnet152": (3, 8, 36, 3)}
"""He et al. 2016, table 1: blocks of each stage. The first differs, as it changes the size."""


@pytest.mark.parametrize("format", ["dot", "mermaid"])
@pytest.mark.parametrize("name", BLOCKS)
def test_the_blocks_after_the_first_are_one_that_repeats(name, format):
    source = picture(cnncalc.load(name), format=format)
    assert tuple(map(int, re.findall(r'"×(\d+)"', source))) == tuple(blocks - 1 for blocks in BLOCKS[name])


OF_PARTS = {"convnext_tiny": (3, 3, 9, 3), "vit_b_16": (12,), "yolo_v1": (4,)}
"""Repeats that the papers tell of: a body and the sum behind it, a part before a last normalisation, and
pairs of convolutions (Liu et al. 2022, Dosovitskiy et al. 2021, Redmon et al. 2016)."""


@pytest.mark.parametrize("name", OF_PARTS)
def test_blocks_of_several_parts_are_drawn_once(name):
    source = picture(cnncalc.load(name), format="dot")
    assert tuple(map(int, re.findall(r'"×(\d+)"', source))) == OF_PARTS[name]


def test_graphviz_reads_every_card_and_arrow():
    dot = shutil.which("dot")
    if dot is None:
        pytest.skip("Graphviz' program dot is not installed")
    source = picture(cnncalc.load("resnet50"), format="dot")
    plain = subprocess.run([dot, "-Tplain"], input=source, capture_output=True, text=True, check=True).stdout
    nodes = {line.split()[1] for line in plain.splitlines() if line.startswith("node ")}
    arrows = [line.split()[1:3] for line in plain.splitlines() if line.startswith("edge ")]
    assert nodes == set(re.findall(r"^ +(n\d+) \[", source, re.MULTILINE))
    assert len(arrows) == source.count(" -> ")
    assert {end for arrow in arrows for end in arrow} == nodes


def test_mermaid_closes_what_it_opens():
    lines = [line.strip() for line in picture(cnncalc.load("resnet50"), format="mermaid").splitlines()]
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end") > 4
