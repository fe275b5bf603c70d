"""PyTorch confirms every quantity of every kind, and a wrong formula is found out."""

import json
import math
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from cnncalc import formulas  # noqa: E402
from cnncalc.errors import CnncalcError, VerificationError  # noqa: E402
from cnncalc.layers import KINDS, Site, find  # noqa: E402
from cnncalc.network import Builder  # noqa: E402
from cnncalc.spec import parse  # noqa: E402
from cnncalc.taps import Window  # noqa: E402
from cnncalc.torch_backend import verify  # noqa: E402
from cnncalc.torch_backend.connections import CONNECTING  # noqa: E402
from cnncalc.torch_backend.modules import module_for  # noqa: E402
from cnncalc.torch_backend.verify import CHECKS, Verification  # noqa: E402
from tests.every_kind import alone, examples  # noqa: E402


def layer(kind, **arguments):
    return find(kind)[0](**arguments)


def trained(make, name, shape):
    """An input of the shape that a gradient flows back to."""
    x = make.input(name, shape)
    if len(shape) in {2, 3, 4}:
        return make.add(layer("conv", out_channels=shape[0], kernel_size=1), x)
    return make.add(layer("linear", out_features=shape[-1], in_features=shape[-1]), x)


def behind_trained(cls, example):
    """A gradient flows back to each input, but to whole numbers."""
    looks_up = cls(**example.arguments).indices_below() is not None
    return alone(cls, example, Builder.input if looks_up else trained)


def lenet():
    make = Builder("small lenet")
    x = make.input("image", (1, 14, 14))
    x = make.add(layer("conv", out_channels=4, kernel_size=3), x, name="C1")
    x = make.add(layer("subsample", kernel_size=2), x, name="S2")
    x = make.add(layer("tanh"), x, name="T2")
    x = make.add(layer("bn"), x, name="B2")
    x = make.add(layer("flatten"), x, name="flat")
    x = make.add(layer("linear", out_features=5), x, name="F3")
    return make.network()


NOBODY_COUNTS = "name its module in torch_backend/connections.py, so that connections are counted"


@pytest.mark.parametrize(("cls", "example"), examples())
def test_every_quantity_of_every_example(cls, example):
    verification = verify(behind_trained(cls, example))
    assert verification.ok, verification.mismatches
    unchecked = {row.quantity for row in verification.rows if row.verdict == "not checked"}
    if cls.kind != "opaque":
        assert unchecked <= {"field", "field_size"}
    defined = {row.node for row in verification.rows if row.verdict == "by definition"}
    assert defined <= {"it"}
    assert not (cls.is_weight_layer and defined), NOBODY_COUNTS


def is_linear(cls, example):
    """Whether values multiply weights alone, once, so that an entry of a Jacobian is a connection."""
    layer = cls(**example.arguments)
    site = Site(example.inputs, layer.output_shape(example.inputs))
    return cls.is_weight_layer and isinstance(module_for(layer, site), CONNECTING)


CONNECTED = [case for case in examples() if is_linear(*case.values)]


@pytest.mark.parametrize(("cls", "example"), CONNECTED)
def test_connections_inside_are_the_entries_of_a_dense_jacobian(cls, example):
    layer = cls(**example.arguments)
    site = Site(example.inputs, layer.output_shape(example.inputs))
    torch.manual_seed(1)
    module = module_for(layer, site)
    inputs = torch.rand(1, *site.input) + 1
    entries = torch.autograd.functional.jacobian(module, inputs).count_nonzero().item()
    bias = layer.tensors(site).get("bias") and site.output
    assert layer.connections_inside(site).value == entries + (math.prod(bias) if bias else 0)


WRONG = {
    "output_shape": ("output_size", lambda *_, **__: 3),
    "params": ("linear_params", lambda *_, **__: 7),
    "trainable_params": ("conv_params", lambda *_, **__: 7),
    "macs": ("linear_macs", lambda *_, **__: 7),
    "connections": ("conv_connections", lambda *_, **__: 7),
    "connections_inside": ("conv_connections_inside", lambda *_, **__: 7),
    "field_size": ("field_last", lambda *_, **__: 7),
    "backward_macs": ("backward_macs", lambda *_, **__: 7),
    "saved_bytes": ("for_batch", lambda per_sample, batch: per_sample * batch + 1),
    "held_bytes": ("for_batch", lambda per_sample, *_: per_sample),
}


