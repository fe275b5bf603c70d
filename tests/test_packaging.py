"""What surrounds the package: hooks run commands that exist, every extra and every Python is tried."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cnncalc._version import __version__
from cnncalc.cli import COMMANDS

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
DEVELOPERS = {"dev", "docs", "mutation", "test"}


def project():
    if sys.version_info < (3, 11):
        pytest.skip("tomllib came with Python 3.11")
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def table_of(path, name):
    """A literal table of a script, which is not imported."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return [ast.literal_eval(key) for key in statement.value.keys]
    raise LookupError(name)


def test_every_extra_is_tried():
    extras = set(project()["project"]["optional-dependencies"]) - DEVELOPERS
    assert set(table_of(ROOT / "tools" / "check_package.py", "USES")) == extras


def test_extras_that_messages_name_exist():
    extras = set(project()["project"]["optional-dependencies"])
    text = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("cnncalc/**/*.py"))
    named = set(re.findall(r"cnncalc\[(\w+)\]", text)) | set(
        re.findall(r'MissingExtra\("[^"]+", "(\w+)"', text)
    )
    assert named
    assert named <= extras


def test_every_python_that_is_promised_is_run():
    declared = {line.rpartition(" ")[2] for line in project()["project"]["classifiers"] if " :: 3." in line}
    run = set(re.findall(r'"(3\.\d+)"', (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")))
    assert declared == run


def test_an_older_pytorch_is_told(tmp_path):
    """The library works without the extra, beside whatever PyTorch is there already."""
    (tmp_path / "torch.py").write_text('__version__ = "2.3.1+cpu"\n')
    ran = subprocess.run(
        [sys.executable, "-m", "cnncalc", "verify", "lenet5"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    oldest = next(need for need in project()["project"]["optional-dependencies"]["torch"] if "torch" in need)
    words = f"needs torch {oldest.removeprefix('torch>=')} or newer, which is not installed: pip install"
    assert words in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "hook", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")), ids=str
)
def test_hooks_for_others_run_commands_that_exist(hook):
    program, command = shlex.split(hook["entry"])
    assert program == "cnncalc"
    assert command in COMMANDS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_no_more_rights_than_they_need(workflow):
    steps = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert steps["permissions"] == {"contents": "read"}
    assert all(job.get("runs-on") for job in steps["jobs"].values())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_commits(workflow):
    """A tag can be moved to other code; dependabot renews the commits and the versions beside them."""
    lines = workflow.read_text(encoding="utf-8").splitlines()
    uses = [line for line in lines if "uses:" in line]
    assert uses
    assert [line for line in uses if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_ci_is_what_contributors_run():
    assert "bash .ci/run" in (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_changelog_knows_the_version_or_what_comes():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{__version__}]" in changelog
