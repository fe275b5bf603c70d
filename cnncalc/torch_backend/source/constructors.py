"""The text that constructs a module, read off the module that stands for a layer.

Nothing here knows a layer kind: a module of torch.nn is written by the parameters of its
constructor, which torch.nn keeps as attributes; a module of our own by the arguments it was made
with. So a kind that can be built can be written.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn

from cnncalc.errors import CnncalcError
from cnncalc.folding import Hole, Template
from cnncalc.network import Node
from cnncalc.torch_backend import own
from cnncalc.torch_backend.modules import module_for

_HOME = own.__name__.rpartition(".")[0]
_NOT_WRITTEN = frozenset({"device", "dtype", "inplace", "args", "kwargs"})


_KEPT_AS = {"bias": "in_proj_bias", "kdim": "", "vdim": ""}
"""What attention keeps its arguments as, where that is not their name."""

_PER_AXIS = frozenset(
    ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "size", "scale_factor")
)
"""Arguments that are one number for all axes or one for each."""


class Written(NamedTuple):
    """How a node appears in code.

    ``constructor`` is None where no module is needed; ``call`` is the expression of the forward
    pass, with ``{0}``, ``{1}`` for what enters and ``{self}`` for the module; it is empty where the
    module is simply called. ``helpers`` are the classes of our own that the text needs.
    """

    constructor: Template | None
    call: str = ""
    helpers: tuple[type, ...] = ()


def written(node: Node) -> Written:
    """The code for a node."""
    with torch.device("meta"), _recording() as made:
        module = module_for(node.layer, node.site)
    idiom = _IDIOMS.get(type(module))
    if idiom is not None:
        return idiom(module, node)
    helpers: list[type] = []
    constructor = _constructor(module, made, helpers)
    return Written(constructor, helpers=tuple(dict.fromkeys(helpers)))


@contextmanager
def _recording() -> Iterator[dict[int, dict[str, Any]]]:
    """Note the arguments with which modules of our own are made inside."""
    made: dict[int, dict[str, Any]] = {}
    originals = {cls: cls.__dict__["__init__"] for cls in _own_classes() if "__init__" in cls.__dict__}

    def noting(original: Any) -> Any:
        signature = inspect.signature(original)

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            made.setdefault(id(self), _flat(signature.bind(self, *args, **kwargs), signature))
            original(self, *args, **kwargs)

        return init

    try:
        for cls, original in originals.items():
            cls.__init__ = noting(original)  # type: ignore[method-assign]
        yield made
    finally:
        for cls, original in originals.items():
            cls.__init__ = original  # type: ignore[method-assign]


def _flat(bound: inspect.BoundArguments, signature: inspect.Signature) -> dict[str, Any]:
    """Arguments by name, without self; ``*args`` by their number, ``**options`` opened."""
    positional: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        elif kind is inspect.Parameter.VAR_POSITIONAL:
            positional.update((str(number), item) for number, item in enumerate(value))
        else:
            named[name] = value
    return {**positional, **named}


def _own_classes() -> list[type[nn.Module]]:
    homes = [module for name, module in sys.modules.items() if name.startswith(f"{_HOME}.")]
    return [
        cls
        for home in homes
        for cls in vars(home).values()
        if isinstance(cls, type) and cls.__module__ == home.__name__
    ]


def _constructor(module: nn.Module, made: dict[int, dict[str, Any]], helpers: list[type]) -> Template:
    cls = type(module)
    if cls.__module__.startswith("torch.nn."):
        return _of_torch(module)
    helpers.append(cls)
    if id(module) not in made:
        return _of_torch(module, cls.__name__)
    arguments: list[str | Hole | Template] = []
    for number, (name, value) in enumerate(made[id(module)].items()):
        lead = (", " if number else "") + ("" if name.isdigit() else f"{name}=")
        if isinstance(value, nn.Module):
            arguments += [lead, _constructor(value, made, helpers)]
        else:
            arguments.append(Hole(_checked(value), f"size{name}" if name.isdigit() else name, lead))
    return Template(f"{cls.__name__}(", *arguments, ")")


def _of_torch(module: nn.Module, callee: str = "") -> Template:
    """A module of torch.nn by the parameters of its constructor; defaults are left out."""
    template = Template(f"{callee or f'nn.{type(module).__name__}'}(")
    started = False
    for name, parameter in _parameters(type(module)).items():
        attribute = _KEPT_AS.get(name, name) if isinstance(module, nn.MultiheadAttention) else name
        if name in _NOT_WRITTEN or not hasattr(module, attribute):
            continue
        value, default = _attribute(module, attribute), parameter.default
        if default is inspect.Parameter.empty:
            template.add(Hole(value, name, ", " if started else ""))
        else:
            default = module.kernel_size if name == "stride" and default is None else default
            template.add(Hole(value, name, f", {name}=" if started else f"{name}=", _plain(default)))
        started = started or default is inspect.Parameter.empty or value != _plain(default)
    return template.add(")")


def _parameters(cls: type) -> dict[str, inspect.Parameter]:
    """What a constructor takes; recurrent networks hide it behind ``*args``."""
    if not issubclass(cls, nn.RNNBase):
        return dict(inspect.signature(cls).parameters)
    shared = dict(inspect.signature(nn.RNNBase).parameters)
    nonlinearity = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
    del shared["mode"]
    return {**shared, "nonlinearity": nonlinearity} if issubclass(cls, nn.RNN) else shared


def _attribute(module: nn.Module, name: str) -> Any:
    value = getattr(module, name)
    if name in ("bias", "in_proj_bias") and not isinstance(value, bool):
        return value is not None
    return _plain(value) if name in _PER_AXIS else _checked(value)


def _plain(value: Any) -> Any:
    """A value as people write it: one number for equal ones."""
    items = _checked(value)
    if isinstance(items, tuple) and len(items) > 1 and len(set(items)) == 1 and type(items[0]) is int:
        return items[0]
    return items


def code(value: Any) -> str:
    """A value as code."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _checked(value: Any) -> Any:
    """A value whose ``repr`` is code."""
    if isinstance(value, tuple | list):
        return tuple(_checked(item) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CnncalcError(f"no code can be written for the value {value!r}")


# Layers that people write as an expression.


def _passed_on(_: nn.Module, __: Node) -> Written:
    return Written(None, "{0}")


def _sum(_: nn.Module, node: Node) -> Written:
    return Written(None, " + ".join(f"{{{place}}}" for place in range(len(node.inputs))))


def _concatenation(module: Any, node: Node) -> Written:
    if module.crop:
        return Written(Template("Concatenation(crop=True)"), helpers=(own.Concatenation,))
    joined = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
    return Written(None, f"torch.cat([{joined}], dim=1)")


def _global_mean(_: nn.Module, node: Node) -> Written:
    axes = tuple(range(2, 1 + len(node.input_shapes[0])))
    return Written(None, f"{{0}}.mean({axes if len(axes) > 1 else axes[0]})")


def _flat_linear(module: nn.Module, node: Node) -> Written:
    constructor = _of_torch(module, "nn.Linear")
    flat = len(node.input_shapes[0]) == 1
    return Written(constructor, "" if flat else "{self}({0}.flatten(1))")


def _product(_: nn.Module, node: Node) -> Written:
    if len({len(shape) for shape in node.input_shapes}) > 1:
        return Written(Template("Product()"), helpers=(own.Product,))
    return Written(None, " * ".join(f"{{{place}}}" for place in range(len(node.inputs))))


_IDIOMS: dict[type[nn.Module], Callable[[Any, Node], Written]] = {
    nn.Identity: _passed_on,
    own.Sum: _sum,
    own.Product: _product,
    own.Concatenation: _concatenation,
    own.GlobalMean: _global_mean,
    own.FlatLinear: _flat_linear,
}
