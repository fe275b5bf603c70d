"""Every spec and every chain on the language's pages is right."""

import re
from pathlib import Path

import pytest

from cnncalc.analysis import analyze
from cnncalc.layers import KINDS
from cnncalc.spec import parse
from cnncalc.spec.document import KEYS
from cnncalc.spec.expectations import check
from cnncalc.spec.operators import HIDDEN

PAGES = Path(__file__).parents[2] / "docs" / "language"
BLOCK = re.compile(r"^```(yaml|chain)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    for page in sorted(PAGES.glob("*.md")):
        for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for text in block.splitlines() if language == "chain" else [block]:
                yield pytest.param(text, id=f"{page.stem}-{text.strip().splitlines()[0][:60]}")


@pytest.mark.parametrize("text", list(examples()))
def test_example_is_right(text):
    network = parse(text, folder=PAGES)
    assert check(analyze(network)) == ()


def test_the_reference_has_every_key_and_every_kind():
    page = (PAGES / "reference.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in page for key in KEYS)
    for kind in set(KINDS) - HIDDEN:
        assert re.search(rf"^#### {kind}\b", page, re.MULTILINE)
