"""Names from other systems as names that a spec can have."""

from __future__ import annotations

import keyword
import re

from cnncalc.network import RESERVED


def safe_name(part: str) -> str:
    """A part of a name as a spec can have it: a number gets an underscore in front.

    >>> safe_name("0"), safe_name("conv2d/kernel"), safe_name("type")
    ('_0', 'conv2d_kernel', 'type_')
    """
    name = re.sub(r"\W", "_", part, flags=re.ASCII) or "_"
    if name[0].isdigit():
        name = f"_{name}"
    while name.startswith("__"):
        name = name[1:]
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name
