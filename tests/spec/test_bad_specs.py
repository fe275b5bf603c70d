"""What is said about bad specs, as golden files: CNNCALC_REWRITE=1 writes them anew."""

import os
from pathlib import Path

import pytest

from cnncalc.analysis import analyze
from cnncalc.errors import SpecError
from cnncalc.spec import parse
from cnncalc.spec.expectations import check
from cnncalc.spec.report import render, render_all

BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.suffix != ".txt")


def message_about(path):
    text = path.read_bytes().decode()
    if path.suffix == ".chain":
        text = text.rstrip("\n")
    origin = "<chain>" if path.suffix == ".chain" else "net.yaml"
    try:
        analysis = analyze(parse(text, origin=origin))
    except SpecError as error:
        return render(error)
    return render_all(check(analysis), text, origin)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_message_is_the_golden_one(path):
    golden = path.with_suffix(".txt")
    message = message_about(path)
    if os.environ.get("CNNCALC_REWRITE"):
        golden.write_text(message)
    assert message
    assert message == golden.read_text()


def errors_in(path):
    text = path.read_bytes().decode()
    try:
        parse(text.rstrip("\n") if path.suffix == ".chain" else text)
    except SpecError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_error_says_what_to_do(path):
    assert all(diagnostic.help for diagnostic in errors_in(path))
