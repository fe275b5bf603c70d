"""From an analysis to what people look at: tables, data files, diagrams.

The package can be called: ``cnncalc.render(network, "picture.svg", view="graph")`` is
:func:`cnncalc.render.pictures.render`.
"""

import sys
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package that is also the function people look for under its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Draw a picture into a file; see :func:`cnncalc.render.pictures.render`."""
        from cnncalc.render.pictures import render

        render(*args, **kwargs)


sys.modules[__name__].__class__ = _Package
