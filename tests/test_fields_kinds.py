"""Which channels and positions every layer kind reads, value by value, against the probe."""

import pytest

from cnncalc.fields import units
from cnncalc.fields.wiring import Wiring
from cnncalc.taps import Anything
from tests.every_kind import alone, examples

from .test_fields_probe import bits_of, places_of

torch = pytest.importorskip("torch")
probe = pytest.importorskip("cnncalc.torch_backend.probe")

LARGER = {
    "opaque": "what it reads is not known",
    "unpool": "what it reads depends on the values",
    "deform_conv": "what it reads depends on the values",
    "tokens": "channels are moved along the sequence",
    "rnn": "later steps do not reach earlier ones",
    "lstm": "the same",
    "gru": "the same",
    "attention": "NaN in a query does not always come out of PyTorch's kernels",
}
"""Kinds that may claim more than the probe finds, and why; never less."""

MOST = 400
"""Values of an example beyond which it is left out."""


EXAMPLES = [
    case
    for case in examples(but={"embedding"})
    if all(torch.Size(shape).numel() <= MOST for shape in case.values[1].inputs)
]


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_every_value_reaches_the_units_that_the_probe_says(cls, example):
    network = alone(cls, example)
    wiring, node = Wiring(network), network["it"]
    claims_all = any(isinstance(axis, Anything) for taps in node.layer.taps(node.site) for axis in taps)
    for reference in network.inputs:
        for number, felt in probe.Probe(network, reference.name).values():
            place = [int(i) for i in torch.unravel_index(torch.tensor(number), reference.output_shape)]
            readers = units.readers_of(wiring, reference.name, units.box(reference, place))
            found = places_of(readers["it"]) if "it" in readers else set()
            measured = bits_of(felt["it"])
            if claims_all or cls.kind in LARGER:
                assert measured <= found, place
            else:
                assert found == measured, place
