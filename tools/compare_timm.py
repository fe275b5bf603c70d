"""Import models of timm and torchvision's detectors' backbones, and compare with PyTorch's own counts.

    pip install --no-deps timm huggingface_hub safetensors tqdm torchvision==0.28.0 pillow
    python tools/compare_timm.py

writes tests/data/timm.json and docs/timm.md. Parameters are compared with ``model.parameters()``, MACs
with ``FlopCounterMode`` over one forward pass of the whole model on tensors without values.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from compare_torchvision import SCHEMAS
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data" / "timm.json"
PAGE = ROOT / "docs" / "timm.md"

MODELS = """
    resnet50 resnetv2_50 resnext50_32x4d seresnet50 ecaresnet50t skresnet50 resnest50d
    res2net50_26w_4s cspresnet50 cspdarknet53 darknet53 dla60 densenet121 inception_v3 inception_v4
    inception_resnet_v2 xception41 legacy_xception nasnetalarge pnasnet5large regnety_032 repvgg_b1
    ghostnet_100 hrnet_w18 ese_vovnet39b hardcorenas_a mobilenetv3_large_100 mobilenetv4_conv_medium
    mnasnet_100 fbnetv3_b efficientnet_b0 tf_efficientnetv2_s tf_mixnet_s convnext_tiny
    convnextv2_tiny dm_nfnet_f0 nf_resnet50 gernet_m rexnet_100 selecsls60 vgg16_bn lcnet_100
    tinynet_a mobileone_s1 inception_next_tiny starnet_s3 fastvit_t8 focalnet_tiny_srf
    edgenext_small repghostnet_100 levit_128 coatnet_0_rw_224
""".split()  # noqa: SIM905 - a list would take 50 lines

DETECTORS = ("resnet50", "resnet101", "mobilenet_v3_large")
"""Backbones with feature pyramids, as torchvision's detectors have them."""


def main() -> None:
    """Compare everything and write both files."""
    library = torch.library.Library("torchvision", "DEF")
    for schema in SCHEMAS:
        library.define(schema)
    rows = list(compared())
    import timm

    DATA.write_text(json.dumps({"timm": timm.__version__, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(timm.__version__, rows), encoding="utf-8")
    bad = [row["model"] for row in rows if not agrees(row)]
    print(f"{len(rows)} models, {len(bad)} differ: {', '.join(bad)}", file=sys.stderr)


def compared() -> Iterator[dict[str, Any]]:
    """One row for each model."""
    import timm

    for name in sys.argv[1:] or MODELS:
        config = timm.get_pretrained_cfg(name)
        size = config.input_size if config else (3, 224, 224)
        yield _timed(name, lambda name=name: timm.create_model(name), tuple(size), "timm")
    if not sys.argv[1:]:
        for name in DETECTORS:
            yield _timed(
                f"{name}, feature pyramid", lambda name=name: _pyramid(name), (3, 800, 800), "torchvision"
            )


def _pyramid(name: str) -> nn.Module:
    from torchvision.models.detection import backbone_utils

    function = "mobilenet_backbone" if name.startswith("mobilenet") else "resnet_fpn_backbone"
    options = {"fpn": True} if name.startswith("mobilenet") else {}
    found: nn.Module = getattr(backbone_utils, function)(backbone_name=name, weights=None, **options)
    return found


def _timed(name: str, make: Callable[[], nn.Module], shape: tuple[int, ...], library: str) -> dict[str, Any]:
    started = time.perf_counter()
    row = _row(name, make(), shape, library)
    print(f"{name}: {agrees(row)} in {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return row


def _row(name: str, model: nn.Module, shape: tuple[int, ...], library: str) -> dict[str, Any]:
    from cnncalc.analysis import analyze
    from cnncalc.spec import parse
    from cnncalc.spec.writing import write
    from cnncalc.torch_backend.importing import counts, from_torch

    network = from_torch(model.eval(), shape)
    analysis = analyze(network)
    text = write(network).text
    again = analyze(parse(text))
    assert (again.params, again.macs) == (analysis.params, analysis.macs), name
    return {
        "model": name,
        "library": library,
        "input": list(shape),
        "params": analysis.params,
        "macs": analysis.macs,
        "measured_params": sum(one.numel() for one in model.parameters()),
        "measured_macs": measured_macs(model, shape),
        "layers": len(network),
        "opaque": sum(counts(network).values()),
        "lines": text.count("\n"),
    }


def measured_macs(model: nn.Module, shape: tuple[int, ...]) -> int:
    """Half of what PyTorch counts for one sample of the whole model."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.to("meta")(torch.empty(1, *shape, device="meta"))
    return int(counter.get_total_flops()) // 2


def agrees(row: dict[str, Any]) -> bool:
    """Whether both numbers are those measured."""
    return bool(row["params"] == row["measured_params"] and row["macs"] == row["measured_macs"])


def page(version: str, rows: list[dict[str, Any]]) -> str:
    """The documentation page."""
    head = _HEAD.format(version=version, count=len(rows), agreeing=sum(map(agrees, rows)))
    return head + "".join(map(_line, rows))


_HEAD = """# Models of timm, and feature pyramids, imported

`cnncalc.from_torch` on models of timm {version} and on the backbones of torchvision's detectors, compared
with `model.parameters()` and with PyTorch's `FlopCounterMode` over the whole model: {agreeing} of {count}
agree in both to the last digit. `python tools/compare_timm.py` makes this page anew.

*Lines* is the length of the spec that the import writes, with repeats as blocks; read again, it has the
same numbers. *Opaque* are operations that no layer kind describes; they state the shape, the parameters
and the MACs that PyTorch measured, so that totals hold.

| model | input | parameters | MACs | agree | layers | opaque | lines |
|---|---|---:|---:|---|---:|---:|---:|
"""


def _line(row: dict[str, Any]) -> str:
    shape = "x".join(map(str, row["input"]))
    verdict = "yes" if agrees(row) else "**no**"
    numbers = f"{row['params']:,} | {row['macs']:,} | {verdict}"
    return f"| {row['model']} | {shape} | {numbers} | {row['layers']} | {row['opaque']} | {row['lines']} |\n"


if __name__ == "__main__":
    main()
