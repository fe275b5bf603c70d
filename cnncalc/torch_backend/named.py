"""Modules by the name from which they can be imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnncalc.errors import CnncalcError, UsageError


def module_named(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    """The module that ``package.module:name`` is or makes; raises :class:`UsageError` if it is none.

    Modules of the current folder can be imported, as with ``python -m``. Weights are not needed:
    those of torchvision's and other factories that take ``weights`` are not loaded by default.
    """
    with _current_folder():
        found = _found(name)
        return found if isinstance(found, nn.Module) and not arguments else _made(name, found, arguments)


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let modules of the current folder be imported inside."""
    before = list(sys.path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = before


def _found(name: str) -> Any:
    path, _, attribute = name.partition(":")
    try:
        return reduce(getattr, attribute.split("."), import_module(path))
    except ImportError as error:
        way = (
            f"; name the module, without the suffix: {path[:-3]}:{attribute}" if path.endswith(".py") else ""
        )
        raise UsageError(f"cannot import {path}: {error}{way}") from error
    except AttributeError as error:
        raise UsageError(f"{path} has no {attribute}") from error


def _made(name: str, factory: Any, arguments: Mapping[str, Any]) -> nn.Module:
    if not callable(factory):
        raise UsageError(f"{name} is a {type(factory).__name__}, neither a module nor what makes one")
    try:
        module = factory(**arguments)
    except Exception as error:
        raise CnncalcError(f"{name}({_shown(arguments)}) fails: {type(error).__name__}: {error}") from error
    if not isinstance(module, nn.Module):
        raise UsageError(f"{name}({_shown(arguments)}) makes a {type(module).__name__}, no torch.nn.Module")
    return module


def _shown(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def sample(shape: tuple[int, ...], dtype: str) -> Tensor:
    """One sample of this shape and type."""
    found = getattr(torch, dtype, None)
    if not isinstance(found, torch.dtype):
        raise UsageError(f"no type is called {dtype!r}; there are float32, float16, int64, bool and more")
    return torch.zeros(shape, dtype=found)
