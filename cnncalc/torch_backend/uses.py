"""Uses of weights counted operator by operator, in modules whose values multiply one another.

Gates, states and the scores of attention are products of values, so that ones put in at one end tell
nothing at the other. But each single operator is linear in the weights that it is given: with ones
for all values, what weights of one give more than weights of zero is the number of uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten


class Uses(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up, while active, how often operators use the given tensors; all other values become one.

    Only the borders that ``pad`` puts around values stay as they are, or become ones with
    ``beyond``, where taps in the padding count as well.
    """

    def __init__(self, weights: Sequence[Tensor], *, beyond: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0
        self._beyond = beyond
        self._kept = list(weights)
        self._homes = {_home(weight) for weight in weights}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        flat, form = tree_flatten((args, kwargs or {}))
        given = [value for value in flat if isinstance(value, Tensor)]
        weights = [self._is_weight(value) for value in given]
        if any(weights) and all(weights):
            return self._moved(func(*args, **kwargs or {}))
        if not any(weights):
            return self._as_ones(func, func(*args, **kwargs or {}))
        self.total += sum(
            sign * _sum(self._run(func, [_filled(v, fill) if self._is_weight(v) else v for v in flat], form))
            for fill, sign in ((1, 1), (0, -1))
        )
        return self._as_ones(func, func(*args, **kwargs or {}))

    def _is_weight(self, value: Any) -> bool:
        return isinstance(value, Tensor) and _home(value) in self._homes

    def _moved(self, result: Any) -> Any:
        """Weights in another place or order are weights still."""
        for tensor in tree_flatten(result)[0]:
            self._kept.append(tensor)
            self._homes.add(_home(tensor))
        return result

    def _as_ones(self, func: Any, result: Any) -> Any:
        aliases = [one.alias_info for one in func._schema.returns if one.alias_info]  # noqa: SLF001
        if any(alias.is_write for alias in aliases):
            return result.fill_(1)
        is_border = func is torch.ops.aten.constant_pad_nd.default and not self._beyond
        return result if aliases or is_border else tree_map(_ones, result)

    def _run(self, func: Any, flat: list[Any], form: Any) -> Any:
        args, kwargs = tree_unflatten(flat, form)
        if func is torch.ops.aten.convolution.default and self._beyond:
            args = _padded(*args)
        return func(*args, **kwargs)


def _home(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _filled(tensor: Tensor, value: float) -> Tensor:
    return torch.full_like(tensor, value)


def _ones(value: Any) -> Any:
    floating = isinstance(value, Tensor) and value.is_floating_point()
    return torch.ones_like(value) if floating else value


def _sum(result: Any) -> int:
    """Sum of an operator's first result, in which every value is a count."""
    first = result[0] if isinstance(result, tuple | list) else result
    return int(first.double().sum().item())


def _padded(values: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, *rest: Any) -> Any:
    """The arguments of a convolution, with ones where it would pad."""
    ends = [end for size in reversed(padding) for end in (size, size)]
    return functional.pad(values, ends, value=1.0), weight, bias, stride, [0] * len(padding), *rest


def count(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[int, int]:
    """All uses of a module's weights, fixed ones included, and those by what lies inside the input."""
    weights = [*module.parameters(), *(one for one in module.buffers() if one.is_floating_point())]
    found = []
    for beyond in (True, False):
        with torch.no_grad(), Uses(weights, beyond=beyond) as uses:
            module(*inputs)
        found.append(uses.total)
    return found[0], found[1]
