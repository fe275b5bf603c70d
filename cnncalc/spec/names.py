"""Which names a layer, a part or a block may have."""

from __future__ import annotations

from cnncalc.errors import LayerError
from cnncalc.network import check_name


def refusal(name: str) -> str:
    """Why a name is not allowed; empty if it is."""
    try:
        check_name(name[:200])
    except LayerError as error:
        return error.message
    return ""
