"""What the whole test run shares: slow tests on request, and doctests without optional packages."""

import os
from importlib.util import find_spec

import pytest

os.environ.pop("COLUMNS", None)
"""What is compared is as wide as in a file."""

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Tests are many and small, and several run side by side."""

NEED_TORCH = ["cnncalc/torch_backend", "tests/corpora", "tests/layers/judge.py", "tests/layers/tally.py"]

collect_ignore = [] if find_spec("torch") else NEED_TORCH


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests that take long as well")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="takes long: run with --slow"))


@pytest.fixture
def run(capsys):
    """Run a command; gives its exit status, and what it printed to stdout and to stderr."""
    from cnncalc.cli import main

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def shell():
    """Run commands as a shell does; see :mod:`tests.shell`."""
    from tests.shell import Shell

    running = Shell()
    yield running
    running.close()
