"""Homework: right answers in any writing, named slips when planted, errors carried forward."""

import os
from random import Random

import pytest

import cnncalc
from cnncalc.homework import (
    SLIPS,
    STRICT,
    HomeworkError,
    Policy,
    Question,
    check,
    check_question,
    check_symbolic,
    exercise,
    explanations,
    grade,
    read,
    symbolic_exercise,
)
from cnncalc.homework.exercises import LEVELS

SEEDS = int(os.environ.get("CNNCALC_EXERCISES", "40"))
VERIFIED = int(os.environ.get("CNNCALC_VERIFIED", "3"))
ANSWERS = int(os.environ.get("CNNCALC_ANSWERS", "400"))
"""The full proof takes 1,000 exercises and 10,000 answers."""

COLUMNS = ("output_shape", "params", "connections", "neurons", "macs", "flops", "field", "jump")


@pytest.fixture(scope="module")
def lenet():
    return cnncalc.load("lenet5")


WRITTEN = {
    "1516": 1516,
    "1,516": 1516,
    "1 516": 1516,
    "1'516 parameters": 1516,
    "1_516": 1516,
    " 1516. ": 1516,
    "60k": 60_000,
    "61M": 61_000_000,
    "60.97 million": 60_970_000,
    "1.5e3": 1500,
    "0.42 MB": 420_000,
    "2 KiB": 2048,
    "1.516.000": 1_516_000,
}


@pytest.mark.parametrize("text", WRITTEN)
def test_numbers_are_read_as_people_write_them(text):
    assert read(text).value == WRITTEN[text]


@pytest.mark.parametrize(
    "text", ["16x10x10", "16 × 10 × 10", "(16, 10, 10)", "[16,10,10]", "16 10 10", "16X10X10"]
)
def test_shapes_are_read_as_people_write_them(text):
    assert read(text, is_shape=True).value == (16, 10, 10)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,51", "12 apples", "x" * 1000, "1;2", "__import__('os')", "nan", "9" * 500]
)
def test_what_is_no_number_is_said_in_words(text):
    with pytest.raises(HomeworkError, match=r"\w+ \w+"):
        read(text)


def test_rounded_answers_are_right_as_far_as_they_were_rounded():
    assert check("61M", "alexnet").correct
    assert check("60.97M", "alexnet").correct
    assert not check("60M", "alexnet").correct
    assert check("60M", "alexnet", policy=Policy(tolerance=0.02)).correct
    assert not check("1M", "INPUT(1x1200) -> FC(1100)").correct
    assert check("1.516", "lenet5", "C3").correct


PLANTED = {
    ("lenet5", "C1", "params", "150"): "bias forgotten",
    ("lenet5", "C3", "params", "2416"): "table ignored",
    ("lenet5", "C1", "params", "122304"): "connections for parameters",
    ("lenet5", "C1", "connections", "117600"): "bias forgotten",
    ("lenet5", "C1", "macs", "235200"): "FLOPs for MACs",
    ("lenet5", "C1", "flops", "117600"): "MACs for FLOPs",
    ("lenet5", "C1", "output_shape", "28x28x6"): "channels last",
    ("lenet5", "C1", "output_shape", "28x28"): "channels left out",
    ("lenet5", "C1", "output_shape", "28"): "one size for a shape",
    ("lenet5", "C1", "output_shape", "6x27x27"): "+ 1 forgotten",
    ("lenet5", "C3", "field", "5x5"): "field in the previous layer",
    ("lenet5", "C3", "field", "2x2"): "jump for field",
    ("mnist1d", "conv1", "output_shape", "15x20"): "ceil for floor",
    ("mnist1d", None, "macs", "10720"): "other convention",
    ("alexnet", "conv2", "params", "614656"): "groups forgotten",
    ("alexnet", None, "params", "56868224"): "a layer left out",
    ("alexnet", "conv1", "neurons", "3025"): "per map",
    ("INPUT(3x11x11) -> CONV(3,3,2,1,2) as C", "C", "output_shape", "3x4x4"): "dilation span d*k",
    ("INPUT(3x11x11) -> CONV(3,3,2,1,2) as C", "C", "output_shape", "3x6x6"): "dilation forgotten",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "output_shape", "8x7x7"): "padding forgotten",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "output_shape", "8x9x9"): "padding counted once",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "params", "208"): "depth forgotten",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "params", "76"): "one filter only",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "params", "128"): "kernel counted once",
    ("INPUT(3x11x11) -> CONV(8,5,1,2) as C", "C", "params", "601"): "one bias for all",
    ("INPUT(3x11x13) -> CONV(8,5,1,2) as C", "C", "output_shape", "8x13x11"): "height and width swapped",
    ("INPUT(1x64) -> CONV(1,3,2) -> CONV(1,3,2) as C", "C", "field", "5"): "strides ignored",
    ("vgg16_transfer", None, "trainable_params", "134301514"): "frozen counted",
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p[0][:10]} {p[1]} {p[2]} {p[3]}")
def test_a_planted_slip_is_named(planted):
    spec, layer, quantity, answer = planted
    verdict = check(answer, spec, layer, quantity)
    assert (verdict.correct, verdict.slip) == (False, PLANTED[planted])
    assert 0 < verdict.credit < 1
    assert verdict.message.startswith("not quite: ")


