"""Arithmetic on ints, fractions, arrays and symbols: each kind of number by itself and mixed."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnncalc import arithmetic, formulas

N = sympy.Symbol("n", integer=True, positive=True)


def same(computed, expected):
    """Equal in value and in type, element by element."""
    if isinstance(expected, np.ndarray):
        return computed.dtype == expected.dtype and list(computed) == list(expected)
    return type(computed) is type(expected) and computed == expected


def ints(*values):
    return np.array(values, dtype=np.int64)


def objects(*values):
    return np.array(values, dtype=object)


QUOTIENTS = {
    "whole": (28, 2, 14),
    "a fraction": (27, 2, Fraction(27, 2)),
    "of a fraction": (Fraction(3, 2), Fraction(1, 2), 3),
    "arrays that fit": (ints(28, 6), ints(2, 3), ints(14, 2)),
    "an array by a number": (ints(28, 6), 2, ints(14, 3)),
    "a number by an array": (12, ints(2, 3), ints(6, 4)),
    "arrays that do not all fit": (ints(7, 8), 2, objects(Fraction(7, 2), 4)),
    "a number that does not fit all": (7, ints(7, 2), objects(1, Fraction(7, 2))),
    "a symbol": (N, 2, N / 2),
    "by a symbol": (2, N, 2 / N),
}


@pytest.mark.parametrize("case", QUOTIENTS)
def test_exact_quotients(case):
    dividend, divisor, expected = QUOTIENTS[case]
    assert same(arithmetic.exact_div(dividend, divisor), expected)


def test_a_division_by_zero_leaves_the_other_configurations_alone():
    """Nothing is said of the one that is refused elsewhere; no warning is raised."""
    assert list(arithmetic.exact_div(ints(5, 6, 8), ints(0, 3, 2)))[1:] == [2, 4]
    assert list(arithmetic.exact_div(ints(5, 6, 7), ints(0, 1, 2)))[1:] == [6, Fraction(7, 2)]


MINIMA = {
    "ints": (3, 5, 3),
    "an int and a fraction": (1, Fraction(1, 2), Fraction(1, 2)),
    "a fraction and an int": (Fraction(1, 2), 1, Fraction(1, 2)),
    "floats": (0.25, 0.5, 0.25),
    "arrays": (ints(1, 5), ints(3, 2), ints(1, 2)),
    "an array and a number": (ints(1, 5), 3, ints(1, 3)),
    "a number and an array": (3, ints(1, 5), ints(1, 3)),
    "a symbol and a number": (N, 3, sympy.Min(3, N)),
    "a number and a symbol": (3, N, sympy.Min(3, N)),
}


@pytest.mark.parametrize("case", MINIMA)
def test_the_smaller_of_two(case):
    one, other, expected = MINIMA[case]
    assert same(arithmetic.smaller(one, other), expected)


def test_the_larger_of_two():
    assert arithmetic.larger(3, 5) == 5
    assert arithmetic.larger(-3, -5) == -3
    assert same(arithmetic.larger(ints(1, 5), 3), ints(3, 5))


PRODUCTS = {
    "a whole factor": (45, 2, 90),
    "a float": (45, 1.4, 62),
    "an array": (ints(45, 10), 1.4, ints(62, 14)),
    "a symbol": (N, Fraction(1, 2), sympy.floor(N / 2)),
}
"""45 * 1.4 is 62.999999999999993 in double precision, as PyTorch works it out."""


@pytest.mark.parametrize("case", PRODUCTS)
def test_products_rounded_down(case):
    size, factor, expected = PRODUCTS[case]
    assert same(arithmetic.floor_times(size, factor), expected)


def test_what_arrays_hold_in_common():
    assert same(arithmetic.plain(np.array(3)), 3)
    assert same(arithmetic.plain(np.array([3])), 3)
    assert same(arithmetic.counted(Fraction(6, 2)), 3)
    assert same(arithmetic.counted(ints(1, 2)), ints(1, 2))


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "uint8", "uint16", "uint32"])
def test_narrow_arrays_do_not_overflow(kind):
    """120 * 120 is more than eight bits hold, 120**4 more than sixteen, 120**5 more than 32."""
    side = np.array([120], dtype=kind)
    assert same(formulas.element_count((side, side)), ints(14_400))
    assert same(formulas.element_count([side] * 5), ints(120**5))
    assert same(formulas.linear_params(side, side, bias=0), ints(14_400))
    assert same(formulas.linear_params(in_features=side, out_features=side, bias=0), ints(14_400))
    assert same(formulas.linear_macs(side, side, positions=(side, 120, 120)), ints(120**5))


@pytest.mark.parametrize("values", [[0.5], [True], [None], np.array([1], dtype=np.uint64)])
def test_arrays_that_do_not_fit_into_int64_are_refused(values):
    values = np.array(values)
    with pytest.raises(TypeError, match=f"formulas take arrays of int64, not {values.dtype}"):
        formulas.flops(values)
    with pytest.raises(TypeError, match="int64"):
        formulas.flops(macs=values)


def test_int64_arrays_and_plain_numbers_go_through_as_they_are():
    wide = ints(1, 2)
    seen = arithmetic.formula(lambda a, b, c=1, d=1: (a, b, c, d))
    for ask in (seen, seen.unchecked):
        found = ask(wide, 3, c=wide, d=N)
        assert all(one is other for one, other in zip(found, (wide, 3, wide, N), strict=True))
    assert seen.unchecked([1, (2, 3)], 3)[0] == (1, (2, 3))


PER_AXIS = {
    "a list of sizes": (arithmetic.prod, ([2, 3],), 6),
    "no axes": (arithmetic.prod, ((),), 1),
    "one number": (arithmetic.prod, (7,), 7),
    "spread over a list": (arithmetic.each, (3, [28, 28]), (3, 3)),
    "a list stays": (arithmetic.each, ([3, 5], (28, 28)), [3, 5]),
    "a number stays": (arithmetic.each, (3, 28), 3),
    "both ends, a list": (arithmetic.both, ([1, 2],), 3),
    "both ends, one number": (arithmetic.both, (2,), 4),
    "the first end, a list": (arithmetic.first, ([1, 2],), 1),
}


@pytest.mark.parametrize("case", PER_AXIS)
def test_one_number_or_one_per_axis(case):
    helper, numbers, expected = PER_AXIS[case]
    assert helper(*numbers) == expected


@pytest.mark.parametrize(
    ("numbers", "named", "words"),
    [
        (("7", 3), {}, r"output_size takes whole numbers, but size is '7'"),
        ((7,), {"kernel": {3: 3}}, r"output_size takes whole numbers, but kernel is \{3: 3\}"),
        ((7, 3), {"stride": None}, "output_size takes whole numbers, but stride is None"),
        ((7,), {}, r"output_size\(size.*, kernel.*\).*: missing a required argument: 'kernel'"),
        ((7, 3), {"steps": 2}, r"output_size\(.*\).*: got an unexpected keyword argument 'steps'"),
    ],
)
def test_a_formula_says_which_argument_is_no_number(numbers, named, words):
    with pytest.raises(TypeError, match=f"^{words}"):
        formulas.output_size(*numbers, **named)
