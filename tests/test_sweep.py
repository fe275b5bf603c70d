"""Sweeps as a whole: what is kept, on disk and off, cut off and taken up again, by whatever workers."""

import csv
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cnncalc.errors import MissingExtra
from cnncalc.spec import parse
from cnncalc.sweeping import SweepError, engines, sweep, writers
from cnncalc.sweeping.axes import SweepStopped, axis
from cnncalc.sweeping.grid import Grid
from cnncalc.sweeping.journal import Progress
from cnncalc.sweeping.plan import Worker, make_plan
from cnncalc.sweeping.run import run
from cnncalc.sweeping.selection import Selection, front, goals, sample
from cnncalc.sweeping.table import Table
from tests.sweep_specs import MNIST1D, SWEPT

PATTERN = "INPUT(3x32x32) -> [[CONV(16,3,p=1) -> RELU]*N -> POOL(2)?]*M -> [FC(64) -> RELU]*K -> FC(10)"
OVER = {"channels": range(1, 9), "k": [1, 2, 3, 5], "stride": [1, 2], "depth": range(4)}


def every_row(where=bool):
    """All configurations of OVER by themselves."""
    from cnncalc.analysis import analyze
    from cnncalc.sweeping.quantities import QUANTITIES

    for values in itertools.product(*OVER.values()):
        row = dict(zip(OVER, values, strict=True))
        analysis = analyze(parse(MNIST1D, params=row))
        row |= {name: QUANTITIES[name].of(analysis) for name in ("params", "macs", "field")}
        if where(row):
            yield row


def test_all_rows_come_in_the_order_of_nested_loops():
    table = sweep(MNIST1D, OVER, columns=["params", "macs", "field"])
    assert list(table) == list(every_row())
    assert (table.total, table.possible, table.hits, len(table)) == (256, 256, 256, 256)
    assert table[3] == next(itertools.islice(every_row(), 3, None))


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("params < 500 and field >= 15", lambda r: r["params"] < 500 and r["field"] >= 15),
        ("not (k == 3 or depth != 2)", lambda r: r["k"] != 3 and r["depth"] == 2),
        ("macs / params > 5", lambda r: r["macs"] / r["params"] > 5),
        ("min(params, 100*channels) % 7 == 0", lambda r: min(r["params"], 100 * r["channels"]) % 7 == 0),
        ("2**depth * stride <= 4", lambda r: 2 ** r["depth"] * r["stride"] <= 4),
        ("-params // 3 < -100", lambda r: -r["params"] // 3 < -100),
        ("1e3 / depth > 400", lambda r: r["depth"] != 0 and 1e3 / r["depth"] > 400),
    ],
)
def test_conditions_mean_what_they_say(where, rule):
    table = sweep(MNIST1D, OVER, where=where, columns=["params", "macs", "field"])
    rows = list(every_row(rule))
    assert 0 < len(rows) < 256
    assert list(table) == rows


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("parms < 5", "nothing is called 'parms'; did you mean `params`"),
        ("1 < params < 5", "do not chain"),
        ("params", "compares nothing"),
        ("params < (5", r"expected `\)`"),
        ("params < 'x'", "words compare"),
        ("(1, 2) == 3", "words compare"),
        ("params <", "expected a value"),
        ("__import__('os') == 1", "where: "),
        ("k<1 or " * 5000 + "k<2", "at most 2,000 characters"),
        ("not " * 300 + "k<1", "nested deeper"),
        ("params == none", "nothing is equal"),
        ("round(params, 2) > 1", "takes one number"),
    ],
)
def test_conditions_that_mean_nothing_are_refused(where, complaint):
    with pytest.raises(SweepError, match=complaint):
        sweep(MNIST1D, OVER, where=where)


def test_conditions_on_words_and_on_what_is_optional():
    table = sweep(
        PATTERN, ["N=1,2", "M=2", "K=0", "optional=true,false", "conv.padding_mode=zeros,circular"],
        where="conv.padding_mode == circular and optional == true",
    )  # fmt: skip
    assert [(r["N"], r["optional"], r["conv.padding_mode"]) for r in table] == [
        (1, True, "circular"),
        (2, True, "circular"),
    ]


