"""What another system has no word for: every reason, told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.network import Network, Node


class CannotSay(CnncalcError):
    """The other system has no way to say what a layer does; the message tells what it lacks."""


def unsaid(network: Network, say: Callable[[Node], Any]) -> dict[str, str]:
    """For every kind and reason that makes ``say`` raise :class:`CannotSay`, the first layer that has it."""
    found: dict[str, str] = {}
    for node in network:
        if not node.inputs:
            continue
        try:
            say(node)
        except CannotSay as reason:
            found.setdefault(f"{node.kind}: {reason}", node.name)
    return found
