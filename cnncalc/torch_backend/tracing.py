"""A module's run, recorded: every call that makes a tensor, in order, where it was made, its MACs.

The module runs once on fake tensors, which have shapes but no values, so that it costs neither
memory nor time, and any control flow over sizes is followed as it comes. What is recorded are
calls of functions, not of modules: a convolution is seen whether it comes from a layer, a subclass
of one, or ``functional.conv2d`` with weights made on the spot. (Symbolic tracing by torch.fx was
tried first: it stops at asserts and shapes that become Python numbers, and sees sizes as nodes.)

MACs are counted beside it by PyTorch's own dispatch mode, call by call; nothing here knows a
formula of cnncalc's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from cnncalc.errors import ImportFailure

FLOPS_PER_MAC = 2

SAMPLES = 11
"""Samples in the recorded batch: a number that other axes hardly ever have."""


_IMAGES = 4
"""Axes of a batch of images; with fewer, a batch cannot be told from channels."""


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return int(sdpa_flop_count(query, key, value))  # type: ignore[no-untyped-call]


_ALSO_COUNTED = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}  # noqa: SLF001
"""Kernels that PyTorch's counter leaves out: attention on the CPU, by PyTorch's own formula."""


class Call(NamedTuple):
    """One recorded call: the function, what it was given and made, its module and its MACs."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    made: tuple[Tensor, ...]
    module: nn.Module
    path: str
    visit: int
    macs: int

    @property
    def name(self) -> str:
        """The function's name; of an attribute that makes a tensor (``.T``), the attribute's."""
        name = str(self.function.__name__)
        return name if name != "__get__" else str(self.function.__self__.__name__)  # type: ignore[attr-defined]

    @property
    def tensors(self) -> list[Tensor]:
        """Every tensor it was given, in order."""
        return [leaf for leaf in tree_leaves((self.args, dict(self.kwargs))) if isinstance(leaf, Tensor)]


class Trace(NamedTuple):
    """A recorded run: calls in order, the tensors that entered and left, and how many samples."""

    calls: list[Call]
    inputs: list[Tensor]
    outputs: list[Tensor]
    batch: int


def trace(module: nn.Module, inputs: Sequence[Any]) -> Trace:
    """Run the module on inputs without batch axis (shapes, or nested tensors) and record it.

    The module is left as it was. A batch is run whose size is hardly ever another axis's, so that
    the batch axis can be told from others; modules that insist on one sample get one, and those
    that need values get real zeros. Where it does not run, the first axis of the inputs is taken for
    a batch's.
    """
    failures: list[Exception] = []
    for fake, batch in ((True, SAMPLES), (True, 1), (False, 2), (False, 1)):
        found = _attempt(module, inputs, failures, fake=fake, batch=batch)
        if found is not None:
            return found
    bare = _without_batch(inputs)
    found = _attempt(module, bare, [], fake=True, batch=SAMPLES) if bare else None
    if found is not None:
        return found
    reason = _first_line(failures[-1])
    raise ImportFailure(f"{type(module).__name__} does not run on these inputs: {reason}") from failures[-1]


def _without_batch(inputs: Sequence[Any]) -> Sequence[Any]:
    """Images without the first axis that they have in common; nothing where it cannot be a batch's."""
    shapes = [tuple(leaf.shape) for leaf in tree_leaves(list(inputs)) if isinstance(leaf, Tensor)]
    shapes += [value for value in inputs if _is_shape(value)]
    if len({shape[0] for shape in shapes if shape}) != 1 or min(map(len, shapes)) < _IMAGES:
        return ()

    def bare(leaf: Any) -> Any:
        return leaf.new_zeros(leaf.shape[1:]) if isinstance(leaf, Tensor) else leaf

    return [value[1:] if _is_shape(value) else tree_map(bare, value) for value in inputs]


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(size) is int for size in value)


def _attempt(module: nn.Module, inputs: Sequence[Any], failures: list[Exception], **how: Any) -> Trace | None:
    try:
        with left_as_found(module):
            return _run(module, inputs, **how)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's forward raises
        failures.append(error)
        return None


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"


