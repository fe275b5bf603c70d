"""Homework in the forms that course systems read; by their own packages where they are installed."""

import contextlib
import doctest
import io
import json
import sys
from xml.etree import ElementTree as ET

import pytest

import cnncalc
from cnncalc.homework import exercise, grade
from cnncalc.homework.writers import moodle_xml, notebook, otter_tests, prairielearn_files, results_json
from cnncalc.homework.writers.moodle import FRACTIONS

EXERCISE = exercise(7)


def answers(**changed):
    """The key of the exercise as a student's dict, with changed parameters of layers."""
    filled = {layer: {} for layer in EXERCISE.layers}
    for cell in EXERCISE.key:
        filled[cell.layer][cell.quantity] = cell.expected
    for layer, params in changed.items():
        filled[layer]["params"] = params
    return filled


def slip():
    """The parameters of C1 without its biases."""
    layer = EXERCISE.network["C1"]
    return answers()["C1"]["params"] - layer.output_shape[0]


GRADESCOPE = {"score", "max_score", "status", "name", "number", "output", "output_format", "visibility"}


def test_gradescope_results_have_the_documented_fields():
    (graded,) = grade("layer,params\nC1,150\nS2,12\n", cnncalc.load("lenet5"))
    results = json.loads(results_json(graded, points=2, solutions=True))
    assert [set(test) for test in results["tests"]] == [GRADESCOPE, GRADESCOPE]
    assert [(t["score"], t["max_score"], t["status"]) for t in results["tests"]] == [
        (1.0, 2, "failed"),
        (2.0, 2, "passed"),
    ]
    assert "bias forgotten" in results["tests"][0]["output"]
    assert "= 156" in results["tests"][0]["output"]
    assert results["stdout_visibility"] in {"visible", "hidden", "after_due_date", "after_published"}


def failures(text, student):
    """How many of a test file's cases fail, and what they print."""
    scope = {}
    exec(text, scope)  # noqa: S102 - our own file, as otter runs it
    (suite,) = scope["test"]["suites"]
    failed, printed = 0, io.StringIO()
    for case in suite["cases"]:
        test = doctest.DocTestParser().get_doctest(case["code"], {"answers": student}, "case", None, 0)
        failed += doctest.DocTestRunner(verbose=False).run(test, out=printed.write).failed
    return failed, printed.getvalue()


def test_otter_files_pass_the_key_and_name_a_slip():
    files = otter_tests(EXERCISE)
    assert set(files) == {f"{layer}.py" for layer in EXERCISE.layers}
    assert all(failures(text, answers())[0] == 0 for text in files.values())
    failed, printed = failures(files["C1.py"], answers(C1=slip()))
    assert failed == 1
    assert "bias forgotten" in printed


def test_otter_reads_its_files(tmp_path):
    files = pytest.importorskip("otter.test_files", reason="otter-grader is not installed")
    for name, text in otter_tests(EXERCISE).items():
        (tmp_path / name).write_text(text)
        test = files.OKTestFile.from_file(str(tmp_path / name))
        test.run({"answers": answers()})
        assert test.grade == 1
    test = files.OKTestFile.from_file(str(tmp_path / "C1.py"))
    test.run({"answers": answers(C1=slip())})
    assert 0 < test.grade < 1


def test_the_notebook_has_what_nbgrader_needs():
    whole = json.loads(notebook(EXERCISE))
    marks = [cell["metadata"]["nbgrader"] for cell in whole["cells"]]
    assert len({mark["grade_id"] for mark in marks}) == len(marks)
    assert {mark["schema_version"] for mark in marks} == {3}
    assert sum(mark["solution"] for mark in marks) == 1
    assert sum(mark.get("points", 0) for mark in marks) == len(EXERCISE.key)
    assert len({cell["id"] for cell in whole["cells"]}) == len(whole["cells"])


def test_graded_cells_end_in_the_credit_and_write_nothing_to_stderr():
    cells = [
        cell for cell in json.loads(notebook(EXERCISE))["cells"] if cell["metadata"]["nbgrader"]["grade"]
    ]
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            *lines, last = "".join(cell["source"]).splitlines()
            scope = {"answers": answers(C1=slip())}
            exec("\n".join(lines), scope)  # noqa: S102 - our own cell
            credit = eval(last, scope)  # noqa: S307 - our own cell
            assert credit == (0.5 if cell["metadata"]["nbgrader"]["grade_id"] == "C1_params" else 1)
    assert errors.getvalue() == ""