def test_patterns_and_input_sizes_are_swept():
    table = sweep(PATTERN, {"N": [1, 2], "M": [1, 2], "K": [0, 1], "input": [16, 32]})
    assert len(table) == 16
    for row in table:
        values = {name: row[name] for name in "NMK"}
        network = parse(PATTERN, params=values, input=(3, row["input"], row["input"]))
        assert row["params"] == sum(node.layer.params(node.site).value for node in network)
    shapes = sweep(PATTERN, ["N=1", "M=1", "K=0", "input=3x16x16,1x20x24"])
    assert [row["input"] for row in shapes] == [(3, 16, 16), (1, 20, 24)]


def dominated(costs):
    """Places that some other place beats in one cost without losing in another, by brute force."""
    costs = np.asarray(costs)
    return [
        place
        for place, own in enumerate(costs)
        if any((other <= own).all() and (other < own).any() for other in costs)
    ]


@pytest.mark.parametrize("goals_", [1, 2, 3, 4])
@pytest.mark.parametrize("spread", [3, 10, 1000])
def test_fronts_are_those_of_brute_force(goals_, spread):
    rng = np.random.default_rng(goals_ * spread)
    for count in (0, 1, 2, 60):
        costs = rng.integers(-spread, spread, (count, goals_))
        records = np.column_stack([np.arange(count), costs])
        kept = front(records, costs)
        beaten = set(dominated(costs))
        distinct = {}
        for place in range(count):
            if place not in beaten:
                distinct.setdefault(tuple(costs[place]), place)
        assert sorted(kept[:, 0]) == sorted(distinct.values())


@pytest.mark.parametrize("selection", [{"pareto": ["params", "macs:max"]}, {"sort": ["macs"], "top": 7}])
def test_selecting_in_parts_is_selecting_at_once(selection):
    rng = np.random.default_rng(7)
    records = np.column_stack([rng.permutation(500), rng.integers(0, 40, (500, 2))])
    made = {name: goals(value) if isinstance(value, list) else value for name, value in selection.items()}
    chosen = Selection(("params", "macs"), **made)
    at_once = chosen.finish(chosen.reduce(records))
    kept = records[:0]
    for start in range(0, 500, 33):
        kept = chosen.reduce(np.concatenate([kept, records[start : start + 33]]))
    assert chosen.finish(kept).tolist() == at_once.tolist()
    drawn = sample(records, 20)
    parts = np.concatenate([sample(records[:250], 20), sample(records[250:], 20)])
    assert sorted(sample(parts, 20)[:, 0]) == sorted(drawn[:, 0])


def test_the_front_and_the_best_of_a_sweep():
    table = sweep(MNIST1D, OVER, pareto=["macs", "field"])
    rows = list(every_row())
    costs = [(row["macs"], -row["field"]) for row in rows]
    expected = sorted({cost for p, cost in enumerate(costs) if p not in set(dominated(costs))})
    assert [(row["macs"], -row["field"]) for row in table] == expected
    best = sweep(MNIST1D, OVER, sort=["field:max", "params"], top=5, columns=["params", "field"])
    by_hand = sorted(rows, key=lambda r: (-r["field"], r["params"]))[:5]
    assert [(r["field"], r["params"]) for r in best] == [(r["field"], r["params"]) for r in by_hand]


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"top": 3}, "best at what"),
        ({"top": 0, "sort": ["macs"]}, "at least 1"),
        ({"sort": ["macs"]}, "all in memory"),
        ({"pareto": ["macs", "macs"]}, "twice"),
        ({"pareto": ["macs:least"]}, "macs:min"),
        ({"columns": ["parms"]}, "did you mean `params`"),
        ({"workers": 0}, "at least 1 worker"),
        ({"engine": "cloud"}, "local and dask"),
        ({"params": {"depth": 3}}, "both set and swept"),
        ({"scheduler": "tcp://x:1"}, "for the engine dask"),
        ({"output": "x.txt"}, r"\.csv, \.json, \.parquet"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, complaint):
    with pytest.raises(SweepError, match=complaint):
        sweep(MNIST1D, {"depth": [1, 2]}, **asked)


