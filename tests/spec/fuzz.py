# ruff: noqa: E501, PT017, S311, T201 - a script beside the tests, whose chance need not be secure
"""Mutated specs: whatever the text, the parser answers with a network or with diagnostics.

``python -m tests.spec.fuzz 100000`` tries so many YAML texts and as many chains, and reports the
slowest one and the memory used.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cnncalc.analysis import analyze
from cnncalc.errors import SpecError
from cnncalc.layers import KINDS
from cnncalc.spec import Limits, bundled, parse
from cnncalc.spec.expectations import check
from cnncalc.spec.report import render

BAD = Path(__file__).parent / "bad"

CHAINS = (
    "INPUT(3x32x32) -> [[CONV(16,3,p=1) -> RELU]*2 -> POOL(2)?]*3 -> [FC(64) -> RELU]*1 -> FC(10)",
    "INPUT(1x28x28) -> CONV-5-6 -> POOL-2 -> CONV-5-16 -> POOL-2 -> FC-120 -> FC-84 -> FC-10",
    "INPUT(3x16x16) -> add[conv(3, 3, padding=1) | id] as a -> cat[from(a) | id] -> gap -> fc(10)",
    "INPUT(1x40) -> (conv(15, 3, 2) -> relu)*3 -> fc(10) if 1 < 2 else relu -> softmax",
    "INPUT(3x8x8x8) -> conv(4, (3, 3, 1), padding=((1, 1), (0, 1), 0)) -> maxpool(2) -> bn -> fc(2**3)",
    "[(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K,SOFTMAX",
)

PIECES = (
    "->", " -> ", "(", ")", "[", "]", "{", "}", "{{", "}}", "|", "*", "?", ",", ":", "-", "- ", "=", "#", "&a ",
    "*a", "!!int ", "<<: ", "'", '"', "\n", "\n  ", "\n    - ", "\t", "\r\n", "---\n", "...", "0", "1", "-1", "1e9",
    "99999999999999999999", "0x10", "3x3", "0x3", "1.5", ".5", "1e400", "**", "//", "/", "%", "==", "<", " if ",
    " else ", " as ", " as x", " and ", " not ", "cin", "n", "true", "null", "yes", "from(", "from(x)", "conv",
    "conv(8, 3)", "relu", "add[", "cat[id | id]", "maxpool(2)", "fc(10)", "input", "INPUT(3x9x9)", "*2", "*0",
    "*(n-1)", "*99999", "min(", "div8(", "é", "→", "×", "\u202e", "\x00", "\x85", "\u2028", "😀", "%", "@", "`",
    "blocks:\n  b(c): b(c)\n", "shared:\n", "params: {n: 2}\n", "defaults:\n", "freeze: [conv1]\n",
    "base: resnet18\n", "rounding: exact\n", "expect: {params: 1}\n", "outputs: [x]\n", "tables: {t: [X.]}\n",
    "padding=same", "k=3", "groups=2", "table=t", "stride=(1, 2)",
)  # fmt: skip


def yaml_seeds() -> list[str]:
    """Bundled specs and the bad ones."""
    paths = [*bundled().values(), *sorted(BAD.glob("*.yaml"))]
    texts = [path.read_bytes().decode() for path in paths]
    return [text for text in texts if len(text) < 5000]


def mutated(seeds: list[str], number: int, seed: int = 0) -> Iterator[str]:
    """Texts with a few random changes each."""
    rng = random.Random(seed)
    for _ in range(number):
        text = rng.choice(seeds)
        for _ in range(rng.randint(1, 6)):
            text = _changed(text, seeds, rng)
        yield text[:20000]


def _changed(text: str, seeds: list[str], rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    end = min(len(text), at + rng.randint(0, 12))
    kind = rng.randrange(8)
    if kind <= 1:
        return text[:at] + rng.choice(PIECES) + text[at:]
    if kind == 2:
        return text[:at] + text[end:]
    if kind == 7:
        return text[:at] + any_layer(rng) + text[at:]
    if kind == 3:
        return text[:at] + rng.choice(PIECES) + text[end:]
    if kind == 4:
        return text[:at] + text[at:end] * rng.randint(2, 40) + text[end:]
    other = rng.choice(seeds)
    start = rng.randint(0, len(other))
    piece = other[start : start + rng.randint(1, 60)]
    return text[:at] + piece + text[at if kind == 5 else end :]


VALUES = (
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "1.5",
    "true",
    "(1, 2)",
    "3x3",
    "same",
    "ceil",
    "((1, 0), 2)",
    "none",
    "'x'",
)


def any_layer(rng: random.Random) -> str:
    """Some layer with some arguments and some branches."""
    name = rng.choice(list(KINDS))
    given = [rng.choice(VALUES) for _ in range(rng.randrange(3))]
    names = rng.sample(list(KINDS[name].arguments), rng.randint(0, min(2, len(KINDS[name].arguments))))
    given += [f"{argument}={rng.choice(VALUES)}" for argument in names]
    branches = rng.choice(("", "", "", "[id | id]", "[relu | conv(3, 3) | id]"))
    return f"-> {name}({', '.join(given)}){branches} -> "


def try_one(text: str, limits: Limits | None = None) -> tuple[str, ...]:
    """The codes that a text gives; anything but a network or a SpecError is a defect."""
    try:
        network = parse(text, limits=limits)
    except SpecError as error:
        assert error.diagnostics
        assert render(error)
        return tuple(diagnostic.code for diagnostic in error.diagnostics)
    return tuple(diagnostic.code for diagnostic in check(analyze(network)))


def main(number: int) -> None:
    """Run the long version."""
    for what, seeds in (("YAML", yaml_seeds()), ("chains", list(CHAINS))):
        slowest, began = (0.0, ""), time.perf_counter()
        for text in mutated(seeds, number, seed=number):
            start = time.process_time()  # of this process alone, whatever else the machine does
            try:
                try_one(text)
            except BaseException:
                print(repr(text))
                raise
            slowest = max(slowest, (time.process_time() - start, text))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        elapsed = time.perf_counter() - began
        print(f"{number} mutated {what}: no crash, {elapsed:.0f} s, slowest {slowest[0]:.3f} s, {peak} MB")
        if slowest[0] > 0.3:
            print(repr(slowest[1]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
