"""Specs with four parameters each, and the values they are swept over in tests and benchmarks."""

VGG = """
name: VGG-like
input: 3x64x64
params: {width: 1.0, depth: 2, k: 3, hidden: 512}
blocks:
  stage(c, n): (conv(round(c*width), k, padding=1) -> relu)*n -> maxpool(2)
layers:
  - stage(64, 1) -> stage(128, depth) -> stage(256, depth) -> stage(512, depth)
  - fc(hidden) -> relu -> dropout -> fc(10)
"""

RESNET = """
name: ResNet-like
input: 3x64x64
params: {width: 16, n: 2, k: 3, groups: 1}
defaults: {conv: {bias: false}}
blocks:
  basic(c, s=1):
    - add:
        main: conv(c, k, s, k//2, groups=groups) -> bn -> relu -> conv(c, k, 1, k//2, groups=groups) -> bn
        skip: (conv(c, 1, s) -> bn) if s > 1 or cin != c
    - relu
  stage(c, n, s=2): basic(c, s) -> basic(c)*(n-1)
layers:
  - conv(width, 3, padding=1) -> bn -> relu
  - stage(width, n, s=1) -> stage(2*width, n) -> stage(4*width, n)
  - gap -> fc(10)
"""

MOBILENET = """
name: MobileNet-like
input: 3x96x96
params: {width: 1.0, t: 6, k: 3, last: 1280}
defaults: {conv: {bias: false}, dwconv: {bias: false}}
blocks:
  inv(t, c, s=1): add[body(t, c, s) | id] if s == 1 and cin == c else body(t, c, s)
  body(t, c, s): >-
    (conv(t*cin, 1) -> bn -> relu6) if t > 1 -> dwconv(k, s, k//2) -> bn -> relu6 -> conv(c, 1) -> bn
  stage(t, c, n, s): inv(t, div8(c*width), s) -> inv(t, div8(c*width))*(n-1)
layers:
  - conv(div8(32*width), 3, 2, 1) -> bn -> relu6
  - stage(1, 16, 1, 1) -> stage(t, 24, 2, 2) -> stage(t, 32, 3, 2) -> stage(t, 96, 2, 2)
  - conv(max(last, div8(last*width)), 1) -> bn -> relu6
  - gap -> dropout(0.2) -> fc(10)
"""

MNIST1D = """
name: MNIST-1D
input: 1x40
params: {channels: 25, k: 3, stride: 2, depth: 2}
layers:
  - conv(channels, 5, 2, 1) -> relu
  - (conv(channels, k, stride, 1) -> relu)*depth
  - fc(10)
"""

UNET = """
name: U-Net-like
input: 1x64x64
params: {c: 16, k: 3, size: 2, fit: 1}
blocks:
  two(c): (conv(c, k) -> relu)*2
layers:
  - two(c) as a -> maxpool(size) -> two(2*c) as b -> maxpool(size) -> two(4*c)
  - conv_transpose(2*c, size, size) -> cat(fit=crop)[from(b) | id] -> two(2*c)
  - conv_transpose(c, size, size) -> cat(fit=crop)[from(a) | id] -> two(c) -> conv(fit, 1)
"""

SWEPT = {
    "vgg": (VGG, ["width=0.25:2:0.0625", "depth=1..4", "k=1,3,5,7", "hidden=64:4096:64"]),
    "resnet": (RESNET, ["width=8:256:4", "n=1..6", "k=1,3,5,7", "groups=1,2,4,8"]),
    "mobilenet": (MOBILENET, ["width=0.25:2:0.0625", "t=1..8", "k=3,5,7", "last=256:2048:64"]),
    "mnist1d": (MNIST1D, ["channels=1..64", "k=1..12", "stride=1..4", "depth=0..8"]),
    "unet": (UNET, ["c=1..32", "k=1..4", "size=1..3", "fit=0..2"]),
}
"""By name: the spec, and what is swept in it."""
