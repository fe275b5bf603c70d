"""PyTorch confirms every number of every bundled network."""

import pytest

pytest.importorskip("torch")

from cnncalc import spec
from cnncalc.memory import saved_bytes
from cnncalc.torch_backend import CHECKS, shrink, verify

CONNECTIONS = ("connections", "connections_inside")
COMPUTED = (*CONNECTIONS, "field", "field_size")
"""Quantities that only a computation with real values can tell."""

ATTENDING = ("vit_b_16",)
"""Networks with attention, of which meta tensors do not tell what the CPU keeps."""


@pytest.mark.parametrize("name", spec.bundled())
def test_everything_that_needs_no_values_at_full_size(name):
    quantities = [quantity for quantity in CHECKS if quantity not in COMPUTED]
    verification = verify(spec.load(name), device="meta", quantities=quantities)
    assert verification.ok, verification.mismatches
    others = {(row.quantity, row.verdict) for row in verification.rows if row.verdict != "agree"}
    assert others <= ({("saved_bytes", "not checked")} if name in ATTENDING else set())


@pytest.mark.parametrize("name", spec.bundled())
def test_connections_and_shapes_of_a_smaller_copy(name):
    verification = verify(shrink(spec.load(name)), quantities=[*CONNECTIONS, "output_shape"])
    assert verification.ok, verification.mismatches


@pytest.mark.slow
@pytest.mark.parametrize("name", spec.bundled())
def test_everything_at_full_size_with_real_values(name):
    verification = verify(spec.load(name))
    assert verification.ok, verification.mismatches


def test_saved_bytes_are_not_trivially_equal():
    assert sum(saved_bytes(spec.load("resnet50")).values()) > 80e6
