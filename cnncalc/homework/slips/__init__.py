"""What comes out where something usual goes wrong, each with a kind word about it.

A slip takes a question and gives the wrong value, or None where it does not apply. Most of them
change one number of the layer's own worked formula, so that they follow the layers by themselves.
Importing this package registers them all, the likelier first.
"""

from cnncalc.homework.slips import counts, fields, sizes
from cnncalc.homework.slips.registry import SLIPS, Slip, explanations

__all__ = ["SLIPS", "Slip", "counts", "explanations", "fields", "sizes"]
