"""The spec language: from text to a :class:`~cnncalc.network.Network`.

``load`` takes a bundled name, a path or a chain; ``parse`` takes text. Whatever is wrong with a
spec comes back at once as :class:`~cnncalc.errors.SpecError`, each error with its place.

The way of a text, which :mod:`~cnncalc.spec.assembly` leads through these modules:

=====================  ================================================================================
found and read         loading, source, limits
YAML to a tree         yamlchecks, yamltree
chains to a tree       tokens, expressions, chain; the tree itself is in syntax
keys to a document     reading, keys; the document itself is in document
names to layers        signatures, binding, before anything is expanded; counting says if it is too much
steps to nodes         scope, evaluate, values, entrances, expand
what is said at last   finishing (frozen parts, expectations), basing (specs based on others)
=====================  ================================================================================

What is said about mistakes: codes (each explained), remedies (advice by code), suggest (similar words),
guesses and foreign (other frameworks' words, and their layers in a list), refusals (by layers), suspicions
(warnings), report (as text).
About specs that stand: expectations, lint, formatting, writing, schema, operators, reference.
"""

from __future__ import annotations

from cnncalc.spec.limits import Limits
from cnncalc.spec.loading import bundled, load, parse, read

__all__ = ["Limits", "bundled", "load", "parse", "read"]
