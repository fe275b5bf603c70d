"""Every example of every layer kind, for tests that go through them all, and a network of one layer."""

import pytest

from cnncalc.layers import KINDS
from cnncalc.network import Builder


def examples(*, but=()):
    """A case (class, example) for each example that takes an input, but of the kinds named."""
    return [
        pytest.param(cls, example, id=f"{kind}-{number}")
        for kind, cls in KINDS.items()
        for number, example in enumerate(cls.examples)
        if example.inputs and kind not in but
    ]


def alone(cls, example, entering=Builder.input):
    """The layer as node ``it`` of a network; ``entering(builder, name, shape)`` makes its inputs."""
    build = Builder("one layer")
    inputs = [entering(build, f"x{place}", shape) for place, shape in enumerate(example.inputs)]
    build.add(cls(**example.arguments), *inputs, name="it")
    return build.network()