def test_the_decks_own_slip_is_recognised():
    """Deck E works the dilated size out as 4; it is 5."""
    verdict = check("3x4x4", "INPUT(3x11x11) -> CONV(3, 3, 2, 1, 2)", "conv1", "output_shape")
    assert verdict.slip == "dilation span d*k"
    assert verdict.expected == (3, 5, 5)
    assert "= 5" in verdict.solution()


def test_every_slip_is_recognised_where_it_gives_something_of_its_own():
    """Planted wherever it can happen in random exercises, each slip is named at least once."""
    named = set()
    for seed in range(60):
        made = exercise(seed, "hard", COLUMNS)
        for cell in made.key:
            question = Question(made.network, cell.layer, cell.quantity)
            for _, value in explanations(question):
                verdict = check_question(value, question)
                assert not verdict.correct
                named.add(verdict.slip)
    elsewhere = {"table ignored", "floor for ceil", "frozen counted", "frozen left out", "bias added"}
    networks_only = {"bits for bytes", "numbers for bytes"}
    assert {slip.name for slip in SLIPS} - named <= elsewhere | networks_only


def test_slips_that_exercises_do_not_hold_are_recognised_too():
    ceil = "INPUT(1x8x8) -> POOL(3, 2, rounding=ceil) as P"
    assert check("1x3x3", ceil, "P", "output_shape").slip == "floor for ceil"
    assert check("27", "INPUT(1x8x8) -> CONV(2, 3, bias=false) as C", "C").slip == ""
    assert check("20", "INPUT(1x8x8) -> CONV(2, 3, bias=false) as C", "C").slip == "bias added"
    assert check(8 * 4 * 60_000, "lenet5", quantity="param_bytes").slip == "bits for bytes"
    assert check("60k", "lenet5", quantity="param_bytes").slip == "numbers for bytes"
    assert check("14714688", "vgg16_transfer", "fc8", "trainable_params").slip == ""


def spelled(value, random):
    """A right answer in one of the ways people write it."""
    if isinstance(value, tuple):
        joined = [str(size) for size in value]
        forms = ["x".join(joined), " x ".join(joined), f"({', '.join(joined)})", f"[{','.join(joined)}]"]
        return random.choice([*forms, value, list(value)])
    forms = [str(value), f"{value:,}", f"{value:_}", f"{value:,}".replace(",", " "), f" {value} ", value]
    return random.choice(
        [*forms, f"{value:,}".replace(",", "."), f"{value / 1000:.3f}k" if value > 999 else str(value)]
    )


def test_no_right_answer_is_marked_wrong_and_no_wrong_one_right():
    random = Random(5)  # noqa: S311 - answers, no secrets
    answered = seed = 0
    while answered < ANSWERS:
        made = exercise(seed, LEVELS[seed % 3], COLUMNS)
        seed += 1
        for cell in made.key:
            question = Question(made.network, cell.layer, cell.quantity)
            answer = spelled(cell.expected, random)
            verdict = check_question(answer, question)
            assert verdict.correct, (made.spec, cell, answer, verdict)
            wrong = other(cell.expected, random)
            assert not check_question(wrong, question).correct, (made.spec, cell, wrong)
            answered += 1


