"""Every command and every Python example in the pages is run, and its output compared.

A ```console block holds commands (``$ cnncalc ...``) and what they print; a ```python block with
``>>>`` is a doctest. With CNNCALC_REWRITE=1 the output of commands is written into the pages
instead of being compared. A ```yaml, ```csv, ```python or ```text block whose first line is
``# file: NAME`` becomes a file that the commands of the same page can read.
"""

import doctest
import io
import os
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from cnncalc.cli import main

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
REWRITE = os.environ.get("CNNCALC_REWRITE") == "1"

_VERSION = re.compile(r"PyTorch \S+ on cpu")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command):
    """What a command prints, errors included, as a terminal would show it."""
    program, *arguments = shlex.split(command)
    assert program == "cnncalc", f"examples run cnncalc alone, not {program}"
    shown = io.StringIO()
    with redirect_stdout(shown), redirect_stderr(shown), pytest.raises(SystemExit):
        main(arguments)
    return _VERSION.sub("PyTorch 2.13.0+cpu on cpu", shown.getvalue()).rstrip("\n")


def files_of(text):
    for language, block in _BLOCK.findall(text):
        first, _, rest = block.partition("\n")
        if language in ("yaml", "csv", "text", "python") and first.startswith("# file: "):
            yield first.removeprefix("# file: ").strip(), rest


def session(block):
    """The block with its commands run afresh."""
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines.append(line)
            if output := run(line.removeprefix("$ ")):
                lines += output.splitlines()
            lines.append("")
    return "\n".join(lines[:-1]) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_print_what_the_page_shows(page, tmp_path, monkeypatch):
    text = page.read_text(encoding="utf-8")
    if "```console" not in text:
        return
    if re.search(r"\$ cnncalc (verify|run|import|export)", text):
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    for name, content in files_of(text):
        Path(name).write_text(content, encoding="utf-8")
    fresh = _BLOCK.sub(
        lambda match: f"```console\n{session(match[2])}```" if match[1] == "console" else match[0], text
    )
    if REWRITE:
        page.write_text(fresh, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == fresh


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_examples_hold(page, tmp_path, monkeypatch):
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, content in files_of(text):
        Path(name).write_text(content, encoding="utf-8")
    examples = "\n\n".join(block for language, block in _BLOCK.findall(text) if language == "python")
    if ">>>" not in examples:
        return
    if page.name == "pytorch.md":
        pytest.importorskip("torch")
    parsed = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(parsed, out=sys.stderr.write)
    assert result.failed == 0
