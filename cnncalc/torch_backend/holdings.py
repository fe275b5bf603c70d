"""Bytes of tensors as long as they are alive, and of those that autograd keeps.

The interpreter and autograd are watched; nothing is predicted.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class Holdings(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Bytes of the given tensors and of those made while it is active, as long as they are alive.

    A tensor counts by its values: PyTorch sometimes leaves it in memory that was made larger. What
    belongs to the modules themselves does not count.
    """

    def __init__(self, tensors: Sequence[Tensor], state: Iterator[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0
        self._sizes: weakref.WeakKeyDictionary[torch.UntypedStorage, int] = weakref.WeakKeyDictionary()
        for tensor in state:
            self._sizes[tensor.untyped_storage()] = 0
        for tensor in tensors:
            self._note(tensor)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **kwargs or {})
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, Tensor):
                self._note(tensor)
        return result

    def size(self, storage: torch.UntypedStorage) -> int:
        """Bytes of the values that a storage was made for."""
        return self._sizes[storage]

    def _note(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage not in self._sizes:
            size = tensor.numel() * tensor.element_size()
            self._sizes[storage] = size
            self.bytes += size
            weakref.finalize(storage, self._release, size)

    def _release(self, size: int) -> None:
        self.bytes -= size


class Keeper:
    """Notes each tensor that autograd keeps, once, and counts what it holds in memory."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._kept: set[torch.UntypedStorage] = set()
        self.bytes = 0

    def keep(self, tensor: Tensor) -> Tensor:
        """Called by autograd with each tensor that it keeps."""
        storage = tensor.untyped_storage()
        if storage not in self._kept:
            self._kept.add(storage)
            self.bytes += self._holdings.size(storage)
        return tensor


class PeakHoldings(Holdings):  # type: ignore[no-untyped-call]
    """Remembers the most that was alive at once."""

    most = 0

    def _note(self, tensor: Tensor) -> None:
        super()._note(tensor)
        self.most = max(self.most, self.bytes)
