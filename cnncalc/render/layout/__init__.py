"""Layered drawings of directed acyclic graphs: no system program, the same on every machine."""

from cnncalc.render.layout.layered import Drawing, Size, layered

__all__ = ["Drawing", "Size", "layered"]
