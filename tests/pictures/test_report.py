"""The report: small, closed to the outside, readable as it is, and alive in a real browser."""

import base64
import hashlib
import os
import re
from html.parser import HTMLParser

import pytest

from cnncalc.analysis import analyze
from cnncalc.render.report import page, report
from tests.pictures import browser
from tests.pictures.looking import analysis_of
from tests.pictures.test_formats import HOSTILE, hostile

MOST_BYTES = 145_000
WIDE = ("googlenet_aux", "inception_v3", "r3d18", "captioning", "lenet5")
PAGE = "html head meta title style body header h1 h2 p dl div dt dd main section ol li footer script"
PICTURE = "svg use desc pattern rect path g text a"
TABLE = "table caption thead tbody tfoot tr th td button input span"
KNOWN = set(f"{PAGE} {PICTURE} {TABLE}".split())


class Reader(HTMLParser):
    """Tags with their attributes, the ids there are, and the text outside style and script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.text, self.inside = [], set(), "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids |= {value for name, value in attrs if name == "id"}
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside not in ("style", "script"):
            self.text += data


def test_resnet50_is_small():
    assert len(page(analysis_of("resnet50")).encode()) < MOST_BYTES


@pytest.mark.parametrize("name", ["lenet5", "resnet50", "siamese", "mnist1d_fc", "unet", "captioning"])
def test_nothing_is_loaded_and_every_link_has_its_end(name):
    read = Reader(page(analysis_of(name)))
    for tag, attributes in read.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "image"), tag
        assert "src" not in attributes
        assert "style" not in attributes
        assert not any(key.startswith("on") for key in attributes)
        href = attributes.get("href", "")
        assert not href or href.startswith("#")
        assert not href or href[1:] in read.ids, (tag, href)


def test_the_policy_names_style_and_script_by_their_hashes():
    text = page(analysis_of("lenet5"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for element in ("style", "script"):
        content = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_without_javascript_every_number_and_working_can_be_read():
    analysis = analysis_of("lenet5")
    text = Reader(page(analysis)).text
    for row in analysis:
        for number in (f"{row.params:,}", f"{row.macs:,}", row.explain("params"), row.explain("macs")):
            assert number in text


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: re.sub(r"\W+", "-", name)[:20])
def test_hostile_names_are_text(name):
    read = Reader(page(hostile(name)))
    assert sum(tag == "script" for tag, _ in read.tags) == 1
    assert {tag for tag, _ in read.tags} <= KNOWN
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", read.text)


def test_the_same_bytes_every_time(tmp_path):
    report(analysis_of("googlenet"), tmp_path / "one.html")
    report(analyze(analysis_of("googlenet").network), tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    program = browser.find()
    if not program or os.name != "posix":
        pytest.skip("chromium is not installed")
    path = tmp_path_factory.mktemp("report") / "resnet50.html"
    report(analysis_of("resnet50"), path)
    window = browser.Browser(program)
    window.url = path.as_uri()
    yield window
    window.close()


@pytest.fixture
def fresh(shown):
    shown.call("Emulation.setEmulatedMedia", media="", features=[])
    shown.open("about:blank")
    shown.open(shown.url)
    shown.wait("document.querySelector('#count').textContent !== ''")
    yield shown
    assert shown.errors == []


VISIBLE = "[...document.querySelectorAll('#layers tbody tr[id^=r]')].filter(r => !r.hidden)"


def test_search_finds_layers_by_name_kind_and_shape(fresh):
    fresh.key("/")
    fresh.type("7x7 conv")
    wanted = [
        row
        for row in analysis_of("resnet50")
        if "7x7" in str(row.label) or (_has(row, "7x7") and "conv" in row.name)
    ]
    assert 0 < fresh.run(f"{VISIBLE}.length") < len(wanted) + 1
    assert fresh.run(f"{VISIBLE}.every(r => /7×7/.test(r.textContent) && /conv/.test(r.textContent))")
    assert fresh.run("document.querySelector('#count').textContent").endswith("of 175 layers")
    fresh.key("Escape")
    assert fresh.run(f"{VISIBLE}.length") == 175


def _has(row, text):
    shapes = [*row.input_shapes, row.output_shape]
    return any(text in "x".join(map(str, sizes)) for sizes in shapes)


def test_sorting_by_parameters_puts_the_largest_first(fresh):
    fresh.click("#layers thead th:nth-child(5) button")
    assert (
        fresh.run("document.querySelector('#layers thead th:nth-child(5)').getAttribute('aria-sort')")
        == "descending"
    )
    shown_numbers = fresh.run(f"{VISIBLE}.map(r => Number(r.cells[4].dataset.v))")
    assert shown_numbers == sorted((row.params for row in analysis_of("resnet50")), reverse=True)
    fresh.click("#layers thead th:nth-child(5) button")
    shown_numbers = fresh.run(f"{VISIBLE}.map(r => Number(r.cells[4].dataset.v))")
    assert shown_numbers == sorted(row.params for row in analysis_of("resnet50"))
    fresh.click("#layers thead th:nth-child(5) button")
    names = fresh.run(f"{VISIBLE}.map(r => r.cells[0].textContent)")
    assert names == [row.name for row in analysis_of("resnet50")]


def test_a_click_on_a_number_shows_its_worked_line_and_another_hides_it(fresh):
    fresh.click("#r1 td:nth-child(5) a")
    text = fresh.run("document.querySelector('tr.work').textContent")
    assert analysis_of("resnet50")["conv1"].explain("params") in text
    assert fresh.run("document.querySelector('#r1').nextSibling.className") == "work"
    fresh.click("#r1 td:nth-child(5) a")
    assert fresh.run("document.querySelector('tr.work')") is None


def test_a_diagram_that_was_shrunk_is_shown_in_full_size(fresh):
    width = "document.querySelector('#graph svg').getBoundingClientRect().width"
    shrunk = fresh.run(width)
    fresh.click("button[data-of='#graph']")
    assert fresh.run(width) > shrunk
    fresh.click("button[data-of='#graph']")
    assert fresh.run(width) == shrunk
    assert fresh.run("document.querySelector('button[data-of=\"#field\"]').hidden")


@pytest.mark.parametrize("name", WIDE)
def test_no_report_scrolls_sideways(shown, tmp_path, name):
    """Long names, shapes of 3-D maps and lists of inputs wrap."""
    report(analysis_of(name), tmp_path / f"{name}.html")
    shown.open((tmp_path / f"{name}.html").as_uri())
    for width in (400, 800, 1400):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        shown.call("Emulation.setDeviceMetricsOverride", **size)
        assert shown.run("document.documentElement.scrollWidth") <= width
    shown.call("Emulation.clearDeviceMetricsOverride")
    assert shown.errors == []


def test_parts_fold(fresh):
    fresh.click("tr.part button")
    hidden = sum(row.path[:1] == ("layer1",) for row in analysis_of("resnet50"))
    assert fresh.run(f"{VISIBLE}.length") == 175 - hidden
    assert fresh.run("document.querySelector('tr.part button').getAttribute('aria-expanded')") == "false"
    fresh.click("tr.part button")
    assert fresh.run(f"{VISIBLE}.length") == 175


def test_diagram_and_table_lead_to_each_other(fresh):
    fresh.click("a.node[data-rows^='r1 ']")
    assert fresh.run("document.querySelector('#r1').classList.contains('here')")
    assert fresh.run("location.hash") == "#r1"
    fresh.click("#r8 th a")
    card = "document.querySelector('a.node.here')"
    assert "r8" in fresh.run(f"{card}.dataset.rows").split()


def test_the_keyboard_is_enough(fresh):
    fresh.run("document.querySelector('#r1 td:nth-child(5) a').focus()")
    fresh.key("Enter")
    assert fresh.run("document.querySelector('tr.work') !== null")
    fresh.key("Escape")
    assert fresh.run("document.querySelector('tr.work')") is None
    fresh.key("ArrowDown")
    assert fresh.run("document.activeElement.closest('tr').id") == "r2"
    fresh.key("ArrowUp")
    assert fresh.run("document.activeElement.closest('tr').id") == "r1"


def test_deep_links_open_their_layer(fresh):
    fresh.open("about:blank")
    fresh.open(f"{fresh.url}#r100")
    fresh.wait("document.querySelector('tr.here') !== null")
    assert fresh.run("document.querySelector('tr.here').id") == "r100"


def test_dark_mode_follows_the_reader_and_the_button(fresh):
    paper = "getComputedStyle(document.body).backgroundColor"
    light = fresh.run(paper)
    fresh.click("#theme")
    dark = fresh.run(paper)
    assert light == "rgb(255, 255, 255)" != dark
    fresh.click("#theme")
    assert fresh.run(paper) == light
    fresh.run("delete document.documentElement.dataset.theme")
    fresh.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert fresh.run(paper) == dark


def test_it_prints_on_white_without_tools(fresh):
    fresh.click("#theme")
    fresh.call("Emulation.setEmulatedMedia", media="print")
    assert fresh.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert fresh.run("getComputedStyle(document.querySelector('#search').parentNode).display") == "none"
    assert fresh.pdf().startswith(b"%PDF-")


def test_the_accessibility_tree_has_the_numbers(fresh):
    tree = fresh.call("Accessibility.getFullAXTree")["nodes"]
    names = " ".join(str(node.get("name", {}).get("value", "")) for node in tree)
    analysis = analysis_of("resnet50")
    assert f"{analysis.params:,}" in names
    for row in analysis:
        assert row.name in names
        assert f"{row.macs:,}" in names
    links = {node["name"]["value"] for node in tree if node.get("role", {}).get("value") == "link"}
    assert any(name.startswith("conv1: conv 7×7 /2, 64") and "9,536 parameters" in name for name in links)
    roles = {node.get("role", {}).get("value") for node in tree}
    assert {"table", "row", "columnheader", "rowheader", "searchbox", "button", "link"} <= roles


CONTRASTS = """(() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const bright = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    const found = parts(getComputedStyle(element).backgroundColor);
    return found.length > 3 && found[3] === 0 ? ground(element.parentElement) : found;
  };
  const contrast = (one, other) => {
    const [low, high] = [bright(one), bright(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const shown = [...document.querySelectorAll("h1,h2,p,dt,dd,caption,th,td,a,button,input,span,footer")]
    .filter((element) => !element.closest("svg") && element.getClientRects().length);
  const found = shown.map((e) => [contrast(parts(getComputedStyle(e).color), ground(e)), e.outerHTML]);
  const search = document.querySelector("#search");
  found.push([contrast(parts(getComputedStyle(search, "::placeholder").color), ground(search)), "hint"]);
  found.push([contrast(parts(getComputedStyle(search).borderTopColor), ground(search)) * 1.5, "border"]);
  return found.sort((a, b) => a[0] - b[0])[0];
})()"""
"""The least contrast on the page between text and what it stands on; of borders 3 is enough for 4.5."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_of_the_page_can_be_read(fresh, theme):
    fresh.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
    fresh.click("#r1 td:nth-child(5) a")
    least, where = fresh.run(CONTRASTS)
    assert least >= 4.5, where


def test_on_a_phone_diagrams_are_as_large_as_can_be_read_and_scroll_in_their_frame(fresh):
    fresh.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    frame = "document.querySelector('#graph')"
    assert fresh.run(f"{frame}.querySelector('svg').getBoundingClientRect().width") >= 1000
    assert fresh.run(f"{frame}.getBoundingClientRect().width") <= 390
    fresh.run(f"{frame}.focus()")
    assert fresh.run(f"document.activeElement === {frame}")
    fresh.call("Emulation.clearDeviceMetricsOverride")


def test_sums_stand_below_each_other_with_what_they_add_up(fresh):
    right = """((cell) => { const range = document.createRange(); range.selectNode(cell.firstChild);
        return range.getBoundingClientRect().right; })(document.querySelector('%s'))"""
    for column, total in ((5, 3), (6, 4)):
        cells = [
            f"#r1 td:nth-child({column})",
            f"tr.part td:nth-child({column})",
            f"thead th:nth-child({column})",
            f"tfoot td:nth-child({total})",
        ]
        ends = [fresh.run(right % cell) for cell in cells]
        assert max(ends) - min(ends) < 1.5, ends


def test_workings_of_several_lines_are_printed_on_several_lines(fresh):
    fresh.call("Emulation.setEmulatedMedia", media="print")
    printed = fresh.run("document.querySelector('#workings').innerText")
    assert analysis_of("resnet50")["conv1"].explain("field") in printed
