"""``python -m benchmarks``: measure everything and write docs/performance.md anew."""

from __future__ import annotations

from benchmarks import growth, inside, process
from benchmarks.measuring import ROOT, machine

PAGE = ROOT / "docs" / "performance.md"

TEXT = """\
# Performance

Measured by `python -m benchmarks`, which also writes this page; everything in one run, the least CPU
time of several runs each, programs run in turns. Ratios say more than times, since times are those
of this machine: {machine}.

## From the command to the prompt

The peers get the networks as the PyTorch source that `cnncalc export --to torch` writes.

{process}

## In a process that runs already

torchinfo and PyTorch's FlopCounterMode work on meta tensors here, which spares them the arithmetic of
a forward pass; fvcore fails on those and works on real ones.

{inside}

## Growth

A network of `conv(8, 3, padding=1) -> bn -> relu` again and again.

{growth}

## More

- `python -m benchmarks.language`: reading every bundled spec, and three forms of long ones.
- `python -m benchmarks.receptive_fields`: fields, and all units one by one.
- `python -m benchmarks.sweep`: configurations per second; see [sweep.md](sweep.md).
"""


def main() -> None:
    """Measure and write."""
    text = TEXT.format(
        machine=machine(), process=process.report(), inside=inside.report(), growth=growth.report()
    )
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