def other(value, random):
    """Anything but the right value."""
    if isinstance(value, tuple):
        return (*value[:-1], value[-1] + random.choice((-1, 1, 7)))
    return value + random.choice((-7, -1, 1, 13, 1000))


def watched(model, names):
    """The modules of these names, with what leaves them once the model has run."""
    seen = {}
    for name in names:

        def note(module, _inputs, output, name=name):
            seen[name] = (module, output)

        model.get_submodule(name).register_forward_hook(note)
    return seen


def test_every_key_is_confirmed_by_torch():
    torch = pytest.importorskip("torch")
    from cnncalc import build

    for seed in range(SEEDS):
        made = exercise(seed, LEVELS[seed % 3])
        model = build(made.network).eval()
        seen = watched(model, made.layers)
        with torch.no_grad():
            model(torch.zeros(2, *made.network.inputs[0].output_shape))
        confirm(made, seen)


def confirm(made, seen):
    """Compare a key with the modules, and with what leaves them."""
    for cell in made.key:
        module, output = seen[cell.layer]
        if cell.quantity == "output_shape":
            assert tuple(output.shape[1:]) == cell.expected
        if cell.quantity == "params":
            assert sum(p.numel() for p in module.parameters()) == cell.expected
        if cell.quantity == "macs" and made.network[cell.layer].kind in ("conv", "fc", "linear"):
            weight = next(module.parameters())
            assert weight.numel() * output[0, 0].numel() == cell.expected


def test_keys_are_verified_in_every_quantity():
    """Connections and receptive fields as well, by probes that know nothing of formulas."""
    pytest.importorskip("torch")
    for seed in range(VERIFIED):
        verification = cnncalc.verify(exercise(seed, LEVELS[seed % 3]).network)
        assert verification.ok, verification.mismatches


def test_the_same_seed_makes_the_same_exercise():
    assert exercise(11).spec == exercise(11).spec
    assert len({exercise(seed).spec for seed in range(50)}) > 45
    rectangular = [
        len(set(exercise(seed, "hard").network.inputs[0].output_shape[1:])) == 2 for seed in range(20)
    ]
    assert sum(rectangular) > 15


def test_an_exercise_reads_as_a_sheet_and_its_key_fills_it():
    made = exercise(4)
    empty, filled = made.text(), made.solution()
    assert made.spec in empty
    assert all(layer in empty for layer in made.layers)
    assert made.key[0].layer == "C1"
    assert f"params = {made.network['C1'].layer.params(made.network['C1'].site).text()}" in filled
    assert grade(made.sheet(filled=True), made.network)[0].score == len(made.key)
    assert grade(made.sheet(), made.network)[0].score == 0


def test_an_error_counts_once():
    text = (
        "layer,output_shape,params,macs\n"
        "C1,6x30x30,156,117600\n"  # wrong size
        "S2,6x15x15,12,0\n"  # follows from it
        "C3,16x11x11,1516,181500\n"
        "S4,16x5x5,32,0\n"
    )
    (graded,) = grade(text, cnncalc.load("lenet5"))
    slips = {name: verdict.slip for name, verdict in graded.verdicts if not verdict.correct}
    carried = ["S2 output_shape", "C3 output_shape", "C3 macs"]
    assert [name for name, slip in slips.items() if slip == "carried forward"] == carried
    assert graded.score == graded.most - 1
    (strict,) = grade(text, cnncalc.load("lenet5"), STRICT)
    assert strict.score == graded.most - 4


def test_the_message_says_which_row_an_error_came_from():
    text = "layer,output_shape\nC1,6x30x30\nS2,6x15x15\n"
    (graded,) = grade(text, cnncalc.load("lenet5"))
    assert graded.verdicts[1][1].message.endswith("carried forward from row 1 (C1)")


def test_the_right_sum_of_a_wrong_column_is_carried_forward():
    net = cnncalc.load("INPUT(1x8x8) -> CONV(2,3) as A -> CONV(4,3) as B")
    wrong, other = "layer,params\nA,18\nB,76\ntotal,94\n", "layer,params\nA,18\nB,76\ntotal,95\n"
    assert grade(wrong, net)[0].verdicts[-1][1].slip == "carried forward"
    assert grade(other, net)[0].verdicts[-1][1].credit == 0


