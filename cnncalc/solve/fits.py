"""Does a window fit its input exactly; if not, what is left over and which changes make it fit."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Padding, both
from cnncalc.layers.windows import same_pads
from cnncalc.solve.solutions import Solutions, SolveError, at_least
from cnncalc.solve.windows import Setting

FURTHEST = 64
"""How far sizes and arguments are changed in search of a fit."""


class Repair(NamedTuple):
    """One change after which the windows fit: which argument, to what, and the size that leaves."""

    change: str
    size: int
    setting: Setting
    output: int

    def __str__(self) -> str:
        return f"{self.change}: {self.size} -> {self.output}"


class Fit(NamedTuple):
    """Whether the windows end at the edge; ``unread`` counts positions that none of them reads."""

    size: int
    setting: Setting
    exact: int | Fraction
    floor: int
    ceil: int
    unread: int
    repairs: tuple[Repair, ...]

    @property
    def fits(self) -> bool:
        """Whether the lectures' rule, a whole number, is kept."""
        return self.unread == 0 and self.floor >= 1

    def text(self) -> str:
        """Everything, for people."""
        shown = f"{self.size} with {self.setting}"
        if self.fits:
            return f"fits: {shown} -> {self.floor}"
        lines = [f"does not fit: {shown} would give {float(self.exact):.4g}"]
        if self.floor >= 1:
            lines.append(
                f"rounded down (PyTorch): {self.floor}, {self.unread} of "
                f"{self.size + both(self.setting.padding)} positions never read; "
                f"rounded up (ceil_mode): {self.ceil}"
            )
        return "\n".join([*lines, "nearest that fit:", *(f"  {repair}" for repair in self.repairs)])


def fit(size: int, kernel: int, stride: int = 1, padding: Padding = 0, dilation: int = 1) -> Fit:
    """Whether the windows fit, and the nearest changes after which they do.

    >>> print(fit(7, kernel=3, stride=3).text())
    does not fit: 7 with k=3 s=3 would give 2.333
    rounded down (PyTorch): 2, 1 of 7 positions never read; rounded up (ceil_mode): 3
    nearest that fit:
      padding 1: 7 -> 3
      kernel 1: 7 -> 3
      kernel 4: 7 -> 2
      size 6: 6 -> 2
      size 9: 9 -> 3
      stride 2: 7 -> 3
      stride 4: 7 -> 2
    """
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        at_least(name, value)
    setting = Setting(kernel, stride, padding, dilation)
    exact = setting.output(size, "exact")
    floor = setting.output(size)
    unread = int((exact - floor) * stride) if floor >= 1 else size
    repairs = () if unread == 0 and floor >= 1 else tuple(_repairs(size, setting))
    return Fit(size, setting, exact, floor, setting.output(size, "ceil"), unread, repairs)


def _repairs(size: int, setting: Setting) -> list[Repair]:
    """For each argument, the nearest smaller and larger value that fits."""
    found = _even_padding(size, setting)
    for name in ("kernel", "size", "stride"):
        for step in (-1, 1):
            found += _first_fit(size, setting, name, step)
    return found


def _even_padding(size: int, setting: Setting) -> list[Repair]:
    """The least padding that fits, even where possible, otherwise one more behind."""
    least = both(setting.padding)
    for total in range(least + 1, least + FURTHEST):
        half, rest = divmod(total, 2)
        changed = setting._replace(padding=(half, half + 1) if rest else half)
        if _is_fit(size, changed):
            return [Repair(f"padding {changed.padding}", size, changed, changed.output(size))]
    return []


def _first_fit(size: int, setting: Setting, name: str, step: int) -> list[Repair]:
    start = size if name == "size" else getattr(setting, name)
    for distance in range(1, FURTHEST):
        value = start + step * distance
        if value < 1:
            return []
        new_size = value if name == "size" else size
        changed = setting if name == "size" else setting._replace(**{name: value})
        if _is_fit(new_size, changed):
            return [Repair(f"{name} {value}", new_size, changed, changed.output(new_size))]
    return []


def _is_fit(size: int, setting: Setting) -> bool:
    output = setting.output(size, "exact")
    return bool(output >= 1 and output == int(output))


def padding(
    kernel: int,
    stride: int = 1,
    dilation: int = 1,
    *,
    size: int | None = None,
    output: int | None = None,
    rounding: str = "exact",
) -> Solutions[Setting]:
    """Paddings that keep the size, or with a stride give ``ceil(size/stride)`` or ``output``.

    Without ``size`` the padding must do for every size. Even paddings come first, then those with
    one position more behind than before, as TensorFlow and ONNX pad.

    >>> print(padding(5, stride=2, size=32).text())
    one solution:
      k=5 s=2 p=(1, 2)
    even padding under rounding=floor: p=2
    """
    for name, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        at_least(name, value)
    if size is None and (stride > 1 or output is not None):
        raise SolveError("with a stride or an output size the input size matters: give the size")
    sizes = [at_least("size", size)] if size is not None else _SOME_SIZES
    wanted = {n: formulas.same_output_size(n, stride) if output is None else output for n in sizes}
    candidates = _padded(kernel, stride, dilation)
    found = [c for c in candidates if all(c.output(n, rounding) == out for n, out in wanted.items())]
    floors = [c for c in candidates if all(c.output(n) == out for n, out in wanted.items())]
    notes = [] if any(not isinstance(c.padding, tuple) for c in found) else _floor_note(floors)
    if size is not None and output is None and found:
        found = [c for c in found if c.padding == _by_rule(size, c)] or found
    return Solutions(found, nearest=() if found else floors[:3], notes=notes)


_SOME_SIZES = list(range(1, 40))
"""Sizes that stand for all: with stride 1 every size behaves alike."""


def _padded(kernel: int, stride: int, dilation: int) -> list[Setting]:
    extent = formulas.effective_kernel(kernel, dilation)
    if extent > 10_000:
        raise SolveError(f"a window of {extent:,} positions is more than this search is made for")
    even = [Setting(kernel, stride, p, dilation) for p in range(extent)]
    return even + [Setting(kernel, stride, (p, p + 1), dilation) for p in range(extent)]


def _by_rule(size: int, setting: Setting) -> Padding:
    """What ``same_upper`` pads."""
    before, after = same_pads("same_upper", size, setting.kernel, setting.stride, setting.dilation)
    return before if before == after else (before, after)


def _floor_note(floors: list[Setting]) -> list[str]:
    even = [str(c.padding) for c in floors if not isinstance(c.padding, tuple)]
    return [f"even padding under rounding=floor: p={', '.join(even)}"] if even else []
