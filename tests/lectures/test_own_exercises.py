"""Exercises on networks that are there: what is asked, what is handed out, and keys that PyTorch confirms."""

import json
from xml.etree import ElementTree as ET

import pytest

import cnncalc
from cnncalc.homework import HomeworkError, exercise_on, grade
from cnncalc.homework.own import handed_out
from cnncalc.homework.writers import moodle_xml, notebook, otter_tests, prairielearn_files_on
from cnncalc.spec import bundled

from .test_homework import confirm, watched
from .test_writers import failures

DOTTED = """
# the answers are 10 and 90
name: two blocks  # 100 parameters
doc: "#1"
input: 1x8x8
blocks:
  b(c): conv(c, 3) -> relu
layers:
  - one: b(1)
  # 10 parameters
  - two: b(9)   # 90
expect:
  params: 100
  output: 9x4x4
"""


def filled(made):
    """The key of an exercise as a student's dict."""
    answers = {layer: {} for layer in made.layers}
    for cell in made.key:
        answers[cell.layer][cell.quantity] = cell.expected
    return answers


@pytest.mark.parametrize("name", bundled())
def test_what_is_handed_out_is_the_network_without_the_answers(name):
    network = cnncalc.load(name)
    text, names = handed_out(network)
    read = cnncalc.load(text)
    assert not read.about["expect"]
    assert [read[names[node.name]].layer for node in network] == [node.layer for node in network]
    assert [read[names[node.name]].site for node in network] == [node.site for node in network]
    assert [names[node.name] for node in network] == [node.name for node in network] or "base:" in str(
        network.about["text"]
    )


def test_comments_and_expectations_are_not_handed_out():
    text, _ = handed_out(cnncalc.parse(DOTTED))
    assert text.splitlines() == [
        "",
        "name: two blocks",
        'doc: "#1"',
        "input: 1x8x8",
        "blocks:",
        "  b(c): conv(c, 3) -> relu",
        "layers:",
        "  - one: b(1)",
        "  - two: b(9)",
    ]


def test_a_network_of_python_code_is_written_down():
    build = cnncalc.Builder("built")
    x = build.input("input", (1, 28, 28))
    x = build.add(cnncalc.load("lenet5")["C1"].layer, x, name="first")
    made = exercise_on(build.network(outputs=[x]))
    assert [cell.expected for cell in made.key] == [(6, 24, 24), 156, 89_856, 86_400, (5, 5)]
    assert "conv(6, 5)" in made.spec


def test_the_seed_draws_the_layers_in_their_order():
    network = cnncalc.load("resnet50")
    drawn = {exercise_on(network, seed).layers for seed in range(20)}
    order = [node.name for node in network]
    assert len(drawn) == 20
    assert all(len(layers) == 8 and list(layers) == sorted(layers, key=order.index) for layers in drawn)
    assert exercise_on(network, 3).layers == exercise_on(network, 3).layers
    assert len(exercise_on(network, 3, rows=20).layers) == 20
    assert exercise_on(cnncalc.load("lenet5")).layers == ("C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT")


@pytest.mark.parametrize("name", ["lenet5", "mnist1d", "tiny_vgg", "unet", "resnet18", "googlenet", "c3d"])
def test_keys_are_confirmed_by_torch(name):
    """Modules are built from what students get, and watched."""
    torch = pytest.importorskip("torch")
    made = exercise_on(cnncalc.load(name), 5)
    model = cnncalc.build(made.network).eval().to("meta")
    seen = watched(model, made.layers)
    with torch.no_grad():
        model(*(torch.zeros(2, *node.output_shape, device="meta") for node in made.network.inputs))
    confirm(made, seen)


@pytest.mark.parametrize("name", ["lenet5", "mnist1d", "dilated_context", "convnetjs_cifar10"])
def test_keys_are_verified_in_every_quantity(name):
    """Connections and receptive fields as well, by probes that know nothing of formulas."""
    pytest.importorskip("torch")
    verification = cnncalc.verify(exercise_on(cnncalc.load(name)).network)
    assert verification.ok, verification.mismatches


