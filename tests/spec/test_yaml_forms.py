"""The forms that YAML gives a spec: which of them are layers, and how the others are refused."""

import re

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec import parse

HEAD = "input: 3x8x8\n"

MEANT = {
    'layers:\n  - conv: {out_channels: "4", kernel_size: 3}': ["conv1 conv 4x6x6"],
    "layers:\n  - conv: [4, [3, 5]]": ["conv1 conv 4x6x4"],
    "layers:\n  avgpool: gap\n  head: fc(2)": ["avgpool gap 3", "head fc 2"],
    "layers:\n  avgpool: [relu, gap]": ["avgpool.relu1 relu 3x8x8", "avgpool.gap1 gap 3"],
    "layers:\n  avgpool: [conv: [4, 3], relu]": ["avgpool.conv1 conv 4x6x6", "avgpool.relu1 relu 4x6x6"],
    'layers:\n  conv: "relu"': ["conv relu 3x8x8"],
    "layers:\n  add: [relu, tanh]": ["relu1 relu 3x8x8", "tanh1 tanh 3x8x8", "add1 add 3x8x8"],
    "layers:\n  - add: {a: relu, b: [tanh, relu]}": [
        "a relu 3x8x8",
        "b.tanh1 tanh 3x8x8",
        "b.relu1 relu 3x8x8",
        "add1 add 3x8x8",
    ],
    "layers:\n  - maxpool: 2\n  - relu:\n  - fc: 10": [
        "maxpool1 maxpool 3x4x4",
        "relu1 relu 3x4x4",
        "fc1 fc 10",
    ],
    "layers:\n  - [relu, [tanh]]": ["relu1 relu 3x8x8", "tanh1 tanh 3x8x8"],
    "layers:\n  - kind: relu\n    type_2: tanh": ["kind relu 3x8x8", "type_2 tanh 3x8x8"],
    "layers:\n  - {a: relu, b: tanh, c: {from: a, gap: }}": [
        "a relu 3x8x8",
        "b tanh 3x8x8",
        "c.gap1 gap 3",
    ],
    "params: {a: [1, 2]}\nlayers: conv(4, a)": ["conv1 conv 4x8x7"],
    "defaults: {conv: {kernel_size: 3}}\nlayers: conv(4)": ["conv1 conv 4x6x6"],
    "shared:\n  s: conv(3, 1)\nlayers: s -> s": ["s1.conv1 conv 3x8x8", "s2.conv1 conv 3x8x8"],
}

REFUSED = {
    "layers:": ("E013", "`layers:` is empty"),
    "layers: []": ("E105", "found an empty list"),
    "layers: {}": ("E105", "found an empty mapping"),
    "layers: [[]]": ("E105", "found an empty list"),
    "layers:\n  - {}": ("E105", "found an empty mapping"),
    "layers:\n  - 5": ("E101", "found `5`"),
    "layers:\n  - conv: {out_channels: {a: 1}, kernel_size: 3}": ("E012", "a value, found a mapping"),
    'layers:\n  - conv: "4"': ("E213", "`conv` needs `kernel_size`"),
    "layers:\n  - conv: {out_channels: 4, 3: 5}": ("E211", "`conv` has no argument `3`"),
    "name: [a]\nlayers: relu": ("E012", "`name` must be text, found a list"),
    "doc: {a: b}\nlayers: relu": ("E012", "`doc` must be text, found a mapping"),
    "params: [1]\nlayers: relu": ("E012", "`params` must be a mapping"),
    "blocks: relu\nlayers: relu": ("E012", "`blocks` must be a mapping (`key: value`), found `relu`"),
    "defaults: {conv: 3}\nlayers: relu": ("E012", "`conv` must be a mapping"),
    "tables: 5\nlayers: relu": ("E012", "`tables` must be a mapping"),
    "expect: 5\nlayers: relu": ("E012", "`expect` must be a mapping"),
    "freeze: {a: 1}\nlayers: relu": ("E012", "`freeze` must be a list of names"),
    "outputs: {a: 1}\nlayers: relu": ("E012", "`outputs` must be a list of names"),
    "rounding: up\nlayers: relu": ("E215", "`rounding` must be one of floor, ceil, exact"),
    "cnncalc: 2\nlayers: relu": ("E015", "format version 2"),
    "unknown: 1\nlayers: relu": ("E011", "unknown key `unknown`"),
    "layers: relu\nlayers: tanh": ("E009", "`layers` appears twice"),
    "? [a]\n: relu\nlayers: relu": ("E008", "a key must be a plain word"),
    "layers: !!python/object:os.system relu": ("E004", "`!!python/object:os.system` is not supported"),
    "layers: &a relu": ("E003", "`&a` is not supported"),
}


@pytest.mark.parametrize("text", MEANT)
def test_a_form_means(text):
    shown = [
        f"{node.name} {node.kind} {'x'.join(map(str, node.output_shape))}" for node in parse(HEAD + text)
    ]
    assert shown[1:] == MEANT[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_form_is_refused(text):
    code, message = REFUSED[text]
    with pytest.raises(SpecError, match=re.escape(message)) as caught:
        parse(HEAD + text)
    assert [found.code for found in caught.value.diagnostics] == [code]
    assert caught.value.diagnostics[0].span.line > 1
