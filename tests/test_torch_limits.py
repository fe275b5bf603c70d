"""Networks that are too large: refused, left unchecked or shrunk, at once and in little memory."""

import pytest

pytest.importorskip("torch")

from cnncalc import CnncalcError, parse
from cnncalc.memory import activation_bytes, parameter_bytes
from cnncalc.torch_backend import room, shrink, verify


def test_what_finds_no_room_is_refused(monkeypatch):
    network = parse("INPUT(3x64x64) -> conv(8,3)")
    monkeypatch.setattr(room, "free_bytes", lambda: 10_000)
    with pytest.raises(CnncalcError, match=r"needs at least 0.0 GB to run.*--shrink"):
        verify(network, quantities=["output_shape"])
    assert verify(network, "meta", quantities=["output_shape"]).ok


@pytest.mark.parametrize(
    "chain",
    ["INPUT(3x999999999x999999) -> conv(99999999,3)", "INPUT(10000000) -> fc(10000000)"],
)
def test_networks_beyond_any_memory_are_refused_and_shrunk(chain):
    network = parse(chain)
    with pytest.raises(CnncalcError, match="needs at least"):
        verify(network)
    small = shrink(network)
    assert [node.kind for node in small] == [node.kind for node in network]
    assert activation_bytes(small) + parameter_bytes(small) < 10**9


def test_free_memory_is_told_or_not_known(tmp_path, monkeypatch):
    said = tmp_path / "meminfo"
    monkeypatch.setattr(room, "_MEMINFO", said)
    monkeypatch.setattr(room, "_GROUP", tmp_path / "memory")
    assert room.free_bytes() is None
    said.write_text("MemTotal: 9 kB\nMemAvailable:  4 kB\n")
    assert room.free_bytes() == 4096
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert room.free_bytes() == 2000
    (tmp_path / "memory.max").write_text("max\n")
    assert room.free_bytes() == 4096


def test_groups_shrink_with_the_channels_they_divide():
    small = shrink(parse("INPUT(1000000x8x8) -> conv(2000000,3,groups=1000000) -> gn(1000)"))
    assert verify(small).ok
    assert small.nodes[0].output_shape[0] <= 1024


def test_units_of_long_axes_are_not_checked_one_by_one():
    network = parse("INPUT(1x1000000) -> conv(2,3) -> maxpool(2)")
    rows = verify(network, quantities=["field", "field_size"]).rows
    assert {row.verdict for row in rows} == {"not checked"}
    assert all("--shrink" in row.reason for row in rows)


def test_a_short_network_with_long_axes_can_shrink_to_be_checked():
    small = shrink(parse("INPUT(1x1000000) -> conv(2,3) -> maxpool(2)"))
    assert {row.verdict for row in verify(small, quantities=["field"]).rows} == {"agree"}