def test_nbgrader_validates_the_notebook():
    validator = pytest.importorskip("nbgrader.nbgraderformat.v3", reason="nbgrader is not installed")
    nbformat = pytest.importorskip("nbformat")
    whole = nbformat.reads(notebook(EXERCISE), as_version=4)
    nbformat.validate(whole)
    validator.MetadataValidatorV3().validate_nb(whole)


def test_moodle_questions_have_one_right_answer_and_known_fractions():
    quiz = ET.fromstring(moodle_xml(EXERCISE))  # noqa: S314 - our own text
    assert len(quiz) == len(EXERCISE.key)
    for question, cell in zip(quiz, EXERCISE.key, strict=True):
        shares = [float(answer.get("fraction")) for answer in question.iter("answer")]
        assert shares[0] == 100
        assert shares.count(100) == 1
        assert set(shares) <= set(FRACTIONS)
        kind = "shortanswer" if isinstance(cell.expected, tuple) else "numerical"
        assert question.get("type") == kind
        texts = [answer.findtext("text") for answer in question.iter("answer")]
        assert len(set(texts)) == len(texts)
        assert question.findtext("name/text")
        assert question.findtext("questiontext/text").startswith("<pre>INPUT(")


def test_moodle_feedback_names_the_slip():
    text = moodle_xml(EXERCISE)
    assert "bias forgotten" in text
    assert f"<text>{slip()}</text>" in text


def prairielearn():
    files = prairielearn_files("hard", ("output_shape", "params"))
    scope = {}
    exec(files["server.py"], scope)  # noqa: S102 - our own file, as PrairieLearn runs it
    data = {
        "variant_seed": "7",
        "params": {},
        "correct_answers": {},
        "submitted_answers": {},
        "partial_scores": {},
    }
    scope["generate"](data)
    return files, scope, data


def test_prairielearn_makes_and_grades_variants():
    files, scope, data = prairielearn()
    assert json.loads(json.dumps(data["params"])) == data["params"]
    assert data["params"]["spec"] == exercise(7, "hard").spec
    data["submitted_answers"] = dict(data["correct_answers"])
    scope["grade"](data)
    assert data["score"] == 1
    data["submitted_answers"]["C1__params"] = "1"
    del data["submitted_answers"]["C1__output_shape"]
    scope["grade"](data)
    assert data["score"] == 1 - 2 / len(data["correct_answers"])
    assert all(name in files["question.html"] for name in ("pl-string-input", "{{name}}", "{{params.spec}}"))


def test_prairielearn_info_is_complete_and_stable():
    info = json.loads(prairielearn_files()["info.json"])
    assert set(info) >= {"uuid", "title", "topic", "type"}
    assert info["type"] == "v3"
    assert info == json.loads(prairielearn_files()["info.json"])


# On the command line.


def test_grade_prints_the_score_and_the_slip(run, tmp_path):
    sheet = tmp_path / "answers.csv"
    sheet.write_text("layer,params\nC1,150\nS2,12\n")
    status, out, err = run("grade", str(sheet), "--key", "lenet5", "--solutions")
    assert (status, err) == (0, "")
    assert out.startswith("answers: 1.5 of 2")
    assert "bias forgotten" in out
    assert "= 156" in out
    _, out, _ = run("grade", str(sheet), "--key", "lenet5", "--format", "gradescope")
    assert json.loads(out)["tests"][0]["score"] == 0.5
    _, out, _ = run("grade", str(sheet), "--key", "lenet5", "--format", "json", "--slip-credit", "0")
    assert json.loads(out)[0]["score"] == 1


def test_grade_takes_stdin_and_a_byte_order_mark(run, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"layer,params\nC1,156\n")))
    assert run("grade", "-", "--key", "lenet5")[1] == "answers: 1 of 1\n"
    sheet = tmp_path / "excel.csv"
    sheet.write_bytes(b"\xef\xbb\xbflayer,params\r\nC1,156\r\n")
    assert run("grade", str(sheet), "--key", "lenet5")[1] == "answers: 1 of 1\n"


