"""Names from other systems as names that a network can have."""

from __future__ import annotations

import keyword
import re

from cnncalc.network import RESERVED


def safe_name(part: str) -> str:
    """A part of a name as a network can have it; numbers stay, as in ``features.0``.

    >>> safe_name("0"), safe_name("3x3"), safe_name("conv2d/kernel"), safe_name("type")
    ('0', '3x3', 'conv2d_kernel', 'type_')
    """
    name = re.sub(r"\W", "_", part, flags=re.ASCII) or "_"
    while name.startswith("__"):
        name = name[1:]
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name
