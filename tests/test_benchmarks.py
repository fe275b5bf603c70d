"""The benchmarks run: each on little, and without a look at the time."""

import pytest

from benchmarks import growth, inside, process
from benchmarks.measuring import least, python, table
from benchmarks.measuring import process as run


def test_every_step_of_growth_runs():
    assert list(growth._column(100)) == [*growth.steps(100), "MiB, text to table"]


def test_every_step_inside_a_process_runs():
    for step in inside.steps("alexnet_torchvision").values():
        assert step() is not None


def test_a_process_costs_time_and_memory():
    costs = least({"nothing": python("pass")}, rounds=1)
    assert costs["nothing"].seconds > 0
    assert costs["nothing"].memory > 1


def test_the_command_measured_works(tmp_path):
    pytest.importorskip("torch")  # writes the source that the peers read
    programs = process.programs(tmp_path)
    assert run(programs["cnncalc summarize, AlexNet"]).seconds > 0


def test_a_table_has_a_line_for_each_line():
    assert table(["a", "b"], [["x", "1"]]).splitlines() == ["| a | b |", "| --- | ---: |", "| x | 1 |"]
