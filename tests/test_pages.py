"""The pages hang together: every link leads somewhere, every page is found, everything has its page."""

import re
import sys
import unicodedata
from functools import cached_property
from pathlib import Path
from types import FunctionType

import pytest

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.spec.codes import codes
from cnncalc.spec.operators import HIDDEN

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import conf  # noqa: E402 - found in docs
from making.library import public  # noqa: E402

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

_FENCE = re.compile(r"^(```+).*?^\1`*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(page):
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def slug(heading):
    """The anchor of a heading, by the rule of GitHub and of the site."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    kept = [c for c in text if c in "-_ " or unicodedata.category(c)[0] in "LN"]
    return "".join(kept).replace(" ", "-")


def anchors(page):
    return {slug(heading) for heading in _HEADING.findall(prose(page))}


def named(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    for link in _LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        if re.match(r"\w+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def reached(start):
    """Every page that links lead to from one page."""
    seen, left = set(), [start]
    while left:
        page = left.pop()
        if page in seen:
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(prose(page)))
        left += [
            target for link in links if link.endswith(".md") for target in [(page.parent / link).resolve()]
        ]
    return seen


@pytest.mark.parametrize("start", ["README.md", "docs/index.md"])
def test_every_page_is_reached(start):
    wrappers = {DOCS / "contributing.md", DOCS / "changelog.md"}
    fronts = {ROOT / "README.md", DOCS / "index.md"}
    assert set(PAGES) - wrappers - fronts <= reached(ROOT / start)


def test_every_page_stands_in_the_margin():
    listed = {page for pages in conf.CONTENTS.values() for page in pages}
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    assert pages - {"index"} == listed


def text_of(*names):
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - HIDDEN))
def test_every_kind_is_documented(kind):
    assert re.search(rf"^#### {kind}( |$)", text_of("language/reference.md"), re.MULTILINE)
    assert re.search(rf"^(## {kind}$|\| `{kind}` \|)", text_of("what-is-counted.md"), re.MULTILINE)


@pytest.mark.parametrize("kind", sorted(HIDDEN))
def test_kinds_that_no_one_types_are_documented_too(kind):
    assert f"`{kind}`" in text_of("language/reference.md", "pytorch.md")


@pytest.mark.parametrize("code", codes())
def test_every_code_is_documented(code):
    assert f"| {code} |" in text_of("language/reference.md")
    assert codes()[code].title


@pytest.mark.parametrize("name", [name for name in cnncalc.__all__ if not name.startswith("__")])
def test_every_public_name_is_documented(name):
    page = text_of("reference/library.md", "reference/formulas.md")
    assert re.search(rf"^#+ (cnncalc\.)?{name}$", page, re.MULTILINE | re.IGNORECASE)


MODULES = [name for name in cnncalc.__all__ if name not in cnncalc._HOMES and not name.startswith("__")]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_is_documented(module):
    if module == "numeric":
        pytest.importorskip("numpy")
    page = text_of("reference/formulas.md" if module == "formulas" else "reference/library.md")
    found = public(getattr(cnncalc, module))
    assert found or module == "render"
    for name, thing in found:
        assert (thing.__doc__ or "").strip(), name
        assert f"\n## {name}\n" in page or f"\n#### {module}.{name}\n" in page, name


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_itself_what_it_is(kind):
    """An inherited docstring would tell of another layer."""
    assert (vars(KINDS[kind]).get("__doc__") or "").strip()


CLASSES = [name for name in cnncalc._HOMES if name[0].isupper()]


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_method_says_what_it_does(name):
    cls = getattr(cnncalc, name)
    own = {
        attribute: thing
        for attribute, thing in vars(cls).items()
        if not attribute.startswith("_")
        and isinstance(thing, FunctionType | property | cached_property | classmethod | staticmethod)
    }
    assert [attribute for attribute, thing in own.items() if not (thing.__doc__ or "").strip()] == []


EXIT_AND_STREAMS = ("Exit status", "standard output", "NO_COLOR")


@pytest.mark.parametrize("word", EXIT_AND_STREAMS)
def test_the_reference_says_how_commands_behave(word):
    assert word in text_of("reference/commands.md")


def test_every_variable_that_changes_the_tests_is_documented():
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    read = set(re.findall(r'environ(?:\.get\(|\[)"(CNNCALC_\w+)"', sources))
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert read
    assert [name for name in read if name not in page] == []