@pytest.mark.parametrize("quantity", WRONG)
def test_a_wrong_formula_is_found_out(quantity, monkeypatch):
    assert verify(lenet(), quantities=[quantity]).ok
    name, wrong = WRONG[quantity]
    wrong.unchecked = wrong
    monkeypatch.setattr(formulas, name, wrong)
    monkeypatch.setitem(sys.modules["cnncalc.layers.windows"].ROUNDED, "floor", formulas.output_size)
    verification = verify(lenet(), quantities=[quantity])
    assert not verification.ok
    with pytest.raises(VerificationError, match=quantity):
        verification.require()


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("rnn", "recurrent_uses"),
        ("lstm", "recurrent_uses"),
        ("gru", "recurrent_uses"),
        ("attention", "linear_connections"),
        ("embedding", "element_count"),
        ("deform_conv", "conv_connections"),
        ("blur", "conv_connections"),
    ],
)
def test_wrong_connections_between_products_are_found_out(kind, formula, monkeypatch):
    network = behind_trained(KINDS[kind], KINDS[kind].examples[0])
    assert verify(network, quantities=["connections"]).ok
    right = getattr(formulas, formula)
    monkeypatch.setattr(formulas, formula, lambda *args, **numbers: right(*args, **numbers) + 1)
    mismatches = verify(network, quantities=["connections"]).mismatches
    assert "it" in {row.node for row in mismatches}


def test_norms_have_no_connections_by_definition():
    verification = verify(lenet(), quantities=["connections"])
    (row,) = [row for row in verification.rows if row.node == "B2"]
    assert (row.verdict, row.reason) == ("by definition", "normalisation has no connections")
    assert "1 hold by definition" in verification.verdict
    assert "by definition" in verification.table().splitlines()[0]


def test_wrong_tensors_are_found_out(monkeypatch):
    monkeypatch.setattr(KINDS["linear"], "tensors", lambda *_: {"weight": (5, 5)})
    (row,) = verify(lenet(), quantities=["tensors"]).mismatches
    assert (row.node, row.ours) == ("F3", {"weight": (5, 5)})


def test_a_window_shifted_by_one_is_found_out(monkeypatch):
    assert verify(lenet(), quantities=["field"]).ok
    right = Window.reads

    def shifted(self, index):
        return [place + 1 for place in right(self, index)]

    monkeypatch.setattr(Window, "reads", shifted)
    mismatches = verify(lenet(), quantities=["field"]).mismatches
    assert "S2" in {row.node for row in mismatches}


def test_fields_are_taken_on_trust_only_where_they_depend_on_values():
    unmeasured = set()
    for case in examples():
        verified = verify(behind_trained(*case.values), quantities=["field"])
        (row,) = [row for row in verified.rows if row.node == "it"]
        unmeasured |= {case.values[0].kind} if row.verdict == "not checked" else set()
    assert unmeasured <= {
        "opaque",
        "unpool",
        "deform_conv",
        "embedding",
        "roi_pool",
    }


def test_every_quantity_has_a_test_that_breaks_it():
    assert {*WRONG, "tensors", "field"} == set(CHECKS)


def test_what_pytorch_refuses_differs_and_what_follows_is_not_checked(monkeypatch):
    from cnncalc.torch_backend import modules

    pairs = {**modules.PAIRS, KINDS["tanh"]: lambda *_: torch.nn.Linear(1, 1)}
    monkeypatch.setattr(modules, "PAIRS", pairs)
    verdicts = {row.node: row for row in verify(lenet(), quantities=["output_shape"]).rows}
    assert verdicts["S2"].verdict == "agree"
    assert (verdicts["T2"].verdict, verdicts["T2"].torch) == ("differ", "refused")
    assert "shapes cannot be multiplied" in verdicts["T2"].reason
    assert verdicts["F3"].verdict == "not checked"


def test_shared_weights_count_once():
    make = Builder("siamese")
    conv = layer("conv", out_channels=2, kernel_size=3)
    a = make.add(conv, make.input("left", (1, 9)), name="a")
    b = make.add(conv, make.input("right", (1, 12)), name="b", weights_from="a")
    verification = verify(make.network(outputs=[a, b]))
    assert verification.ok, verification.mismatches
    total = next(row for row in verification.rows if row.node == "(network)")
    assert total.torch == 8


