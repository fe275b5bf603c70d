"""Every formula, given every kind of nonsense for every argument: a message that names what is wrong.

The formulas and their arguments are those that there are, so that a new one falls in by itself.
"""

import inspect
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc import Working, formulas
from cnncalc.arithmetic import Number, Padding, PerAxis, Position, Real, formula
from cnncalc.errors import UsageError, WrongType

from .test_formulas import FORMULAS, arguments

ARGUMENTS = [(name, argument) for name in FORMULAS for argument in arguments(name)]

NO_NUMBERS = {
    "none": (None, "None"),
    "text": ("x", "'x', which is a text"),
    "digits": ("32", "'32', which is a text: write 32"),
    "bytes": (b"3", "b'3'"),
    "nan": (float("nan"), "nan"),
    "infinite": (float("-inf"), "-inf"),
    "complex": (1j, "1j"),
    "set": ({3}, "{3}"),
    "dict": ({}, "{}"),
    "type": (int, "<class 'int'>"),
    "nested": (((3, 4), 5), "(3, 4)"),
    "numpy date": (np.datetime64("2026-01-01"), "datetime.date"),
    "numpy text": (np.str_("x"), "'x'"),
}

NOT_WHOLE = {
    "float": (2.5, "2.5, which is not whole"),
    "whole float": (32.0, "32.0: write 32"),
    "numpy float": (np.float32(2.5), "2.5, which is not whole"),
    "whole numpy float": (np.float64(32), "32.0: write 32"),
}


def takes(name, argument):
    return inspect.signature(FORMULAS[name]).parameters[argument].annotation


def refusal(name, kind=UsageError, **changed):
    """What a formula says about arguments that suit it, but for those that are changed."""
    with pytest.raises(kind) as caught:
        FORMULAS[name](**{**arguments(name), **changed})
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(name)
    return str(caught.value)


@pytest.mark.parametrize("case", NO_NUMBERS)
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_is_no_number_is_told(name, argument, case):
    value, words = NO_NUMBERS[case]
    told = refusal(name, WrongType, **{argument: value})
    assert argument in told
    assert words in told


@pytest.mark.parametrize("case", NOT_WHOLE)
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_numbers_that_are_not_whole_are_told(name, argument, case):
    value, words = NOT_WHOLE[case]
    if takes(name, argument) is Real:
        assert FORMULAS[name](**{**arguments(name), argument: value}) > 0
    else:
        assert f"{argument} is {words}" in refusal(name, WrongType, **{argument: value})


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_negative_numbers_are_told(name, argument):
    for value in (-1, -(10**30), np.int64(-1), np.array([4, -1])):
        if takes(name, argument) is Position:
            FORMULAS[name](**{**arguments(name), argument: value})
        else:
            told = refusal(name, **{argument: value})
            assert f"{name}: {argument} is " in told
            assert " must be " in told


WINDOWS = ("batch", "channels", "dilation", "groups", "in_channels", "in_features", "jump", "kernel",
           "out_channels", "out_features", "output", "scale_factor", "size", "stride")  # fmt: skip


@pytest.mark.parametrize(("name", "argument"), [pair for pair in ARGUMENTS if pair[1] in WINDOWS])
def test_zeros_are_told_where_no_layer_has_them(name, argument):
    assert f"{name}: {argument} is 0, but it must be " in refusal(name, **{argument: 0})
    if takes(name, argument) is PerAxis:
        assert f"{name}: {argument} is (3, 0), but each must be " in refusal(name, **{argument: (3, 0)})


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_several_numbers_are_told_where_one_is_taken(name, argument):
    kind = takes(name, argument)
    if kind is Padding:
        assert f"{argument} is (1, 2, 3), but an axis has two ends" in refusal(name, padding=(1, 2, 3))
    elif kind is not PerAxis:
        assert f"one number for {argument}" in refusal(name, WrongType, **{argument: (3, 3)})
    elif [takes(name, other) for other in arguments(name)].count(PerAxis) > 1:
        told = refusal(name, **{argument: (3, 3, 3)})
        assert "takes a number for each axis" in told
        assert f"{argument} has 3, (3, 3, 3)" in told


@pytest.mark.parametrize("name", [name for name, argument in ARGUMENTS if argument == "groups"])
def test_groups_that_do_not_divide_the_channels_are_told(name):
    assert "groups=3 does not divide in_channels=4" in refusal(name, groups=3)
    assert "groups=3 does not divide out_channels=4" in refusal(name, groups=3, in_channels=6)
    assert "groups=4 does not divide in_channels=an array" in refusal(name, in_channels=np.array([8, 7]))


@pytest.mark.parametrize("name", FORMULAS)
def test_arguments_too_many_too_few_and_misspelt_are_told(name):
    numbers = list(arguments(name).values())
    first = next(iter(arguments(name)))
    for args, kwargs, words in [
        ((), {}, f"missing a required argument: '{first}'"),
        ((*numbers, 1), {}, "too many positional arguments"),
        ((), {f"{first}z": 1, **arguments(name)}, f"unexpected keyword argument '{first}z'; did you mean"),
        (numbers[:1], {first: 1}, f"multiple values for argument '{first}'"),
    ]:
        with pytest.raises(WrongType) as caught:
            FORMULAS[name](*args, **kwargs)
        assert str(caught.value).startswith(f"{name}({first}")
        assert words in str(caught.value)


