"""A network as a whole: its layers as papers count them, the rules of sizing, and what is trained of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from cnncalc.arithmetic import Shape
from cnncalc.layers import Layer, find, show
from cnncalc.layers.windows import Windowed
from cnncalc.network import Builder, Network, Node
from cnncalc.taps import Window


def weight_layers(network: Network) -> tuple[Node, ...]:
    """The layers that papers count ("VGG-16"): those with a trained matrix or kernels.

    Batch norm, trainable subsampling and fixed RBF units do not count.

    >>> import cnncalc
    >>> [len(weight_layers(cnncalc.load(name))) for name in ("lenet5", "alexnet", "vgg16", "vgg19")]
    [4, 8, 16, 19]
    """
    return tuple(node for node in network if node.layer.is_weight_layer and _has_matrix(node))


def _has_matrix(node: Node) -> bool:
    weight: Shape = node.layer.tensors(node.site).get("weight", ())
    return len(weight) > 1


def hidden_layers(network: Network) -> tuple[Node, ...]:
    """Weight layers that feed another weight layer: all but the output layers.

    >>> import cnncalc
    >>> len(hidden_layers(cnncalc.load("alexnet"))), len(hidden_layers(cnncalc.load("mnist1d")))
    (7, 3)
    """
    weighted = {node.name for node in weight_layers(network)}
    feeding: set[str] = set()
    for node in reversed(network.nodes):
        if node.name in feeding or node.name in weighted:
            feeding.update(node.inputs)
    return tuple(node for node in network if node.name in weighted and node.name in feeding)


def of_kind(network: Network, *kinds: str) -> tuple[Node, ...]:
    """The layers of one or several kinds, by any of their names.

    >>> import cnncalc
    >>> [node.output_shape[0] for node in of_kind(cnncalc.load("alexnet_torchvision"), "conv")]
    [64, 192, 384, 256, 256]
    """
    wanted = {found[0] for found in map(find, kinds) if found is not None}
    return tuple(node for node in network if type(node.layer) in wanted)


def halvings(size: int) -> int:
    """How often a size can be halved without a remainder.

    >>> [halvings(n) for n in (32, 64, 96, 224, 384, 512, 227)]
    [5, 6, 5, 5, 7, 9, 0]
    """
    return (size & -size).bit_length() - 1


class Advice(NamedTuple):
    """A rule of sizing that a layer does not keep."""

    rule: str
    layer: str
    text: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.text} ({self.rule})"


def _small_filters(node: Node) -> str:
    kernel = _kernel(node)
    return f"kernel {show(kernel)} is larger than 5" if max(kernel, default=0) > 5 else ""


def _stride_one(node: Node) -> str:
    strides = [window.stride for window in _windows(node)]
    return f"stride {show(tuple(strides))} leaves positions out" if max(strides, default=1) > 1 else ""


def _same_size(node: Node) -> str:
    before, after = node.input_shapes[0][1:], node.output_shape[1:]
    return f"changes {show(before)} to {show(after)}; pad so that it does not" if before != after else ""


def _power_of_two(node: Node) -> str:
    channels = node.output_shape[0]
    return "" if channels & (channels - 1) == 0 else f"{channels} filters are no power of two"


CONV_RULES: Mapping[str, Callable[[Node], str]] = {
    "small filters": _small_filters,
    "stride 1": _stride_one,
    "keep the size": _same_size,
}
"""The lectures' three rules for convolutions: 3x3 or at most 5x5, stride 1, padding that keeps the size."""

RULES: Mapping[str, Callable[[Node], str]] = {**CONV_RULES, "powers of two": _power_of_two}
"""The lectures' rules of sizing to the letter; ``cnncalc check --lint`` weighs where they matter."""


def advice(network: Network) -> tuple[Advice, ...]:
    """Where a network does not keep the lectures' rules of sizing.

    >>> import cnncalc
    >>> [str(one) for one in advice(cnncalc.load("vgg16"))]
    []
    >>> str(advice(cnncalc.load("mnist1d"))[0])
    'conv1: stride 2 leaves positions out (stride 1)'
    """
    return tuple(_advice(network))


def _advice(network: Network) -> Iterator[Advice]:
    for node in of_kind(network, "conv"):
        for rule, check in RULES.items():
            text = check(node)
            if text:
                yield Advice(rule, node.name, text)


def keeps_conv_rules(network: Network) -> bool:
    """Whether every convolution keeps the lectures' three rules."""
    return not any(one.rule in CONV_RULES for one in advice(network))


def _windows(node: Node) -> tuple[Window, ...]:
    return node.layer.windows(node.input_shapes[0]) if isinstance(node.layer, Windowed) else ()


def _kernel(node: Node) -> Shape:
    return tuple(window.kernel for window in _windows(node))


def train_only(network: Network, *names: str) -> Network:
    """The same network with everything frozen but the named layers, or parts, and what is in them.

    >>> import cnncalc
    >>> tuned = train_only(cnncalc.load("vgg13", params={"classes": 10}), "fc8")
    >>> a = cnncalc.analyze(tuned)
    >>> a.trainable_params, a.frozen_params
    (40970, 128950848)
    """
    inside = [(node.name, _parts(node) & set(names)) for node in network]
    parts = {part for _, found in inside for part in found}
    trained = {name for name, found in inside if found}
    trained.update(network[name].name for name in names if name not in parts)
    nodes = [node._replace(frozen=node.name not in trained) for node in network]
    return Network(network.name, nodes, network.outputs, about=network.about)


def _parts(node: Node) -> set[str]:
    """All that a part around a node is called: by its own name, or by the names of those around it too."""
    names = node.name.split(".")[:-1]
    return {*node.path, *(".".join(names[:depth]) for depth in range(1, len(names) + 1))}


def with_classes(network: Network, classes: int) -> Network:
    """The same network with a new last layer of units for ``classes``, as transfer learning needs."""
    last = [node.name for node in of_kind(network, "linear", "fc", "rbf")][-1:]

    def changed(node: Node) -> Layer:
        given = {**node.layer.given(), "out_features": classes}
        return type(node.layer)(**given) if node.name in last else node.layer

    return with_layers(network, changed)


def with_layers(network: Network, layer_of: Callable[[Node], Layer]) -> Network:
    """The same network with other layers in its places, behind the shapes that then enter them.

    Raises :class:`~cnncalc.errors.LayerError` where a layer refuses these.

    >>> import cnncalc
    >>> net = cnncalc.parse("INPUT(1x8x8) -> CONV(4, 3) -> FC(10)")
    >>> from cnncalc.layers.shape import Input
    >>> wide = with_layers(net, lambda node: node.layer if node.inputs else Input(shape=(1, 16, 16)))
    >>> [node.output_shape for node in wide]
    [(1, 16, 16), (4, 14, 14), (10,)]
    """
    build = Builder(network.name, **network.about)
    made: dict[str, Node] = {}
    for node in network:
        made[node.name] = build.add(
            layer_of(node),
            *(made[name] for name in node.inputs),
            name=node.name.removeprefix("".join(f"{part}." for part in node.path)),
            path=node.path,
            frozen=node.frozen,
            weights_from=node.weights_from,
            span=node.span,
        )
    return build.network([made[name] for name in network.outputs])
