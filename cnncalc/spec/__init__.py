"""The spec language: from text to a :class:`~cnncalc.network.Network`.

``load`` takes a bundled name, a path or a chain; ``parse`` takes text. Whatever is wrong with a
spec comes back at once as :class:`~cnncalc.errors.SpecError`, each error with its place.
"""

from __future__ import annotations

from cnncalc.spec.limits import Limits
from cnncalc.spec.loading import bundled, load, parse, read

__all__ = ["Limits", "bundled", "load", "parse", "read"]
