"""A network back from its printed summary: shapes and parameter counts down a chain of layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import product
from math import prod
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.arithmetic import Shape
from cnncalc.layers import find, show
from cnncalc.solve.solutions import Solutions, SolveError
from cnncalc.solve.windows import Setting, window

MOST_ROWS = 500
"""Longest summary that is read."""

_ROW = re.compile(
    r"^[\s|│├└─]*(?P<kind>[A-Za-z]\w*?)(?:[-:(\s][^\[(]*?(?:\((?P<keras>\w+)\))?)?\s*"
    r"[\[(](?P<shape>(?:None|-?\d+)(?:,\s*\d+)+)[\])][\s|│]*(?P<params>--|[\d,]+)?[\s|│]*$"
)
_CONTAINERS = {"sequential", "modulelist", "input", "inputlayer"}
_LAYER = re.compile(r"^[\s|│├└─]*(?P<kind>[A-Za-z]\w*?)(?:[-:(\s].*)?[\[(:-]")
_MOST_DILATION = 3
_MOST_SHOWN = 10


class Printed(NamedTuple):
    """One line of a summary: the layer's kind as printed, its output without batch, its parameters."""

    kind: str
    shape: Shape
    params: int


class ChainSetting(NamedTuple):
    """A chain that prints the same summary, and the input sizes that do, per axis."""

    chain: str
    inputs: tuple[tuple[int, ...], ...]
    settings: tuple[Setting, ...]

    def __str__(self) -> str:
        sizes = " x ".join("|".join(map(str, axis)) for axis in self.inputs)
        return f"{self.chain}   (input {sizes})"


def summary(rows: str | Iterable[Printed | tuple[str, Shape, int]]) -> Solutions[ChainSetting]:
    """Chains of layers with these output shapes and parameter counts.

    ``rows`` is the text that torchinfo, torchsummary or this library print, or the rows as (kind,
    shape without batch, parameters). Where one configuration does for all convolutions, all such
    are found; otherwise the simplest for each.

    >>> print(summary([("conv", (15, 19), 60), ("conv", (15, 9), 690), ("conv", (15, 4), 690)]).text())
    underdetermined: 3 solutions, simplest first:
      INPUT(1x39) -> conv(15, 3, 2) -> conv(15, 3, 2) -> conv(15, 3, 2)   (input 39|40)
      INPUT(1x39) -> conv(15, 3, 2, 1, 2) -> conv(15, 3, 2, 1, 2) -> conv(15, 3, 2, 1, 2)   (input 39|40)
      INPUT(1x39) -> conv(15, 3, 2, 2, 3) -> conv(15, 3, 2, 2, 3) -> conv(15, 3, 2, 2, 3)   (input 39|40)
    """
    printed, skipped = _read(rows) if isinstance(rows, str) else ([Printed(*row) for row in rows], [])
    if not 1 <= len(printed) <= MOST_ROWS:
        raise SolveError(f"a summary of 1 to {MOST_ROWS} layers is needed, this has {len(printed)}")
    steps = _Chain(printed).steps()
    shared = _shared(steps)
    combinations: list[dict[int, Setting]] = shared or [{}]
    found = [chain for chain in map(partial(_assembled, steps), combinations) if chain is not None]
    return Solutions(found, notes=[*_notes(steps, shared), *_left_out(skipped)])


def _read(text: str) -> tuple[list[Printed], list[str]]:
    """The lines of a printed summary that describe layers, and those that do but could not be read."""
    found, skipped = [], []
    for line in text.splitlines()[: 10 * MOST_ROWS]:
        match = _ROW.match(line[:1000])
        if match is None:
            skipped += [line] if _names_layer(line[:1000]) else []
            continue
        kind = (match["keras"] or match["kind"]).lower()
        numbers = [int(n) for n in match["shape"].replace("None", "-1").split(",")]
        if kind not in _CONTAINERS and find(kind) is not None:
            params = (match["params"] or "--").replace(",", "").replace("--", "0")
            found.append(Printed(kind, tuple(numbers[1:]), int(params)))
        elif kind not in _CONTAINERS:
            skipped.append(line)
    return found, skipped


