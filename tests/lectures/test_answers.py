"""How answers are read: numbers and shapes as people write them, and what is sent back in words."""

import re
from fractions import Fraction

import pytest

from cnncalc.homework import HomeworkError, check
from cnncalc.homework.answers import agrees, read

NUMBERS = {
    "156": 156,
    " 1,516 ": 1516,
    "1'516": 1516,
    "1 516": 1516,
    "+7": 7,
    "-7": -7,
    "1516 parameters": 1516,
    "60.97M": 60_970_000,
    "2 million": 2_000_000,
    "3 KiB": 3072,
    "1.5e3": 1500,
    "1.234.567": 1_234_567,
    "0.5": Fraction(1, 2),
}

SHAPES = {
    "16x10x10": (16, 10, 10),
    "(16, 10, 10)": (16, 10, 10),
    "[16 10 10]": (16, 10, 10),
    "16 × 10 × 10": (16, 10, 10),
    "10": (10,),
    "(10,)": (10,),
}

REFUSED = {
    ("", False): "there is no answer",
    ("9" * 500, False): "the answer is too long",
    ("many", False): "is no number",
    ("1,51,6", False): "separators in odd places",
    ("15 parsecs", False): "the unit 'parsecs' is not known",
    ("sixteen by ten", True): "is no shape",
    (float("nan"), False): "is not a usual number",
    (float("inf"), False): "is not a usual number",
    ((16, 10.0), True): "a shape has whole numbers, not 10.0",
    ((16, True), True): "a shape has whole numbers, not True",
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items(), ids=NUMBERS)
def test_a_number(text, value):
    assert read(text).value == value


@pytest.mark.parametrize(("text", "shape"), SHAPES.items(), ids=SHAPES)
def test_a_shape(text, shape):
    assert read(text, is_shape=True).value == shape


@pytest.mark.parametrize(("given", "told"), REFUSED.items(), ids=lambda value: str(value)[:30])
def test_what_is_no_answer(given, told):
    answer, is_shape = given
    with pytest.raises(HomeworkError, match=re.escape(told)):
        read(answer, is_shape=is_shape)


@pytest.mark.parametrize(
    ("answer", "expected", "agree"),
    [
        (5, (5, 5), True),
        (5, (5, 7), False),
        ((5, 5), (5, 5), True),
        ((120,), 120, True),
        ((120, 1), 120, False),
        (0.5, Fraction(1, 2), True),
    ],
)
def test_one_number_stands_for_equal_axes_only(answer, expected, agree):
    assert agrees(read(answer), expected) is agree


@pytest.mark.parametrize("word", ["all", "Everything", " the whole input "])
def test_the_whole_input_can_be_said_in_words(word):
    assert check(word, "lenet5", "F6", "field").correct
    assert not check(word, "lenet5", "C3", "field").correct
