"""Alternatives, as lectures compare them: the same task, done by different layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Analysis, analyze
from cnncalc.arithmetic import Shape
from cnncalc.layers import KINDS, Layer, show
from cnncalc.network import Builder
from cnncalc.text_table import text_table

QUANTITIES = ("params", "connections", "macs")


class Alternative(NamedTuple):
    """One way of doing it: its name and its numbers."""

    name: str
    analysis: Analysis

    @property
    def output(self) -> Shape:
        """The shape that it makes."""
        return self.analysis.output_shapes[0]

    @property
    def field(self) -> Shape:
        """Input positions that an output value depends on, per axis."""
        return self.analysis.rows[-1].field.size

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        numbers = {quantity: getattr(self.analysis, quantity) for quantity in QUANTITIES}
        return {
            "name": self.name,
            "layers": [row.label for row in self.analysis.rows[1:]],
            "output_shape": list(self.output),
            "field": list(self.field),
            **numbers,
        }


class Comparison:
    """Several alternatives for the same input."""

    def __init__(self, question: str, shape: Shape, alternatives: Mapping[str, list[Layer]]) -> None:
        self.question = question
        self.shape = shape
        self.alternatives = tuple(
            Alternative(name, _analysis(name, shape, layers)) for name, layers in alternatives.items()
        )

    def __getitem__(self, name: str) -> Analysis:
        """The analysis of an alternative."""
        return next(each.analysis for each in self.alternatives if each.name == name)

    def ratio(self, name: str, quantity: str) -> float:
        """How many times the smallest of all alternatives one of them takes."""
        smallest = min(getattr(each.analysis, quantity) for each in self.alternatives)
        return float(getattr(self[name], quantity) / smallest)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "schema": 1,
            "question": self.question,
            "input_shape": list(self.shape),
            "alternatives": [each.to_dict() for each in self.alternatives],
        }

    def table(self) -> str:
        """A line for each alternative; in brackets how many times the smallest it takes."""
        lines = [
            [
                each.name,
                " -> ".join(row.label for row in each.analysis.rows[1:]),
                show(each.output),
                show(each.field) or "all",
                *(self._number(each.name, quantity) for quantity in QUANTITIES),
            ]
            for each in self.alternatives
        ]
        headings = ["", "layers", "output", "field", *QUANTITIES]
        sides = ("left", "left", "left", "left", *("right" for _ in QUANTITIES))
        text = text_table(lines, headings, sides)
        return f"{self.question}, input {show(self.shape)}\n\n{text}"

    def _number(self, name: str, quantity: str) -> str:
        ratio = self.ratio(name, quantity)
        times = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
        return f"{getattr(self[name], quantity):,} ({times}x)"


def _analysis(name: str, shape: Shape, layers: list[Layer]) -> Analysis:
    build = Builder(name)
    node = build.input("input", shape)
    for layer in layers:
        node = build.add(layer, node)
    return analyze(build.network())


def connectivity(shape: Shape, out_channels: int, kernel_size: Any, **options: Any) -> Comparison:
    """A convolution against locally and fully connected layers with the same input and output.

    >>> connectivity((3, 227, 227), 96, 11, stride=4)["locally connected"].params
    105705600
    """
    conv = KINDS["conv"](out_channels=out_channels, kernel_size=kernel_size, **options)
    local = KINDS["local"](out_channels=out_channels, kernel_size=kernel_size, **options)
    values = formulas.element_count(conv.output_shape((shape,)))
    full = KINDS["fc"](out_features=values, bias=options.get("bias", True))
    return Comparison(
        "who is connected to whom",
        shape,
        {"convolution": [conv], "locally connected": [local], "fully connected": [full]},
    )


def kernels(shape: Shape, kernel_size: int = 3, count: int = 3, *, bias: bool = True) -> Comparison:
    """A stack of small kernels against one large kernel with the same receptive field.

    >>> compared = kernels((64, 56, 56), bias=False)
    >>> compared["three 3x3"].params, compared["one 7x7"].params
    (110592, 200704)
    """
    field = count * (kernel_size - 1) + 1
    small = KINDS["conv"](out_channels=shape[0], kernel_size=kernel_size, padding=kernel_size // 2, bias=bias)
    large = KINDS["conv"](out_channels=shape[0], kernel_size=field, padding=field // 2, bias=bias)
    stack: list[Layer] = [layer for _ in range(count) for layer in (small, KINDS["relu"]())]
    names = {2: "two", 3: "three", 4: "four", 5: "five"}
    axes = len(shape) - 1
    return Comparison(
        "small kernels in a row or one large kernel",
        shape,
        {
            f"{names.get(count, count)} {show((kernel_size,) * axes)}": stack,
            f"one {show((field,) * axes)}": [large, KINDS["relu"]()],
        },
    )


def separable(shape: Shape, out_channels: int, kernel_size: Any, **options: Any) -> Comparison:
    """A depthwise convolution and a 1x1 convolution against a full convolution.

    >>> compared = separable((32, 112, 112), 64, 3, padding=1, bias=False)
    >>> compared["full"].macs, compared["depthwise-separable"].macs
    (231211008, 29302784)
    """
    bias = options.get("bias", True)
    return Comparison(
        "separable or full",
        shape,
        {
            "full": [KINDS["conv"](out_channels=out_channels, kernel_size=kernel_size, **options)],
            "depthwise-separable": [
                KINDS["dwconv"](kernel_size=kernel_size, **options),
                KINDS["conv"](out_channels=out_channels, kernel_size=1, bias=bias),
            ],
        },
    )


def heads(shape: Shape, classes: int, *, bias: bool = True) -> Comparison:
    """All values into the classifier, or the mean of each map.

    >>> compared = heads((512, 7, 7), 1000)
    >>> compared["flatten"].params, compared["global pooling"].params
    (25089000, 513000)
    """
    classifier = KINDS["fc"](out_features=classes, bias=bias)
    return Comparison(
        "flatten or global pooling before the classifier",
        shape,
        {"flatten": [KINDS["flatten"](), classifier], "global pooling": [KINDS["gap"](), classifier]},
    )
