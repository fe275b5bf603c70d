"""What Tab offers: commands, networks, files, layers and parameters, as the shells ask for it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.cli.completion import SHELLS

ASK = "import sys; sys.argv[0] = 'cnncalc'; from cnncalc.cli import main; main()"


def offered(line, shell="bash", folder=None):
    """What the shell is told for a line with the cursor at its end."""
    words = shlex.split(line)
    place = len(words) if line.endswith(" ") else len(words) - 1
    asked = {"_CNNCALC_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": str(place)}
    environment = {**os.environ, **asked, "PYTHONPATH": str(Path.cwd())}
    ran = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    return [answer.partition(",")[2] for answer in ran.stdout.splitlines() if answer]


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("cnncalc sum", ["summarize"]),
        ("cnncalc summarize resnet1", ["resnet101", "resnet152", "resnet18"]),
        ("cnncalc explain lenet5 C", ["C1", "C3", "C5"]),
        ("cnncalc explain lenet5 C3 para", ["params"]),
        ("cnncalc render lenet5 --layer S", ["S2", "S4"]),
        ("cnncalc summarize vgg16 --set ", ["classes="]),
        ("cnncalc field 'INPUT(1x9x9) -> conv(4, 3)' conv", ["conv1"]),
        ("cnncalc grade answers.csv --key alexnet_2", ["alexnet_224"]),
        ("cnncalc compare networks lenet5 googlenet_", ["googlenet_aux"]),
        ("cnncalc completion ", list(SHELLS)),
    ],
)
def test_what_is_offered(line, among):
    assert [name for name in offered(line) if name in among] == among


def test_files_are_offered_beside_networks(tmp_path):
    (tmp_path / "nets").mkdir()
    for name in ("lenet_mine.yaml", "nets/wide.yaml", "nets/notes.txt"):
        (tmp_path / name).write_text("input: 1x8x8\nlayers: relu\n", encoding="utf-8")
    assert offered("cnncalc summarize lenet", folder=tmp_path) == ["lenet5", "lenet_mine.yaml"]
    assert offered("cnncalc summarize nets/", folder=tmp_path) == ["nets/wide.yaml"]
    assert offered("cnncalc explain nets/wide.yaml re", folder=tmp_path) == ["relu1"]
    assert offered("cnncalc summarize nothing", folder=tmp_path) == ["nothing"], "left to the shell"


@pytest.mark.parametrize("spec", ["no_such_network", "'INPUT(1x8x8) -> conv(4, 99)'"])
def test_a_spec_that_is_wrong_offers_nothing_and_says_nothing(spec):
    assert offered(f"cnncalc explain {spec} ") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_what_the_shell_reads(shell, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "cnncalc", "completion", shell], capture_output=True, text=True, check=True
    )
    assert f"_CNNCALC_COMPLETE={shell}_complete" in ran.stdout
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(ran.stdout, encoding="utf-8")
    subprocess.run([shell, "-n", script], check=True)


def test_bash_completes_a_command_line(tmp_path):
    """The script, in a real bash, with a ``cnncalc`` on its path."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    program = tmp_path / "cnncalc"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom cnncalc.cli import main\nmain()\n", encoding="utf-8"
    )
    program.chmod(0o755)
    lines = [
        f"export PATH={tmp_path}:$PATH PYTHONPATH={Path.cwd()}",
        'eval "$(cnncalc completion bash)"',
        "COMP_WORDS=(cnncalc show vgg13_); COMP_CWORD=2",
        "_cnncalc_completion cnncalc vgg13_ show",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    ran = subprocess.run([bash, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["vgg13_transfer"]
    assert ran.stderr == ""


def test_every_command_is_offered():
    assert set(offered("cnncalc ")) == set(COMMANDS)