def test_an_output_in_no_folder_is_refused_before_the_work():
    with pytest.raises(FileNotFoundError, match="no folder"):
        sweep(MNIST1D, {"depth": [1, 2]}, output="nowhere/x.csv")


@pytest.mark.parametrize(
    "values", ["3..1", "1:2:0", "1:2:3:4", "a..b", "1..1e9", "0x1..5", "1,1", "", "1:1000000:0.01", "1..inf"]
)
def test_values_that_cannot_be_swept_are_refused(values):
    with pytest.raises(SweepError):
        axis("x", values)


def test_a_condition_as_long_as_can_be_is_evaluated():
    table = sweep(MNIST1D, {"depth": [1, 2]}, where="depth<1 or " * 20 + "depth < 2")
    assert len(table) == 1


def test_too_many_parameters_are_refused():
    with pytest.raises(SweepError, match="at most 30"):
        sweep(MNIST1D, {f"p{i}": [1, 2] for i in range(31)})


def test_what_is_wrong_with_the_spec_itself_is_told_at_once():
    from cnncalc.errors import SpecError

    with pytest.raises(SpecError, match="no parameter `depht`"):
        sweep(MNIST1D, {"depht": [1, 2]})


def test_boxes_cut_the_grid_without_gaps():
    for shape, largest in itertools.product([(3, 4, 5), (7,), (2, 1, 9), (1, 1)], [1, 2, 7, 20, 1000]):
        grid = Grid([axis(f"a{i}", range(size)) for i, size in enumerate(shape)], largest)
        boxes = [grid.chunk(number) for number in range(grid.chunks)]
        numbers = np.concatenate([box.numbers.reshape(-1) for box in boxes])
        assert numbers.tolist() == list(range(grid.size))
        assert max(box.size for box in boxes) <= max(largest, 1)


def test_the_size_of_chunks_changes_nothing():
    wanted = {"where": "field > 10", "columns": ["params", "field"]}
    expected = list(sweep(MNIST1D, OVER, **wanted))
    for chunk in (1, 7, 64):
        plan = make_plan(MNIST1D, OVER, chunk=chunk, **wanted)
        assert list(Table(run(plan, workers=1))) == expected


def content(plan, path, *, workers=1, **options):
    progress = run(plan, output=path, workers=workers, **options)
    writers.write(Table(progress), path)
    progress.discard()
    return path.read_bytes()


@pytest.mark.parametrize("asked", [{"pareto": ["params", "field"]}, {"where": "field > 20"}])
def test_workers_change_nothing(tmp_path, asked):
    plan = make_plan(MNIST1D, OVER, chunk=40, columns=["params", "field"], **asked)
    alone = content(plan, tmp_path / "alone.csv", workers=1)
    assert content(plan, tmp_path / "three.csv", workers=3) == alone
    assert not list(tmp_path.glob("*.journal"))


DASK = """
import os, pathlib, signal, sys
import distributed
sys.path.insert(0, {root!r})
from cnncalc.sweeping.plan import make_plan
from tests.sweep_specs import MNIST1D
from tests.test_sweep import OVER, content

def kill(progress):
    if progress.done == 9:
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)

if __name__ == "__main__":
    plan = make_plan(MNIST1D, OVER, chunk=4, pareto=["params", "field"])
    here = pathlib.Path({folder!r})
    content(plan, here / "alone.csv")
    content(plan, here / "started.csv", engine="dask", workers=2)
    options = dict(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
    with distributed.LocalCluster(**options) as cluster:
        address = cluster.scheduler_address
        content(plan, here / "given.csv", engine="dask", scheduler=address, watch=kill)
"""


