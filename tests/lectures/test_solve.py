"""Inverse questions against brute force over PyTorch and against puzzles with known answers."""

import itertools

import pytest

from cnncalc import solve, spec
from cnncalc.solve.solutions import SolveError


def settings(solutions):
    return [tuple(setting) for setting in solutions]


def test_window_finds_what_trying_every_convolution_finds():
    torch = pytest.importorskip("torch")
    found = set()
    for k, s, d in itertools.product(range(1, 6), range(1, 4), (1, 2)):
        for p in range(d * (k - 1) + 1):
            if (k == 1 and d > 1) or 9 + 2 * p < d * (k - 1) + 1:
                continue
            conv = torch.nn.Conv1d(1, 1, k, s, p, d)
            if conv(torch.zeros(1, 9)).shape[-1] == 4:
                found.add((k, s, p, d))
    answer = solve.window([(9, 4)], max_kernel=5, max_stride=3, max_dilation=2)
    assert set(settings(answer)) == found
    assert len(answer) == len(found) == answer.total


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_every_pool_that_is_found_makes_the_size_in_torch(rounding):
    torch = pytest.importorskip("torch")
    answer = solve.window([(13, 6)], rounding=rounding, max_kernel=4, max_stride=3)
    checked = 0
    for k, s, p, _ in answer:
        if 2 * p <= k:
            pool = torch.nn.MaxPool1d(k, s, p, ceil_mode=rounding == "ceil")
            assert pool(torch.zeros(1, 13)).shape[-1] == 6
            checked += 1
    assert checked


def test_under_tensorflows_rule_the_stride_alone_decides():
    answer = solve.window([(7, 4), (32, 16)], rounding="same", max_kernel=4)
    assert {setting.stride for setting in answer} == {2}
    assert settings(answer)[0] == (1, 2, 0, 1)
    assert (2, 2, (0, 1), 1) in settings(answer)
    assert solve.window([(7, 5)], rounding="same").verdict == "impossible"


def test_exact_rounding_refuses_what_floor_accepts():
    assert solve.window([(7, 2)], kernel=3, stride=3, padding=0).verdict == "unique"
    strict = solve.window([(7, 2)], kernel=3, stride=3, padding=0, rounding="exact")
    assert strict.verdict == "impossible"
    assert strict.nearest


def test_the_simplest_window_comes_first():
    answer = solve.window([(32, 32)], kernel=3, max_dilation=3)
    assert settings(answer)[0] == (3, 1, 1, 1)
    assert (3, 1, 2, 2) in settings(answer)
    assert answer.verdict == "underdetermined"


SAME = {(1, 1): 0, (3, 1): 1, (5, 1): 2, (7, 1): 3, (3, 2): 2, (4, 1): (1, 2), (2, 3): (1, 2)}


@pytest.mark.parametrize("window", SAME, ids=lambda w: f"k{w[0]}d{w[1]}")
def test_padding_that_keeps_any_size(window):
    kernel, dilation = window
    answer = solve.padding(kernel, dilation=dilation)
    assert [setting.padding for setting in answer] == [SAME[window]]


def test_whatever_fits_kernel_5_and_stride_2():
    even, odd = solve.padding(5, 2, size=32), solve.padding(5, 2, size=33)
    assert [s.padding for s in even] == [(1, 2)]
    assert even.notes == ("even padding under rounding=floor: p=2",)
    assert [s.padding for s in odd] == [2]
    with pytest.raises(SolveError, match="input size matters"):
        solve.padding(5, 2)


