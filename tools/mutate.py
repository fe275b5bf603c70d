"""Mutation testing of what is counted: mutants by mutmut, each tried in a fork of one pytest session.

    pip install mutmut==3.8.1
    python tools/mutate.py                          # all that is not known yet: hours, on one core
    python tools/mutate.py cnncalc/layers/pool.py   # one module
    python tools/mutate.py --again                  # only what survived last time
    python tools/mutate.py --words --share 0.05     # one in twenty of what is not known, drawn at random

mutmut says what is changed: its operators find the mutants. ``mutmut run`` itself would leave out
decorated functions, which every formula is. So they are put in place here, in a child process that
has collected the tests already: the code of a function is exchanged, a constant replaced. Only the
tests that ran the changed function are run, for some seconds.

Results are in ``.mutants/results.json``; what survived, as differences, in ``.mutants/survivors.txt``.
Not mutated: annotations, decorators, calls of ``len`` and ``isinstance`` (as in mutmut), what is
there for readers (docstrings, ``doc=``) and attributes of classes, which take effect when a class is
made: what layers declare is held by ``tests/layers/test_arguments.py``.
Mutants of words are counted apart: messages, names of arguments and of tensors.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import json
import os
import random
import resource
import signal
import sys
import time
import zlib
from collections import Counter, defaultdict
from itertools import accumulate
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import pytest
from in_place import UNPLACED, put_in_place
from mutants import ROOT, Mutant, mutants

OUT = ROOT / ".mutants"
RESULTS = OUT / "results.json"
TARGETS = ("cnncalc/formulas.py", "cnncalc/arithmetic.py", "cnncalc/taps.py", "cnncalc/layers")
TESTS = (
    *TARGETS,
    "tests/layers",
    "tests/test_arithmetic.py",
    "tests/test_formulas.py",
    "tests/test_taps.py",
    "tests/test_working.py",
    "tests/test_misuse.py",
    "tests/test_network.py",
    "tests/test_fields_chain.py",
    "tests/test_fields_kinds.py",
    "tests/test_fields_queries.py",
    "tests/test_sweep_arrays.py",
    "tests/test_torch_peers.py",
    "tests/spec/test_bad_specs.py",
    "tests/spec/test_language.py",
)
SECONDS = 20
"""Longer than any one test takes by far: a mutant still running has made a loop endless."""
MEMORY = 12 << 30


class Session:
    """A pytest session that stops after collecting, to try mutants on what it has collected."""

    def __init__(self, chosen: list[Mutant], seconds: float) -> None:
        self.mutants = chosen
        self.seconds = seconds
        self.results: dict[str, str] = {}
        self.killers: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self.kills: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        tests, items = baseline(session), session.items
        durations = {number: test.seconds for number, test in enumerate(tests)}
        ran: dict[str, set[int]] = defaultdict(set)
        for number, test in enumerate(tests):
            for name in test.ran if test.passed else ():
                ran[name].add(number)
        started = time.monotonic()
        for number, mutant in enumerate(self.mutants):
            at_hand = _tests_of(mutant, ran)
            likely = {t: durations[t] / self._promise(mutant, items[t]) for t in at_hand}
            order = _quick(durations, likely, self.seconds)
            order = [*(test for test in self.killers[mutant.place] if test in order), *order]
            fate, killer = tried(mutant, [items[test] for test in order])
            self.results[mutant.key] = fate
            if killer is not None:
                self.killers[mutant.place].insert(0, order[killer])
                self.kills[_function_of(items[order[killer]])] += 1
            if number % 50 == 49:
                print(f"{number + 1}/{len(self.mutants)} {time.monotonic() - started:.0f} s", flush=True)
                self.keep()
        self.keep()
        return True

    def _promise(self, mutant: Mutant, item: pytest.Item) -> float:
        """How likely a test is to kill a mutant: those do that killed others, and those of the same kind."""
        promise = 1 + self.kills[_function_of(item)]
        if mutant.kind and mutant.kind in item.name:
            promise *= 50
        return promise

    def keep(self) -> None:
        """Write down what is known so far, beside what was known before."""
        RESULTS.write_text(json.dumps(known_results() | self.results))


def known_results() -> dict[str, str]:
    """The fates of mutants, from earlier runs."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


class Observed(NamedTuple):
    """What is known of a test from a run without mutants: the functions that it ran are told by name."""

    source: int
    passed: bool
    seconds: float
    ran: list[str]


def baseline(session: pytest.Session) -> list[Observed]:
    """Each test observed, in a child; those whose file did not change since are known already."""
    noted = OUT / "baseline.json"
    known = json.loads(noted.read_text()) if noted.exists() else {}
    new = [item for item in session.items if known.get(item.nodeid, [0])[0] != _checksum(item)]
    if (pid := os.fork()) == 0:
        _quietly(lambda: noted.write_text(json.dumps(known | _observed(new))))
    os.waitpid(pid, 0)
    known = json.loads(noted.read_text())
    tests = [Observed(*known[item.nodeid]) for item in session.items]
    print(f"{len(tests)} tests take {sum(test.seconds for test in tests):.0f} s", flush=True)
    for item, test in zip(session.items, tests, strict=True):
        if not test.passed:
            print(f"left out, as it fails without any mutant: {item.nodeid}")
    return tests


def _checksum(item: pytest.Item) -> int:
    return zlib.crc32(item.path.read_bytes())


