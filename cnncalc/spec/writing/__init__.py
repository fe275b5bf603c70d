"""Networks as specs: the way back from a network to the text that makes it."""

from cnncalc.spec.writing.text import Written, write

__all__ = ["Written", "write"]
