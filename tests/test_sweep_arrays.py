"""Arrays of configurations: they pass for numbers, say when they cannot, and never overflow."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.arithmetic import larger, smaller
from cnncalc.errors import LayerError, Refusals, require
from cnncalc.sweeping.arrays import LARGEST, NeedsPlain, pinned, swept
from cnncalc.sweeping.axes import SweepError, axes
from cnncalc.sweeping.condition import Condition
from cnncalc.sweeping.grid import Grid


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
        swept([1, LARGEST], 0, 1) + (LARGEST - 1)
        swept([1, 2], 0, 1) * 10**30
        swept([-LARGEST, 0], 0, 1) + 2**63
    assert [failed.tolist() for _, failed in refusals.failures] == [[False, True], [True, True], [True, True]]


def test_numbers_are_never_changed_in_place():
    one = swept([1, 2], 0, 1)
    other = one
    other += 5
    assert (one.tolist(), other.tolist()) == ([1, 2], [6, 7])
    with pytest.raises(TypeError, match="in place"):
        np.add(one, 1, out=one)


def test_whatever_numpy_makes_of_them_asks_for_plain_values_too():
    numbers = swept([3, 8], 0, 1)
    for made in (*divmod(numbers, 3), np.where(numbers > 3, numbers, 0), np.stack([numbers, numbers])):
        with pytest.raises(NeedsPlain):
            bool(made == made.flat[0])


def test_conditions_mark_the_configurations_that_fail():
    with Refusals() as refusals:
        require(swept([1, 2, 3], 0, 1) > 1, lambda: LayerError("E999", "too small"))
    assert refusals.failures[0][1].tolist() == [True, False, False]


OPERATIONS = [operator.add, operator.sub, operator.mul, smaller, larger, operator.floordiv, operator.mod]
NUMBERS = st.integers(-(2**40), 2**40) | st.integers(1, 9)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.lists(st.tuples(st.sampled_from(OPERATIONS), NUMBERS)))
def test_whatever_is_calculated_is_exact_or_refused(starts, steps):
    """Chains of operations against Python's ints, which have no end."""
    exact, values = list(starts), swept(starts, 0, 1)
    refused = np.zeros(3, dtype=bool)
    with Refusals() as refusals:
        for operation, number in steps:
            by_zero = operation in (operator.floordiv, operator.mod) and number == 0
            number = 1 if by_zero else number  # noqa: PLW2901 - a step that divides
            exact = [operation(value, number) for value in exact]
            values = operation(values, number)
            for place, value in enumerate(exact):
                exact[place] = 1 if abs(value) > LARGEST else value
                refused[place] |= abs(value) > LARGEST
    marked = np.zeros(3, dtype=bool)
    for _, failed in refusals.failures:
        marked |= np.asarray(failed)
    assert marked.tolist() == refused.tolist()
    assert values.tolist() == exact


CONDITIONS = st.recursive(
    st.sampled_from(
        [
            "params",
            "k",
            "depth",
            "macs",
            "act",
            "relu",
            "1",
            "0",
            "2.5",
            "1e3",
            "true",
            "none",
            "zeros",
            "(1, 2)",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", "and", "or", "->", "="]
            ),
            inner,
        ).map(" ".join),
        st.tuples(st.sampled_from(["not", "-", "min", "max", "round", "div8", "floor", "("]), inner).map(
            lambda both: f"{both[0]} ({both[1]})"
        ),
        st.tuples(inner, inner).map(lambda both: f"max({both[0]}, {both[1]})"),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(CONDITIONS)
def test_any_condition_holds_or_not_or_is_refused(text):
    over = axes(["k=1..3", "depth=0..2", "act=relu,gelu"])
    try:
        condition = Condition(text, over, ["params", "macs"])
    except SweepError:
        return
    box = Grid(over, 100).chunk(0)
    numbers = np.arange(box.size).reshape(box.shape)
    values = {**box.along_axes(), **box.swept({"params": numbers, "macs": numbers * 10**17})}
    with Refusals(), np.errstate(all="ignore"):
        holds = np.broadcast_to(np.asarray(condition.holds(values)), box.shape)
    assert holds.dtype == bool