REFUSED = {
    "no positions": ("mnist1d_fc", ["field"], "MNIST-1D.* has nothing to ask of field: no layer has a field"),
    "no weights": ("INPUT(3x8x8) -> POOL(2)", ["params"], "nothing to ask of params: it is 0 in every layer"),
    "no such thing": ("lenet5", ["colour"], "'colour' cannot be asked; there are output_shape, params"),
    "nothing": ("lenet5", [], "nothing is asked; there are output_shape"),
    "no layers": ("INPUT(3x8x8) -> relu", None, "nothing to ask: it has no layers but those that leave"),
    "halves": ("INPUT(3x8x8) -> upsample(scale_factor=2)", ["jump"], "nothing to ask of jump: no layer has"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_network_has_nothing_of_is_refused(case):
    spec, columns, words = REFUSED[case]
    with pytest.raises(HomeworkError, match=words):
        exercise_on(cnncalc.load(spec), columns=columns)


@pytest.mark.parametrize("rows", [0, -1, 1.5, "3"])
def test_rows_are_a_number_of_layers(rows):
    with pytest.raises(HomeworkError, match="at least one layer"):
        exercise_on(cnncalc.load("lenet5"), rows=rows)


def test_by_default_what_there_is_nothing_of_is_not_asked():
    assert exercise_on(cnncalc.load("mnist1d_fc")).columns == (
        "output_shape",
        "params",
        "connections",
        "macs",
    )


def test_layers_without_the_quantity_are_not_drawn():
    """Half positions between units are no whole number; the convolution before them has one."""
    network = cnncalc.parse("INPUT(3x8x8) -> conv(3, 3) -> upsample(scale_factor=2) -> conv(3, 3)")
    made = exercise_on(network, columns=["jump"])
    assert made.layers == ("conv1",)


def test_dotted_names_go_to_every_course_system():
    network = cnncalc.parse(DOTTED)
    made = exercise_on(network)
    assert made.layers == ("one.conv1", "two.conv1")
    answers = filled(made)
    assert all(failures(text, answers)[0] == 0 for text in otter_tests(made).values())
    titles = [q.findtext("name/text") for q in ET.fromstring(moodle_xml(made)).iter("question")]  # noqa: S314 - ours
    assert "Exercise 0 (two blocks): params of two.conv1" in titles
    cells = json.loads(notebook(made))["cells"]
    marks = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells]
    assert "two-conv1_params" in marks
    assert len(set(marks)) == len({cell["id"] for cell in cells}) == len(cells)
    assert all(len(cell["id"]) <= 64 and "." not in cell["id"] for cell in cells)
    scope = {"answers": answers}
    *lines, last = "".join(cells[-1]["source"]).splitlines()
    exec("\n".join(lines), scope)  # noqa: S102 - our own cell
    assert eval(last, scope) == 1  # noqa: S307 - our own cell


def test_prairielearn_draws_layers_and_grades_them():
    scope = {}
    exec(prairielearn_files_on(cnncalc.parse(DOTTED), rows=1)["server.py"], scope)  # noqa: S102 - our own file
    asked = set()
    for seed in range(8):
        data = {"variant_seed": str(seed), "params": {}, "correct_answers": {}, "partial_scores": {}}
        scope["generate"](data)
        asked |= {row["layer"] for row in data["params"]["rows"]}
        assert all("." not in name for name in data["correct_answers"])
        scope["grade"]({**data, "submitted_answers": data["correct_answers"]})
        assert {part["score"] for part in data["partial_scores"].values()} == {1}
    assert asked == {"one.conv1", "two.conv1"}


@pytest.mark.parametrize("form", ["text", "solution", "csv", "key", "spec", "moodle", "nbgrader"])
def test_every_form_is_printed_of_ones_own_network(run, form, tmp_path):
    (tmp_path / "net.yaml").write_text(DOTTED)
    status, out, err = run("exercise", "2", "--net", tmp_path / "net.yaml", "--format", form)
    assert (status, err) == (0, "")
    assert "two" in out
    assert "expect" not in out
    assert "the answers are" not in out


def test_the_key_gets_full_marks_on_what_is_handed_out(run, tmp_path):
    for form in ("key", "spec"):
        status, out, _ = run("exercise", "4", "--net", "resnet18", "--rows", "5", "--format", form)
        assert status == 0
        (tmp_path / form).write_text(out)
    (graded,) = grade((tmp_path / "key").read_text(), cnncalc.load(tmp_path / "spec"))
    assert graded.score == graded.most == 25


@pytest.mark.parametrize("form", ["otter", "prairielearn"])
def test_folders_are_written_of_ones_own_network(run, form, tmp_path):
    status, out, _ = run("exercise", "2", "--net", "lenet5", "--format", form, "--output", tmp_path / "new")
    assert status == 0
    assert len(out.splitlines()) == len(list((tmp_path / "new").iterdir())) == (7 if form == "otter" else 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--net lenet5 --level hard", "--level is about networks made from the seed"),
        ("--net lenet5 --symbolic", "--symbolic is about networks made from the seed"),
        ("--rows 3", "--rows goes with --net"),
        ("--net lenet5 --rows 0", "--rows"),
        ("--net lenet5 --columns colour", "'colour' cannot be asked"),
        ("--net lenet9", "no bundled spec or file called 'lenet9'"),
        ("--net mnist1d_fc --columns field", "nothing to ask of field"),
    ],
)
def test_exercise_refuses_what_does_not_go_with_a_network(run, options, words):
    status, out, err = run("exercise", "7", *options.split())
    assert status in (1, 2)
    assert out == ""
    assert words in err
