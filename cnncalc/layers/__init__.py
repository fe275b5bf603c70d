"""Layer kinds: one class each, with every facet side by side.

Importing this package registers all kinds in :data:`KINDS`; :func:`find` looks one up by any of
its names.
"""

from __future__ import annotations

import functools
import re

from cnncalc.layers import (
    activation as activation,
)
from cnncalc.layers import (
    adaptive as adaptive,
)
from cnncalc.layers import (
    classic as classic,
)
from cnncalc.layers import (
    composite as composite,
)
from cnncalc.layers import (
    conv as conv,
)
from cnncalc.layers import (
    learned as learned,
)
from cnncalc.layers import (
    linear as linear,
)
from cnncalc.layers import (
    merge as merge,
)
from cnncalc.layers import (
    norm as norm,
)
from cnncalc.layers import (
    opaque as opaque,
)
from cnncalc.layers import (
    part as part,
)
from cnncalc.layers import (
    pool as pool,
)
from cnncalc.layers import (
    recurrent as recurrent,
)
from cnncalc.layers import (
    regularise as regularise,
)
from cnncalc.layers import (
    sequence as sequence,
)
from cnncalc.layers import (
    shape as shape,
)
from cnncalc.layers import (
    softmax as softmax,
)
from cnncalc.layers import (
    spatial as spatial,
)
from cnncalc.layers import (
    transposed as transposed,
)
from cnncalc.layers import (
    unpool as unpool,
)
from cnncalc.layers import (
    upsample as upsample,
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
