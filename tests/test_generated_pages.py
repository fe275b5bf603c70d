"""The generated pages are those that the code makes today."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402 - found in docs


@pytest.mark.parametrize("page", generate.PAGES)
def test_the_page_is_fresh(page):
    if page == "reference/library.md":
        pytest.importorskip("torch")
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == generate.PAGES[page](), "run: python docs/generate.py"


def test_every_kind_has_a_place_on_the_page():
    page = (DOCS / "what-is-counted.md").read_text(encoding="utf-8")
    for name, kind in generate.KINDS.items():
        assert kind.arity == (0, 0) or f"\n## {name}\n" in page or f"\n| `{name}` |" in page
