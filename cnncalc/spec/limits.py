"""How much a spec may ask for; specs come from strangers."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds that no honest spec meets, each with a way to raise it."""

    characters: int = 1 << 20
    """Length of the text."""
    events: int = 200_000
    """YAML's scalars and brackets."""
    depth: int = 64
    """Nesting of YAML collections."""
    nesting: int = 32
    """Nesting of brackets in a chain or an expression."""
    operators: int = 64
    """Operators in one expression."""
    modifiers: int = 4
    """Modifiers (``*2``, ``?``, ``as``, ``if``) behind one step."""
    uses: int = 100
    """Nesting of steps when blocks are expanded, blocks in blocks included."""
    repeat: int = 10_000
    """One repeat count."""
    layers: int = 20_000
    """Layers after expansion."""
    digits: int = 15
    """Digits of a whole number."""
    diagnostics: int = 100
    """Errors reported before giving up."""

    @property
    def largest(self) -> int:
        """The largest whole number."""
        return int(10**self.digits) - 1


DEFAULT = Limits()
