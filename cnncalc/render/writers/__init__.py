"""Scenes in the formats that people keep: SVG, PDF, PNG, TikZ."""
