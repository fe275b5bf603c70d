"""What notebooks show."""

from xml.etree import ElementTree as ET

import pytest

from tests.pictures.looking import analysis_of
from tests.pictures.test_formats import HOSTILE, hostile
from tests.pictures.test_report import Reader


def test_networks_and_analyses_draw_themselves():
    analysis = analysis_of("lenet5")
    for thing in (analysis, analysis.network):
        assert ET.fromstring(thing._repr_svg_()).get("role") == "img"  # noqa: S314 - our own


def test_an_analysis_shows_its_table_with_every_number():
    analysis = analysis_of("lenet5")
    read = Reader(analysis._repr_html_())
    assert [tag for tag, _ in read.tags].count("table") == 1
    for row in analysis:
        assert f"{row.params:,}" in read.text
        assert row.name in read.text
    assert "60,000 parameters" in Reader(analysis.network._repr_html_()).text


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(name):
    read = Reader(hostile(name)._repr_html_())
    assert not {"script", "b", "img"} & {tag for tag, _ in read.tags}
    for _, attributes in read.tags:
        assert not any(key.startswith("on") or key == "href" for key in attributes)
