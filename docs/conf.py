"""The site: ``sphinx-build -W docs site``. The pages are plain Markdown and read as well in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "cnncalc"
author = "The cnncalc authors"
copyright = "The cnncalc authors, MIT licence"  # noqa: A001 - Sphinx' own name
version = release = __version__
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["making"]
html_theme = "furo"
html_title = f"cnncalc {__version__}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_static_path = ["site.css", "site.js"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
highlight_language = "text"
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # output of commands is no language

FROM_ROOT = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
"""Pages whose text lies beside the README, where people look for it."""

CONTENTS = {
    "Start": ["tutorials/student", "tutorials/teacher", "tutorials/engineer", "language/tutorial"],
    "Look up": [
        "reference/commands",
        "language/reference",
        "language/blocks",
        "reference/library",
        "reference/formulas",
        "what-is-counted",
        "networks",
    ],
    "Subjects": [
        "receptive-fields",
        "diagrams",
        "sweep",
        "pytorch",
        "torchvision",
        "timm",
        "lectures",
        "puzzles",
    ],
    "Behind it": ["performance", "corpora", "how-it-is-built", "contributing", "changelog"],
}
"""What stands in the margin; a test holds that every page does."""


def setup(app: Sphinx) -> None:
    """Hang in what Markdown alone cannot say."""
    from pygments.lexers.special import TextLexer

    app.add_lexer("chain", TextLexer)
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _read)


def _read(_app: Sphinx, page: str, source: list[str]) -> None:
    """Links to files beside the README lead to their pages; the first page gets the margin."""
    if page in FROM_ROOT:
        text = (HERE.parent / FROM_ROOT[page]).read_text(encoding="utf-8")
        source[0] = re.sub(r"\]\(docs/", "](", text)
    for name, path in FROM_ROOT.items():
        up = "../" * page.count("/")
        source[0] = re.sub(rf"\]\((?:\.\./)*{re.escape(path)}", f"]({up}{name}.md", source[0])
    if page == "index":
        source[0] += "\n".join(_margin(title, pages) for title, pages in CONTENTS.items())


def _margin(title: str, pages: list[str]) -> str:
    existing = [page for page in pages if (HERE / f"{page}.md").exists()]
    return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *existing, "```", ""])
