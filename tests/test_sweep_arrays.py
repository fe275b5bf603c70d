"""Arrays of configurations: they pass for numbers, say when they cannot, and never overflow."""

import math

import numpy as np
import pytest

from cnncalc.errors import LayerError, Refusals, require
from cnncalc.sweeping.arrays import LARGEST, NeedsPlain, pinned, swept


def test_numbers_alike_pass_for_one_and_others_ask_to_be_taken_apart():
    alike, others = swept([3, 3], 0, 1), swept([3, 4], 0, 1)
    assert list(range(alike)) == [0, 1, 2]
    assert int(alike) == alike.item() == 3
    assert bool(others > 2)
    for needs in (int, bool, range, math.log, lambda values: values.item()):
        with pytest.raises(NeedsPlain) as caught:
            needs(others == 3) if needs is bool else needs(others)
        assert caught.value.values.shape == (2,)


def test_pinned_numbers_are_those_of_one_configuration():
    wide = swept([10, 20, 30], 0, 2) * swept([1, 2], 1, 2)
    assert f"{wide}" == "10..60"
    with pinned((2, 1)):
        assert f"{wide}" == "60"
        assert f"{swept([10, 20, 30], 0, 2):,}" == "30"
        assert list(range(swept([1, 2], 1, 2))) == [0, 1]


@pytest.mark.parametrize("function", [round, math.floor, math.ceil])
def test_rounding_is_pythons(function):
    values = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 7.0]
    rounded = function(swept(values, 0, 1))
    assert rounded.dtype == np.int64
    assert rounded.tolist() == [function(value) for value in values]


def test_products_beyond_int64_are_refused_and_the_others_exact():
    factors = [1, 3, 2**31, 2**40]
    with Refusals() as refusals:
        product = swept(factors, 0, 1) * 2**30 + 1
    ((error, failed),) = refusals.failures
    assert error.code == "E290"
    assert failed.tolist() == [False, False, False, True]
    assert product.tolist()[:3] == [factor * 2**30 + 1 for factor in factors[:3]]


def test_without_a_collection_an_overflow_raises():
    with pytest.raises(LayerError, match=r"E290.*1\.3e\+30"):
        swept([2**50], 0, 1) * swept([2**50], 0, 1)


def test_sums_and_python_ints_too_large_are_refused_as_well():
    with Refusals() as refusals:
        swept([1, LARGEST], 0, 1) + LARGEST
        swept([1, 2], 0, 1) * 10**30
    assert [failed.tolist() for _, failed in refusals.failures] == [[False, True], [True, True]]


def test_numbers_are_never_changed_in_place():
    one = swept([1, 2], 0, 1)
    other = one
    other += 5
    assert (one.tolist(), other.tolist()) == ([1, 2], [6, 7])
    with pytest.raises(TypeError, match="in place"):
        np.add(one, 1, out=one)


def test_conditions_mark_the_configurations_that_fail():
    with Refusals() as refusals:
        require(swept([1, 2, 3], 0, 1) > 1, lambda: LayerError("E999", "too small"))
    assert refusals.failures[0][1].tolist() == [True, False, False]
