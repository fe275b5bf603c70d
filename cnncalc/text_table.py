"""Tables as plain text.

tabulate writes the other formats; its import alone takes longer than analysing ResNet-50, which a
table on a terminal should not have to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_GAP = "  "
_ROOM = 2
"""By this a column is at least wider than its heading."""


def text_table(lines: Iterable[Sequence[str]], headings: Sequence[str], sides: Sequence[str] = ()) -> str:
    """Lines of cells below their headings; ``sides`` says ``left`` or ``right`` for each column.

    >>> print(text_table([["C1", "156"], ["S2", "12"]], ["layer", "params"], ["left", "right"]))
    layer      params
    -------  --------
    C1            156
    S2             12
    """
    cells = [tuple(headings), *map(tuple, lines)]
    least = [len(heading) + _ROOM for heading in headings]
    widths = [max(map(len, column), default=0) for column in zip(*cells, strict=True)]
    widths = list(map(max, widths, least))
    pads = [str.rjust if side == "right" else str.ljust for side in sides] or [str.ljust] * len(widths)
    heading, *below = (_GAP.join(_padded(line, widths, pads)).rstrip() for line in cells)
    return "\n".join([heading, _GAP.join("-" * width for width in widths), *below])


def _padded(
    line: Sequence[str], widths: Sequence[int], pads: Sequence[Callable[[str, int], str]]
) -> Iterable[str]:
    return (pad(cell, width) for cell, width, pad in zip(line, widths, pads, strict=True))
