"""Every command where the world is not as it should be: streams, disks, permissions, signals, inputs.

Whatever happens, there is a message that says where and what to do, the documented exit status, no
traceback, and files that were there before are as they were. A new command needs a line in
:data:`EXAMPLES`, and is tried with the rest.
"""

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS, MODULES

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs Linux: /dev/full, limits, capabilities"
)

EXAMPLES = {
    "advise": "SPEC --classes 10",
    "check": "SPEC",
    "compare": "networks SPEC SPEC",
    "completion": "bash",
    "diff": "SPEC SPEC --all",
    "exercise": "7 --net SPEC --format otter --output OUT/",
    "explain": "SPEC conv1",
    "export": "SPEC --to json -o OUT",
    "field": "SPEC",
    "fmt": "OUT",
    "grade": "SHEET --key SPEC",
    "import": "MODEL -o OUT",
    "list": "",
    "memory": "SPEC",
    "render": "SPEC --format svg -o OUT",
    "report": "SPEC -o OUT",
    "run": "SPEC --repeats 1 --warmup 0 --profile a100-40gb",
    "schema": "",
    "show": "lenet5",
    "solve": "usable SPEC",
    "summarize": "SPEC",
    "sweep": "SPEC --over c=1..4 --pareto macs,params --picture OUT.svg -o OUT.csv",
    "verify": "SPEC --quantity params",
}
"""What each command is tried with: ``SPEC``, ``SHEET`` and ``MODEL`` are read, ``OUT`` is written."""

TORCH = ("run", "verify")
WRITERS = [name for name, example in EXAMPLES.items() if "OUT" in example and not example.endswith("/")]
READERS = [name for name, example in EXAMPLES.items() if "SPEC" in example]

SPEC = "input: 3x8x8\nparams: {c: 4}\nlayers: CONV(c, 3)->RELU->FC(10)\n"
SHEET = "layer,params\nconv1,112\n"
MODEL = (
    'layer { name: "data" type: "Input" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } top: "data" }\n'
    'layer { name: "c" type: "Convolution" bottom: "data" top: "c"\n'
    "  convolution_param { num_output: 4 kernel_size: 3 } }\n"
)


@pytest.fixture
def folder(tmp_path):
    """A folder with something to read, and a file that is there before."""
    for name, text in {"net.yaml": SPEC, "sheet.csv": SHEET, "net.prototxt": MODEL, "old": SPEC}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def arguments(command, out="-", spec="net.yaml"):
    """The example of a command; without a file to write it prints to standard output."""
    if command in TORCH and not find_spec("torch"):
        pytest.skip("needs PyTorch")
    if out == "-" and command in ("exercise", "sweep", "fmt"):
        printing = {
            "exercise": "7 --net SPEC",
            "sweep": "SPEC --over c=1..4 --format csv",
            "fmt": "INPUT(3x8x8)->RELU",
        }
        text = printing[command]
    else:
        text = EXAMPLES[command]
    places = {"SPEC": spec, "SHEET": "sheet.csv", "MODEL": "net.prototxt", "OUT": str(out)}
    for placeholder, value in places.items():
        text = text.replace(placeholder, value.replace(" ", "\0"))
    return [command, *(word.replace("\0", " ") for word in text.split())]


def said_well(ran, status):
    """Check the exit status, and that there is one message and no traceback."""
    assert (ran.status, "Traceback" in ran.err) == (status, False), ran.err
    if status in (1, 2) and ran.err and "E204" not in ran.err:  # which is about an option
        assert ran.err.count("rror") == 1, ran.err
    return ran.err


def test_every_command_is_tried():
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_read_and_write_what_the_command_can(command):
    parameters = import_module(f"cnncalc.cli.{MODULES.get(command, command)}").command.params
    names = {parameter.name for parameter in parameters}
    assert ("output" in names) <= ("OUT" in EXAMPLES[command])
    assert bool({"specs", "key"} & names) <= ("SPEC" in EXAMPLES[command])


