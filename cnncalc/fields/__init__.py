"""Receptive fields: which input positions can change a unit's value.

:func:`receptive_fields` finds the field of every node; a :class:`Field` answers for one node in one
reference, and :mod:`cnncalc.fields.inputs` for input sizes. Definitions: docs/receptive-fields.md.
"""

from cnncalc.fields.borders import Border, Halo
from cnncalc.fields.coverage import Coverage, closing_dilations
from cnncalc.fields.field import Field, Fields, receptive_fields
from cnncalc.fields.groups import Group
from cnncalc.fields.inputs import Smallest, Unproductive, resized, smallest_inputs, unproductive
from cnncalc.fields.paths import Branch, Hop, Path
from cnncalc.fields.reach import dilation_needed, layers_needed
from cnncalc.fields.units import Part, Reading

__all__ = [
    "Border",
    "Branch",
    "Coverage",
    "Field",
    "Fields",
    "Group",
    "Halo",
    "Hop",
    "Part",
    "Path",
    "Reading",
    "Smallest",
    "Unproductive",
    "closing_dilations",
    "dilation_needed",
    "layers_needed",
    "receptive_fields",
    "resized",
    "smallest_inputs",
    "unproductive",
]
