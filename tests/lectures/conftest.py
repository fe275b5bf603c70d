"""What the tests of the commands share."""

import pytest

from cnncalc.cli import main


@pytest.fixture
def run(capsys):
    """Run a command; gives its exit status, and what it printed to stdout and to stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return call
