"""Declarations of layer arguments: what a value may be, and what to say when it is not.

Every factory makes an :class:`Argument`. Values are ints, floats, bools, words and tuples of them;
ints may also be int64 arrays, one configuration per element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from cnncalc.arithmetic import is_array, is_plain, plain
from cnncalc.errors import LayerError, require

REQUIRED: Final = object()
"""Stands as the default of an argument that must be given."""

PADDING_RULES: Final = ("same", "same_upper", "same_lower", "valid")
ROUNDING_RULES: Final = ("floor", "ceil", "exact")

Convert: TypeAlias = Callable[[str, Any], Any]


class Argument:
    """One argument of a layer kind.

    ``form`` is a word for the values it takes and ``choices`` are the words among them; ``short``
    are documented short forms (``k`` for ``kernel_size``); ``keyword`` keeps it from being given
    by position.
    """

    def __init__(
        self,
        form: str,
        convert: Convert,
        default: Any,
        doc: str,
        *,
        short: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
        keyword: bool = False,
    ) -> None:
        self.form = form
        self.default = default
        self.doc = doc
        self.short = short
        self.choices = choices
        self.keyword = keyword
        self.name = ""
        self._convert = convert

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is REQUIRED

    def convert(self, value: Any) -> Any:
        """The value in its stored form; raises :class:`LayerError` naming this argument."""
        return self._convert(self.name, value)


def count(
    default: Any = REQUIRED,
    *,
    at_least: int = 1,
    doc: str = "",
    short: tuple[str, ...] = (),
    keyword: bool = False,
) -> Any:
    """A whole number."""

    def convert(name: str, value: Any) -> Any:
        return _none_or(default, value, lambda: whole(name, value, at_least))

    return Argument("count", convert, default, doc, short=short, keyword=keyword)


def sizes(
    default: Any = REQUIRED,
    *,
    at_least: int = 1,
    doc: str = "",
    short: tuple[str, ...] = (),
    keyword: bool = False,
    may_stay: bool = False,
) -> Any:
    """A whole number for all spatial axes, or a tuple with one per axis.

    Where an axis ``may_stay`` as large as it is, None says so.
    """

    def convert(name: str, value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value):
            return tuple(None if item is None and may_stay else whole(name, item, at_least) for item in value)
        if value is None and may_stay:
            return None
        return _none_or(default, value, lambda: whole(name, value, at_least))

    return Argument("sizes", convert, default, doc, short=short, keyword=keyword)


def paddings(
    default: Any = 0, *, doc: str = "", rules: tuple[str, ...] = PADDING_RULES, keyword: bool = False
) -> Any:
    """Padding: a number, one per axis, a pair (before, after) per axis, or a rule's name."""

    def convert(name: str, value: Any) -> Any:
        if isinstance(value, str):
            return _word(name, value, rules)
        if isinstance(value, tuple | list):
            return tuple(_end_or_pair(name, item) for item in value)
        return _none_or(default, value, lambda: whole(name, value, 0))

    short = () if keyword else ("pad", "p")
    return Argument("padding", convert, default, doc, short=short, choices=rules, keyword=keyword)


def axis(default: Any = REQUIRED, *, doc: str = "", keyword: bool = False) -> Any:
    """An axis, numbered as in PyTorch: 0 is the batch, 1 the channels, -1 the last."""

    def convert(name: str, value: Any) -> Any:
        value = plain(value)
        if value is None and default is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(name, "a whole number", value)
        return value

    return Argument("axis", convert, default, doc, keyword=keyword)


def number(
    default: Any = REQUIRED,
    *,
    low: float = float("-inf"),
    high: float = float("inf"),
    doc: str = "",
    short: tuple[str, ...] = (),
    keyword: bool = False,
) -> Any:
    """A number between ``low`` and ``high``, both included."""

    def convert(name: str, value: Any) -> Any:
        if value is None and default is None:
            return None
        value = plain(value)
        if isinstance(value, bool) or not (is_plain(value) or isinstance(value, float)):
            raise _wrong(name, "a number", value)
        if not low <= value <= high:
            raise LayerError("E219", f"`{name}` must be in [{low:g}, {high:g}], got {value}", argument=name)
        return value

    return Argument("number", convert, default, doc, short=short, keyword=keyword)


def flag(default: bool, *, doc: str = "", keyword: bool = False) -> Any:
    """True or false."""

    def convert(name: str, value: Any) -> Any:
        value = plain(value)
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise _wrong(name, _TRUTH, value)

    return Argument("flag", convert, default, doc, keyword=keyword)


def choice(
    *words: str,
    default: Any = REQUIRED,
    doc: str = "",
    short: tuple[str, ...] = (),
    keyword: bool = True,
) -> Any:
    """One of a few words."""

    def convert(name: str, value: Any) -> Any:
        return _none_or(default, value, lambda: _word(name, value, words))

    return Argument("choice", convert, default, doc, short=short, choices=words, keyword=keyword)


def rounding(*, rules: tuple[str, ...] = ROUNDING_RULES) -> Any:
    """How an output size that does not fit exactly is rounded."""
    doc = "What to do where windows do not fit exactly: round down, up (PyTorch's rule) or refuse."
    return choice(*rules, default="floor", doc=doc, short=("round",))


_TRUTH = "true or false"


def whole(name: str, value: Any, at_least: int) -> Any:
    """A whole number of at least ``at_least``, or the error that says so."""
    is_whole = value.dtype.kind in "iu" if is_array(value) else isinstance(value, int)
    if isinstance(value, bool) or not is_whole:
        raise _wrong(name, "a whole number", value)
    require(
        value >= at_least,
        lambda: LayerError("E216", f"`{name}` must be at least {at_least}, got {value}", argument=name),
    )
    return value


def _end_or_pair(name: str, value: Any) -> Any:
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise _wrong(name, "one number or a pair (before, after) per axis", value)
        return tuple(whole(name, end, 0) for end in value)
    return whole(name, value, 0)


def _word(name: str, value: Any, words: tuple[str, ...]) -> str:
    word = "none" if value is None else value  # specs write both alike
    if word in words:
        return str(word)
    shown = ", ".join(words)
    message = f"`{name}` must be one of {shown}, got {shown_value(word)}"
    raise LayerError("E215", message, help="choose one of these", argument=name)


def _none_or(default: Any, value: Any, convert: Callable[[], Any]) -> Any:
    return None if value is None and default is None else convert()


def _wrong(name: str, wanted: str, value: Any) -> LayerError:
    given, advice = shown_value(value), ""
    if wanted == _TRUTH:
        advice = f"write {_TRUTH}"
    elif isinstance(value, float):
        given = str(value)
        advice = "wrap it: round(...) or div8(...)"
    elif value is None:
        given, advice = "nothing", "write a value, or leave the argument out"
    elif isinstance(value, str) and value.strip().isdecimal():
        given, advice = f"the text '{value}'", "quotes make a number text: leave them out"
    message = f"`{name}` must be {wanted}, got {given}"
    return LayerError("E215", message, help=advice, argument=name)


def shown_value(value: Any) -> str:
    """A value as a spec would write it.

    >>> shown_value((3, 5)), shown_value("same"), shown_value(True)
    ('(3, 5)', 'same', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(shown_value, value))}{',' if len(value) == 1 else ''})"
    return str(value)
