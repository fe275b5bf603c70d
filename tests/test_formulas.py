"""Formulas against brute force and published numbers, on ints, arrays and symbols."""

import inspect
import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnncalc import formulas
from cnncalc.arithmetic import PerAxis
from cnncalc.errors import UsageError

FORMULAS = {
    name: function
    for name, function in vars(formulas).items()
    if inspect.isfunction(function) and inspect.unwrap(function).__module__ == formulas.__name__
}
SAMPLES = {"size": 24, "start": 1, PerAxis: (3, 4)}


def sample(name, parameter):
    """A number that suits a parameter, or one per axis where axes are taken."""
    takes = inspect.signature(FORMULAS[name]).parameters[parameter].annotation
    return SAMPLES.get(takes) or SAMPLES.get(parameter, 4)


def arguments(name):
    return {p: sample(name, p) for p in inspect.signature(FORMULAS[name]).parameters}


def windows(size, kernel, stride, padding, dilation):
    """Start positions of all windows that lie inside the padded axis, found by trying each."""
    extent = max(dilation * tap for tap in range(kernel)) + 1
    last = size + padding - extent
    return [start for start in range(-padding, last + 1) if (start + padding) % stride == 0]


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_output_size_counts_the_windows_that_fit(stride, padding, dilation):
    for size, kernel in itertools.product(range(1, 12), range(1, 5)):
        found = len(windows(size, kernel, stride, padding, dilation))
        numbers = (size, kernel, stride, padding, dilation)
        assert max(formulas.output_size.unchecked(*numbers), 0) == found
        if found:
            assert formulas.output_size(*numbers) == found
            assert type(formulas.output_size(*numbers)) is int
        else:
            with pytest.raises(UsageError, match=f"does not fit into {size + 2 * padding}$"):
                formulas.output_size(*numbers)


def test_conv_params_and_connections_equal_a_count_over_all_weights():
    rows, columns, channels, filters = 5, 6, 4, 6
    kernel, groups = (3, 2), 2
    output = (rows - 2, columns - 1)
    weights, uses = set(), 0
    for f, y, x in itertools.product(range(filters), range(output[0]), range(output[1])):
        first = f // (filters // groups) * (channels // groups)
        reads = itertools.product(range(first, first + channels // groups), range(3), range(2))
        taps = [(f, *tap) for tap in reads] + [(f, "bias")]
        weights.update(taps)
        uses += len(taps)
        assert (y, x) < output
    assert formulas.conv_params(channels, filters, kernel, groups) == len(weights)
    assert formulas.conv_connections(channels, filters, kernel, output, groups) == uses
    macs = formulas.conv_macs(channels, filters, kernel, output, groups)
    assert macs == uses - filters * output[0] * output[1]


@pytest.mark.parametrize("name", FORMULAS)
def test_every_formula_is_one_return_expression(name):
    import ast
    import textwrap

    source = textwrap.dedent(inspect.getsource(inspect.unwrap(FORMULAS[name])))
    docstring, returned = ast.parse(source).body[0].body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(returned, ast.Return)


@pytest.mark.parametrize("name", FORMULAS)
def test_every_formula_has_a_doctest(name):
    assert ">>>" in FORMULAS[name].__doc__


@pytest.mark.parametrize("name", FORMULAS)
def test_int64_arrays_give_what_ints_give(name):
    numbers = arguments(name)
    expected = FORMULAS[name](**numbers)
    arrays = {
        key: tuple(np.array([v, v]) for v in value) if isinstance(value, tuple) else np.array([value, value])
        for key, value in numbers.items()
    }
    assert list(FORMULAS[name](**arrays)) == [expected, expected]


@pytest.mark.parametrize("name", FORMULAS)
def test_symbols_give_what_ints_give(name):
    numbers = arguments(name)
    symbols, values = {}, {}
    for key, value in numbers.items():
        many = value if isinstance(value, tuple) else (value,)
        made = tuple(sympy.Symbol(f"{key}{i}", integer=True, positive=True) for i in range(len(many)))
        symbols[key] = made if isinstance(value, tuple) else made[0]
        values.update(zip(made, many, strict=True))
    assert FORMULAS[name](**symbols).subs(values) == FORMULAS[name](**numbers)


def test_narrow_arrays_are_widened_before_they_overflow():
    wide = np.array([4096], dtype=np.int32)
    macs = formulas.conv_macs(wide, wide, (3, 3), (224, 224))
    assert macs.dtype == np.int64
    assert macs[0] == 4096 * 4096 * 9 * 224 * 224


def test_arrays_of_floats_are_refused():
    with pytest.raises(TypeError, match="int64"):
        formulas.output_size(np.array([32.5]), 5)


def test_exact_size_is_a_fraction_where_windows_do_not_fit():
    assert formulas.output_size_exact(7, 3, 3) == Fraction(7, 3)
    assert type(formulas.output_size_exact(7, 3, 2)) is int


DEFAULTS = {
    "stride 1, no padding": (formulas.output_size_ceil, {"size": 7, "kernel": 3}, 5),
    "stride 1, exact": (formulas.output_size_exact, {"size": 7, "kernel": 3}, 5),
    "stride 1, same": (formulas.same_output_size, {"size": 7}, 7),
    "stride 1, transposed": (formulas.transposed_output_size, {"size": 7, "kernel": 3}, 9),
    "undilated": (formulas.effective_kernel, {"kernel": 3}, 3),
    "first tap, unpadded": (formulas.field_first, {"start": 4, "jump": 2}, 4),
    "last tap, unpadded": (formulas.field_last, {"end": 4, "jump": 2, "kernel": 3}, 8),
    "one sample": (formulas.torchinfo_mult_adds, {"params": 690, "positions": (9,)}, 6210),
}
"""Seven positions, a window of three: windows at 0 to 4; three units 2 apart from 4 end at 8."""


@pytest.mark.parametrize("case", DEFAULTS)
def test_what_is_not_given_is_neutral(case):
    formula, numbers, expected = DEFAULTS[case]
    assert formula(**numbers) == expected


ONE_KERNEL_FOR_ALL_AXES = {
    "C1 of LeNet-5": (formulas.conv_connections, (1, 6, 5, (28, 28)), 122_304),
    "S2 of LeNet-5": (formulas.subsampling_connections, (6, 2, (14, 14)), 5_880),
    "a 2x2 stamp for each of 9 values, and 36 biases": (
        formulas.transposed_connections,
        (1, 1, 2, (3, 3), (6, 6)),
        4 * 9 + 36,
    ),
    "the same without biases": (formulas.transposed_macs, (1, 1, 2, (3, 3)), 4 * 9),
}


@pytest.mark.parametrize("case", ONE_KERNEL_FOR_ALL_AXES)
def test_one_kernel_size_stands_for_all_axes(case):
    formula, numbers, expected = ONE_KERNEL_FOR_ALL_AXES[case]
    assert formula(*numbers) == expected


def test_exact_size_counts_padding_at_both_ends():
    """The first convolution of ResNet: (224 + 2*3 - 7)/2 + 1 = 112.5 windows, which is no number."""
    assert formulas.output_size_exact(224, 7, stride=2, padding=3) == Fraction(225, 2)
