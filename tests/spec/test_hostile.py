"""Inputs that hurt tools of this kind are refused at once, with a diagnostic."""

import subprocess
import sys
import time

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec import Limits, load, parse
from cnncalc.spec.report import render, render_all, to_github

LEVELS = "\n".join(f"  b{n}: b{n + 1} -> b{n + 1}" for n in range(40))
MERGES = "\n".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 9)}]}}" for old, new in zip("abcde", "bcdef", strict=True)
)

HOSTILE = {
    "merge key bomb": (f"a: &a {{x: 1}}\n{MERGES}\n", "E003"),
    "25,000 brackets": ("input: " + "[" * 25_000, "E005"),
    "100,000 brackets": ("input: " + "[" * 100_000, "E005"),
    "100,000 braces": ("input: " + "{" * 100_000, "E005"),
    "brackets in a chain": ("INPUT(3x8x8) -> " + "(" * 100_000, "E102"),
    "signs in an expression": ("INPUT(3x8x8) -> conv(" + "-" * 100_000 + "1, 3)", "E102"),
    "powers": ("INPUT(3x8x8) -> conv(" + "9**" * 5_000 + "9, 3)", "E102"),
    "sums": ("INPUT(3x8x8) -> conv(" + "1+" * 5_000 + "1, 3)", "E102"),
    "sums in brackets": ("INPUT(3x8x8) -> conv(" + "(1+" * 5_000 + "1, 3)", "E102"),
    "nots": ("INPUT(3x8x8) -> relu if " + "not " * 5_000 + "1", "E102"),
    "elses": ("INPUT(3x8x8) -> " + "relu if 0 else " * 5_000 + "relu", "E102"),
    "modifiers": ("INPUT(3x8x8) -> relu" + "*1" * 5_000, "E102"),
    "5,000 digits": ("INPUT(3x8x8) -> conv(" + "9" * 5_000 + ", 3)", "E103"),
    "5,000 hexadecimal digits": ("INPUT(3x8x8) -> conv(0x" + "f" * 5_000 + ", 3)", "E103"),
    "large exponent": ("INPUT(3x8x8) -> conv(1e999999999, 3)", "E103"),
    "repeat of a thousand million": ("INPUT(3x8x8) -> relu*1000000000", "E207"),
    "repeats in repeats": ("INPUT(3x8x8) -> ((((relu*9999)*9999)*9999)*9999)", "E207"),
    "repeats of nothing": ("INPUT(3x8x8) as x -> ((((from(x)*9999)*9999)*9999)*9999)", "E207"),
    "blocks that double": (f"input: 3x8x8\nblocks:\n{LEVELS}\n  b40: relu\nlayers: b0", "E207"),
    "broken blocks that double": (f"input: 3x8x8\nblocks:\n{LEVELS}\n  b40: rleu\nlayers: b0", "E200"),
    "escape sequence": ("input: 3x8x8\nname: \x1b[31m\nlayers: relu", "E001"),
    "escape sequence in quotes": ('input: 3x8x8\nlayers: "\\x1b[31m"', "E012"),
    "reversed text": ("input: 3x8x8\nlayers: re\u202elu", "E001"),
    "name of a module's attribute": ("INPUT(3x8x8) -> relu as __class__", "E206"),
    "cyrillic name": ("INPUT(3x8x8) -> relu as \u0430", "E206"),
    "html in a name": ("input: 3x8x8\nlayers:\n  <b>x</b>: relu", "E206"),
    "python object": ("input: !!python/object/apply:os.system ['true']\nlayers: relu", "E004"),
    "null character": ("input: 3x8x8\0", "E001"),
    "two million characters": ("a" * 2_000_000, "E006"),
    "many errors": ("input: 3x8x8\nlayers:\n" + "  - rleu\n" * 50_000, "E200"),
    "many keys": ("\n".join(f"k{n}: 1" for n in range(50_000)), "E011"),
    "base of itself": ("base: ../../../../etc/passwd", "E260"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once(name):
    text, code = HOSTILE[name]
    began = time.process_time()
    with pytest.raises(SpecError) as caught:
        parse(text)
    message = render(caught.value)
    assert time.process_time() - began < 5, "seconds of this process, whatever else the machine does"
    assert code in {diagnostic.code for diagnostic in caught.value.diagnostics}
    assert len(caught.value.diagnostics) <= Limits().diagnostics
    assert len(message) < 100_000


@pytest.mark.parametrize("path", ["", "\0", "no/such/file", "/", "x" * 300, "x" * 5_000, "a/" * 600])
def test_what_is_no_spec_is_not_found(path):
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E017"]


def test_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"input: 3x8x8\nlayers: re\xff\xfelu\n")
    with pytest.raises(SpecError, match=r"line 2 of .* is not UTF-8"):
        load(path)


def test_bytes_in_utf16(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes("input: 3x8x8\nlayers: relu\n".encode("utf-16"))
    with pytest.raises(SpecError, match="is UTF-16"):
        load(path)


def test_byte_order_mark_is_taken(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes("input: 3x8x8\nlayers: relu\n".encode("utf-8-sig"))
    assert len(load(path)) == 2


def test_limits_can_be_raised():
    text = "INPUT(3x8x8) -> relu*30000"
    with pytest.raises(SpecError, match="30,000"):
        parse(text)
    assert len(parse(text, limits=Limits(layers=40_000, repeat=40_000))) == 30_001


def test_messages_cannot_move_the_cursor():
    with pytest.raises(SpecError) as caught:
        parse("input: 3x8x8\nlayers: re\x1b[2Jlu")
    error = caught.value
    assert "\x1b" not in render(error)
    assert "\x1b" in render_all(error.diagnostics, error.source, error.origin, colour=True)


def test_annotations_cannot_be_forged():
    with pytest.raises(SpecError) as caught:
        parse("input: 3x8x8\nlayers: x", origin="a,b:c\n::error::forged.yaml")
    assert to_github(caught.value.diagnostics, caught.value.origin).count("\n") == 1


def test_bases_in_a_circle(tmp_path):
    (tmp_path / "a.yaml").write_text("base: b.yaml\n")
    (tmp_path / "b.yaml").write_text("base: a.yaml\n")
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "a.yaml")
    assert "circle" in str(caught.value.diagnostics)


@pytest.mark.parametrize("module", ["numpy", "torch", "graphviz", "yaml", "cnncalc.spec.report"])
def test_reading_a_chain_loads_nothing_it_does_not_need(module):
    code = "import sys, cnncalc.spec as s; s.load('INPUT(3x8x8) -> relu'); print(sys.argv[1] in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, module], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_long_chain_is_no_file_name():
    assert len(load("INPUT(3x32x32) - " + " - ".join(["CONV-1-8"] * 60))) == 61
    with pytest.raises(SpecError) as caught:
        parse(f"base: {'x' * 300}.yaml", folder=".")
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E260"]
