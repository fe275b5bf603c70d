# ruff: noqa: E501 - rows of Markdown tables cannot be wrapped
"""The reference of the language, made from the table of operators; ``docs/generate.py`` writes it."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers import KINDS, show
from cnncalc.layers.arguments import Argument, shown_value
from cnncalc.layers.base import Example
from cnncalc.spec.codes import codes
from cnncalc.spec.document import EXPECTED
from cnncalc.spec.limits import DEFAULT
from cnncalc.spec.operators import Operator, operators

_HEAD = """\
# Reference of the spec language

Made from the declarations of the layers by `python docs/generate.py`. To learn the language, read
the [tutorial](tutorial.md).

## Chains

```
chain := step (SEP step)*             SEP: ->  →  ,  -  or a new line   (fmt writes ->)
step  := unit ('*' count | '?' | 'as' NAME | 'if' expr ['else' step])*
unit  := NAME [size] ['(' args ')'] ['[' chain ('|' chain)* ']']
       | '(' chain ')' | '[' chain ']'
       | NAME ('-' NUMBER)+
arg   := [NAME '='] expr
```

| Written | Means |
|---|---|
| `a -> b` | b reads what leaves a |
| `(a -> b)*3` | three times, each with weights of its own; the count is a number, a name or `(an expression)` |
| `a?` | present, unless `--without-optional` |
| `a as c1` | the layer, or the last of the part, is called `c1` |
| `a if s > 1 else b` | one or the other; without `else`, a or nothing |
| `add[a \\| b]`, `cat[a \\| b \\| c]`, `mul[a \\| b]` | branches that all read what entered; `id` passes it on |
| `from(c1)` | goes back to what left `c1`, a part, an input, or a block's parameter that names a layer |
| `stage(64, n=2)` | the block `stage` with its parameters; names inside are local to this use |
| `CONV-3-64`, `conv3-64`, `POOL-2`, `FC-10` | course sheets: kernel and filters, kernel, outputs |
| `maxpool 2x2`, `INPUT 3x32x32` | a size without brackets |
| `INPUT(3x32x32) -> ...` | in a chain alone, the input stands first |

Upper case and the names in brackets below are accepted everywhere; `cnncalc fmt` rewrites them.

## Expressions

Wherever a number stands, an expression may stand: `+ - * / // % **`, comparisons, `and or not`,
tuples `(1, 2)`, sizes `3x5`, the functions `min max round ceil floor div8`, the words `true false
none`, the parameters of the block and those under `params:`, and `cin`, the number of channels that
enter. `div8` rounds to a multiple of 8, never more than a tenth down (MobileNet).

## Keys

| Key | Holds |
|---|---|
| `cnncalc` | version of the format: 1 |
| `name`, `doc`, `source` | what the network is, and where it comes from |
| `input` | the shape, channels first and without the batch (`3x224x224`), or several by name (`{left: 1x28x28, right: 1x28x28}`) |
| `params` | numbers that `--set` can change |
| `defaults` | for a kind, arguments that its layers have unless they say otherwise |
| `blocks` | parts with parameters: `stage(c, n=2): ...`; may use each other, not themselves |
| `shared` | like blocks, but all uses have one set of weights |
| `tables` | connection tables, for `conv(..., table=name)`: rows of `X` and `.` |
| `layers` | a chain, a list of layers, or named parts |
| `outputs` | names of the outputs; the last layer unless given |
| `freeze` | names and patterns (`features`, `layer1.*`, `*.bn*`) of what is not trained |
| `base` | another spec, of which this one changes `params`, `freeze` and `expect` |
| `rounding` | `floor`, `ceil` or `exact`, for every layer that has that rule |
| `expect` | numbers that must come out: EXPECTED, `output` |

A layer in a list is a chain, or a mapping: `conv: {out_channels: 64, kernel_size: 3}`. Any other key
names a part: `features: [...]`. Branches are a list or named parts under the layer that joins them:

```yaml
input: 64x56x56
layers:
  - add:
      main: conv(64, 3, padding=1) -> bn
      skip: id
```

Layers without a name are called by their kind and a number within the part they stand in:
`layer1.bottleneck2.main.conv1`. A name in a repeat gets a number from the second time on: `a`,
`a_2`.

## Limits

| What | At most | Raised by |
|---|---|---|
| layers after expansion | LAYERS | `--max-layers` |
| one repeat | REPEAT | `--max-repeat` |
| characters of a spec | CHARACTERS | |
| nesting of brackets | NESTING | |
| nesting of blocks and parts | USES | |
| digits of a number | DIGITS | |

"""


def reference() -> str:
    """The page."""
    head = _HEAD.replace("EXPECTED", ", ".join(f"`{name}`" for name in EXPECTED))
    for name in ("layers", "repeat", "characters", "nesting", "uses", "digits"):
        head = head.replace(f" {name.upper()} ", f" {getattr(DEFAULT, name):,} ")
    return head + "\n".join([*_layers(), *_codes()]) + "\n"


def _layers() -> Iterator[str]:
    yield "## Layers\n"
    family = ""
    for operator in operators():
        if operator.family != family:
            family = operator.family
            yield f"### Family: {family}\n"
        yield from _layer(operator)


def _layer(operator: Operator) -> Iterator[str]:
    also = f" [{', '.join(operator.aliases)}]" if operator.aliases else ""
    yield f"#### {operator.kind}{also}\n"
    yield f"`{operator.signature}`\n"
    yield f"{operator.summary}\n"
    if operator.arguments:
        yield "| Argument | Short | Default | |\n|---|---|---|---|"
        if operator.reference:
            yield f"| `{operator.reference}` | | | The layer it refers to, instead of all other arguments. |"
        yield from map(_argument, operator.arguments)
        yield ""
    examples = [
        chain for example in KINDS[operator.kind].examples[:3] if (chain := _chain(operator, example))
    ]
    if examples:
        yield "\n".join(["```chain", *examples, "```\n"])


def _argument(argument: Argument) -> str:
    short = ", ".join(f"`{name}`" for name in argument.short)
    default = "needed" if argument.required else f"`{_default(argument)}`"
    choices = f" One of {', '.join(f'`{word}`' for word in argument.choices)}." if argument.choices else ""
    by_name = " By name only." if argument.keyword else ""
    return f"| `{argument.name}` | {short} | {default} | {argument.doc}{choices}{by_name} |"


def _default(argument: Argument) -> str:
    return "none" if argument.default is None else shown_value(argument.default)


def _chain(operator: Operator, example: Example) -> str:
    """An example of a layer as a chain; empty where it has inputs that a chain cannot show."""
    if operator.joins and len(example.inputs) > 1:
        same = len(set(example.inputs)) == 1
        branches = f"[{' | '.join(['id'] * len(example.inputs))}]" if same else ""
        if not branches:
            return ""
    else:
        branches = ""
    if any(isinstance(value, str) and "." in value for value in _flat(example.arguments.values())):
        return ""
    given = ", ".join(f"{name}={shown_value(value)}" for name, value in example.arguments.items())
    call = f"{operator.kind}({given})" if given else operator.kind
    return f"INPUT({show(example.inputs[0])}) -> {call}{branches}"


def _flat(values: object) -> Iterator[object]:
    for value in values:  # type: ignore[attr-defined]
        if isinstance(value, tuple | list):
            yield from _flat(value)
        else:
            yield value


def _codes() -> Iterator[str]:
    yield "## Codes of diagnostics\n"
    yield "`cnncalc explain E230` tells more, with an example of each.\n"
    yield "| Code | |\n|---|---|"
    for code, rule in codes().items():
        yield f"| {code} | {rule.title} |"