def test_lopsided_paddings_are_those_of_tensorflow():
    for size, kernel, stride in itertools.product(range(5, 20), range(1, 6), range(1, 4)):
        output = -(-size // stride)
        total = max((output - 1) * stride + kernel - size, 0)
        if total <= kernel - 1:
            answer = solve.padding(kernel, stride, size=size)
            wanted = total // 2 if total % 2 == 0 else (total // 2, total // 2 + 1)
            exact = (size + total - kernel) % stride == 0
            assert not exact or [s.padding for s in answer] == [wanted]


def test_seven_by_seven_with_three_and_stride_three_does_not_fit():
    answer = solve.fit(7, kernel=3, stride=3)
    assert (answer.fits, float(answer.exact), answer.floor, answer.ceil, answer.unread) == (
        False,
        pytest.approx(7 / 3),
        2,
        3,
        1,
    )
    changes = {repair.change: repair.output for repair in answer.repairs}
    assert changes["padding 1"] == 3
    assert changes["kernel 4"] == 2
    assert changes["size 6"] == 2


def test_repairs_really_fit():
    for size, kernel, stride in itertools.product(range(3, 30), range(1, 8), range(1, 6)):
        for repair in solve.fit(size, kernel, stride).repairs:
            k, s, p, d = repair.setting
            total = p if isinstance(p, tuple) else (p, p)
            assert (repair.size + sum(total) - d * (k - 1) - 1) % s == 0
            assert repair.output >= 1


def test_fit_of_a_kernel_larger_than_the_input():
    answer = solve.fit(3, kernel=5)
    assert not answer.fits
    assert "padding 1" in [repair.change for repair in answer.repairs]


def test_inputs_of_two_pools_at_once():
    wanted = {"POOL(3,2)": (24, 49), "POOL((3,2),(2,1))": (24, 99)}
    assert solve.input_sizes_per_axis(wanted) == ((49, 50), (100,))
    assert solve.input_sizes(wanted).total == 2
    assert solve.input_sizes({"POOL(2)": (3,), "POOL(3)": (3,)}).verdict == "impossible"


def test_inputs_of_a_chain_with_padding_and_ceil():
    torch = pytest.importorskip("torch")
    chain = "CONV(1,3,2,1) -> POOL(3,2,rounding=ceil)"
    stack = torch.nn.Sequential(torch.nn.Conv1d(1, 1, 3, 2, 1), torch.nn.MaxPool1d(3, 2, ceil_mode=True))
    by_trial = [n for n in range(5, 60) if stack(torch.zeros(1, n)).shape[-1] == 7]
    assert solve.input_sizes_per_axis({chain: (7,)}) == (tuple(by_trial),)


def test_widths_equal_a_brute_force():
    by_trial = [
        (4, a, b, 3)
        for a, b in itertools.product(range(1, 40), repeat=2)
        if a * 5 + b * (a + 1) + 3 * (b + 1) == 200
    ]
    answer = solve.mlp(200, 4, 3, hidden=2, keep=1000)
    assert sorted(widths.sizes for widths in answer) == sorted(by_trial)


def test_three_hidden_layers_equal_a_brute_force():
    by_trial = [
        (2, a, b, c, 1)
        for a, b, c in itertools.product(range(1, 30), repeat=3)
        if a * 3 + b * (a + 1) + c * (b + 1) + c + 1 == 60
    ]
    answer = solve.mlp(60, 2, 1, hidden=3, keep=1000)
    assert sorted(widths.sizes for widths in answer) == sorted(by_trial)


def test_a_parameter_count_alone_does_not_tell_the_network():
    answer = solve.mlp(150185, 40, 10, keep=100)
    assert answer.verdict == "underdetermined"
    assert answer.total > 10_000
    assert (40, 360, 365, 10) in [widths.sizes for widths in answer]
    impossible = solve.mlp(150185, 40, 10, hidden=1)
    assert impossible.verdict == "impossible"
    assert impossible.nearest[0].sizes == (40, 2945, 10)
    assert solve.mlp(308200, 3072, 10, hidden=1, bias=False)[0].sizes == (3072, 100, 10)


def test_unknowns_of_a_pattern():
    answer = solve.pattern(
        "INPUT(3x192x256) -> [CONV(w,k,s) -> RELU]*n -> FC(2)",
        {"w": range(1, 9), "k": (3, 5), "s": (1, 2), "n": range(1, 5)},
        params=3442,
    )
    assert dict(answer[0].values) == {"w": 5, "k": 5, "s": 2, "n": 4}
    deep = solve.pattern("INPUT(1x64) -> CONV(1,3)*n", {"n": range(1, 12)}, field=7)
    assert [dict(one.values) for one in deep] == [{"n": 3}]
    sizes = solve.pattern(
        "INPUT(1x32x32) -> [CONV(2,3,p=1) -> POOL(2)]*m", {"m": range(1, 5)}, output=(2, 4, 4)
    )
    assert [dict(one.values) for one in sizes] == [{"m": 3}]


def test_a_pattern_that_cannot_be_met_names_the_nearest():
    answer = solve.pattern("INPUT(1x64) -> CONV(w,3)", {"w": range(1, 9)}, params=10)
    assert answer.verdict == "impossible"
    assert answer.nearest[0].params in (8, 12)


QUESTION_1 = [[1 + j - i + 2 if abs(j - i) <= 2 else 0 for j in range(8)] for i in range(8)]
QUESTION_2 = [[1 + j - i if 0 <= j - i <= 2 else 0 for j in range(8)] for i in range(6)]
QUESTION_3 = [[{-2: 1, 0: 2, 2: 3}.get(j - i, 0) for j in range(8)] for i in range(8)]
CONFIGURED = {
    "five-wide band": (QUESTION_1, (5, 1, 2, 1)),
    "three-wide band": (QUESTION_2, (3, 1, 0, 1)),
    "every second diagonal": (QUESTION_3, (3, 1, 2, 2)),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_how_was_this_convolution_configured(name):
    matrix, setting = CONFIGURED[name]
    answer = solve.weight_matrix(matrix)
    assert settings(one.setting for one in answer) == [setting]


def test_a_weight_matrix_gives_back_its_configuration():
    numeric = pytest.importorskip("cnncalc.numeric")
    for k, s, p, d in itertools.product((1, 2, 3, 4), (1, 2, 3), (0, 1, 2), (1, 2, 3)):
        if (k == 1 and d > 1) or p > d * (k - 1):
            continue
        matrix = numeric.weight_matrix(list(range(1, k + 1)), 14, stride=s, padding=p, dilation=d)
        found = [(*one.setting, one.weights) for one in solve.weight_matrix(matrix.tolist())]
        assert any((kk, ss, dd) == (k, s, d) for kk, ss, _, dd, _ in found), (k, s, p, d, found)


def test_a_poor_matrix_is_called_so():
    answer = solve.weight_matrix("w1 . .\n. w1 .\n. . w1")
    assert answer[0].setting.kernel == 1
    assert "other weights are 0" in answer.notes[0]
    assert solve.weight_matrix("1 2 3 4\n3 1 2 1\n5 5 1 2").verdict == "impossible"
    with pytest.raises(SolveError, match="all zeros"):
        solve.weight_matrix("0 0\n0 0")
    with pytest.raises(SolveError, match="different lengths"):
        solve.weight_matrix("1 0\n0")


TORCHINFO = """
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
Sequential                               [100, 10]                 --
├─Conv1d: 1-1                            [100, 15, 19]             60
├─ReLU: 1-2                              [100, 15, 19]             --
├─Conv1d: 1-3                            [100, 15, 9]              690
├─ReLU: 1-4                              [100, 15, 9]              --
├─Conv1d: 1-5                            [100, 15, 4]              690
├─ReLU: 1-6                              [100, 15, 4]              --
├─Flatten: 1-7                           [100, 60]                 --
├─Linear: 1-8                            [100, 10]                 610
==========================================================================================
Total params: 2,050
"""


def test_the_network_behind_a_torchinfo_table():
    answer = solve.summary(TORCHINFO)
    assert answer.total == 3
    assert [set(settings(one.settings)) for one in answer] == [
        {(3, 2, p, d)} for p, d in ((0, 1), (1, 2), (2, 3))
    ]
    assert all(one.inputs == ((39, 40),) for one in answer)
    network = spec.load(answer[0].chain.replace("1x39", "1x40"))
    assert network[network.outputs[0]].output_shape == (10,)


def test_the_network_behind_a_torchsummary_table():
    text = """
            Conv2d-1           [-1, 64, 55, 55]          23,296
              ReLU-2           [-1, 64, 55, 55]               0
         MaxPool2d-3           [-1, 64, 27, 27]               0
            Conv2d-4          [-1, 192, 27, 27]         307,392
    """
    answer = solve.summary(text)
    (chain,) = [one.chain for one in answer]
    assert "conv(64, 11" in chain
    assert "conv(192, 5, 1, 2)" in chain
    assert spec.load(chain)


ROWS = {
    "MaxPool2d-1 [-1, 5, 3, 3] 0": "the first row must be a convolution or a linear layer",
    "Conv2d-1 [-1, 6, 28, 28] 157": "makes 157 parameters",
    "Conv2d-1 [-1, 6] 156": "leaves channels and sizes",
    "Conv2d-1 [-1, 6, 28, 28] 156\nReLU-2 [-1, 5, 28, 28] 0": "which this layer does not change",
    "Conv2d-1 [-1, 6, 28, 28] 156\nMaxPool2d-2 [-1, 6, 14, 14] 9": "a pool has no parameters",
    "Conv2d-1 [-1, 6, 28, 28] 156\nMaxPool2d-2 [-1, 7, 14, 14] 0": "no pool up to 7 leads here",
}


@pytest.mark.parametrize("text", ROWS)
def test_a_row_that_cannot_be_says_why(text):
    with pytest.raises(SolveError, match=ROWS[text]):
        solve.summary(text)


def test_a_row_of_an_unknown_layer_is_refused():
    with pytest.raises(SolveError, match=r"row 2 \(blob 6x28x28\): no layer has this name"):
        solve.summary([("conv2d", (6, 28, 28), 156), ("blob", (6, 28, 28), 0)])


@pytest.mark.parametrize("text", ["", "nothing here", "Conv2d-1 [-1, 5, 3, 3] 7", "Linear-1 [-1, 10] 7\n"])
def test_summaries_that_make_no_sense_are_refused_in_words(text):
    with pytest.raises(SolveError, match=r"\w+ \w+"):
        solve.summary(text)


@pytest.mark.parametrize(
    ("field", "stride", "layers"),
    [(32, 1, 16), (224, 1, 112), (1024, 1, 512), (32, 2, 5), (224, 2, 7), (1024, 2, 10)],
)
def test_layers_for_a_field(field, stride, layers):
    assert solve.layers_for_field(field, kernel=3, stride=stride)[0].layers == layers


def test_no_number_of_1x1_layers_sees_more_than_one_position():
    assert solve.layers_for_field(2, kernel=1).verdict == "impossible"
    assert solve.layers_for_field(10**12, kernel=3, stride=2)[0].layers < 50


def test_which_inputs_a_network_takes():
    (convolutional,) = solve.usable_inputs(
        spec.load("INPUT(1x32x32) -> CONV(4,5) -> POOL(2) -> GAP -> FC(2)")
    )
    assert convolutional.smallest == 6
    assert convolutional.same_weights == tuple(range(6, 513))
    (fixed,) = solve.usable_inputs(spec.load("INPUT(1x32x32) -> CONV(4,5) -> POOL(2) -> FC(2)"))
    assert fixed.same_weights == (32, 33)
    assert fixed.fixed_by == "fc1"


HOSTILE = {
    "huge kernel": lambda: solve.window([(10**12, 1)], kernel=10**12),
    "many candidates": lambda: solve.window([(7, 5)], max_kernel=10**6),
    "no pairs": lambda: solve.window([]),
    "zero": lambda: solve.window([(0, 5)]),
    "huge padding": lambda: solve.padding(10**9),
    "huge pattern": lambda: solve.pattern(
        "INPUT(1x9) -> CONV(a,b)", {"a": range(10**4), "b": range(10**4)}, params=1
    ),
    "nothing wanted": lambda: solve.pattern("INPUT(1x9) -> CONV(a,3)", {"a": [1]}),
    "unknown quantity": lambda: solve.pattern("INPUT(1x9) -> CONV(a,3)", {"a": [1]}, colour=1),
    "negative parameters": lambda: solve.mlp(-1, 1, 1),
    "unknown rounding": lambda: solve.window([(7, 5)], rounding="up"),
    "unknown without candidates": lambda: solve.pattern("INPUT(1x9) -> CONV(a,3)", {"a": []}, params=1),
    "empty matrix": lambda: solve.weight_matrix(""),
    "ragged matrix": lambda: solve.weight_matrix("a b\na"),
    "huge matrix": lambda: solve.weight_matrix([[1] * 2000] * 2000),
    "matrix of zeros": lambda: solve.weight_matrix("0 0\n. ."),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_questions_without_sense_are_refused_at_once(case):
    with pytest.raises(SolveError, match=r"\w+ \w+"):
        HOSTILE[case]()


def test_a_very_large_search_stops_and_says_so():
    answer = solve.mlp(10**9, 40, 10, hidden=3)
    assert not answer.complete
    assert "at least" in answer.headline() or answer.verdict == "not found"
