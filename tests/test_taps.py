"""Index maps: what they say in short is what they do unit by unit, found by looking at every unit."""

import itertools
from fractions import Fraction

import pytest

from cnncalc import taps
from cnncalc.taps import (
    SAME,
    Anything,
    Bins,
    Blocks,
    Covering,
    Folded,
    Interpolated,
    Listed,
    Nearest,
    Period,
    Statistics,
    Step,
    Transposed,
    Unrolled,
    Whole,
    Window,
)

UNITS = 24

WINDOWS = [
    Window(kernel, stride, before, after, dilation)
    for kernel, stride, (before, after), dilation in itertools.product(
        (1, 2, 3, 4), (1, 2, 3), ((0, 0), (1, 1), (2, 1), (0, 3)), (1, 2, 3)
    )
]
TRANSPOSED = [
    Transposed(kernel, stride, padding, dilation)
    for kernel, stride, padding, dilation in itertools.product((1, 2, 3, 4), (1, 2, 3), (0, 1, 2), (1, 2))
]
BINS = [Bins(size, bins) for size, bins in itertools.product((4, 6, 7, 12), (2, 3, 4, 5, 6))]
SCALES = (
    Fraction(1, 2),
    Fraction(1, 3),
    Fraction(2, 3),
    Fraction(3, 2),
    Fraction(1),
    Fraction(2),
    Fraction(3),
)
NEAREST = [Nearest(80, scale, offset) for scale in SCALES for offset in (Fraction(0), Fraction(1, 2))]
INTERPOLATED = [
    Interpolated(scale, offset, reach)
    for scale, offset, reach in itertools.product(SCALES, (Fraction(0), Fraction(1, 4)), (1, 2))
]
COVERING = [
    Covering(Window(kernel, stride, before, before), 40)
    for kernel, stride, before in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1))
    if stride <= kernel
]
BLOCKS = [Blocks(depth, width) for depth, width in itertools.product((1, 2, 3), (1, 2, 3))]
MAPS = (WINDOWS, TRANSPOSED, BINS, NEAREST, INTERPOLATED, COVERING, BLOCKS)
KINDS_OF_MAPS = pytest.mark.parametrize("maps", MAPS, ids=lambda maps: type(maps[0]).__name__)


def ends(one, unit):
    read = one.reads(unit)
    return (read[0], read[-1]) if len(read) else None


def even_step(one):
    """The step that all units follow, or None."""
    places = [ends(one, unit) for unit in range(UNITS)]
    if None in places:
        return None
    moves = {(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(places)}
    if len(moves) > 1 or len({*next(iter(moves))}) > 1:
        return None
    return Step(next(iter(moves))[0], *places[0])


@KINDS_OF_MAPS
def test_even_movement_is_what_all_units_follow(maps):
    for one in maps:
        assert one.step() == even_step(one), one


@KINDS_OF_MAPS
def test_a_period_is_the_shortest_after_which_the_map_repeats(maps):
    for one in maps:
        reads = [list(one.reads(unit)) for unit in range(UNITS + 4)]

        def repeats(outputs, inputs, reads=reads):
            moved = ([place + inputs for place in read] for read in reads[:12])
            return all(map(list.__eq__, reads[outputs:], moved))

        fitting = (Period(*both) for both in itertools.product(range(1, 16), range(16)) if repeats(*both))
        assert one.period() == next(fitting), one


@KINDS_OF_MAPS
def test_taps_are_in_order_and_those_inside_are_the_ones_that_are_there(maps):
    for one, size, unit in itertools.product(maps, (1, 4, 9), range(12)):
        read = list(one.reads(unit))
        assert read == sorted(set(read)), (one, unit)
        if not isinstance(one, Covering):
            assert list(one.inside(unit, size)) == [p for p in read if 0 <= p < size], (one, unit, size)


@KINDS_OF_MAPS
def test_taps_inside_are_as_many_as_there_are(maps):
    for one, units, size in itertools.product(maps, (1, 4, 6), (1, 4, 9)):
        axis = getattr(one, "size", size)
        found = sum(len(one.inside(unit, axis)) for unit in range(units))
        assert one.count_inside(units, axis) == found, (one, units, axis)


def test_bins_of_many_axes_are_counted_at_once():
    np = pytest.importorskip("numpy")
    sizes, bins = np.array([7, 6, 12, 5]), np.array([3, 4, 4, 8])
    found = Bins(sizes, bins).count_inside(bins, sizes)
    expected = [
        sum(map(len, map(Bins(n, b).reads, range(b))))
        for n, b in zip([7, 6, 12, 5], [3, 4, 4, 8], strict=True)
    ]
    assert list(found) == expected
    assert list(Bins(sizes, 3).count_inside(3, sizes)) == [
        sum(map(len, map(Bins(n, 3).reads, range(3)))) for n in (7, 6, 12, 5)
    ]
    assert list(Bins(12, bins).count_inside(bins, 12)) == [
        sum(map(len, map(Bins(12, b).reads, range(b)))) for b in (3, 4, 4, 8)
    ]


@KINDS_OF_MAPS
def test_the_gap_is_the_widest_between_neighbours(maps):
    for one in maps:
        read = list(one.reads(0))
        assert one.gap() == max((b - a for a, b in itertools.pairwise(read)), default=0), one


@pytest.mark.parametrize("windows", [1, 2, 4])
def test_covering_windows_are_those_that_read_the_place(windows):
    """By trying every window that there is."""
    for window, size, place in itertools.product((one.window for one in COVERING), (3, 6, 9), range(6)):
        over = [n for n in range(windows) if place in window.reads(n)]
        seen = sorted({p for n in over for p in window.reads(n) if 0 <= p < size})
        found = list(Covering(window, windows).inside(place, size))
        assert (found or []) == (list(range(seen[0], seen[-1] + 1)) if seen else [])


FOLDS = {
    "zeros at the ends, mirrored": ("reflect", [2, 1, 0, 1, 2, 3, 2, 1]),
    "the ends repeated": ("replicate", [0, 0, 0, 1, 2, 3, 3, 3]),
    "round and round": ("circular", [2, 3, 0, 1, 2, 3, 0, 1]),
}
"""Four positions padded by two: numpy.pad's modes reflect, edge and wrap."""


@pytest.mark.parametrize("case", FOLDS)
def test_padding_that_repeats_the_input(case):
    mode, copied = FOLDS[case]
    window = Folded(Window(3, 1, 2, 2), mode)
    for unit in range(6):
        assert list(window.inside(unit, 4)) == sorted(set(copied[unit : unit + 3]))
    assert window.count_inside(6, 4) == sum(len(set(copied[unit : unit + 3])) for unit in range(6))
    assert (window.mode, window.dilation, window.padding) == (mode, 1, 2)


def test_a_dilated_window_over_copies():
    window = Folded(Window(2, 2, 1, 1, 3), "reflect")
    assert [list(window.inside(unit, 4)) for unit in range(2)] == [[1, 2], [1, 2]]


@pytest.mark.parametrize("cls", [Whole, Anything, Statistics, Unrolled])
def test_maps_of_the_whole_axis(cls):
    one = cls(5)
    assert list(one.reads(3)) == [0, 1, 2, 3, 4]
    assert one.step() is None
    assert one.period() == Period(1, 0)
    assert repr(one) == f"{cls.__name__}(5)"
    assert one.local() is (SAME if cls is Statistics else one)
    assert one.count_inside(3, 5) == 15


def test_a_table_reads_what_it_says():
    one = Listed(((0, 2), (1,), ()))
    assert [one.reads(row) for row in range(3)] == [(0, 2), (1,), ()]
    assert (one.step(), one.period(), one.gap(), one.local()) == (None, None, 2, one)
    assert repr(one) == "Listed(((0, 2), (1,), ()))"
    assert one.count_inside(3, 2) == 2


def test_one_bin_for_the_whole_axis_is_no_movement():
    """With the second unit there is none to move to."""
    assert Bins(6, 1).step() is None
    assert Bins(6, 1).period() == Period(1, 6)


def test_windows_pad_by_one_number_or_a_pair():
    assert Window(3, 1, 1, 1).padding == 1
    assert Window(3, 1, 1, 2).padding == (1, 2)
    assert Window(3, 1, 0, 1).padding == (0, 1)
    assert Window(3, dilation=4).extent == 9
    assert Window(3).padding == 0


WINDOWS = list(itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1, 4), (1, 2, 3)))


