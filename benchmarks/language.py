"""CPU time to read specs: the bundled ones, and long ones that grow to 50,000 layers.

``python -m benchmarks.language`` prints a table; the time for each layer should stay the same.
"""

from __future__ import annotations

import time

from cnncalc.spec import Limits, bundled, load, parse

SIZES = (500, 2_000, 5_000, 10_000, 20_000, 50_000)
LIMITS = Limits(characters=1 << 24, events=1 << 20, layers=1 << 20, repeat=1 << 20)


def lines(count: int) -> str:
    """A spec with a layer on each line."""
    return "input: 8x32x32\nlayers:\n" + "  - conv(8, 3, padding=1)\n" * count


def chain(count: int) -> str:
    """A spec in one line."""
    return "INPUT(8x32x32) -> " + " -> ".join(["conv(8, 3, padding=1)"] * count)


def repeat(count: int) -> str:
    """A short spec with a long network."""
    return f"INPUT(8x32x32) -> conv(8, 3, padding=1)*{count}"


def seconds(text: str) -> float:
    """The best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        parse(text, limits=LIMITS)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print both tables."""
    for name in bundled():
        start = time.process_time()
        layers = len(load(name))
        print(f"{name:24} {layers:5} layers {1e3 * (time.process_time() - start):8.1f} ms")
    for form in (lines, chain, repeat):
        for count in SIZES:
            time_ = seconds(form(count))
            each = f"{1e6 * time_ / count:6.1f} us each"
            print(f"{form.__name__:24} {count:5} layers {1e3 * time_:8.1f} ms {each}")


if __name__ == "__main__":
    main()
