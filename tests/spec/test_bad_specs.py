"""What is said about bad specs, as golden files: REWRITE_GOLDEN=1 writes them anew."""

import os
from pathlib import Path

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec import parse
from cnncalc.spec.report import render

BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.suffix != ".txt")


def message_about(path):
    text = path.read_bytes().decode()
    origin = "<chain>" if path.suffix == ".chain" else "net.yaml"
    with pytest.raises(SpecError) as caught:
        check(text.rstrip("\n") if path.suffix == ".chain" else text, origin)
    return render(caught.value)


def check(text, origin):
    network = parse(text, origin=origin)
    raise AssertionError(f"{origin} has no errors: {network}")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_message_is_the_golden_one(path):
    golden = path.with_suffix(".txt")
    message = message_about(path)
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(message)
    assert message == golden.read_text()