def _run(module: nn.Module, inputs: Sequence[Any], *, fake: bool, batch: int) -> Trace:
    first = next(iter(module.parameters()), None)
    device = first.device if first is not None else torch.device("cpu")
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        if fake:
            stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        given = [_batched(value, batch, device) for value in inputs]
        counter = stack.enter_context(FlopCounterMode(display=False, custom_mapping=_ALSO_COUNTED))
        recorder = _Recorder(module, counter)
        stack.enter_context(recorder.watching_modules())
        with recorder:
            result = module(*given)
    leaves = [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor)]
    return Trace(recorder.calls, leaves, _outputs(result), batch)


def _batched(value: Any, batch: int, device: torch.device) -> Any:
    """A tensor of zeros for a shape; tensors of a nested input get a batch axis as well."""
    if _is_shape(value):
        return torch.zeros(batch, *value, device=device)

    def one(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        return torch.zeros(batch, *leaf.shape, dtype=leaf.dtype, device=device)

    return tree_map(one, value)


def _outputs(result: Any) -> list[Tensor]:
    """Every tensor of a nested result, in order."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, Mapping):
        parts = list(result.values())
    elif isinstance(result, tuple | list):
        parts = list(result)
    else:
        parts = list(vars(result).values()) if hasattr(result, "__dict__") else []
    return [tensor for part in parts for tensor in _outputs(part)]


@contextmanager
def left_as_found(module: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards every attribute, mode, buffer and hook is as before."""
    before = [(part, _copied(vars(part))) for part in module.modules()]
    values = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        for part, _ in before:
            part.training = False
        yield
    finally:
        for part, attributes in before:
            vars(part).clear()
            vars(part).update(attributes)
        with torch.no_grad():
            for buffer, value in values:
                buffer.copy_(value)


def _copied(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with their containers copied, so that what is put into those can be undone."""
    kinds = (dict, list, set)
    return {name: value.copy() if isinstance(value, kinds) else value for name, value in attributes.items()}


class _Recorder(TorchFunctionMode):
    """Notes every call of a function of PyTorch's that makes tensors."""

    def __init__(self, root: nn.Module, counter: FlopCounterMode) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._counter = counter
        self._names = {id(part): name for name, part in root.named_modules()}
        self._visits: dict[int, int] = {}
        self._stack: list[tuple[nn.Module, str, int]] = [(root, "", 0)]

    @contextmanager
    def watching_modules(self) -> Iterator[None]:
        """Keep track of the module that runs, by hooks that are global and so touch no module."""
        entered = hooks.register_module_forward_pre_hook(self._enter)
        left = hooks.register_module_forward_hook(self._leave, always_call=True)
        try:
            yield
        finally:
            entered.remove()
            left.remove()

    def _enter(self, module: nn.Module, _: Any) -> None:
        visit = self._visits[id(module)] = self._visits.get(id(module), 0) + 1
        path = self._names.get(id(module), self._stack[-1][1])
        self._stack.append((module, path, visit))

    def _leave(self, module: nn.Module, *_: Any) -> None:
        if len(self._stack) > 1:
            self._stack.pop()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given: Any = tree_map(lambda leaf: leaf, (args, kwargs))  # lists may grow after the call
        before = self._counter.get_total_flops()
        result = func(*args, **kwargs)
        made = tuple(leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor))
        if made and not _is_attribute_of_data(func):
            macs = (self._counter.get_total_flops() - before) // FLOPS_PER_MAC
            self.calls.append(Call(func, given[0], given[1], made, *self._stack[-1], macs))
        return result


def _is_attribute_of_data(function: Any) -> bool:
    """Access to ``.data``, ``.grad`` and the like, which makes no new value; ``.T`` does."""
    if getattr(function, "__name__", "") not in ("__get__", "__set__"):
        return False
    return getattr(function.__self__, "__name__", "") not in ("T", "mT", "H", "mH")
