"""Layer kinds: one class each, with every facet side by side.

Importing this package registers all kinds in :data:`KINDS`; :func:`find` looks one up by any of
its names.
"""

from __future__ import annotations

import functools
import re

from cnncalc.layers import (  # noqa: F401 - each registers its kinds
    activation,
    adaptive,
    classic,
    composite,
    conv,
    learned,
    linear,
    merge,
    norm,
    opaque,
    part,
    pool,
    recurrent,
    regularise,
    sequence,
    shape,
    softmax,
    spatial,
    transposed,
    unpool,
    upsample,
)
from cnncalc.layers.base import KINDS, Example, Layer, Saved, Site, show

__all__ = ["KINDS", "Example", "Layer", "Saved", "Site", "find", "names", "show"]

_RANK = re.compile(r"_?([123])d$")


@functools.cache
def names() -> dict[str, type[Layer]]:
    """Every name a kind answers to: canonical names and aliases, in lower case."""
    known = dict(KINDS)
    for cls in KINDS.values():
        for alias in cls.aliases:
            known.setdefault(alias, cls)
    return known


def find(name: str) -> tuple[type[Layer], int | None] | None:
    """The kind called ``name``, and the number of spatial axes a suffix like ``2d`` demands.

    Upper case is accepted, as lecture decks write ``CONV``. None where no kind has the name.

    >>> find("CONV2d")
    (<class 'cnncalc.layers.conv.Conv'>, 2)
    """
    lower = name.lower()
    if lower in names():
        return names()[lower], None
    match = _RANK.search(lower)
    if match and lower[: match.start()] in names():
        return names()[lower[: match.start()]], int(match[1])
    return None
