# ruff: noqa: E501, S311, T201 - a script beside the tests, whose chance need not be secure
"""Mutated specs and random options for random commands: an answer or a message, never a traceback.

``python -m tests.fuzz_commands 5000`` tries so many and reports what broke and what was slowest.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

from cnncalc.cli import main
from tests.spec.fuzz import CHAINS, mutated, yaml_seeds

NAMES = ("conv1", "C3", "maxpool1", "relu1", "input", "x", "layer1", "fc1", "params", "")
SMALL = ("1", "2", "7", "0", "-1", "1.5", "x", "", "99999999999")

COMMANDS = {
    "summarize": ("--format", ("table", "json", "csv", "markdown", "latex", "html"), "--depth", SMALL,
                  "--convention", ("torch", "full", "torchinfo"), "--batch", SMALL, "--input", ("3x64x64", "7", "")),
    "check": ("--lint", None, "--format", ("text", "json", "github"), "--set", ("n=2", "n", "=")),
    "explain": ("LAYER", NAMES, "--latex", None),
    "field": ("LAYER", NAMES, "--unit", ("0,0,0", "0,5", "x"), "--reads-pixel", ("0,0", "3-5,2"),
              "--unread", None, "--picture", None, "--reach", SMALL, "--local", None, "--inputs", None,
              "--format", ("json", "table")),
    "memory": ("--batch", SMALL, "--optimizer", ("adam", "sgd"), "--top", SMALL),
    "render": ("--view", ("graph", "volume", "field", "matrix", "cost"), "--layer", NAMES,
               "--format", ("svg", "dot", "mermaid", "tikz"), "--level", ("stages", "blocks", "layers")),
    "export": ("--to", ("yaml", "json", "mermaid", "torch", "keras")),
    "advise": ("--classes", SMALL, "--images", SMALL),
    "diff": ("SPEC", ("lenet5", "mnist1d"), "--format", ("json", "table"), "--all", None),
    "fmt": ("--diff", None, "--check", None),
    "sweep": ("--over", ("n=1..3", "c=1,2", "conv.groups=1,2", "input=8:16:4", "x"),
              "--where", ("params < 1000", "field >", "1"), "--pareto", ("macs,params", "x"), "--sort", ("macs", "")),
    "report": ("-o", ("-",)),
}  # fmt: skip
"""What each command may be given: options and their values, None for flags; capitals are arguments."""


def commands(number: int, seed: int = 0) -> Iterator[list[str]]:
    """Command lines on mutated specs, each given as text."""
    rng = random.Random(seed)
    seeds = [text for text in yaml_seeds() if len(text) < 2500]
    texts = mutated(seeds, number, seed), mutated(list(CHAINS), number, seed)
    for _ in range(number):
        text = rng.choice((*seeds, *CHAINS)) if rng.random() < 0.4 else next(rng.choice(texts))
        text = text.replace("\0", " ")
        name = rng.choice(list(COMMANDS))
        yield [name, text if "\n" in text or "->" in text else f"{text}\n", *_options(name, rng)]


def _options(name: str, rng: random.Random) -> list[str]:
    pairs = list(zip(COMMANDS[name][::2], COMMANDS[name][1::2], strict=True))
    chosen = [pair for pair in pairs if pair[0] in ("--to", "--over", "-o", "SPEC") or rng.random() < 0.3]
    given = []
    for option, values in chosen:
        given += [] if option.isupper() else [option]
        given += [rng.choice(values)] if values else []
    return given


def try_one(arguments: list[str]) -> tuple[int, str]:
    """The exit status and what was said; whatever is raised but an exit is a defect."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(arguments)
    except SystemExit as leaving:
        return leaving.code, err.getvalue()
    raise AssertionError("main did not exit")


def run(number: int, seed: int) -> None:
    """Run the long version."""
    slowest, broken = [], 0
    for arguments in commands(number, seed):
        started = time.process_time()
        try:
            status, said = try_one(arguments)
            assert status in (0, 1, 2)
            assert status != 2 or said
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            broken += 1
            print(f"{type(error).__name__}: {error}\n  {arguments!r}\n")
        slowest = sorted([(time.process_time() - started, repr(arguments)), *slowest], reverse=True)[:3]
    print(f"{number} commands, {broken} broken")
    for seconds, arguments in slowest:
        print(f"{seconds:6.2f} s  {arguments[:600]}")


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
