"""Mutated specs never crash the parser, and both YAML loaders read them alike."""

import os

import pytest
import yaml

from cnncalc.spec import bundled
from cnncalc.spec.source import Problems, Source, TooManyErrors
from cnncalc.spec.yamlchecks import Refused, check_characters
from cnncalc.spec.yamltree import read_yaml
from tests.spec.fuzz import CHAINS, mutated, try_one, yaml_seeds

NUMBER = int(os.environ.get("CNNCALC_FUZZ", "1500"))
SEEDS = {"yaml": yaml_seeds(), "chain": list(CHAINS)}


@pytest.mark.parametrize("what", SEEDS)
def test_mutated_specs_give_a_network_or_diagnostics(what):
    codes = [code for text in mutated(SEEDS[what], NUMBER, seed=1) for code in try_one(text)]
    assert len(set(codes)) > 15


def read(text, loader):
    problems = Problems(Source(text))
    try:
        check_characters(problems.source, problems)
        tree = read_yaml(problems.source, problems, loader)
    except (Refused, TooManyErrors):
        tree = None
    return tree, problems.found()


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML without its C loader")
@pytest.mark.parametrize("texts", ["bundled", "mutated"])
def test_the_loaders_in_c_and_in_python_agree(texts):
    found = [path.read_text() for path in bundled().values()]
    if texts == "mutated":
        found = list(mutated(SEEDS["yaml"], NUMBER // 5, seed=2))
    for text in found:
        assert read(text, yaml.CSafeLoader) == read(text, yaml.SafeLoader)
