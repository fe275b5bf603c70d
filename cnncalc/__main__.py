"""``python -m cnncalc`` and the command ``cnncalc``: the command line.

A command makes many objects, hardly a cycle among them, and ends: looking for cycles, some hundred
times as it runs and again at its end, would cost a sixth of its time. Where PyTorch is loaded the end
is left to Python: libraries that it brings along complain about objects that are never freed.
"""

import gc
import sys

gc.set_threshold(100_000, 50, 50)

from cnncalc import cli  # noqa: E402 - click, too, loads faster then


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        cli.main()
    finally:
        if "torch" not in sys.modules:
            gc.freeze()


if __name__ == "__main__":
    main()
