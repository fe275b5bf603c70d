"""torchvision's published numbers, vendored, against the bundled specs and the recorded imports."""

import json
from pathlib import Path

import pytest

from cnncalc import analyze, load

DATA = json.loads((Path(__file__).parent / "data" / "torchvision.json").read_text(encoding="utf-8"))
ROWS = {row["model"]: row for row in DATA["rows"]}

SPECS = {
    "alexnet": "alexnet_torchvision",
    "googlenet": "googlenet",
    "mobilenet_v2": "mobilenet_v2",
    "resnet18": "resnet18",
    "resnet34": "resnet34",
    "resnet50": "resnet50",
    "resnet101": "resnet101",
    "resnet152": "resnet152",
    "vgg13": "vgg13",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "r3d_18": "r3d18",
}


@pytest.mark.parametrize(("model", "spec"), SPECS.items(), ids=SPECS)
def test_bundled_specs_have_the_published_numbers(model, spec):
    analysis, row = analyze(load(spec)), ROWS[model]
    assert analysis.params == row["published_params"]
    assert round(analysis.macs / 1e9, 3) == pytest.approx(row["published_gmacs"])


def test_all_classification_models_agreed_when_imported():
    rows = [row for row in DATA["rows"] if row["family"] == "classification"]
    assert len(rows) == 80
    for row in rows:
        assert row["params"] == row["published_params"], row["model"]
        assert round(row["macs"] / 1e9, 3) == pytest.approx(row["published_gmacs"]), row["model"]


def test_the_page_tells_what_was_recorded():
    page = (Path(__file__).parent.parent / "docs" / "torchvision.md").read_text(encoding="utf-8")
    for row in DATA["rows"]:
        assert f"| {row['model']} | " in page
        assert f"{row['params']:,} | {row['macs']:,}" in page


TIMM = json.loads((Path(__file__).parent / "data" / "timm.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TIMM["rows"], ids=[row["model"] for row in TIMM["rows"]])
def test_models_of_timm_had_pytorchs_counts_when_imported(row):
    assert (row["params"], row["macs"]) == (row["measured_params"], row["measured_macs"])
