"""``cnncalc sweep`` as people and scripts use it, and its picture."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from cnncalc.cli import main
from cnncalc.cli.sweep import Watch
from cnncalc.render.scene import Text, flat
from cnncalc.sweeping import SweepError, sweep
from cnncalc.sweeping.picture import scatter
from cnncalc.sweeping.plan import make_plan
from cnncalc.sweeping.run import run as run_plan
from cnncalc.sweeping.table import Table
from cnncalc.sweeping.ticks import scale
from tests.sweep_specs import MNIST1D


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "mnist1d.yaml"
    path.write_text(MNIST1D)
    return str(path)


@pytest.fixture
def run(capfdbinary):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(("sweep", *arguments))
        printed = capfdbinary.readouterr()
        return caught.value.code, printed.out.decode(), printed.err.decode()

    return call


def test_the_table_goes_to_stdout_and_the_counts_to_stderr(run, spec):
    status, out, err = run(spec, "--over", "depth=0..8", "--over", "k=3,12", "--where", "params > 5000")
    assert status == 0
    assert out.splitlines()[0].split() == ["depth", "k", "params", "macs"]
    assert "18 configurations, 7 impossible" in err
    assert "7 x E230, first depth=2 k=12: kernel 12 does not fit: input 5 + padding 2 = 7" in err


def test_formats_for_scripts_are_nothing_but_data(run, spec):
    status, out, _ = run(spec, "--over", "depth=1,2", "--format", "csv")
    assert (status, out) == (0, "depth,params,macs\n1,4560,23625\n2,5210,31750\n")
    _, out, _ = run(spec, "--over", "depth=1,2", "--format", "json", "--columns", "layers")
    assert json.loads(out)["rows"] == [{"depth": 1, "layers": 3}, {"depth": 2, "layers": 4}]


def test_the_table_ends_where_it_is_told_and_says_so(run, spec):
    _, out, _ = run(spec, "--over", "channels=1..99")
    assert len(out.splitlines()) == 43
    assert out.splitlines()[-1] == "... and 59 more: -o FILE.csv writes them all"
    _, out, _ = run(spec, "--over", "channels=1..99", "--sort", "macs", "--top", "60")
    assert len(out.splitlines()) == 62


def test_nothing_found_is_exit_status_1(run, spec):
    status, out, _ = run(spec, "--over", "depth=1,2", "--where", "params < 0")
    assert (status, out) == (1, "no configuration fits\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--over", "depth"], "is not NAME=VALUES"),
        (["--over", "depth=1,2", "--where", "prams < 3"], "did you mean `params`"),
        (["--over", "depth=1,2", "--top", "3"], "best at what"),
        (["--over", "depth=1,2", "-o", "x.xlsx"], "must end in"),
        (["--over", "depth=1,2", "--picture", "x.svg"], "two goals"),
        (["--over", "depth=1,2", "--pareto", "macs,field", "--picture", "x.png"], "must end in .svg"),
        (["--over", "depth=1,2", "--pareto", "macs,field", "--picture", "none/x.svg"], "no folder"),
        ([], "--over"),
    ],
)
def test_wrong_usage_is_exit_status_2(run, spec, arguments, complaint):
    status, out, err = run(spec, *arguments)
    assert (status, out) == (2, "")
    assert complaint in err
    assert "Traceback" not in err


def test_files_pictures_and_pytorch_in_one_go(run, spec, tmp_path):
    pytest.importorskip("torch")
    table, picture = tmp_path / "out.csv", tmp_path / "out.svg"
    status, out, err = run(
        spec, "--over", "channels=4..8", "--over", "k=3,5", "--pareto", "macs,field", "--top", "3",
        "-o", str(table), "--picture", str(picture), "--verify", "2",
    )  # fmt: skip
    assert (status, out) == (0, "")
    assert table.read_text().startswith("channels,k,params,macs,field\n4,3,")
    ET.parse(picture)  # noqa: S314 - our own file
    assert err.count("PyTorch agrees on channels=") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mnist1d.yaml", "out.csv", "out.svg"]


def test_progress_shows_on_terminals_alone(capsys, monkeypatch):
    plan = make_plan(MNIST1D, {"depth": [1, 2, 3]}, chunk=1)
    run_plan(plan, workers=1, watch=Watch()).discard()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    watch = Watch()
    run_plan(plan, workers=1, watch=watch).discard()
    watch.close()
    shown = capsys.readouterr().err
    assert re.search(r"33%  1 of 3  [\d,]+/s  0:00:00 left  1 hits", shown)
    assert shown.endswith("\r\x1b[2K")


def drawn(table):
    return [item.text for item in flat(scatter(table, "<b>&").items) if isinstance(item, Text)]


def test_the_picture_labels_goals_points_and_counts():
    over = {"channels": [4, 8, 16], "k": [3, 5, 7]}
    plan = make_plan(MNIST1D, over, pareto=["macs", "field"], samples=100)
    table = Table(run_plan(plan, workers=1))
    texts = drawn(table)
    assert {"macs (less is better)", "field (more is better)"} <= {t.replace(", log", "") for t in texts}
    assert f"front ({len(table)})" in texts
    assert "hits (9)" in texts
    assert [text for text in texts if re.fullmatch(r"k=\d", text)] == [f"k={row['k']}" for row in table]


def test_words_in_a_picture_cannot_become_markup():
    from cnncalc.render.writers.svg import svg

    over = {"channels": [4, 8], "conv.padding_mode": ["zeros", "reflect"], "k": [3, 5]}
    plan = make_plan(MNIST1D, over, where="params > 1 and 'a<b' != '&'", pareto=["macs", "field"], samples=9)
    written = svg(scatter(Table(run_plan(plan, workers=1)), "<b>&"))
    ET.fromstring(written)  # noqa: S314 - our own text
    assert "<b>" not in written
    assert "prefers-color-scheme:dark" in written


def test_a_picture_without_hits_or_goals_is_refused():
    with pytest.raises(SweepError, match="two goals"):
        scatter(sweep(MNIST1D, {"depth": [1]}, pareto=["macs"]), "x")
    with pytest.raises(SweepError, match="there are none"):
        scatter(sweep(MNIST1D, {"depth": [1]}, pareto=["macs", "field"], where="params < 0"), "x")


@pytest.mark.parametrize("values", [[5], [0, 0], [-3, 8], [1, 10**9], [0.25, 2], [7, 7.0001], [0, 10**15]])
def test_scales_hold_their_values_and_a_few_ticks(values):
    made = scale(values)
    assert all(0 < made.place(value) < 1 for value in values)
    ticks = made.ticks()
    assert 2 <= len(ticks) <= 20
    assert ticks == sorted(set(ticks))
