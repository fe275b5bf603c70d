"""How a kind's arguments are given: their names, their order, and advice where they are not its own."""

from __future__ import annotations

import functools

from cnncalc.layers.arguments import Argument
from cnncalc.layers.base import Layer
from cnncalc.spec.guesses import ARGUMENTS
from cnncalc.spec.suggest import did_you_mean


@functools.cache
def argument_names(cls: type[Layer]) -> dict[str, Argument]:
    """Every name an argument of the kind answers to; full names before short ones."""
    known = dict(cls.arguments)
    for argument in cls.arguments.values():
        for short in argument.short:
            known.setdefault(short, argument)
    return known


@functools.cache
def positional(cls: type[Layer]) -> tuple[str, ...]:
    """Names of the arguments that can be given by position, in order."""
    return tuple(name for name, argument in cls.arguments.items() if not argument.keyword)


@functools.cache
def required(cls: type[Layer]) -> tuple[str, ...]:
    """Names of the arguments that must be given."""
    return tuple(name for name, argument in cls.arguments.items() if argument.required)


def window_argument(cls: type[Layer]) -> str:
    """The argument that a bare size is for: the window, or else the first one; empty without any."""
    windows = (name for name, argument in cls.arguments.items() if argument.form == "sizes")
    return next(iter((*windows, *positional(cls))), "")


def dashed_order(cls: type[Layer], count: int) -> tuple[str, ...]:
    """What the numbers of ``CONV-3-64`` are: kernel and filters; of ``CONV-64`` only the filters."""
    if count == 2 and {"kernel_size", "out_channels"} <= set(cls.arguments):
        return ("kernel_size", "out_channels")
    return positional(cls)[:count]


def reference(cls: type[Layer]) -> str:
    """The argument with which a kind refers to another layer (``unpool(pool=p1)``); empty for most."""
    return str(getattr(cls, "refers_to", ""))


def argument_advice(cls: type[Layer], name: str) -> str:
    """What to write instead of an argument that the kind does not have."""
    lower = name.lower()
    advice = ARGUMENTS.get(lower, "")
    target = {"out_features": "out_channels", "out_channels": "out_features"}.get(lower)
    if advice and (target is None or target in cls.arguments):
        return advice
    suggestion = did_you_mean(name, argument_names(cls))
    if suggestion:
        return suggestion
    listed = ", ".join(cls.arguments)
    return f"its arguments are {listed}" if listed else f"`{cls.kind}` takes no arguments"