def test_frozen_layers_keep_nothing_and_have_no_backward_pass():
    make = Builder("transfer")
    x = make.input("image", (3, 12, 12))
    x = make.add(layer("conv", out_channels=4, kernel_size=3), x, name="frozen", frozen=True)
    x = make.add(layer("relu"), x)
    x = make.add(layer("conv", out_channels=4, kernel_size=3, groups=2), x, name="trained")
    x = make.add(layer("fc", out_features=5), x, name="above", frozen=True)
    x = make.add(layer("linear", out_features=5), x, name="head")
    verification = verify(make.network())
    assert verification.ok, verification.mismatches
    by_torch = {(row.node, row.quantity): row.torch for row in verification.rows}
    assert by_torch["frozen", "saved_bytes"] == 0
    assert by_torch["frozen", "backward_macs"] == 0
    assert by_torch["above", "saved_bytes"] == 0
    assert by_torch["above", "backward_macs"] == by_torch["above", "macs"]
    assert by_torch["trained", "backward_macs"] == by_torch["trained", "macs"]
    assert by_torch["head", "backward_macs"] == 2 * by_torch["head", "macs"]


def test_what_is_kept_twice_counts_once():
    make = Builder("residual")
    x = make.add(layer("conv", out_channels=4, kernel_size=1), make.input("image", (3, 8, 8)))
    left = make.add(layer("relu"), x, name="left")
    right = make.add(layer("conv", out_channels=4, kernel_size=1), left, name="right")
    make.add(layer("add"), left, right, name="sum")
    verification = verify(make.network(), quantities=["saved_bytes"])
    kept = {row.node: row.torch for row in verification.rows}
    assert verification.ok
    assert (kept["left"], kept["right"], kept["sum"]) == (2 * 4 * 4 * 8 * 8, 0, 0)


def test_unknown_quantity_is_named():
    with pytest.raises(CnncalcError, match="nothing called 'mass' is verified"):
        verify(lenet(), quantities=["mass"])


def test_progress_is_told_and_random_state_is_left_alone():
    told = []
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    verify(lenet(), progress=lambda *step: told.append(step))
    assert torch.equal(torch.rand(1), expected)
    assert ("training pass", 0, 7) in told


def test_table_shows_a_line_per_quantity_and_on_request_every_row():
    verification = verify(lenet())
    lines = [line.split() for line in verification.table().splitlines()]
    assert ["macs", "7", "0", "0"] in [line[:4] for line in lines]
    assert "agrees with all" in verification.table()
    every = [line.split() for line in verification.table(every_row=True).splitlines()]
    assert ["C1", "output_shape", "4x12x12", "4x12x12", "agree"] in every


def test_table_shows_each_mismatch(monkeypatch):
    monkeypatch.setattr(formulas, "linear_macs", lambda *_, **__: 7)
    lines = [line.split() for line in verify(lenet()).table().splitlines()]
    assert ["F3", "macs", "7", "720", "differ"] in lines
    assert lines[-1][:4] == ["PyTorch", "disagrees", "with", "2"]


def test_json():
    data = json.loads(json.dumps(verify(lenet()).to_dict()))
    assert data["ok"] is True
    assert data["summary"]["params"] == {"agree": 8}
    assert {"node", "quantity", "ours", "torch", "verdict", "reason"} == set(data["rows"][0])


def test_device_that_is_not_there():
    with pytest.raises(CnncalcError, match="cannot use the device 'nonsense'"):
        verify(lenet(), device="nonsense")


def test_without_torch_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import cnncalc.errors\n"
        "try:\n    import cnncalc.torch_backend\n"
        "except cnncalc.errors.MissingExtra as error:\n    print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'cnncalc[torch]'" in result.stdout


def test_where_nothing_was_checked_no_agreement_is_claimed():
    network = lenet()
    report = verify(network, quantities=["field_size"])
    unchecked = [row._replace(verdict="not checked") for row in report.rows]
    assert "agrees with all" in report.verdict
    assert Verification(network, unchecked).verdict.startswith(f"PyTorch checked none of {len(unchecked)} ")


@pytest.mark.parametrize(
    "pool",
    [
        "maxpool(4, padding=((1,0),(1,2)), rounding=ceil)",
        "maxpool(2, stride=3, padding=((0,1),(0,1)), rounding=ceil)",
        "maxpool(2, stride=1, padding=((0,1),(1,1)), dilation=2, rounding=ceil)",
        "maxpool(3, stride=2, padding=same_upper, rounding=ceil)",
    ],
)
def test_maxima_of_windows_that_are_dropped_after_padding_by_hand_are_kept_too(pool):
    assert verify(parse(f"INPUT(5x3x3) -> CONV(5,1) -> {pool}")).ok
