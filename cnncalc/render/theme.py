"""Colours by role, light and dark.

The colours of families are those of Okabe and Ito, which stay apart for every kind of colour
vision; no picture says anything by colour alone.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class Color(NamedTuple):
    """A role's colour on light and on dark paper."""

    light: str
    dark: str


_ROLES = {
    "paper": Color("#ffffff", "#15181d"),
    "ink": Color("#16191d", "#e8eaed"),
    "muted": Color("#4d5560", "#a9b1bc"),
    "faint": Color("#dfe3e8", "#333a44"),
    "edge": Color("#4d5560", "#98a2b0"),
    "panel": Color("#f4f6f8", "#1c2128"),
    "panel_edge": Color("#d4d9df", "#353d48"),
    "card": Color("#ffffff", "#232a33"),
    "card_edge": Color("#9aa3ae", "#566070"),
    "badge": Color("#16191d", "#e8eaed"),
    "badge_ink": Color("#ffffff", "#15181d"),
    "input": Color("#5f6670", "#b4bbc5"),
    "conv": Color("#0072b2", "#4ba3db"),
    "pool": Color("#bd7d00", "#f0b13c"),
    "upsample": Color("#8f6a00", "#d9b458"),
    "merge": Color("#00835f", "#2fc79b"),
    "linear": Color("#b0578c", "#e19cc4"),
    "norm": Color("#3a8fc4", "#8fd0f5"),
    "activation": Color("#8a7c00", "#efe35a"),
    "dropout": Color("#7b6f62", "#c9bba9"),
    "shape": Color("#6b7280", "#a9b1bc"),
    "attention": Color("#c04a00", "#ff9a52"),
    "recurrent": Color("#8f4fa8", "#d0a0e2"),
    "other": Color("#5f6670", "#b4bbc5"),
    "params": Color("#0072b2", "#4ba3db"),
    "macs": Color("#c04a00", "#ff9a52"),
    "activations": Color("#00835f", "#2fc79b"),
    "saved": Color("#8f4fa8", "#d0a0e2"),
    "conv_soft": Color("#d6e8f4", "#173a52"),
    "conv_side": Color("#a8cde6", "#245474"),
    "pool_soft": Color("#fbeac6", "#4d3a12"),
    "pool_side": Color("#f1d190", "#6d531c"),
    "merge_soft": Color("#d0ece2", "#12463a"),
    "merge_side": Color("#9ad5c1", "#1c6350"),
    "linear_soft": Color("#f3dcea", "#4a2a3f"),
    "linear_side": Color("#e2b4cf", "#683c58"),
    "input_soft": Color("#dcdfe3", "#3a414b"),
    "input_side": Color("#bcc1c8", "#4c5562"),
    "other_soft": Color("#e6e8eb", "#333a44"),
    "other_side": Color("#c9cdd3", "#47505c"),
    "letter_a": Color("#56b4e9", "#56b4e9"),
    "letter_b": Color("#e69f00", "#e69f00"),
    "letter_c": Color("#2db58c", "#2db58c"),
    "letter_d": Color("#f0e442", "#f0e442"),
    "letter_e": Color("#dca0c3", "#dca0c3"),
    "letter_f": Color("#f08a4b", "#f08a4b"),
    "letter_ink": Color("#16191d", "#15181d"),
    "cone": Color("#dceaf5", "#1b3347"),
    "mark": Color("#fff0c2", "#4a3d12"),
    "window": Color("#ffffff", "#15181d"),
}

ROLES = MappingProxyType(_ROLES)
THEMES = ("auto", "light", "dark")


def color(role: str, *, dark: bool = False) -> str:
    """The colour of a role; raises KeyError for one that does not exist."""
    return ROLES[role].dark if dark else ROLES[role].light


def soft(role: str) -> str:
    """The pale fill that goes with a family, for faces seen from the front."""
    return f"{role}_soft" if f"{role}_soft" in ROLES else "other_soft"


def side(role: str) -> str:
    """The darker fill that goes with a family, for faces seen from the side."""
    return f"{role}_side" if f"{role}_side" in ROLES else "other_side"