def test_sheets_of_several_students():
    text = 'student,layer,params\nAda,C1,156\nBob,C1,150\nAda,total,"60,000"\nBob,total,59000\n'
    ada, bob = grade(text, cnncalc.load("lenet5"))
    assert (ada.student, ada.score) == ("Ada", 2)
    assert (bob.student, bob.score) == ("Bob", 0.5)


BAD_SHEETS = {
    "": "line of headings",
    "params\n1\n": "line of headings",
    "layer\nC1\n": "no column of answers",
    "layer,colour\nC1,red\n": "no quantity is called 'colour'",
    "layer,params\nC9,1\n": "no layer is called 'C9'",
}


@pytest.mark.parametrize("text", BAD_SHEETS)
def test_bad_sheets_are_refused_in_words(text):
    with pytest.raises(HomeworkError, match=BAD_SHEETS[text]):
        grade(text, cnncalc.load("lenet5"))


def test_questions_that_do_not_exist_are_refused():
    with pytest.raises(HomeworkError, match="cannot be asked"):
        check("1", "lenet5", "C1", "colour")


def test_symbolic_keys_equal_torch():
    torch = pytest.importorskip("torch")
    for seed in range(25):
        made = symbolic_exercise(seed, 1 + seed % 3)
        layers = [torch.nn.Conv1d(1, 1, w.kernel, w.stride, w.padding, w.dilation) for w in made.windows]
        for size in (64, 79, 130):
            output = torch.nn.Sequential(*layers)(torch.zeros(1, size))
            assert made.size(size) == output.shape[-1]
        assert check_symbolic(made.key(), made).correct
        assert check_symbolic(made.key("n"), made, "n").correct
        assert not check_symbolic(f"{made.key()} + 1", made).correct


def test_symbolic_slips_are_named():
    found = set()
    for seed in range(40):
        made = symbolic_exercise(seed)
        found.add(check_symbolic(made.key().replace("floor", ""), made).slip)
        found.add(check_symbolic(f"{made.key()} - 1", made).slip)
        plain = made._replace(windows=tuple(w._replace(padding=0) for w in made.windows))
        found.add(check_symbolic(plain.key(), made).slip)
    assert {"floor forgotten", "+ 1 forgotten", "padding forgotten"} <= found


@pytest.mark.parametrize(
    "text",
    ["", "m +", "m.__class__", "().__class__", "m**9**9", "x", "1/0", "9" * 400, "(" * 200, "lambda: 1"],
)
def test_expressions_run_nothing(text):
    verdict = check_symbolic(text, symbolic_exercise(1))
    assert not verdict.correct
    assert verdict.message.startswith("not read")


def test_solutions_are_worked_for_layers_and_totals(lenet):
    assert check("1", lenet, "C1").solution().endswith("= 156")
    assert check("1", lenet).solution().endswith("10,164 (F6) = 60,000")


def test_one_number_for_a_field_that_is_alike_on_all_axes_is_right():
    sheet = "layer,field,jump\nC3,14,2\nS4,16x16,4x4\nC5,32,5\n"
    (graded,) = grade(sheet, cnncalc.load("lenet5"))
    assert [verdict.correct for _, verdict in graded.verdicts] == [True] * 5 + [False]


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_sheets_are_read_as_spreadsheets_write_them(separator):
    text = (
        separator.join(["Layer", " Params", "student"])
        + "\r\n"
        + separator.join(["C1", "156", "Ada"])
        + "\r\n"
    )
    (graded,) = grade(text, cnncalc.load("lenet5"))
    assert (graded.student, graded.score) == ("Ada", 1)


def test_a_message_of_a_grade_says_each_thing_once():
    (graded,) = grade("layer,params,connections\nC1,77,x\nC3,,1\n", cnncalc.load("lenet5"))
    assert graded.text().splitlines()[1:] == [
        "  C1 params: not right: 77 (0)",
        "  C1 connections: not read: 'x' is no number; write 1516 or 1,516 (0)",
        "  C3 params: no answer (0)",
        "  C3 connections: not right: 1 (0)",
    ]
