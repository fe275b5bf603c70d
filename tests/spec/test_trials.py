"""Networks on which the language was tried out, beside the bundled ones, with their published totals."""

import pytest

from cnncalc.analysis import analyze
from cnncalc.spec import load, parse
from cnncalc.spec.expectations import check

TRIALS = {
    "MNIST-1D of Greydanus": """
        input: 1x40
        layers:
          - conv(25, 5, 2, 1) -> relu
          - (conv(25, 3, 2, 1) -> relu)*2
          - fc(10)
        expect: {params: 5210, output: 10}
        """,
    "cuda-convnet on whole images": """
        input: 3x32x32
        layers:
          - conv(64, 5, pad=2) -> maxpool(3, 2) -> relu -> lrn(9)
          - conv(64, 5, pad=2) -> relu -> lrn(9) -> maxpool(3, 2)
          - local(64, 3, pad=1) -> relu -> local(32, 3, pad=1) -> relu
          - fc(10) -> softmax
        expect: {output: 10}
        """,
    "U-Net without padding": """
        input: 1x572x572
        blocks:
          double(c): (conv(c, 3) -> relu)*2
          up(c, skip): upconv(c, 2, 2) -> cat(fit=crop)[from(skip) | id] -> double(c)
        layers:
          - double(64) as d1 -> maxpool(2)
          - double(128) as d2 -> maxpool(2)
          - double(256) as d3 -> maxpool(2)
          - double(512) as d4 -> maxpool(2)
          - double(1024)
          - up(512, d4) -> up(256, d3) -> up(128, d2) -> up(64, d1)
          - conv(2, 1)
        expect: {output: 2x388x388}
        """,
    "ResNet-18 in one list": """
        input: 3x224x224
        defaults: {conv: {bias: false}}
        blocks:
          basic(c, s=1):
            - add:
                main: conv(c, 3, s, 1) -> bn -> relu -> conv(c, 3, 1, 1) -> bn
                skip: (conv(c, 1, s) -> bn) if s > 1 or cin != c
            - relu
        layers:
          - conv(64, 7, 2, 3) -> bn -> relu -> maxpool(3, 2, 1)
          - basic(64)*2
          - basic(128, 2) -> basic(128)
          - basic(256, 2) -> basic(256)
          - basic(512, 2) -> basic(512)
          - gap -> fc(1000)
        expect: {params: 11689512, output: 1000}
        """,
}


@pytest.mark.parametrize("name", TRIALS)
def test_the_totals_are_those_published(name):
    assert check(analyze(parse(TRIALS[name]))) == ()


@pytest.mark.parametrize(
    ("width", "millions"), [(0.35, 1.68), (0.5, 1.97), (0.75, 2.64), (1.0, 3.50), (1.4, 6.11)]
)
def test_mobilenet_in_other_widths(width, millions):
    # timm's results table: mobilenetv2_035, _050, _075, _100, _140
    assert round(analyze(load("mobilenet_v2", params={"width": width})).params / 1e6, 2) == millions