def _observed(items: list[pytest.Item]) -> dict[str, Observed]:
    paths = {str(path): str(path.relative_to(ROOT)) for path in _modules(TARGETS)}
    found = {}
    for item in items:
        seen: set[CodeType] = set()
        failed = item.session.testsfailed
        sys.setprofile(lambda frame, *_, seen=seen: seen.add(frame.f_code))
        started = time.monotonic()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        sys.setprofile(None)
        seconds = time.monotonic() - started
        ran = {f"{paths[c.co_filename]}:{c.co_qualname}" for c in seen if c.co_filename in paths}
        passed = item.session.testsfailed == failed
        found[item.nodeid] = Observed(_checksum(item), passed, seconds, sorted(ran))
    return found


def _tests_of(mutant: Mutant, ran: dict[str, set[int]]) -> set[int]:
    """The tests that ran the function; for a constant those that ran anything of its module."""
    name = ".".join(filter(None, (mutant.owner, mutant.name)))
    near = [t for at, t in ran.items() if f"{at}.".startswith(f"{mutant.path}:{name}{'.' if name else ''}")]
    return set().union(*near)


def _function_of(item: pytest.Item) -> str:
    """A test without its parameters."""
    return item.nodeid.partition("[")[0]


def _quick(durations: dict[int, float], likely: dict[int, float], seconds: float) -> list[int]:
    """Quick tests first, and those of promise; no more than take so many seconds."""
    in_order = sorted(likely, key=likely.__getitem__)
    ends = accumulate(durations[test] for test in in_order)
    return [t for t, end in zip(in_order, ends, strict=True) if end - durations[t] <= seconds]


def tried(mutant: Mutant, items: list[pytest.Item]) -> tuple[str, int | None]:
    """The fate of a mutant, and the place of the test that killed it."""
    if not items:
        return "untested", None
    told, tell = os.pipe()
    if (pid := os.fork()) == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        _quietly(lambda: _try(mutant, items, tell))
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(tell)
    with os.fdopen(told) as killer:
        place = killer.read()
    if status == -signal.SIGALRM:
        return "timeout", None
    fate = {0: "survived", UNPLACED: "untested"}.get(status, "killed")
    return fate, int(place) if place else None


def _quietly(act: Any) -> None:
    """Act without a word, and end the process: with 0 if nothing was raised."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        act()
    except BaseException:  # noqa: BLE001 - whatever a mutant does
        os._exit(1)
    os._exit(0)


def _try(mutant: Mutant, items: list[pytest.Item], tell: int) -> None:
    gc.disable()
    put_in_place(mutant)
    for place, (item, following) in enumerate(zip(items, [*items[1:], None], strict=True)):
        signal.alarm(SECONDS)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            os.write(tell, str(place).encode())
            raise AssertionError(item.nodeid)


def _modules(paths: Any) -> list[Path]:
    found = [ROOT / path for path in paths]
    return [file for path in found for file in (sorted(path.glob("*.py")) if path.is_dir() else [path])]


def report(chosen: list[Mutant], results: dict[str, str]) -> None:
    """A table by module, and the survivors as differences."""
    counts: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for mutant in chosen:
        if mutant.key in results:
            counts[mutant.path][mutant.is_wording, results[mutant.key] in ("killed", "timeout")] += 1
    total: Counter[tuple[bool, bool]] = sum(counts.values(), Counter())
    print(f"{'':34}{'killed':>8}{'of':>8}{'':>8}  words: {'killed':>6}{'of':>8}")
    for path, count in [*counts.items(), ("together", total)]:
        killed, all_ = count[False, True], count[False, True] + count[False, False]
        words, all_words = count[True, True], count[True, True] + count[True, False]
        print(f"{path:34}{killed:8}{all_:8}{killed / (all_ or 1):8.1%}  {words:13}{all_words:8}")
    alive = [mutant for mutant in chosen if results.get(mutant.key) in ("survived", "untested")]
    (OUT / "survivors.txt").write_text("\n".join(_difference(m, results[m.key]) for m in alive))


def _difference(mutant: Mutant, fate: str) -> str:
    before, after = mutant.text.splitlines(), mutant.changed.splitlines()
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    place = int(lines[0].split()[1].split(",")[0]) if lines else 1
    changed = "\n".join(line for line in lines if not line.startswith("@@"))
    kind = " words" if mutant.is_wording else ""
    where = ".".join(filter(None, (mutant.owner, mutant.name)))
    return f"{mutant.path}:{abs(place) + mutant.line - 1} {where} {fate}{kind}\n{changed}"


def main() -> None:
    """Try the mutants that are asked for, and report on all of those modules."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", default=TARGETS)
    parser.add_argument("--again", action="store_true", help="only those that survived last time")
    parser.add_argument("--report", action="store_true", help="only the table of earlier results")
    parser.add_argument("--words", action="store_true", help="those of words as well")
    parser.add_argument("--seconds", type=float, default=8, help="of tests for each mutant (8)")
    parser.add_argument("--share", type=float, default=1, help="of what is left to try, drawn at random (1)")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    OUT.mkdir(exist_ok=True)
    known = known_results()
    chosen = [mutant for path in _modules(options.modules) for mutant in mutants(str(path.relative_to(ROOT)))]
    chosen = [mutant for mutant in chosen if options.words or not mutant.is_wording]
    wanted = ("survived", "untested") if options.again else (None,)
    left = [mutant for mutant in chosen if known.get(mutant.key) in wanted]
    random.Random(1).shuffle(left)  # noqa: S311 - so that a run that is broken off has tried a fair sample
    left = left[: round(options.share * len(left))]
    if left and not options.report:
        session = Session(left, options.seconds)
        pytest.main(
            ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:logging", *TESTS],
            plugins=[session],
        )
    report(chosen, known_results())


if __name__ == "__main__":
    main()
