"""The library in the hands of a student: what is no network, name or number is answered in words."""

import pytest

import cnncalc
from cnncalc import formulas
from cnncalc.errors import UnknownName, UsageError, WrongType

NETWORK = cnncalc.load("lenet5")
ANALYSIS = cnncalc.analyze(NETWORK)
ODD = [None, -1, 1.5, True, b"x", [], (3,), {}, object]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("name", ["load", "parse", "analyze", "render", "sweep"])
def test_what_a_function_does_not_take_is_named(name, odd, tmp_path):
    further = {"render": (tmp_path / "x.svg",), "sweep": ({"c": [1]},)}.get(name, ())
    with pytest.raises(WrongType, match=r"not|got"):
        getattr(cnncalc, name)(odd, *further)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["analyze", "render"])
def test_a_name_in_place_of_a_network_is_answered_with_load(name, tmp_path):
    with pytest.raises(WrongType, match=r"cnncalc\.load"):
        getattr(cnncalc, name)("lenet5", *([tmp_path / "x.svg"] if name == "render" else []))


def test_an_analysis_in_place_of_a_network_is_answered_with_its_network():
    with pytest.raises(WrongType, match=r"\.network"):
        cnncalc.analyze(ANALYSIS)


@pytest.mark.parametrize("name", ["build", "verify"])
def test_pytorch_is_given_networks(name):
    pytest.importorskip("torch")
    with pytest.raises(WrongType, match=f"{name} takes a Network"):
        getattr(cnncalc, name)("lenet5")


@pytest.mark.parametrize("quantity", ["parms", "", None, 3])
def test_an_unknown_quantity_is_told_with_those_there_are(quantity):
    with pytest.raises(UnknownName, match="there are output_shape, params") as caught:
        ANALYSIS["C1"].explain(quantity)
    assert isinstance(caught.value, KeyError)
    assert ("did you mean 'params'" in str(caught.value)) == (quantity == "parms")


def test_an_unknown_layer_is_told_with_near_ones():
    for found in (ANALYSIS, NETWORK):
        with pytest.raises(KeyError, match="did you mean C5, C3, C1"):
            found["C9"]
        with pytest.raises(TypeError, match="layers are found by name, such as 'input'"):
            found[3]


@pytest.mark.parametrize("batch", [0, -1, 1.5, "2", True, None])
def test_a_batch_is_a_number_of_samples(batch):
    with pytest.raises(UsageError, match="a batch has a whole number of samples"):
        ANALYSIS.operations("torchinfo", batch)


def test_parameters_are_given_by_name():
    with pytest.raises(WrongType, match="maps names to values"):
        cnncalc.load("lenet5", params="classes=10")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: formulas.output_size("32", 5), "output_size takes whole numbers, but size is '32'"),
        (lambda: formulas.conv_params(3, 8, None), "conv_params takes whole numbers, but kernel is None"),
        (lambda: formulas.output_size(32), "missing a required argument: 'kernel'"),
        (lambda: formulas.output_size(32, 5, strid=2), "got an unexpected keyword argument 'strid'"),
    ],
    ids=["text", "none", "missing", "misspelt"],
)
def test_a_formula_names_the_argument(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert message in str(caught.value)
