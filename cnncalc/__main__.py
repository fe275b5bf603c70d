"""``python -m cnncalc``: the command line."""

from cnncalc.cli import main

main()
