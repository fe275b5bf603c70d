"""``cnncalc render`` and ``cnncalc report`` as people run them, and files that cannot be written."""

import os
import sys

import pytest

from cnncalc.files import write_whole


def test_render_writes_svg_to_standard_output(run):
    status, out, err = run("render", "lenet5")
    assert (status, err) == (0, "")
    assert out.startswith("<svg ")


def test_render_writes_files_and_says_so(run, tmp_path):
    for name in ("a.svg", "a.tex", "a.dot", "a.mmd"):
        status, out, err = run("render", "lenet5", "-o", str(tmp_path / name))
        assert (status, out) == (0, "")
        assert err == f"wrote {tmp_path / name}\n"
        assert (tmp_path / name).stat().st_size > 500


def test_options_reach_their_views(run):
    assert "X" in run("render", "lenet5", "--view", "matrix", "--layer", "C3")[1]
    assert "1 of 14" in run("render", "lenet5", "--view", "field", "--layer", "S2", "--axis", "1")[1]
    assert run("render", "lenet5", "--level", "layers")[1] != run("render", "lenet5")[1]
    assert "prefers-color-scheme" not in run("render", "lenet5", "--theme", "dark")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lenet5", "-o", "a.gif"], "does not tell the format"),
        (["lenet5", "--view", "cost", "--layer", "C3"], "the cost view has no option 'layer'"),
        (["lenet5", "--view", "field", "--layer", "C9"], "no layer is called 'C9'"),
        (["lenet5", "--view", "volume", "--format", "dot"], "it has no volume view"),
        (["lenet5", "--axis", "3"], "--axis"),
        (["lenet5", "-o", "no/such/folder/a.svg"], "no/such/folder/a.svg: there is no folder"),
    ],
    ids=["suffix", "option", "layer", "dot", "axis", "folder"],
)
def test_wrong_usage_is_one_clear_line_and_status_2(run, arguments, message):
    status, out, err = run("render", *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_report_needs_a_file(run, tmp_path):
    assert run("report", "lenet5")[0] == 2
    assert run("report", "lenet5", "-o", str(tmp_path / "a.html"))[0] == 0
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == run("report", "lenet5", "-o", "-")[1]


def test_a_file_keeps_its_permissions_and_links(tmp_path):
    target, link = tmp_path / "a.svg", tmp_path / "b.svg"
    target.write_text("before", encoding="utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole(link, "after")
    assert target.read_text(encoding="utf-8") == "after"
    assert target.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110 - a device
def test_a_full_disk_is_told(run):
    status, _, err = run("render", "lenet5", "-o", "/dev/full", "--format", "svg")
    assert status == 1
    assert "No space left" in err


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(run, tmp_path):
    tmp_path.chmod(0o500)
    status, _, err = run("render", "lenet5", "-o", str(tmp_path / "a.svg"))
    tmp_path.chmod(0o700)
    assert status == 1
    assert "Permission denied" in err


def test_what_else_could_be_drawn_is_told_on_stderr(run):
    _, drawn, told = run("render", "inception_v3", "--theme", "light")
    assert drawn.startswith("<svg")
    assert told == "drawn as stages: blocks would be too small to be read; --level blocks draws them\n"
