"""Every view in every format: well-formed, the same bytes each time, names as plain text."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import cnncalc
from cnncalc import UsageError, analyze
from cnncalc.layers.conv import Conv
from cnncalc.layers.linear import FC
from cnncalc.layers.merge import Cat
from cnncalc.network import Builder
from cnncalc.render.pictures import FORMATS, VIEWS, picture, render
from cnncalc.render.scene import Text
from tests.pictures.looking import analysis_of, scene_of

GOLDEN = Path(__file__).parent / "golden"
REWRITE = os.environ.get("CNNCALC_REWRITE") == "1"
DOCS = runpy.run_path(str(Path(__file__).parent.parent.parent / "docs" / "pictures.py"))
TEXTS = [name for name in FORMATS if name not in ("png", "pdf")]
HOSTILE = (
    '<script>alert("1")</script>&amp;',
    "a\\",
    "]]>--><b>",
    "\\end{document}$x_1^2#%&~",
    'x" onload="alert(1)',
    "`${7*7}` | #quot;",
    "esc\x1b[31m\x00\x07\u202etxt",
    "line\nfeed\ttab",
    "卷积網路",
    "שכבה ראשונה",
    "\u2067طبقة\u2069 conv \u200f<b>",
    "n" * 3000,
)


@pytest.mark.parametrize("kept", [*DOCS["pictures"]()], ids=lambda kept: DOCS["path"](*kept).stem)
def test_pictures_of_the_pages_are_fresh(kept):
    """``python docs/pictures.py`` writes them anew."""
    assert DOCS["path"](*kept).read_text(encoding="utf-8") == DOCS["draw"](*kept)


@pytest.mark.parametrize("format", ["dot", "mermaid", "tikz"])
def test_sources_stay_as_they_are(format):
    fresh = picture(analysis_of("lenet5"), format=format)
    golden = GOLDEN / f"lenet5.{format}"
    if REWRITE:
        golden.write_text(fresh, encoding="utf-8", newline="\n")
    assert golden.read_text(encoding="utf-8") == fresh


def test_bytes_do_not_depend_on_the_hash_seed():
    program = (
        "import hashlib, cnncalc\n"
        "from cnncalc.render.pictures import FORMATS, VIEWS, picture\n"
        "for network in ('lenet5', 'alexnet', 'resnet50', 'googlenet', 'unet'):\n"
        "    a = cnncalc.analyze(cnncalc.load(network))\n"
        "    for view in VIEWS:\n"
        "        print(network, view, hashlib.sha256(picture(a, view=view).encode()).hexdigest())\n"
        "    for name in ('dot', 'mermaid', 'tikz'):\n"
        "        print(network, name, hashlib.sha256(picture(a, format=name).encode()).hexdigest())\n"
        "for name in ('pdf', 'png'):\n"
        "    data = picture(cnncalc.load('lenet5'), format=name)\n"
        "    print(name, hashlib.sha256(data).hexdigest())\n"
    )
    pytest.importorskip("reportlab")
    pytest.importorskip("pypdfium2")
    seen = set()
    for seed in ("0", "1234"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_svg_is_well_formed_and_described(view, theme):
    root = ET.fromstring(picture(analysis_of("lenet5"), view=view, theme=theme))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    labelled = root.get("aria-labelledby").split()
    assert [root.find(f"{space}title").get("id"), root.find(f"{space}desc").get("id")] == labelled
    assert root.find(f"{space}title").text == "LeNet-5"
    assert "60,000 parameters" in root.find(f"{space}desc").text
    assert root.find(f".//{space}g/{space}title") is not None


def test_dark_and_light_differ_and_auto_holds_both():
    auto, light, dark = (picture(analysis_of("lenet5"), theme=theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    assert light != dark


def hostile(name):
    build = Builder(name)
    x = build.input("input", (1, 12, 12))
    one = build.add(Conv(out_channels=2, kernel_size=3), x, name=name, path=(name[:60],))
    two = build.add(Conv(out_channels=2, kernel_size=3), x, name=f"{name}2", path=(name[:60],))
    both = build.add(Cat(), one, two, name=f"{name}3")
    build.add(FC(out_features=3), both, name="out")
    return analyze(build.network())


def all_hostile():
    """Every hostile name in one network."""
    build = Builder("".join(HOSTILE[:4]))
    x = build.input("input", (1, 12, 12))
    for name in HOSTILE:
        x = build.add(Conv(out_channels=2, kernel_size=1), x, name=name, path=(name[:60],))
    return analyze(build.network())


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
@pytest.mark.parametrize("view", VIEWS)
def test_hostile_names_are_text_in_svg(name, view):
    root = ET.fromstring(picture(hostile(name), view=view))  # noqa: S314 - our own
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "pattern", "rect", "path", "text", "g"}
    for element in root.iter():
        assert not any(key.startswith("on") or key.endswith("href") for key in element.attrib)
    shown = "".join(root.itertext())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
def test_hostile_names_are_text_in_dot(name):
    source = picture(hostile(name), format="dot")
    strings = re.sub(r'"(?:[^"\\]|\\.)*"', "S", source)
    assert re.fullmatch(r"[\w\s\[\]{}=,.;>\-]*", strings), strings
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", source)
    if program := shutil.which("dot"):
        drawn = subprocess.run(
            [program, "-Tsvg"], input=source.encode(), capture_output=True, timeout=60, check=True
        )
        assert b"<script" not in drawn.stdout
        assert b"<a " not in drawn.stdout


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
def test_hostile_names_are_text_in_mermaid(name):
    source = picture(hostile(name), format="mermaid")
    for label in re.findall(r'"([^"]*)"', source):
        assert re.fullmatch(r"(?:[\w .,:/+×–()-]|#\d+;|<br/>)*", label), label
    outside = re.sub(r'"[^"]*"', "", source)
    assert re.fullmatch(r"[\w\s\[\]|>#:,.-]*", outside)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
def test_hostile_names_are_text_in_tikz(name):
    source = picture(hostile(name), format="tikz")
    assert source.isascii()
    assert source.count(r"\end{document}") == 1
    assert source.rstrip().endswith(r"\end{document}")
    for text in re.findall(r"^\\node\[.*?\] at \(.*?\) \{(.*)\};$", source, re.MULTILINE):
        commands = set(re.findall(r"\\([A-Za-z]+|.)", text))
        assert commands <= {*"{}$&#%_", "ensuremath", "times", "ldots"} | {
            c for c in commands if c.startswith("text")
        }


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
def test_hostile_names_do_not_break_pdf_and_png(name):
    pytest.importorskip("reportlab")
    pytest.importorskip("pypdfium2")
    assert picture(hostile(name), format="pdf").startswith(b"%PDF-")
    assert picture(hostile(name), format="png").startswith(b"\x89PNG")


def test_pdf_holds_every_text():
    pytest.importorskip("reportlab")
    pypdfium2 = pytest.importorskip("pypdfium2")
    document = pypdfium2.PdfDocument(picture(analysis_of("resnet50"), format="pdf"))
    page = document[0]
    textpage = page.get_textpage()
    found = re.sub(r"\s", "", textpage.get_text_range())
    for item in scene_of("resnet50").flat():
        if isinstance(item, Text):
            assert re.sub(r"\s", "", item.text) in found, item.text
    textpage.close()
    page.close()
    document.close()


def test_tikz_compiles(tmp_path):
    program = shutil.which("pdflatex")
    if not program:
        pytest.skip("pdflatex is not installed")
    drawn = [(analysis_of("lenet5"), view) for view in VIEWS]
    drawn.append((all_hostile(), "graph"))
    for analysis, view in drawn:
        render(analysis, tmp_path / "picture.tex", view=view)
        run = subprocess.run(
            [program, "-interaction=nonstopmode", "-halt-on-error", "picture.tex"],
            cwd=tmp_path,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-2000:]


def test_render_can_be_called_and_imported_from(tmp_path):
    import cnncalc.render.table

    cnncalc.render(cnncalc.load("lenet5"), tmp_path / "lenet5.svg", view="graph")
    assert (tmp_path / "lenet5.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert cnncalc.render.table.summary(analysis_of("lenet5"))


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "lenet5.svg"
    target.write_text("before", encoding="utf-8")
    with pytest.raises(UsageError):
        render(analysis_of("lenet5"), target, view="matrix", layer="tanh1")
    assert target.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        render(analysis_of("lenet5"), tmp_path / "nowhere" / "lenet5.svg")


@pytest.mark.parametrize("suffix", ["", ".gif", ".svg.bak"])
def test_unknown_suffixes_are_told(suffix, tmp_path):
    with pytest.raises(UsageError, match=r"there are \.svg"):
        render(analysis_of("lenet5"), tmp_path / f"picture{suffix}")


@pytest.mark.parametrize("format", ["dot", "mermaid"])
def test_graph_languages_have_no_other_view(format):
    with pytest.raises(UsageError, match="has no cost view"):
        picture(analysis_of("lenet5"), format=format, view="cost")


@pytest.mark.parametrize("format", ["pdf", "png"])
def test_a_missing_package_is_told(format, monkeypatch):
    package = {"pdf": "reportlab", "png": "pypdfium2"}[format]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(cnncalc.MissingExtra, match=r"pip install 'cnncalc\[pictures\]'"):
        picture(analysis_of("lenet5"), format=format)
