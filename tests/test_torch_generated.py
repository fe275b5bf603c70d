"""Generated networks agree with PyTorch in every quantity.

``CNNCALC_GENERATED`` says how many networks; ``CNNCALC_SEED`` where they begin.
"""

import os
import random

import pytest

pytest.importorskip("torch")

from cnncalc.torch_backend import verify
from tests import generated

NUMBER = int(os.environ.get("CNNCALC_GENERATED", "60"))
FIRST = int(os.environ.get("CNNCALC_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + NUMBER))
def test_generated_network(seed):
    network = generated.network(random.Random(seed))  # noqa: S311 - no secret
    verification = verify(network)
    shown = "\n".join(f"{node.name} {node.layer!r} {node.inputs} {node.output_shape}" for node in network)
    assert verification.ok, f"{verification.mismatches}\n{shown}"
