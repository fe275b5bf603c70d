"""The collection of blocks: every spec on the page is in the usual form, and PyTorch agrees with it."""

import re
from pathlib import Path

import pytest

from cnncalc import load
from cnncalc.spec.formatting import format_spec

PAGE = Path(__file__).parent.parent / "docs" / "language" / "blocks.md"
SPECS = dict(re.findall(r"^```yaml\n# file: (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def test_the_page_has_blocks():
    assert len(SPECS) > 10


@pytest.mark.parametrize("name", SPECS)
def test_a_block_is_written_in_the_usual_way(name):
    assert format_spec(SPECS[name], name) == SPECS[name]


@pytest.mark.parametrize("name", SPECS)
def test_pytorch_agrees_with_a_block(name, tmp_path):
    pytest.importorskip("torch")
    from cnncalc import verify

    path = tmp_path / name
    path.write_text(SPECS[name])
    verify(load(path)).require()
