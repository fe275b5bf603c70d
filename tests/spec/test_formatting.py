"""fmt writes one form, changes no meaning, keeps comments, and is done after one time."""

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec import bundled, load, parse
from cnncalc.spec.formatting import format_spec

CHAINS = {
    "deck's pattern": (
        "INPUT(3x32x32) -> [[CONV(16,3,p=1) -> RELU]*2 -> POOL(2)?]*3 -> [FC(64)]*1 -> FC(10)",
        "input(3x32x32) -> ((conv(16, 3, padding=1) -> relu)*2 -> maxpool(2)?)*3 -> (fc(64))*1 -> fc(10)",
    ),
    "separators": (
        "INPUT(3x32x32),conv(8,3)-relu → fc( 10 )",
        "input(3x32x32) -> conv(8, 3) -> relu -> fc(10)",
    ),
    "course sheets": (
        "INPUT 3x32x32 - CONV-3-64 - conv5-16 - POOL-2 - FC-10",
        "input(3x32x32) -> conv(64, 3) -> conv(16, 5) -> maxpool(2) -> fc(10)",
    ),
    "sizes": ("INPUT(1x9x9) -> pool 2x2 -> conv(2,3X3)", "input(1x9x9) -> maxpool(2x2) -> conv(2, 3x3)"),
    "aliases": (
        "INPUT(3x9x9) -> Conv2d(8,k=3,pad=1,g=1) -> BatchNorm -> Flatten -> Dense(10)",
        "input(3x9x9) -> conv(8, kernel_size=3, padding=1, groups=1) -> bn -> flatten -> linear(10)",
    ),
    "branches": (
        "INPUT(3x9x9) -> add[ conv(3,3,1,1)|id ]as a -> concat[FROM( a )|id]",
        "input(3x9x9) -> add[conv(3, 3, 1, 1) | id] as a -> cat[from(a) | id]",
    ),
    "conditions": (
        "INPUT(3x9x9) -> relu  if 1<2   and not 0 else ( tanh -> relu )* 2",
        "input(3x9x9) -> relu if 1<2 and not 0 else (tanh -> relu)*2",
    ),
    "expressions": (
        "INPUT(3x9x9) -> conv(2*cin  + 1 ,max( 1,3 ),padding=( 1 , 1))",
        "input(3x9x9) -> conv(2*cin + 1, max(1, 3), padding=(1, 1))",
    ),
    "comma at the end": ("INPUT(3x9x9), [relu, tanh,]*2,", "input(3x9x9) -> (relu -> tanh)*2"),
    "signs": ("INPUT(3x9x9) -> conv(- 2+5, 3)", "input(3x9x9) -> conv(- 2+5, 3)"),
}

SPEC = """\
# a comment at the top
name:   Net   # kept
input: 3x32x32
defaults: { pool: { k: 3, s: 2 }, Conv2d: {bias: false} }   # prettier's spaces stay

blocks:
\tstage(c, n=2):   # indented by a tab
    - (CONV(c,3,p=1)->RELU)*n    # the chain
    - POOL
layers:
  - stage(16)   # a block is not a layer
  - {conv2d: {out: 8, k: 3}}
  - avgpool: GAP
  - relu:
  - conv-end: x
"""


@pytest.mark.parametrize("name", CHAINS)
def test_chains_get_the_usual_form_without_changing_the_network(name):
    given, wanted = CHAINS[name]
    assert format_spec(given) == wanted
    assert format_spec(wanted) == wanted
    assert facts(parse(given)) == facts(parse(wanted))


def facts(network):
    return [(node.name, node.layer, node.inputs, node.weights_from, node.frozen) for node in network]


@pytest.mark.parametrize("name", bundled())
def test_bundled_specs_are_formatted(name):
    text = bundled()[name].read_text(encoding="utf-8")
    assert format_spec(text) == text


@pytest.mark.parametrize("name", bundled())
def test_formatting_changes_no_bundled_network(name):
    path = bundled()[name]
    text = format_spec(path.read_text(encoding="utf-8"))
    assert facts(parse(text, folder=path.parent)) == facts(load(name))


def test_comments_and_layout_survive():
    text = SPEC.replace("  - conv-end: x\n", "")
    assert format_spec(text) == (
        text.replace("\t", "  ")
        .replace("pool: { k: 3, s: 2 }, Conv2d:", "maxpool: { kernel_size: 3, stride: 2 }, conv:")
        .replace("(CONV(c,3,p=1)->RELU)*n", "(conv(c, 3, padding=1) -> relu)*n")
        .replace("- POOL", "- maxpool")
        .replace("{conv2d: {out: 8, k: 3}}", "{conv: {out_channels: 8, kernel_size: 3}}")
        .replace("avgpool: GAP", "avgpool: gap")
    )


def test_a_comma_within_flow_brackets_is_not_made():
    text = "input: 3x9x9\nlayers: {a: CONV-3-8, b: RELU}\n"
    assert format_spec(text) == "input: 3x9x9\nlayers: {a: CONV-3-8, b: relu}\n"


def test_line_breaks_in_a_chain_stay():
    text = "input: 3x9x9\nlayers:\n  CONV(8,3)\n  -> RELU  ->\n  fc(10)\n"
    assert format_spec(text) == "input: 3x9x9\nlayers:\n  conv(8, 3)\n  -> relu ->\n  fc(10)\n"


@pytest.mark.parametrize("text", ["input: [", "input: 3x9x9\nlayers: conv(", "relu -> -> relu"])
def test_what_cannot_be_read_is_not_formatted(text):
    with pytest.raises(SpecError):
        format_spec(text)


def test_what_is_wrong_otherwise_is_formatted():
    text = "input: 3x9x9\nlayers: CONV(8,99) -> RELUX(3)\nlayrs: 3\n"
    assert format_spec(text) == "input: 3x9x9\nlayers: conv(8, 99) -> RELUX(3)\nlayrs: 3\n"


def test_odd_line_ends_are_refused_and_windows_ones_replaced():
    with pytest.raises(SpecError):
        format_spec("input: 3x9x9\nlayers: relu\u2028\n")
    assert format_spec("input: 3x9x9\r\nlayers: relu\r\n") == "input: 3x9x9\nlayers: relu\n"
