"""Receptive fields: which input positions can change a unit's value.

:func:`receptive_fields` finds the field of every node, as (jump, first, last) per axis.
"""

from cnncalc.fields.field import Field, Fields, receptive_fields

__all__ = ["Field", "Fields", "receptive_fields"]