def test_a_dask_cluster_changes_nothing_even_when_a_worker_is_killed(tmp_path):
    pytest.importorskip("distributed")
    path = tmp_path / "script.py"
    path.write_text(DASK.format(root=str(Path.cwd()), folder=str(tmp_path)))
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    alone = (tmp_path / "alone.csv").read_bytes()
    assert (tmp_path / "started.csv").read_bytes() == alone
    assert (tmp_path / "given.csv").read_bytes() == alone


class Cut(Exception):
    """Stands for whatever ends a run before its time."""


def cut_after(chunks):
    def watch(progress):
        if progress.done == chunks:
            raise Cut

    return watch


@pytest.mark.parametrize("asked", [{"pareto": ["params", "field"], "samples": 30}, {"where": "field > 20"}])
@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_run_cut_off_goes_on_to_the_same_bytes(tmp_path, asked, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    plan = make_plan(MNIST1D, {**OVER, "k": [1, 20, 3]}, chunk=16, columns=["params", "field"], **asked)
    whole = content(plan, tmp_path / f"whole.{ending}")
    path = tmp_path / f"cut.{ending}"
    for done in (1, 4, 9):
        with pytest.raises(Cut):
            run(plan, output=path, workers=1, watch=cut_after(done))
        assert not path.exists()
        assert path.with_name(f"{path.name}.journal").exists()
    progress = run(plan, output=path, workers=1)
    writers.write(Table(progress), path)
    progress.discard()
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir() if "cut" in file.name] == [path.name]


def test_records_written_after_the_journal_are_dropped(tmp_path):
    """A machine that fails between the two files leaves records that nobody counted."""
    plan = make_plan(MNIST1D, OVER, chunk=20)
    path = tmp_path / "all.csv"
    with pytest.raises(Cut):
        run(plan, output=path, workers=1, watch=cut_after(4))
    with (tmp_path / "all.csv.records").open("ab") as file:
        file.write(b"torn" * 99)
    assert content(plan, path) == content(plan, tmp_path / "whole.csv")


def test_a_journal_of_another_sweep_is_not_taken_up(tmp_path):
    path = tmp_path / "out.csv"
    with pytest.raises(Cut):
        run(make_plan(MNIST1D, OVER, chunk=20), output=path, workers=1, watch=cut_after(2))
    other = make_plan(MNIST1D, OVER, chunk=20, where="params > 100")
    with pytest.raises(SweepError, match="another sweep"):
        run(other, output=path)
    assert content(other, path, fresh=True) == content(other, tmp_path / "own.csv")
    (tmp_path / "out.csv.journal").write_text("no JSON")
    with pytest.raises(SweepError, match="no journal"):
        run(other, output=path)


def test_a_worker_that_is_killed_loses_nothing(tmp_path):
    plan = make_plan(MNIST1D, OVER, chunk=8)
    killed = []

    def kill_once(progress):
        children = [int(p) for p in _children(os.getpid())]
        if not killed and children:
            os.kill(children[0], signal.SIGKILL)
            killed.append(progress.done)

    path = tmp_path / "killed.csv"
    progress = run(plan, output=path, workers=2, watch=kill_once)
    writers.write(Table(progress), path)
    assert killed
    assert path.read_bytes() == content(plan, tmp_path / "alone.csv")


