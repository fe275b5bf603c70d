"""Questions asked backwards: the configurations that give wanted sizes, parameters or fields.

Every search is bounded, tries its candidates with :mod:`cnncalc.formulas` or the layers
themselves, and returns :class:`Solutions`: all that were found, simplest first, or what comes
nearest where nothing does.

>>> answer = window([(40, 19), (19, 9), (9, 4)], kernel=3, max_dilation=3)
>>> [str(setting) for setting in answer]
['k=3 s=2', 'k=3 s=2 p=1 d=2', 'k=3 s=2 p=2 d=3']
>>> answer.verdict
'underdetermined'
"""

from cnncalc.solve.depth import layers_for_field
from cnncalc.solve.fits import Fit, Repair, fit, padding
from cnncalc.solve.inputs import InputSize, input_sizes, input_sizes_per_axis, usable_inputs
from cnncalc.solve.matrix import MatrixSetting, weight_matrix
from cnncalc.solve.patterns import Assignment, pattern
from cnncalc.solve.solutions import Solutions, SolveError
from cnncalc.solve.summaries import ChainSetting, summary
from cnncalc.solve.widths import Widths, mlp
from cnncalc.solve.windows import Setting, window

__all__ = [
    "Assignment",
    "ChainSetting",
    "Fit",
    "InputSize",
    "MatrixSetting",
    "Repair",
    "Setting",
    "Solutions",
    "SolveError",
    "Widths",
    "fit",
    "input_sizes",
    "input_sizes_per_axis",
    "layers_for_field",
    "mlp",
    "padding",
    "pattern",
    "summary",
    "usable_inputs",
    "weight_matrix",
    "window",
]
