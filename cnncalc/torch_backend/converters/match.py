"""What a converter proposes for a call, and sizes as a spec writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Converter = Callable[..., "Match | None"]


class Match(NamedTuple):
    """The kind of a layer, its arguments, the tensors that enter it, and its learned tensors."""

    kind: str
    arguments: Mapping[str, Any]
    data: tuple[Any, ...]
    weights: tuple[Any, ...] = ()


def plain(value: Any) -> Any:
    """Sizes as a spec writes them: one number where all are equal."""
    if isinstance(value, tuple | list):
        return value[0] if len(set(value)) == 1 else tuple(value)
    return value


def axes(sizes: Any) -> Any:
    """Sizes of which each means an axis: equal ones stay apart."""
    return sizes[0] if len(sizes) == 1 else tuple(sizes)
