"""Receptive fields: which input positions can change a unit's value.

:func:`receptive_fields` finds the field of every node; a :class:`Field` answers for one node in one
reference. Definitions: docs/receptive-fields.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.fields.field import Field
from cnncalc.fields.passes import Fields, receptive_fields

if TYPE_CHECKING:
    from cnncalc.fields.borders import Border, Halo
    from cnncalc.fields.coverage import Coverage, closing_dilations
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

_HOMES = {
    "borders": ("Border", "Halo"),
    "coverage": ("Coverage", "closing_dilations"),
    "groups": ("Group",),
    "inputs": ("Smallest", "Unproductive", "resized", "smallest_inputs", "unproductive"),
    "paths": ("Branch", "Hop", "Path"),
    "reach": ("dilation_needed", "layers_needed"),
    "units": ("Part", "Reading"),
}
"""Where the names live that a table of sizes does not need; imported when they are asked for."""


def __getattr__(name: str) -> Any:
    """Import a name from the module where it lives."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"cnncalc.fields.{module}"), name)
    raise AttributeError(f"module 'cnncalc.fields' has no attribute {name!r}")