def _children(parent):
    """Worker processes, which multiprocessing starts by spawn_main."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
            command = (entry.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"spawn_main" in command:
            yield entry.parent.name


def test_a_worker_that_always_dies_ends_the_run_with_advice(monkeypatch):
    from concurrent.futures.process import BrokenProcessPool

    def broken(*_):
        raise BrokenProcessPool
        yield

    monkeypatch.setattr(engines, "_pooled", broken)
    plan = make_plan(MNIST1D, OVER, chunk=8)
    with pytest.raises(SweepStopped, match="fewer workers"):
        run(plan, workers=2)


def test_killing_the_run_and_starting_it_again_gives_the_same_file(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(MNIST1D)
    over = ["channels=1..400", "k=1..12", "stride=1..4", "depth=0..8"]
    command = [sys.executable, "-m", "cnncalc", "sweep", str(spec), "--workers", "2", "--where", "field < 40"]
    command += [part for each in over for part in ("--over", each)]
    cut, whole = tmp_path / "cut.csv", tmp_path / "whole.csv"
    subprocess.run([*command, "-o", str(whole)], check=True, capture_output=True)
    first = subprocess.Popen([*command, "-o", str(cut)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (tmp_path / "cut.csv.records").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    subprocess.run([*command, "-o", str(cut)], check=True, capture_output=True)
    assert cut.read_bytes() == whole.read_bytes()


def test_files_hold_what_the_table_holds(tmp_path):
    over = {"channels": [1, 2], "conv.padding_mode": ["zeros", "circular"], "stride": [1, 2]}
    table = sweep(MNIST1D, over)
    for ending in ("csv", "json"):
        writers.write(table, tmp_path / f"t.{ending}")
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text().splitlines()))
    assert rows == [{name: str(value) for name, value in row.items()} for row in table]
    data = json.loads((tmp_path / "t.json").read_text())
    assert data["rows"] == list(table)
    assert (data["total"], data["hits"], data["impossible"]) == (8, 8, {})


def test_parquet_holds_what_the_table_holds(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    over = {"channels": [1, 2], "conv.padding_mode": ["zeros", "circular"], "conv.bias": [True, False]}
    table = sweep(MNIST1D, over, output=tmp_path / "t.parquet")
    assert parquet.read_table(tmp_path / "t.parquet").to_pylist() == list(table)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'cnncalc\[parquet\]'"):
        sweep(MNIST1D, {"depth": [1]}, output=tmp_path / "x.parquet")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'cnncalc\[dask\]'"):
        sweep(MNIST1D, {"depth": [1]}, engine="dask")


def test_memory_does_not_grow_with_the_grid():
    """Of a chunk only its part of the front stays, and nothing waits for the garbage collector."""
    import tracemalloc

    def peak(channels):
        over = {"channels": range(1, channels + 1), "k": [1, 2, 3, 4], "depth": [2]}
        plan = make_plan(MNIST1D, over, pareto=["params", "macs"], chunk=4096)
        tracemalloc.start()
        progress = run(plan, workers=1)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return progress.part.total, found

    few, small = peak(4096)
    many, large = peak(16384)
    assert (few, many) == (16384, 65536)
    assert large < 1.2 * small


def test_pytorch_agrees_with_the_hits_and_a_check_can_fail():
    pytest.importorskip("torch")
    from cnncalc.sweeping.check import check

    plan = make_plan(MNIST1D, OVER, where="field > 10", columns=["params", "macs", "field"], samples=3)
    table = Table(run(plan, workers=1))
    checked = list(check(table, 3))
    assert len(checked) == 3
    assert not any(each.mismatches for each in checked)
    table.sample = table.sample.copy()
    table.sample[:, 1] += 1
    assert all("in the sweep and" in each.mismatches[0] for each in check(table, 3))


def test_the_largest_sweep_is_refused_before_it_overflows():
    over = {f"p{i}": range(1, 10**5) for i in range(5)}
    spec = "input(1x8) -> conv(p0, 1) -> conv(p1, 1) -> conv(p2, 1) -> conv(p3, 1) -> conv(p4, 1)"
    with pytest.raises(SweepError, match="more than can be numbered"):
        sweep(spec, over)


@pytest.mark.parametrize("name", SWEPT)
def test_few_parts_are_evaluated(name):
    """Arrays carry the numbers: the parser runs for each structure, not for each configuration."""
    text, over = SWEPT[name]
    plan = make_plan(text, over)
    worker = Worker(plan)
    worker.part(0)
    assert worker.evaluator.parts < plan.grid.chunk(0).size / 50


def test_progress_can_be_asked_for_its_journal_only_with_an_output():
    progress = Progress(make_plan(MNIST1D, {"depth": [1]}))
    assert not progress.resume()
    progress.save()
    assert progress.journal is None
