"""Transfer learning: what to train, by how much data there is and how alike it is."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc import formulas, recipes
from cnncalc.analysis import analyze
from cnncalc.errors import CnncalcError
from cnncalc.network import Network
from cnncalc.structure import of_kind, train_only, weight_layers, with_classes

TABLE = {
    ("little", "similar"): "linear classifier on top layer",
    ("little", "different"): "in trouble: linear classifier from different stages",
    ("lots", "similar"): "finetune a few layers",
    ("lots", "different"): "finetune a larger number of layers",
}
"""The lectures' table (CS231n): amount of data, likeness of the data to that of the first training."""

_AMOUNTS = {"little": "little", "lots": "lots of"}


class Plan(NamedTuple):
    """One cell of the table for a network: what is trained and how many parameters that is."""

    data: str
    likeness: str
    text: str
    layers: tuple[str, ...]
    trainable: int
    frozen: int

    def __str__(self) -> str:
        shown = ", ".join(self.layers[:4]) + (f", ... {self.layers[-1]}" if len(self.layers) > 4 else "")
        return (
            f"{_AMOUNTS[self.data]} data, {self.likeness}: {self.text}\n"
            f"    train {shown}: {self.trainable:,} trainable, {self.frozen:,} frozen"
        )


class Probe(NamedTuple):
    """A linear classifier on the pooled maps of one stage."""

    stage: str
    channels: int
    params: int

    def __str__(self) -> str:
        return f"on {self.stage} ({self.channels} pooled channels): {self.params:,}"


def plans(network: Network, classes: int | None = None) -> tuple[Plan, ...]:
    """All four cells for a network, its last layer replaced by one for ``classes``.

    A few layers are the fully connected ones at the end, or the last three with weights where there
    is only one of those; a larger number is the second half of the layers with weights.

    >>> import cnncalc
    >>> first, *_ = plans(cnncalc.load("vgg13"), classes=10)
    >>> first.text, first.trainable, first.frozen
    ('linear classifier on top layer', 40970, 128950848)
    """
    whole = network if classes is None else with_classes(network, classes)
    trained = _trained(whole)
    return tuple(_plan(whole, data, likeness, trained[data, likeness]) for data, likeness in TABLE)


def _trained(network: Network) -> dict[tuple[str, str], tuple[str, ...]]:
    """The layers that each cell trains."""
    names = tuple(node.name for node in weight_layers(network))
    if not names:
        raise CnncalcError(f"{network.name} has no layers with weights to train")
    head = {node.name for node in of_kind(network, "linear", "fc")}
    few = tuple(name for name in names if name in head)
    few = few if len(few) > 1 else names[-3:]
    return {
        ("little", "similar"): names[-1:],
        ("little", "different"): names[-1:],
        ("lots", "similar"): few,
        ("lots", "different"): max(names[len(names) // 2 :], few, key=len),
    }


def _plan(network: Network, data: str, likeness: str, layers: tuple[str, ...]) -> Plan:
    tuned = analyze(train_only(network, *layers))
    return Plan(data, likeness, TABLE[data, likeness], layers, tuned.trainable_params, tuned.frozen_params)


def probes(network: Network, classes: int) -> tuple[Probe, ...]:
    """Linear classifiers from different stages, each on the maps after a pool, averaged.

    >>> import cnncalc
    >>> [probe.params for probe in probes(cnncalc.load("vgg16"), classes=10)]
    [650, 1290, 2570, 5130, 5130]
    """
    stages = of_kind(network, "maxpool", "avgpool") or of_kind(network, "add", "conv")
    return tuple(
        Probe(node.name, node.output_shape[0], int(formulas.linear_params(node.output_shape[0], classes)))
        for node in stages
        if len(node.output_shape) > 1
    )


def needs_transfer(images: int) -> bool:
    """Whether the lectures would start from a trained network: below a million images.

    >>> needs_transfer(60_000), needs_transfer(1_300_000)
    (True, False)
    """
    return images < recipes.TRANSFER_BELOW_IMAGES