OUTPUTS = {
    "full disk": ({"full": True}, 1, "cannot write the output: No space left"),
    "closed": ({"closed": [1]}, 1, "cannot write the output: Bad file descriptor"),
    "all closed": ({"closed": [0, 1, 2]}, 1, ""),
    "reader gone": ({"gone": True}, 0, ""),
    "errors closed": ({"closed": [2]}, 0, ""),
    "ascii": ({"encoding": "ascii"}, 0, ""),
    "latin-1": ({"encoding": "latin-1"}, 0, ""),
    "no home": ({"unset": ["HOME", "USER", "LOGNAME", "PATH", "LANG"]}, 0, ""),
    "dumb terminal": ({"env": {"TERM": "dumb", "COLUMNS": "40", "FORCE_COLOR": "1"}}, 0, ""),
    "no terminal": ({"env": {"TERM": "", "COLUMNS": "0", "NO_COLOR": "1"}}, 0, ""),
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_output_that_cannot_be_printed_is_told(shell, folder, output, command):
    conditions, status, message = OUTPUTS[output]
    ran = shell(*arguments(command), folder=str(folder), **conditions)
    assert message in said_well(ran, status)
    if status == 0 and 1 not in conditions.get("closed", ()) and not conditions.get("gone"):
        assert ran.out
        assert "\x1b" not in ran.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("calls", [100, 900])
def test_a_command_that_is_stopped_says_so(shell, folder, command, signal, calls):
    ran = shell(*arguments(command), folder=str(folder), stop=[signal, calls])
    if ran.status != 0:  # it may have been quicker
        said_well(ran, {"SIGINT": 130, "SIGTERM": 143}[signal])
        assert ran.err.strip() == ("stopped" if signal == "SIGINT" else "")
    assert ran.status or calls > 100


def written(command, folder):
    """The file that a command is to write, there before with ``SPEC`` in it."""
    suffix = ".csv" if command == "sweep" else ""
    (folder / f"out{suffix}").write_text(SPEC, encoding="utf-8")
    return folder / "out", folder / f"out{suffix}"


def names(folder):
    """What lies in a folder, but for what a sweep keeps to go on from."""
    return sorted(path.name for path in folder.iterdir() if "journal" not in path.name)


PLACES = {
    "no folder": (2, "there is no folder"),
    "in a file": (1, "is a file, no folder"),
    "a folder": (2, "is a folder"),
    "write-protected": (1, "write-protected"),
    "protected folder": (1, "ermission denied"),
    "link to itself": (1, "link that leads to itself"),
    "disk quota": (1, "File too large"),
    "stopped": (143, ""),
}


@pytest.mark.parametrize("command", [name for name in WRITERS if name != "fmt"])
@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_cannot_be_written_is_told_and_stays(shell, folder, place, command):
    status, message = PLACES[place]
    named, file = written(command, folder)
    conditions = {"powerless": "protected" in place}
    if place == "no folder":
        named = folder / "none" / "out"
    elif place == "in a file":
        named = folder / "old" / "out"
    elif place == "a folder":
        file.unlink()
        file.mkdir()
    elif place == "write-protected":
        file.chmod(0o444)
    elif place == "protected folder":
        folder.chmod(0o555)
    elif place == "link to itself":
        file.unlink()
        file.symlink_to(file.name)
    elif place == "disk quota":
        conditions["bytes"] = 50
    else:
        conditions["stop"] = ["SIGTERM", "writing"]
    before = names(folder)
    ran = shell(*arguments(command, named), folder=str(folder), **conditions)
    folder.chmod(0o755)
    err = said_well(ran, status)
    assert message in err
    assert place == "stopped" or str(named) in err or place == "disk quota"
    if file.is_file():
        assert file.read_text(encoding="utf-8") == SPEC
    assert names(folder) == before


@pytest.mark.parametrize("command", [name for name in WRITERS if name not in ("fmt", "sweep")])
def test_what_the_output_is_made_from_is_not_written_over(shell, folder, command):
    source = "net.prototxt" if command == "import" else "net.yaml"
    before = (folder / source).read_bytes()
    (folder / "link").symlink_to(source)
    for name in (source, f"./{source}", "link"):
        err = said_well(shell(*arguments(command, name), folder=str(folder)), 2)
        assert "write to another file" in err
        assert (folder / source).read_bytes() == before


@pytest.mark.parametrize("command", WRITERS)
def test_a_link_stays_a_link(shell, folder, command):
    named, file = written(command, folder)
    file.rename(folder / "real.yaml")
    file.symlink_to("real.yaml")
    said_well(shell(*arguments(command, named), folder=str(folder)), 0)
    assert file.is_symlink()
    assert (folder / "real.yaml").read_text(encoding="utf-8") != SPEC


@pytest.mark.parametrize("command", WRITERS)
def test_pipes_and_devices_are_written_to(shell, folder, command):
    if command in ("sweep", "fmt"):
        return
    said_well(shell(*arguments(command, "/dev/null"), folder=str(folder)), 0)
    ran = shell(*arguments(command, "/dev/full"), folder=str(folder))
    assert "/dev/full: No space left" in said_well(ran, 1)


INPUTS = {
    "missing": (None, 2, "no "),
    "folder": ("folder", 2, "is a folder"),
    "unreadable": ("unreadable", 2, "Permission denied"),
    "empty": (b"", 1, "the spec is empty"),
    "latin-1": (SPEC.encode() + "# Gr\u00f6\u00dfe".encode("latin-1"), 1, "is not UTF-8"),
    "utf-16": (SPEC.encode("utf-16"), 1, "is UTF-16"),
    "null": (b"\0" * 1000, 1, "character"),
    "endless line": (b"a" * 2_000_000, 1, "E006"),
    "deep": (b"input: " + b"[" * 100_000, 1, "E005"),
    "binary": (bytes(range(256)) * 10, 1, "is not UTF-8"),
}


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("content", INPUTS)
def test_what_cannot_be_read_is_told(shell, folder, content, command):
    data, status, message = INPUTS[content]
    spec = folder / "given.yaml"
    if content == "folder":
        spec.mkdir()
    elif data is not None:
        spec.write_bytes(data if isinstance(data, bytes) else b"")
    if content == "unreadable":
        spec.chmod(0)
    words = arguments(command, "new.csv" if command != "sweep" else "new", str(spec))
    ran = shell(*words, folder=str(folder), powerless=content == "unreadable")
    assert (ran.status, "Traceback" in ran.err) == (status, False), ran.err
    assert message in ran.err
    assert not list(folder.glob("new*"))


@pytest.mark.parametrize("command", READERS)
def test_a_byte_order_mark_is_taken(shell, folder, command):
    (folder / "net.yaml").write_bytes(SPEC.encode("utf-8-sig"))
    said_well(shell(*arguments(command, "new"), folder=str(folder)), 0)


@pytest.mark.parametrize("command", [name for name in READERS if name not in ("compare", "diff")])
def test_standard_input_is_a_spec_everywhere(shell, folder, command):
    given = arguments(command, "new", "-")
    said_well(shell(*given, folder=str(folder), stdin=SPEC), 0)
    ran = shell(*given, folder=str(folder), closed=[0])
    assert "the spec is empty" in said_well(ran, 1)


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("name", ["", " ", "x" * 100_000, "a/" * 3000, "\u202e", "INPUT(" * 3000 + " -> "],
                         ids=["empty", "blank", "long", "deep", "bidi", "long chain"])  # fmt: skip
def test_odd_names_of_specs_are_told(shell, folder, command, name):
    words = [name if word == "SPEC" else word for word in arguments(command, "new", "SPEC")]
    ran = shell(*words, folder=str(folder))
    assert ran.status in (1, 2), ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err) < 5_000
    assert "\u202e" not in ran.err


