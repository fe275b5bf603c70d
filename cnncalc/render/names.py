"""Names of layers and parts, as short as they can be and still be told apart by a reader."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.network import is_number


def told(parts: Sequence[str]) -> str:
    """The last part of a name, with what it is a number in.

    >>> told(["layer1", "0", "conv1"]), told(["features", "0"]), told(["features", "1", "0"])
    ('conv1', 'features.0', 'features.1.0')
    """
    start = len(parts) - 1
    while start > 0 and is_number(parts[start]):
        start -= 1
    return ".".join(parts[max(start, 0) :])


def inside(path: Sequence[str]) -> str:
    """The part of a path that a reader knows: what a number counts, not what lies within that.

    >>> inside(["features", "1", "conv"]), inside(["encoder", "layers"])
    ('features.1', 'layers')
    """
    numbers = [place for place, part in enumerate(path) if is_number(part)]
    return told(path[: numbers[-1] + 1] if numbers else path)


def across(first: str, last: str) -> str:
    """From where the first of two runs begins to where the last one ends.

    >>> across("conv1 – conv3", "inception4a"), across("features.0", "features.2 – 4")
    ('conv1 – inception4a', 'features.0 – 4')
    """
    begin = first.partition(" – ")[0]
    before, _, end = last.rpartition(" – ")
    owner, dot, _ = before.rpartition(".")
    end = f"{owner}{dot}{end}" if is_number(end) else end
    return begin if begin == end else span(begin, end)


def span(first: str, last: str) -> str:
    """A run from one name to another.

    >>> span("conv1", "pool2"), span("features.3", "features.8")
    ('conv1 – pool2', 'features.3 – 8')
    """
    owner, _, number = last.rpartition(".")
    same = is_number(number) and bool(owner) and first.startswith(f"{owner}.")
    return f"{first} – {number if same else last}"