@pytest.mark.parametrize("name", FORMULAS)
def test_what_is_right_is_what_it_was(name):
    """By position and by name, with ints and with NumPy's: the unchecked value."""
    numbers = arguments(name)
    expected = FORMULAS[name].unchecked(**numbers)
    numpys = {key: np.int64(value) if isinstance(value, int) else value for key, value in numbers.items()}
    assert FORMULAS[name](**numbers) == FORMULAS[name](*numbers.values()) == expected
    assert type(FORMULAS[name](**numbers)) is type(expected)
    assert FORMULAS[name](**numpys) == expected
    assert inspect.unwrap(FORMULAS[name])(**numbers) == expected


DO_NOT_FIT = {
    "a large kernel": (lambda: formulas.output_size(3, 5), "over 5 positions does not fit into 3"),
    "with padding": (lambda: formulas.output_size(3, 7, padding=1), "over 7 positions does not fit into 5"),
    "uneven padding": (lambda: formulas.output_size(3, 7, 1, (1, 0)), "over 7 positions does not fit into 4"),
    "dilated": (lambda: formulas.output_size(7, 3, dilation=5), "over 11 positions does not fit into 7"),
    "ceil": (lambda: formulas.output_size_ceil(3, 5), "over 5 positions does not fit into 3"),
    "exact": (lambda: formulas.output_size_exact(7, 8, 2), "over 8 positions does not fit into 7"),
    "transposed": (lambda: formulas.transposed_output_size(1, 1, padding=3), "nothing would be left"),
    "shrunk": (lambda: formulas.upsampled_size(5, 0.1), "nothing would be left"),
    "more rows than values": (lambda: formulas.softmax_operations(1, 10), "would be -7: these numbers"),
    "one tap sees one place": (lambda: formulas.field_layers(224, 1), "has no value: it divides by zero"),
}


@pytest.mark.parametrize("case", DO_NOT_FIT)
def test_numbers_that_do_not_go_together_are_told(case):
    call, words = DO_NOT_FIT[case]
    with pytest.raises(UsageError) as caught:
        call()
    assert words in str(caught.value)
    assert not isinstance(caught.value, TypeError)


def test_a_design_space_may_hold_windows_that_do_not_fit():
    assert list(formulas.output_size(np.array([3, 32]), 5)) == [-1, 28]


def test_what_an_array_cannot_hold_is_told():
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":
        assert list(formulas.for_batch(np.array([1]), 2**70)) == [2**70], "whole numbers of any size"
    else:
        with pytest.raises(UsageError, match="is more than an array of int64 holds"):
            formulas.for_batch(np.array([1]), 2**70)
    assert formulas.for_batch(np.int64(2**62), 4) == 2**64


def test_biases_may_be_true_and_false():
    assert formulas.linear_params(120, 84, bias=False) == 120 * 84
    assert formulas.linear_params(120, 84, bias=True) == 121 * 84


def test_a_working_of_no_numbers_is_told():
    with pytest.raises(WrongType, match="conv_params takes whole numbers, but kernel is None"):
        Working(formulas.conv_params, in_channels=1, out_channels=6, kernel=None).text()
    with pytest.raises(UsageError, match="stride is 0, but it must be at least 1"):
        Working(formulas.output_size, size=32, kernel=5, stride=0).text()


def test_a_formula_of_ones_own_is_checked_alike():
    @formula
    def taps(kernel: PerAxis, channels: Number) -> Number:
        return channels * kernel

    assert taps(3, 4) == 12
    with pytest.raises(UsageError, match="taps: kernel is 0, but it must be at least 1"):
        taps(0, 4)


NUMBERS = st.one_of(
    st.integers(-3, 12),
    st.integers(),
    st.floats(),
    st.fractions(),
    st.booleans(),
    st.none(),
    st.text(max_size=3),
    st.tuples(st.integers(-1, 5), st.integers(-1, 5)),
    st.lists(st.one_of(st.integers(-1, 5), st.floats(), st.text(max_size=2)), max_size=4),
    st.integers(-3, 12).map(np.int32),
    st.floats(width=32).map(np.float32),
)


@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", FORMULAS)
@given(data=st.data())
def test_whatever_is_given_there_is_a_number_or_a_message(name, data):
    """A number is what the unchecked formula says, no size is below 1 and no count negative."""
    numbers = {argument: data.draw(NUMBERS, argument) for argument in arguments(name)}
    value, told = tried(name, numbers)
    if told is not None:
        assert told.startswith(name)
        assert len(told) < 600
    else:
        assert isinstance(value, int | Fraction)
        assert value == inspect.unwrap(FORMULAS[name])(
            **{key: plain(given) for key, given in numbers.items()}
        )
        assert value >= (1 if "_size" in name else 0) or takes_positions(name)


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


def tried(name, numbers):
    """The value of a formula, or what it says instead."""
    try:
        return FORMULAS[name](**numbers), None
    except UsageError as error:
        return None, str(error)


def takes_positions(name):
    return any(takes(name, argument) is Position for argument in arguments(name))
