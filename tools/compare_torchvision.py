"""Import torchvision's models and compare parameters and MACs with the numbers it publishes.

    pip install --no-deps torchvision==0.28.0 pillow
    python tools/compare_torchvision.py

writes tests/data/torchvision.json and docs/torchvision.md. With a PyTorch that torchvision's
compiled operations were not built for, their schemas alone are defined: importing needs no more.
Published are ``weights.meta["num_params"]`` and ``weights.meta["_ops"]``, the latter in units of
10^9 and rounded to three places; they are compared as published. GoogLeNet is published without its
auxiliary heads, Inception v3 with them; ViT-H/14 takes 518 pixels.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data" / "torchvision.json"
PAGE = ROOT / "docs" / "torchvision.md"

_ALIGN = "float spatial_scale, SymInt pooled_height, SymInt pooled_width"
_SIZES = "SymInt batch_size, SymInt channels, SymInt height, SymInt width"
_DEFORM = (
    "SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, "
    "SymInt groups, SymInt offset_groups, bool use_mask"
)
_FIVE = "Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    f"roi_align(Tensor input, Tensor rois, {_ALIGN}, int sampling_ratio, bool aligned) -> Tensor",
    f"_roi_align_backward(Tensor grad, Tensor rois, {_ALIGN}, {_SIZES}, int ratio, bool aligned) -> Tensor",
    f"roi_pool(Tensor input, Tensor rois, {_ALIGN}) -> (Tensor, Tensor)",
    f"_roi_pool_backward(Tensor grad, Tensor rois, Tensor argmax, {_ALIGN}, {_SIZES}) -> Tensor",
    f"ps_roi_align(Tensor input, Tensor rois, {_ALIGN}, int sampling_ratio) -> (Tensor, Tensor)",
    f"_ps_roi_align_backward(Tensor grad, Tensor rois, Tensor map, {_ALIGN}, int ratio, {_SIZES}) -> Tensor",
    f"ps_roi_pool(Tensor input, Tensor rois, {_ALIGN}) -> (Tensor, Tensor)",
    f"_ps_roi_pool_backward(Tensor grad, Tensor rois, Tensor mapping, {_ALIGN}, {_SIZES}) -> Tensor",
    f"deform_conv2d({_FIVE}, {_DEFORM}) -> Tensor",
    f"_deform_conv2d_backward(Tensor grad, {_FIVE}, {_DEFORM}) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)

OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"init_weights": False},
    "vit_h_14": {"image_size": 518},
}
SHAPES = {"vit_h_14": (3, 518, 518)}
"""Where the first published weights are for another size than the transforms say."""

FAMILIES = {
    "classification": "Image classification",
    "segmentation": "Semantic segmentation",
    "video": "Video classification",
}


def main() -> None:
    """Compare everything and write both files."""
    library = torch.library.Library("torchvision", "DEF")
    for schema in SCHEMAS:
        library.define(schema)
    rows = list(compared())
    DATA.parent.mkdir(exist_ok=True)
    DATA.write_text(json.dumps({"torchvision": _version(), "rows": rows}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(_version(), rows), encoding="utf-8")
    bad = [row["model"] for row in rows if not agrees(row)]
    print(f"{len(rows)} models, {len(bad)} differ: {', '.join(bad)}", file=sys.stderr)


def _version() -> str:
    import torchvision

    return str(torchvision.__version__).partition("+")[0]


def compared() -> Iterator[dict[str, Any]]:
    """One row for each model."""
    from torchvision import models

    homes = {"classification": models, "segmentation": models.segmentation, "video": models.video}
    for family, home in homes.items():
        for name in models.list_models(module=home):
            weights = next(iter(models.get_model_weights(name)))
            started = time.perf_counter()
            row = _row(name, family, weights)
            print(f"{name}: {agrees(row)} in {time.perf_counter() - started:.1f} s", file=sys.stderr)
            yield row


def _row(name: str, family: str, weights: Any) -> dict[str, Any]:
    from torchvision import models

    from cnncalc.analysis import analyze
    from cnncalc.torch_backend.importing import counts, from_torch

    shape = SHAPES.get(name) or _shape(family, weights)
    options = dict(OPTIONS.get(name, {}))
    if family == "segmentation":
        options |= (
            {"weights_backbone": None, "aux_loss": True}
            if "lraspp" not in name
            else {"weights_backbone": None}
        )
    with torch.device("cpu" if name.startswith("regnet") else "meta"):
        model = models.get_model(name, weights=None, **options)
    network = from_torch(model, shape)
    analysis = analyze(network)
    return {
        "model": name,
        "family": family,
        "input": list(shape),
        "params": analysis.params,
        "macs": analysis.macs,
        "published_params": weights.meta["num_params"],
        "published_gmacs": weights.meta["_ops"],
        "layers": len(network),
        "opaque": sum(counts(network).values()),
    }


def _shape(family: str, weights: Any) -> tuple[int, ...]:
    """What the weights' own transforms make of a picture or a clip."""
    transforms = weights.transforms()
    if family == "segmentation":
        return (3, transforms.resize_size[0], transforms.resize_size[0])
    if family == "video":
        return (3, _FRAMES.get(str(weights), 16), *(transforms.crop_size * 2)[:2])
    return (3, transforms.crop_size[0], transforms.crop_size[0])


_FRAMES: dict[str, int] = {}


def agrees(row: dict[str, Any]) -> bool:
    """Whether both numbers are those published, the MACs as rounded there."""
    same_macs = abs(row["macs"] / 1e9 - row["published_gmacs"]) < 0.000501
    return bool(row["params"] == row["published_params"] and same_macs)


def page(version: str, rows: list[dict[str, Any]]) -> str:
    """The documentation page."""
    parts = [_HEAD.format(version=version, count=len(rows), agreeing=sum(map(agrees, rows)))]
    for family, title in FAMILIES.items():
        chosen = [row for row in rows if row["family"] == family]
        if chosen:
            parts.append(f"## {title}\n\n{_TABLE_HEAD}" + "".join(map(_line, chosen)))
    return "\n".join(parts)


_HEAD = """# torchvision's models, imported

`cnncalc.from_torch` on the models of torchvision {version}, compared with the parameters and MACs
(`_ops`) that torchvision publishes with its weights: {agreeing} of {count} agree in both, the MACs to
all three published places. `python tools/compare_torchvision.py` makes this page anew.

*Opaque* are the operations that no layer kind describes (rolling windows, slicing, attention spelled
out by hand); they state the shape, the parameters and the MACs that PyTorch measured, so totals hold.
"""

_TABLE_HEAD = """| model | input | parameters | MACs | published | agree | layers | opaque |
|---|---|---:|---:|---:|---|---:|---:|
"""


def _line(row: dict[str, Any]) -> str:
    shape = "x".join(map(str, row["input"]))
    published = f"{row['published_params']:,} / {row['published_gmacs']} G"
    verdict = "yes" if agrees(row) else "**no**"
    numbers = f"{row['params']:,} | {row['macs']:,} | {published} | {verdict}"
    return f"| {row['model']} | {shape} | {numbers} | {row['layers']} | {row['opaque']} |\n"


if __name__ == "__main__":
    main()