@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), WINDOWS)
def test_taps_of_all_windows_are_those_of_each(kernel, stride, padding, dilation):
    """Counted by Euclid's algorithm, and one by one; arrays are counted tap by tap."""
    np = pytest.importorskip("numpy")
    window = Window(kernel, stride, padding, padding, dilation)
    stamps = Transposed(kernel, stride, padding, dilation)
    sizes = np.arange(1, 12)
    for one, units in itertools.product((window, stamps), range(1, 12)):
        found = [sum(0 <= p < size for unit in range(units) for p in one.reads(unit)) for size in sizes]
        assert [one.count_inside(units, int(size)) for size in sizes] == found
        assert list(one.count_inside(units, sizes)) == found


def test_huge_axes_are_counted_at_once():
    """A window or stamp of 3 loses a tap at either end."""
    many = 10**15
    assert Window(3, 1, 1, 1).count_inside(many, many) == 3 * many - 2
    assert Transposed(3, 1, 1).count_inside(many, many) == 3 * many - 2
    assert Window(many, 1, many, many).count_inside(3, 5) == 0 + 1 + 2
    assert Transposed(many, 1, 0).count_inside(5, 3) == 1 + 2 + 3 + 3 + 3
    assert Window(many).count_inside(many, 2 * many - 1) == many**2
    assert Window(many, 1, many - 1, many - 1).count_inside(2 * many - 1, many) == many**2


def test_windows_are_alike_when_their_numbers_are_the_very_same():
    number = 10**6
    one = Window(3, 1, number, number)
    assert one.is_like(Window(3, 1, number, number))
    assert not one.is_like(Window(3, 1, number, 1))
    assert not one.is_like(Window(3, 1, int("1000000"), number))


def test_nearest_stays_inside_and_rounds_to_single_precision():
    """The float nearest to 0.1 in 24 binary digits is 13421773/2**27."""
    assert [list(Nearest(2, Fraction(2, 3)).reads(unit)) for unit in range(4)] == [[0], [0], [1], [1]]
    assert taps.single(0.1) == 13421773 / 2**27
    assert SAME.reads(7) == range(7, 8)


REPRS = {
    "Window(after=2, before=1, dilation=4, kernel=3, stride=5)": Window(3, 5, 1, 2, 4),
    "Transposed(dilation=4, kernel=3, padding=1, stride=5)": Transposed(3, 5, 1, 4),
    "Bins(7, 3)": Bins(7, 3),
    "Blocks(2, 3)": Blocks(2, 3),
    "Nearest(5, 1/2, 0)": Nearest(5, Fraction(1, 2)),
    "Interpolated(1/2, 1/4, 2)": Interpolated(Fraction(1, 2), Fraction(1, 4), 2),
    "Covering(Window(after=0, before=0, dilation=1, kernel=2, stride=2), 3)": Covering(Window(2, 2), 3),
}


@pytest.mark.parametrize("shown", REPRS)
def test_maps_show_their_numbers(shown):
    assert repr(REPRS[shown]) == shown
