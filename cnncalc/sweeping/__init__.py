"""Design spaces: the numbers of a whole grid of configurations at once."""

from cnncalc.errors import MissingExtra

try:
    import numpy as numpy
except ImportError:
    raise MissingExtra("NumPy", "sweep", "a sweep") from None

from cnncalc.sweeping.axes import SweepError
from cnncalc.sweeping.run import sweep
from cnncalc.sweeping.table import Table

__all__ = ["SweepError", "Table", "sweep"]