def _names_layer(line: str) -> bool:
    """Whether a line begins with a layer and a number or shape, as rows of summaries do."""
    first = _LAYER.match(line)
    kind = "" if first is None else first["kind"].lower()
    return bool(kind) and kind not in _CONTAINERS and find(kind) is not None


def _left_out(skipped: Sequence[str]) -> list[str]:
    """What is said of rows that were not read: the chain goes on as if they were not there."""
    shown = [" ".join(line.split())[:60] for line in skipped[:_MOST_SHOWN]]
    more = [f"and {len(skipped) - _MOST_SHOWN} more"] if len(skipped) > _MOST_SHOWN else []
    return [f"row left out (no known layer with a shape): {line}" for line in shown] + more


class Step(NamedTuple):
    """A line with what it may have been: for windows all settings, for others the text."""

    row: Printed
    before: Shape | None
    kind: str
    fixed: str = ""
    channels: int = 0
    bias: bool = True
    groups: int = 1
    settings: tuple[Setting, ...] = ()

    def text(self, setting: Setting | None) -> str:
        """The layer as a chain says it."""
        if self.fixed or setting is None:
            return self.fixed
        arguments = [*([self.row.shape[0]] if self.kind == "conv" else []), *_trimmed(setting, self.kind)]
        words = [f"groups={self.groups}"] if self.groups > 1 else []
        words += [] if self.bias or self.kind != "conv" else ["bias=false"]
        return f"{self.kind}({', '.join([*map(str, arguments), *words])})"


def _trimmed(setting: Setting, kind: str) -> list[int]:
    """The arguments up to the last that differs from its default."""
    values = list(setting)
    defaults = [None, setting.kernel if kind != "conv" else 1, 0, 1]
    while values[-1] == defaults[len(values) - 1]:
        values.pop()
    return values


class _Chain:
    """Goes down the rows, from each shape to the next."""

    def __init__(self, rows: Sequence[Printed]) -> None:
        self.rows = rows

    def steps(self) -> list[Step]:
        """One step per row."""
        steps: list[Step] = []
        before: Shape | None = None
        for number, row in enumerate(self.rows):
            try:
                steps.append(_step(row, before))
            except SolveError as error:
                raise SolveError(f"row {number + 1} ({row.kind} {show(row.shape)}): {error}") from None
            before = row.shape
        return steps


def _step(row: Printed, before: Shape | None) -> Step:
    found = find(row.kind)
    if found is None:
        raise SolveError("no layer has this name")
    kind = found[0].kind
    if kind == "conv":
        return _conv(row, before)
    if kind in ("maxpool", "avgpool", "lppool"):
        return _pool(row, before, kind)
    if kind in ("linear", "fc"):
        return _linear(row, before, kind)
    if before is not None and prod(before) != prod(row.shape) and kind != "gap":
        raise SolveError(f"{show(before)} enters, which this layer does not change")
    return Step(row, before, kind, fixed=kind)


def _conv(row: Printed, before: Shape | None) -> Step:
    """Kernel from the parameters, everything else from the sizes."""
    rank = len(row.shape) - 1
    if rank < 1:
        raise SolveError("a convolution leaves channels and sizes")
    for groups_rule, bias in product(("one", "each"), (True, False)):
        for channels in [before[0]] if before is not None else range(1, 65):
            groups = 1 if groups_rule == "one" else channels
            kernel = _kernel(row, channels, groups, int(bias), rank)
            if kernel is not None:
                settings = _windows(row, before, kernel)
                if settings or before is None:
                    return Step(row, before, "conv", "", channels, bias, groups, settings)
    raise SolveError(f"no square kernel makes {row.params:,} parameters and these sizes")


def _kernel(row: Printed, channels: int, groups: int, bias: int, rank: int) -> int | None:
    """The square kernel with which the layer has its parameters, if there is one."""
    if channels % groups or row.shape[0] % groups:
        return None
    for kernel in range(1, 64):
        params = formulas.conv_params(channels, row.shape[0], (kernel,) * rank, groups, bias)
        if params >= row.params:
            return kernel if params == row.params else None
    return None


