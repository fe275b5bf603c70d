"""A short run of mutated specs through random commands; the long one is ``tests.fuzz_commands``."""

import time

import pytest

from tests.fuzz_commands import COMMANDS, commands, try_one

pytest.importorskip("numpy")  # which sweeps are made of


@pytest.mark.parametrize("seed", range(4))
def test_commands_answer_whatever_they_are_given(seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments in commands(60, seed):
        if arguments[:1] == ["export"] and "torch" in arguments:
            continue
        started = time.process_time()
        status, said = try_one(arguments)
        assert status in (0, 1, 2), arguments
        assert status != 2 or said, arguments
        assert time.process_time() - started < 10, arguments


def test_every_command_comes_up_and_some_specs_are_right():
    drawn = list(commands(600))
    assert {arguments[0] for arguments in drawn} == set(COMMANDS)
    results = [try_one(arguments)[0] for arguments in drawn if arguments[0] == "summarize"]
    assert {0, 1} <= set(results)
