"""Writes the pages that are made from the code: ``python docs/generate.py``.

With ``--all`` it writes everything anew that the tests compare: the pictures, the output that pages
show, and golden files. Tests compare the pages with what this would write.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pictures
from making import commands, house, library

from cnncalc import conventions
from cnncalc.analysis import Row, analyze
from cnncalc.layers import KINDS, Layer, show
from cnncalc.network import Builder
from cnncalc.quantities import EXPLAINED
from cnncalc.spec.reference import reference

HERE = Path(__file__).parent

COUNTED_HEAD = """\
# What is counted

One page for every number that cnncalc prints: what it means, then every layer kind with the working
of its first example. This page is made from the code by `python docs/generate.py`.

| Quantity | What is counted |
|---|---|
| shape | channels first, without the batch: `16x10x10`; a flat vector has one number |
| parameters | weights and biases, each set of shared weights once; trainable and frozen apart. Running statistics of batch norm and the fixed centres of RBF units are buffers, not parameters |
| connections | LeCun's: each use of a weight or bias by an output value, fixed weights included; padded taps count, as in the papers. Pools without coefficients have none. They belong to the network, as parameters and neurons do: a batch of samples has no more of them, though it takes more MACs |
| neurons | output values of layers with weights |
| MACs | multiply-accumulates of layers with weights, for one sample; bias additions are not counted |
| FLOPs | 2 x MACs |
| field | receptive field in the input: see [receptive fields](receptive-fields.md) |

Operations are counted under a named convention, which every table prints:

"""


WEIGHTLESS = """\
## Kinds without weights

They have no parameters, connections, neurons or MACs; what is counted of them is their shape, their
field and the bytes they keep.

| kind | what it does | example |
|---|---|---|
"""


def counted_page() -> str:
    """What is counted, with a worked example of every kind."""
    rules = "".join(f"- `{c.name}` ({c.unit}): {c.rule}\n" for c in conventions.CONVENTIONS.values())
    rows = {name: example_row(KINDS[name]) for name in sorted(KINDS) if KINDS[name].arity != (0, 0)}
    weighted = [_section(row) for row in rows.values() if _counts(row)]
    weightless = [_line(row) for row in rows.values() if not _counts(row)]
    return "\n".join([COUNTED_HEAD + rules, *weighted, WEIGHTLESS + "\n".join(weightless)]) + "\n"


def example_row(kind: type[Layer]) -> Row:
    """The first example of a kind, analysed; what it refers to is an input here."""
    example = kind.examples[0]
    build = Builder("example")
    inputs = [build.input(f"input{n}", shape) for n, shape in enumerate(example.inputs, start=1)]
    build.add(kind(**example.arguments), *inputs, name="example")
    return analyze(build.network())["example"]


def _counts(row: Row) -> bool:
    return any((row.params, row.macs, row.connections))


def _does(row: Row) -> str:
    """The first line of the kind's own description."""
    text: str = (inspect.getdoc(type(row.layer)) or "").partition("\n")[0]
    return text


def _passes(row: Row) -> str:
    return f"{row.layer}: {', '.join(map(show, row.input_shapes))} -> {show(row.output_shape)}"


def _section(row: Row) -> str:
    quantities = (name for name in EXPLAINED if name not in ("field", "trainable_params", "backward_macs"))
    lines = "\n".join(row.explain(name) for name in quantities)
    return f"## {row.kind}\n\n{_does(row)}\n\n```\n{_passes(row)}\n\n{lines}\n```\n"


def _line(row: Row) -> str:
    does = _does(row).replace("|", r"\|").replace("``", "`")
    return f"| `{row.kind}` | {does} | `{_passes(row)}` |"


NETWORKS_HEAD = """\
# The bundled networks

Every network of the lectures and a few more, each with where it comes from, its spec and its totals.
`cnncalc summarize NAME` shows the layers, `cnncalc show NAME` prints the spec, and each spec states
the numbers that its source published (`expect`), which the tests hold it to. This page is made from
the specs by `python docs/generate.py`.
"""


def networks_page() -> str:
    """Every bundled network on a page."""
    from cnncalc import spec

    sections = [_network(name, path.read_text(encoding="utf-8")) for name, path in spec.bundled().items()]
    return "\n".join([NETWORKS_HEAD, *sections])


def _network(name: str, text: str) -> str:
    from cnncalc import spec

    analysis = analyze(spec.load(name))
    about = analysis.network.about
    enters = ", ".join(show(node.output_shape) for node in analysis.network.inputs)
    leaves = ", ".join(map(show, analysis.output_shapes))
    totals = (
        f"{enters} -> {leaves}: {analysis.params:,} parameters ({analysis.trainable_params:,} trainable), "
        f"{analysis.macs:,} MACs, {analysis.connections:,} connections, {analysis.neurons:,} neurons."
    )
    said = [str(about[key]).strip() for key in ("doc", "source") if about.get(key)]
    return "\n\n".join(
        [f"## {name}: {analysis.network.name}", *said, totals, f"```yaml\n{text.strip()}\n```\n"]
    )


PAGES: dict[str, Callable[[], str]] = {
    "how-it-is-built.md": house.page,
    "networks.md": networks_page,
    "language/reference.md": reference,
    "pictures/house.svg": house.picture,
    "reference/commands.md": commands.page,
    "reference/formulas.md": library.formulas_page,
    "reference/library.md": library.library_page,
    "what-is-counted.md": counted_page,
}
"""Every generated page and what makes it."""


def main() -> None:
    """Write every page; with ``--all`` the pictures and the shown output of every page as well."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8", newline="\n")
    if "--all" in sys.argv[1:]:
        pictures.main()
        tests = ["tests/test_docs.py", "tests/pictures", "tests/spec", "tests/corpora"]
        environment = {**os.environ, "CNNCALC_REWRITE": "1"}
        rewrite = [sys.executable, "-m", "pytest", "-q", *tests]
        sys.exit(subprocess.run(rewrite, cwd=HERE.parent, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
