"""What can go wrong, and how it is told.

::

    CnncalcError
    ├── LayerError (ValueError)      a layer refuses its arguments or its input
    ├── SpecError (ValueError)       a spec has errors; carries every diagnostic
    ├── VerificationError            PyTorch and cnncalc disagree
    ├── ImportFailure                another system's model cannot become a network
    ├── UsageError (ValueError)      a view, format or option that does not exist is asked for
    │   ├── WrongType (TypeError)    a function is given something of another kind
    │   └── UnknownName (KeyError)   no layer or quantity has the name
    └── MissingExtra (ImportError)   an optional dependency is not installed

Rooms have errors of their own below ``CnncalcError``, each defined where it is raised: of homework,
solving, sweeps, numeric demonstrations and exports.

A :class:`LayerError` knows the rule that was broken but not the text it came from; the spec parser
adds the place and makes a :class:`Diagnostic` of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cnncalc.arithmetic import is_array

if TYPE_CHECKING:
    from cnncalc.network import Network


class CnncalcError(Exception):
    """Root of every error that cnncalc raises on purpose."""


class LayerError(CnncalcError, ValueError):
    """A layer refuses an argument or its input.

    ``code`` is the error's number (``E230``), ``help`` says what to do, ``argument`` names the
    argument at fault where there is one, ``detail`` is a short remark shown at the place itself.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        help: str = "",
        argument: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.argument = argument
        self.detail = detail

    def __str__(self) -> str:
        advice = f"; {self.help}" if self.help else ""
        return f"[{self.code}] {self.message}{advice}"


class Span(NamedTuple):
    """A stretch of source text: line and columns count from 1, ``end`` is exclusive.

    All zeros where an error is not in the text but in an option beside it.
    """

    line: int
    column: int
    end: int


class Label(NamedTuple):
    """A place and what there is to say about it."""

    span: Span
    text: str = ""


class Diagnostic(NamedTuple):
    """One error or piece of advice about a spec, with its place."""

    code: str
    message: str
    span: Span
    detail: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    severity: str = "error"


class SpecError(CnncalcError, ValueError):
    """A spec has errors.

    ``diagnostics`` holds all of them, in order of place; ``source`` the text and ``origin`` where
    it came from; ``network`` the part of the network that could still be built, or None.
    """

    def __init__(
        self,
        diagnostics: Sequence[Diagnostic],
        source: str = "",
        origin: str = "<spec>",
        network: Network | None = None,
    ) -> None:
        self.diagnostics = tuple(diagnostics)
        self.source = source
        self.origin = origin
        self.network = network
        super().__init__(self._summary())

    def _summary(self) -> str:
        places = (f":{d.span.line}:{d.span.column}" if d.span.line else "" for d in self.diagnostics)
        pairs = zip(places, self.diagnostics, strict=True)
        return "\n".join(f"{self.origin}{at}: {d.severity}[{d.code}]: {d.message}" for at, d in pairs)


class VerificationError(CnncalcError):
    """PyTorch and cnncalc disagree about a network."""


class ImportFailure(CnncalcError):
    """A model or file of another system cannot become a network; the message says where and why."""


class UsageError(CnncalcError, ValueError):
    """Something is asked for that does not exist or makes no sense."""


class WrongType(UsageError, TypeError):
    """A function is given something of another kind than it takes."""


class UnknownName(UsageError, KeyError):
    """No layer or quantity has the name."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingExtra(CnncalcError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {package}, which is not installed: pip install 'cnncalc[{extra}]'")


class Refusals:
    """Collects which configurations of an array of them a layer refuses, and why.

    While one is active (``with Refusals() as refusals``), a condition over arrays that fails for
    some configurations marks those instead of raising.
    """

    _active: ClassVar[list[Refusals]] = []

    def __init__(self) -> None:
        self.failures: list[tuple[LayerError, Any]] = []

    def __enter__(self) -> Refusals:
        self._active.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._active.pop()

    def one(self) -> AbstractContextManager[Any]:
        """While active, arrays show the numbers of one configuration; a subclass sees to that."""
        return nullcontext()

    def add(self, failed: Any, error: Callable[[], LayerError]) -> None:
        """Note a reason and the configurations it holds for."""
        self.failures.append((error(), failed))

    @classmethod
    def mark(cls, failed: Any, error: Callable[[], LayerError]) -> None:
        """Note that the configurations in the boolean array ``failed`` are refused."""
        if not cls._active:
            raise error()
        cls._active[-1].add(failed, error)

    @classmethod
    def are_collected(cls) -> bool:
        """Whether one is active."""
        return bool(cls._active)

    @classmethod
    def wording(cls) -> AbstractContextManager[Any]:
        """While active, an error that holds for all configurations is worded for one of them."""
        return cls._active[-1].one() if cls._active else nullcontext()


def require(condition: Any, error: Callable[[], LayerError]) -> None:
    """Refuse unless ``condition`` holds; over arrays, element by element.

    Conditions join with ``&`` and ``|``, never ``and`` and ``or``, so that arrays pass through.
    """
    if is_array(condition):
        if not condition.all():
            Refusals.mark(~condition, error)
    elif not condition:
        with Refusals.wording():
            raise error()
