"""``python -m cnncalc`` and the command ``cnncalc``: the command line."""

import gc

gc.set_threshold(100_000, 50, 50)
"""A command makes many objects and hardly a cycle: looking for some 100 times costs a tenth of it."""

from cnncalc.cli import main  # noqa: E402 - click, too, loads faster then

if __name__ == "__main__":
    main()
