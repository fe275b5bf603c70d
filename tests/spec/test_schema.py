"""The JSON Schema takes what the parser takes, and marks misspelt layers' arguments."""

import json

import pytest
import yaml

from cnncalc.layers import KINDS
from cnncalc.spec import bundled
from cnncalc.spec.document import KEYS
from cnncalc.spec.schema import schema

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator():
    made = schema()
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(json.loads(json.dumps(made)))


@pytest.mark.parametrize("name", bundled())
def test_bundled_specs_are_valid(name, validator):
    text = bundled()[name].read_text(encoding="utf-8")
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "layers: [{conv: {out_chanels: 3, kernel_size: 3}}]",
        "layers: [{conv: {out_channels: 3}}]",
        "layers: [{conv: {out: 3, kernel: 3, padding_mode: zeroes}}]",
        "layers: [{maxpool: {kernel_size: true}}]",
        "inptu: 3x32x32",
        "rounding: up",
        "defaults: {conv: {biass: false}}",
        "expect: {parms: 3}",
    ],
)
def test_mistakes_are_marked(text, validator):
    assert not validator.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "layers: [{conv: {out: 3, k: 3}}]",
        "layers: [{conv: {out_channels: 4*c, kernel_size: 3x5, padding: same}}]",
        "layers: {features: [conv(6, 5), {add: {main: 'conv(6, 3, 1, 1)', skip: id}}], avgpool: gap}",
        "layers: [{maxpool: 2}, {cat: [id, id]}, relu]",
    ],
)
def test_what_the_parser_takes_is_valid(text, validator):
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


def test_every_key_and_every_argument_is_in_the_schema():
    made = schema()
    assert list(made["properties"]) == list(KEYS)
    for kind, cls in KINDS.items():
        if kind not in ("input", "opaque"):
            assert set(cls.arguments) <= set(made["definitions"][f"layer_{kind}"]["properties"])