def test_grade_refuses_what_it_cannot_read(run, tmp_path):
    sheet = tmp_path / "answers.csv"
    sheet.write_text("layer,params\nC9,1\n")
    status, out, err = run("grade", str(sheet), "--key", "lenet5")
    assert (status, out) == (1, "")
    assert "no layer is called 'C9'" in err
    sheet.write_bytes(b"\xff\xfe\x00\x01")
    assert run("grade", str(sheet), "--key", "lenet5")[0] == 1
    assert run("grade", "nowhere.csv", "--key", "lenet5")[0] == 2


@pytest.mark.parametrize("form", ["text", "solution", "csv", "key", "spec", "moodle", "nbgrader"])
def test_exercises_are_printed_in_every_form(run, form):
    status, out, err = run("exercise", "7", "--format", form)
    assert (status, err) == (0, "")
    assert "C1" in out


def test_several_seeds_make_one_bank_of_all_their_questions(run):
    one = [ET.fromstring(run("exercise", seed, "--format", "moodle")[1]) for seed in "345"]  # noqa: S314 - ours
    bank = ET.fromstring(run("exercise", "3..5", "--format", "moodle")[1])  # noqa: S314 - our own text
    assert [ET.tostring(q).strip() for q in bank] == [ET.tostring(q).strip() for quiz in one for q in quiz]
    names = [question.findtext("name/text") for question in bank]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("seeds", ["5..3", "1..", "1..2000", "a..b", "-1..2"])
def test_seeds_that_are_no_range_are_refused(run, seeds):
    assert run("exercise", "--", seeds)[0] == 2


@pytest.mark.parametrize("form", ["csv", "key", "nbgrader", "otter"])
def test_what_is_for_one_exercise_refuses_several(run, form):
    assert run("exercise", "1..3", "--format", form)[0] == 2


def test_several_sheets_stand_one_after_the_other(run):
    _, text, _ = run("exercise", "1..3")
    assert [f"Exercise {seed} (medium)" in text for seed in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("form", ["otter", "prairielearn"])
def test_exercises_are_written_into_folders(run, form, tmp_path):
    folder = tmp_path / "made"
    status, out, _ = run("exercise", "7", "--format", form, "--output", str(folder))
    assert status == 0
    assert sorted(out.split()) == sorted(map(str, folder.iterdir()))


def test_symbolic_exercises_are_printed_with_their_key(run):
    _, text, _ = run("exercise", "5", "--symbolic")
    assert "m x n" in text
    _, key, _ = run("exercise", "5", "--symbolic", "--format", "key")
    assert key == "floor((m - 5)/2) + 1 x floor((n - 5)/2) + 1\n"
    assert run("exercise", "5", "--symbolic", "--format", "moodle")[0] == 2


def test_exercise_refuses_wrong_usage(run):
    assert run("exercise", "7", "--columns", "colour")[0] == 2
    assert run("exercise", "7", "--format", "otter")[0] == 2
    assert run("exercise", "-1")[0] == 2


def test_the_key_of_an_exercise_gets_full_marks(run, tmp_path):
    _, key, _ = run("exercise", "9", "--level", "hard", "--format", "key")
    _, spec, _ = run("exercise", "9", "--level", "hard", "--format", "spec")
    sheet = tmp_path / "key.csv"
    sheet.write_text(key)
    _, out, _ = run("grade", str(sheet), "--key", spec.strip())
    score, _, most = out.split(":")[1].split()
    assert score == most


def test_advise_prints_the_table_with_trainable_counts(run):
    status, out, _ = run("advise", "vgg13", "--classes", "10")
    assert status == 0
    assert out.count("trainable") == 4
    assert "40,970 trainable, 128,950,848 frozen" in out
    assert "119,586,826 trainable, 9,404,992 frozen" in out


def test_advise_picks_the_cell_and_shows_the_stages(run):
    _, out, _ = run("advise", "vgg16", "--classes", "10", "--images", "5000", "--likeness", "different")
    assert "in trouble" in out
    assert "pool3 (256 pooled channels): 2,570" in out
    assert "finetune" not in out