def _windows(row: Printed, before: Shape | None, kernel: int) -> tuple[Setting, ...]:
    """Settings that lead from the sizes before to those after; all that are usual if unknown."""
    if before is None:
        return ()
    if len(before) != len(row.shape):
        raise SolveError(f"{show(before)} enters, which has other axes")
    pairs = list(zip(before[1:], row.shape[1:], strict=True))
    return window(pairs, kernel=kernel, max_dilation=_MOST_DILATION).found


def _pool(row: Printed, before: Shape | None, kind: str) -> Step:
    if row.params:
        raise SolveError("a pool has no parameters")
    if before is None:
        raise SolveError("the first row must be a convolution or a linear layer")
    pairs = list(zip(before[1:], row.shape[1:], strict=True))
    found = [s for s in window(pairs, dilation=1, max_kernel=7) if 2 * s.padding <= s.kernel > 1]
    found.sort(key=lambda s: (s.padding, abs(s.stride - s.kernel), s.kernel))
    if not found or before[0] != row.shape[0]:
        raise SolveError(f"no pool up to 7 leads here from {show(before)}")
    return Step(row, before, kind, settings=tuple(found))


def _linear(row: Printed, before: Shape | None, kind: str) -> Step:
    features = row.shape[-1]
    for bias in (1, 0):
        fan_in, rest = divmod(row.params - features * bias, features)
        if rest == 0 and fan_in > 0 and (before is None or fan_in in (prod(before), before[-1])):
            words = "" if bias else ", bias=false"
            return Step(row, before, kind, fixed=f"{kind}({features}{words})", channels=fan_in)
    entering = "" if before is None else f" from {prod(before):,} values"
    raise SolveError(f"{row.params:,} parameters make no linear layer of {features} units{entering}")


def _shared(steps: Sequence[Step]) -> list[dict[int, Setting]]:
    """Settings that all convolutions may have in common, one entry per setting."""
    convs = {
        number: set(step.settings)
        for number, step in enumerate(steps)
        if step.settings and step.kind == "conv"
    }
    if not convs:
        return []
    common = sorted(set.intersection(*convs.values()), key=lambda setting: setting.complexity)
    first = steps[0]
    members = [*convs, *([0] if first.kind == "conv" else [])]
    fitting = [s for s in common if first.kind != "conv" or _fits_first(first, s)]
    return [dict.fromkeys(members, setting) for setting in fitting]


def _fits_first(first: Step, setting: Setting) -> bool:
    """Whether the first convolution, whose input is not printed, has this kernel too."""
    rank = len(first.row.shape) - 1
    return _kernel(first.row, first.channels, first.groups, int(first.bias), rank) == setting.kernel


def _assembled(steps: Sequence[Step], chosen: dict[int, Setting]) -> ChainSetting | None:
    """The chain with the chosen settings, the simplest where none is."""
    texts, settings = [], []
    for number, step in enumerate(steps):
        setting = chosen.get(number) or _simplest(step)
        texts.append(step.text(setting))
        if setting is not None:
            settings.append(setting)
    inputs = _inputs(steps[0], settings)
    shape = show((steps[0].channels, *(axis[0] for axis in inputs)))
    return ChainSetting(" -> ".join([f"INPUT({shape})", *texts]), inputs, tuple(settings))


def _simplest(step: Step) -> Setting | None:
    if step.settings:
        return step.settings[0]
    if step.kind != "conv":
        return None
    rank = len(step.row.shape) - 1
    kernel = _kernel(step.row, step.channels, step.groups, int(step.bias), rank)
    return None if kernel is None else Setting(kernel)


def _inputs(first: Step, settings: Sequence[Setting]) -> tuple[tuple[int, ...], ...]:
    """Sizes that the first convolution may have read, per axis; a linear layer reads its features."""
    if first.kind != "conv":
        return ()
    setting = settings[0]
    return tuple(
        tuple(
            n
            for extra in range(setting.stride)
            if (n := formulas.transposed_output_size.unchecked(out, *setting, output_padding=extra)) >= 1
        )
        for out in first.row.shape[1:]
    )


def _notes(steps: Sequence[Step], shared: Sequence[object]) -> list[str]:
    """What each layer alone would allow, where the layers have nothing in common."""
    if shared:
        return []
    return [
        f"{step.kind} {show(step.row.shape)}: {len(step.settings)} configurations, e.g. {step.settings[1]}"
        for step in steps
        if len(step.settings) > 1
    ]