@pytest.mark.parametrize("command", COMMANDS)
def test_empty_and_unknown_arguments_are_wrong_usage(shell, folder, command):
    given = arguments(command, "new")
    for extra in (["--no-such-option"], ["--", *[""] * 50]):
        ran = shell(*given, *extra, folder=str(folder))
        if command in ("check", "fmt"):
            assert ran.status in (1, 2)
        else:
            assert ran.status == 2, (extra, ran)
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_the_terminal(shell, command, width):
    ran = shell(command, "--help", env={"COLUMNS": str(width)})
    assert ran.status == 0
    prose = ran.out.partition("\n\n")[2].partition("Examples:")[0].partition("Options:")[0]
    assert max(map(len, prose.splitlines()), default=0) <= width + 20


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("show lenet5 > /dev/full", 1, "No space left"),
        ("show lenet5 >&-", 1, "Bad file descriptor"),
        ("show lenet5 | true", 0, ""),
        ("show lenet5 2>&-", 0, ""),
        ("sweep 'INPUT(1x8x8) -> FC(c)' --over c=1..4 2>&-", 0, ""),
        ("show nothing 2>/dev/full", 2, ""),
        ("summarize <(cnncalc show lenet5)", 0, ""),
        ("summarize /dev/zero", 1, "is this the right file?"),
    ],
)
def test_a_real_shell_agrees(line, status, message, tmp_path):
    program = f'cnncalc() {{ {sys.executable} -m cnncalc "$@"; }}; cnncalc {line}; exit ${{PIPESTATUS[0]}}'
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    env.pop("PYTHONUNBUFFERED", None)
    ran = subprocess.run(
        ["/bin/bash", "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path, env=env
    )
    assert ran.returncode == status, ran.stderr
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("rror") == (1 if message else 0)
